//! What is probed.

use super::Identity;
use hyper::Uri;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use tokio::sync::watch;

/// A URL to probe, and what a right answer is.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) url: Uri,
    pub(super) secure: bool,
    addresses: watch::Receiver<Vec<SocketAddr>>,
    pub(super) root_certificates: Vec<Vec<u8>>,
    pub(super) identity: Identity,
    pub(super) statuses: (u16, u16),
}

/// Which of the targets of a prober.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The service, for all streams but two.
    Main,
    /// The test listener.
    Test,
    /// The control endpoint.
    Control,
}

/// A URL that cannot be probed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Not a URL at all.
    #[error("{url:?} is not a URL: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Neither http nor https.
    #[error("only http:// and https:// can be probed, not {0:?}")]
    Scheme(String),
    /// The URL has no host.
    #[error("{0:?} names no host")]
    Host(String),
}

impl Target {
    /// The target at `url`, which begins with http:// or https://.
    ///
    /// # Errors
    /// When it is not such a URL.
    pub fn new(url: &str) -> Result<Self, BadTarget> {
        let parsed: Uri = url.parse().map_err(|error: hyper::http::uri::InvalidUri| BadTarget::Url {
            url: url.to_owned(),
            reason: error.to_string(),
        })?;
        let secure = match parsed.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(BadTarget::Scheme(url.to_owned())),
        };
        if parsed.host().is_none_or(str::is_empty) {
            return Err(BadTarget::Host(url.to_owned()));
        }
        Ok(Target {
            url: parsed,
            secure,
            addresses: watch::channel(Vec::new()).1,
            root_certificates: Vec::new(),
            identity: Identity::any(),
            statuses: (200, 299),
        })
    }

    /// Sends to these addresses and resolves no name, like curl's `--resolve`. The host of the URL still is what
    /// requests and certificates are checked for. Resolves the name when the list is empty.
    pub fn addresses(self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.addresses_from(watch::channel(addresses.into_iter().collect()).1)
    }

    /// Sends to the addresses that stand there when a connection is made, and resolves no name unless there are none.
    pub fn addresses_from(mut self, addresses: watch::Receiver<Vec<SocketAddr>>) -> Self {
        self.addresses = addresses;
        self
    }

    /// Trusts these certificates (PEM) besides those that the machine trusts.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Who may answer, at first.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// The statuses that are right, from `first` to `last`; 200 to 299 unless said otherwise.
    pub fn statuses(mut self, first: u16, last: u16) -> Self {
        self.statuses = (first, last);
        self
    }

    /// The URL.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// The host without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> &str {
        self.url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_u16().unwrap_or(if self.secure { 443 } else { 80 })
    }

    /// The addresses that are known without asking anyone.
    pub fn known_addresses(&self) -> Vec<SocketAddr> {
        let given = self.addresses.borrow().clone();
        match self.host().parse::<IpAddr>() {
            Ok(address) if given.is_empty() => vec![SocketAddr::new(address, self.port())],
            _ => given,
        }
    }

    /// The path with the query.
    pub(super) fn path(&self) -> &str {
        self.url.path_and_query().map_or("/", |path| path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses() {
        assert!(matches!(Target::new("ftp://example.com/"), Err(BadTarget::Scheme(_))));
        assert!(matches!(Target::new("example.com"), Err(BadTarget::Scheme(_))));
        assert!(matches!(Target::new("http://"), Err(BadTarget::Url { .. })));
        assert!(matches!(Target::new("/health"), Err(BadTarget::Scheme(_))));
    }

    #[test]
    fn ports_paths_and_addresses() {
        let target = Target::new("https://[::1]/health?x=1").expect("a target");
        assert_eq!((target.host(), target.port(), target.path()), ("::1", 443, "/health?x=1"));
        assert_eq!(target.known_addresses(), ["[::1]:443".parse().expect("an address")]);
        let target = Target::new("http://example.com:8080").expect("a target");
        assert_eq!((target.port(), target.path()), (8080, "/"));
        assert_eq!(target.known_addresses(), []);
        let given: SocketAddr = "127.0.0.2:81".parse().expect("an address");
        assert_eq!(target.addresses([given]).known_addresses(), [given]);
    }
}
