//! Makes connections: the name resolved anew, then TCP, TLS and HTTP.

use super::{
    Target,
    classify::Trouble,
    failure::Failure,
    sender::Sender,
    tls::{Offer, Tls, TlsSetupError},
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::net::TcpStream;

/// How to reach one target.
pub(super) struct Dialer {
    pub(super) target: Target,
    tls: Option<Tls>,
    connect_timeout: Duration,
}

/// A connection on which a request can be sent.
pub(super) struct Connected {
    pub(super) sender: Sender,
    pub(super) address: SocketAddr,
    pub(super) from: Option<IpAddr>,
}

/// What is done next to make a connection.
pub(super) enum Step {
    Connect(SocketAddr),
    Secure,
}

impl Dialer {
    pub(super) fn new(target: Target, connect_timeout: Duration) -> Result<Self, TlsSetupError> {
        let tls = target.secure.then(|| Tls::new(&target)).transpose()?;
        Ok(Dialer { target, tls, connect_timeout })
    }

    /// Every address of the target now, in order. The name is asked for each time, since it may change.
    pub(super) async fn addresses(&self) -> Result<Vec<SocketAddr>, Trouble> {
        let known = self.target.known_addresses();
        if !known.is_empty() {
            return Ok(known);
        }
        let resolved = tokio::net::lookup_host((self.target.host(), self.target.port())).await;
        let mut addresses: Vec<_> = resolved.map_err(|error| Trouble::failed(Failure::Dns, &error))?.collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            return Err(Trouble::Failed(Failure::Dns, "the name has no address".to_owned()));
        }
        Ok(addresses)
    }

    /// A new connection to one of `addresses`, each in turn by `turn`. Tells `begin` of each step before it.
    pub(super) async fn connect(
        &self,
        turn: u64,
        offer: Offer,
        begin: impl Fn(Step) + Send + Sync,
    ) -> Result<Connected, Trouble> {
        let addresses = self.addresses().await?;
        let address = addresses[(turn % addresses.len() as u64) as usize];
        begin(Step::Connect(address));
        let connecting = tokio::time::timeout(self.connect_timeout, TcpStream::connect(address)).await;
        let stream = match connecting {
            Ok(connected) => connected.map_err(|error| Trouble::connecting(&error))?,
            Err(_) => return Err(Trouble::Failed(Failure::ConnectTimeout, format!("{address} does not answer"))),
        };
        // Without this only the time would suffer.
        let _only_slower = stream.set_nodelay(true);
        let from = stream.local_addr().ok().map(|local| local.ip());
        let sender = match &self.tls {
            Some(tls) => {
                begin(Step::Secure);
                let (stream, http2) = tls.handshake(stream, offer).await?;
                Sender::over(stream, http2).await?
            }
            None => Sender::over(stream, false).await?,
        };
        Ok(Connected { sender, address, from })
    }
}
