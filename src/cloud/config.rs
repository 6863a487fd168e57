//! What the user decides about a local cloud.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::latency::Latency;
use crate::plane::PlaneSettings;

/// The settings of one local cloud.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; loopback only. Port 0 takes a free port, which [`crate::Server::address`] then tells.
    pub listen: SocketAddr,
    /// Where the state is kept, so that it survives a restart and a kill; in memory only when `None`.
    pub directory: Option<PathBuf>,
    /// Whether things are ready at once or after the time AWS takes.
    pub latency: Latency,
    /// Multiplies every duration of the [`Latency::Aws`] profile, and under every profile the durations that the data
    /// plane is told in seconds (intervals, timeouts, delays): 0.1 is ten times faster than AWS.
    pub time_scale: f64,
    /// The twelve-digit account id that owns everything.
    pub account: String,
    /// Makes the ids that the cloud hands out repeatable; random when `None`.
    pub seed: Option<u64>,
    /// Runs tasks and load balancers; without it tasks and targets become ready by time.
    pub plane: Option<PlaneSettings>,
    /// Called once for each answered request.
    pub access_log: Option<AccessLog>,
    /// Called with each line that the cloud has to say by itself, such as why a listener cannot be opened.
    pub notice_log: Option<NoticeLog>,
}

/// A function that is told what the cloud has to say by itself.
pub type NoticeLog = Arc<dyn Fn(&str) + Send + Sync>;

/// A function that is told of each answered request.
pub type AccessLog = Arc<dyn Fn(&Access) + Send + Sync>;

/// One answered request, for the access log.
#[derive(Debug, Clone)]
pub struct Access {
    /// The service, as the AWS CLI names it; empty when the request named none that is modelled.
    pub service: String,
    /// The operation that was asked for; empty when the request did not get as far as naming one.
    pub operation: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The AWS error code of the answer, when it is an error.
    pub error: Option<String>,
    /// The request id in the answer.
    pub request_id: String,
    /// From the last byte of the request to the answer.
    pub duration: Duration,
}

/// A setting that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The endpoint has no real authentication, so it must not be reachable from elsewhere.
    #[error("the local cloud listens on loopback only, and {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The account id is not twelve digits.
    #[error("an AWS account id is twelve digits, and {0:?} is not")]
    Account(String),
    /// The time scale is negative or not a number.
    #[error("the time scale is a finite number that is not negative, and {0} is not")]
    TimeScale(f64),
}

impl Default for Config {
    /// Any free port of 127.0.0.1, in memory, instant, account 123456789012.
    fn default() -> Self {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            directory: None,
            latency: Latency::Instant,
            time_scale: 1.0,
            account: "123456789012".to_owned(),
            seed: None,
            plane: None,
            access_log: None,
            notice_log: None,
        }
    }
}

impl Config {
    /// Refuses settings that cannot be served.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() {
            return Err(ConfigError::NotLoopback(self.listen));
        }
        if self.account.len() != 12 || !self.account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ConfigError::Account(self.account.clone()));
        }
        if !self.time_scale.is_finite() || self.time_scale < 0.0 {
            return Err(ConfigError::TimeScale(self.time_scale));
        }
        Ok(())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Config")
            .field("listen", &self.listen)
            .field("directory", &self.directory)
            .field("latency", &self.latency)
            .field("time_scale", &self.time_scale)
            .field("account", &self.account)
            .field("seed", &self.seed)
            .field("plane", &self.plane)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_served() {
        let config = Config { listen: SocketAddr::from(([0, 0, 0, 0], 4566)), ..Config::default() };
        assert!(matches!(config.validate(), Err(ConfigError::NotLoopback(_))));
        assert!(Config::default().validate().is_ok());
    }

    #[test]
    fn account_and_time_scale_are_checked() {
        let account = Config { account: "12345".to_owned(), ..Config::default() };
        assert!(matches!(account.validate(), Err(ConfigError::Account(_))));
        let scale = Config { time_scale: f64::NAN, ..Config::default() };
        assert!(matches!(scale.validate(), Err(ConfigError::TimeScale(_))));
    }
}
