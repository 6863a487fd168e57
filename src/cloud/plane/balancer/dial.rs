//! New connections from a node to targets.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::super::driver::Shared;
use super::super::network::{Peer, Verdict};

/// How long a lost SYN is waited for before it is sent again; the time doubles with each (RFC 6298).
const FIRST_RETRANSMISSION: Duration = Duration::from_secs(1);

/// Connects as one node does: from its network interface.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) shared: Shared,
    /// The node's network interface.
    pub(super) interface: String,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum Unreachable {
    /// Nobody answered in time.
    Silence,
    /// It was refused or reset.
    Refused,
}

impl Dialer {
    /// Connects to a port of a target that is `place` on this machine. `owner` is the interface that has the target's
    /// address; an address that none has is outside what the network judges.
    ///
    /// Packets that the network loses are sent again, so that a connection still comes about if the way opens in time.
    pub(super) async fn dial(
        &self,
        place: io::Result<SocketAddr>,
        owner: Option<&str>,
        port: u16,
        patience: Duration,
    ) -> Result<TcpStream, Unreachable> {
        let deadline = Instant::now() + patience;
        let mut pause = self.shared.scaled(FIRST_RETRANSMISSION).max(Duration::from_millis(10));
        while let Some(owner) = owner {
            let from = Peer::Interface(self.interface.clone());
            match self.shared.network.judge(&from, owner, port) {
                Verdict::Open => break,
                Verdict::Lost(_) if Instant::now() + pause < deadline => tokio::time::sleep(pause).await,
                Verdict::Lost(_) => {
                    tokio::time::sleep_until(deadline).await;
                    return Err(Unreachable::Silence);
                }
            }
            pause *= 2;
        }
        let place = place.map_err(|_| Unreachable::Refused)?;
        match tokio::time::timeout_at(deadline, TcpStream::connect(place)).await {
            Ok(Ok(stream)) => {
                // Without this a small request may wait for the target's delayed acknowledgement.
                let _only_slower = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(_)) => Err(Unreachable::Refused),
            Err(_) => Err(Unreachable::Silence),
        }
    }
}
