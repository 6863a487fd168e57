//! TLS to a target. Each handshake is a full one, since a resumed session would not look at the certificate again.

use super::{Target, classify::Trouble, failure::Failure};
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The name of HTTP/2 in the offer. RFC 9113, 3.1.
const HTTP2: &[u8] = b"h2";

/// TLS for one target.
#[derive(Clone)]
pub(super) struct Tls {
    http1: TlsConnector,
    both: TlsConnector,
    name: ServerName<'static>,
}

/// Which versions of HTTP a connection is offered with (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// HTTP/1.1 alone, and without saying so, as the oldest clients do.
    Http1,
    /// HTTP/2 and HTTP/1.1, as browsers do; the server chooses.
    Both,
}

/// Why TLS cannot be set up at all.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// The host of the URL cannot stand in a certificate.
    #[error("a certificate cannot be for {0:?}")]
    Name(String),
    /// A root certificate is not one.
    #[error("a root certificate cannot be used: {0}")]
    Root(String),
    /// Neither the machine nor the caller trusts any certificate.
    #[error("no root certificate is trusted: this machine has none, and none was given")]
    NoRoots,
    /// The library refuses.
    #[error(transparent)]
    Library(#[from] rustls::Error),
}

impl Tls {
    pub(super) fn new(target: &Target) -> Result<Self, TlsSetupError> {
        let name = ServerName::try_from(target.host().to_owned())
            .map_err(|_| TlsSetupError::Name(target.host().to_owned()))?;
        let mut roots = RootCertStore::empty();
        // Certificates of the machine that cannot be read are passed over, as other clients do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for pem in &target.root_certificates {
            let mut found = false;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| TlsSetupError::Root(error.to_string()))?;
                roots.add(certificate).map_err(|error| TlsSetupError::Root(error.to_string()))?;
                found = true;
            }
            if !found {
                return Err(TlsSetupError::Root("it holds no certificate in PEM".to_owned()));
            }
        }
        if roots.is_empty() {
            return Err(TlsSetupError::NoRoots);
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        let mut both = config.clone();
        both.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        Ok(Tls { http1: TlsConnector::from(Arc::new(config)), both: TlsConnector::from(Arc::new(both)), name })
    }

    /// A secure connection, and whether HTTP/2 is spoken on it.
    pub(super) async fn handshake(
        &self,
        stream: TcpStream,
        offer: Offer,
    ) -> Result<(TlsStream<TcpStream>, bool), Trouble> {
        let connector = if offer == Offer::Both { &self.both } else { &self.http1 };
        let handshake = connector.connect(self.name.clone(), stream);
        let stream = handshake.await.map_err(|error| Trouble::failed(Failure::Tls, &error))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
        Ok((stream, http2))
    }
}
