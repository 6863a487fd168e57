//! What the user decides about the data plane.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of a data plane.
#[derive(Debug, Clone)]
pub struct PlaneSettings {
    /// The folder of the application that the images of the cloud's own registry stand for.
    pub app: PathBuf,
    /// The Python that runs it.
    pub python: PathBuf,
    /// Where requests of users seem to come from: security groups judge this address instead of the loopback address.
    /// Of TEST-NET-3 (RFC 5737) by default, so that it is in nobody's private network.
    pub client: Ipv4Addr,
    /// How long a load balancer's nodes may go on sending requests to a target after it was deregistered; times the
    /// time scale. Users measured 17 to 70 seconds with controllers between; AWS documents none.
    pub deregistration_lag: Duration,
    /// Whether everything listens on distinct high ports of 127.0.0.1 even where the machine has all of 127.0.0.0/8.
    pub high_ports: bool,
}

impl PlaneSettings {
    /// Runs `app` with the `python3` of the path.
    pub fn new(app: impl Into<PathBuf>) -> Self {
        PlaneSettings {
            app: app.into(),
            python: PathBuf::from("python3"),
            client: Ipv4Addr::new(203, 0, 113, 10),
            deregistration_lag: Duration::from_secs(17),
            high_ports: false,
        }
    }
}
