//! How a target group finds out whether its targets can serve.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::errors::{configuration, validation};
use super::target_group::{Protocol, ProtocolVersion};
use crate::validate::Constraints;
use crate::wire::ApiError;

const TRAFFIC_PORT: &str = "traffic-port";

/// AWS: Elastic Load Balancing API Reference, Matcher, for Application Load Balancers.
const HTTP_CODES: RangeInclusive<u16> = 200..=499;
const GRPC_CODES: RangeInclusive<u16> = 0..=99;

/// The health check of a target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HealthCheck {
    pub(crate) protocol: Protocol,
    pub(crate) port: Port,
    pub(crate) path: String,
    pub(crate) interval_seconds: u16,
    pub(crate) timeout_seconds: u16,
    pub(crate) healthy_threshold: u8,
    pub(crate) unhealthy_threshold: u8,
    /// The codes of a good check, as `200,202` or `200-299`; gRPC status codes if the targets speak gRPC.
    pub(crate) codes: String,
}

/// The port that a target is checked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Port {
    /// The one that it gets its requests on.
    Traffic,
    Fixed(u16),
}

/// The members of a request that set a health check; what is absent stays as it is.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) protocol: Option<Protocol>,
    pub(super) port: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) path: Option<String>,
    pub(super) interval_seconds: Option<u16>,
    pub(super) timeout_seconds: Option<u16>,
    pub(super) healthy_threshold: Option<u8>,
    pub(super) unhealthy_threshold: Option<u8>,
    pub(super) matcher: Option<Matcher>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Matcher {
    http_code: Option<String>,
    grpc_code: Option<String>,
}

impl HealthCheck {
    /// AWS: Elastic Load Balancing, Application Load Balancers, "Health check settings".
    pub(crate) fn default_for(version: ProtocolVersion) -> Self {
        let (path, codes) = match version {
            ProtocolVersion::Grpc => ("/AWS.ALB/healthcheck", "12"),
            ProtocolVersion::Http1 | ProtocolVersion::Http2 => ("/", "200"),
        };
        HealthCheck {
            protocol: Protocol::Http,
            port: Port::Traffic,
            path: path.to_owned(),
            interval_seconds: 30,
            timeout_seconds: 5,
            healthy_threshold: 5,
            unhealthy_threshold: 2,
            codes: codes.to_owned(),
        }
    }

    /// How long it takes on AWS until a new target that never answers is unhealthy.
    pub(crate) fn until_unhealthy(&self) -> Duration {
        Duration::from_secs(self.interval_seconds.into()) * u32::from(self.unhealthy_threshold)
    }

    /// The health check with these settings, which it checks.
    pub(super) fn with(self, settings: Settings, version: ProtocolVersion) -> Result<Self, ApiError> {
        if settings.enabled == Some(false) {
            return Err(configuration(
                "Health checks cannot be disabled for target groups with target type 'ip' or 'instance'",
            ));
        }
        let codes = settings.matcher.map(|matcher| matcher.codes(version)).transpose()?.flatten();
        let check = HealthCheck {
            protocol: settings.protocol.unwrap_or(self.protocol),
            port: settings.port.as_deref().map(Port::parse).transpose()?.unwrap_or(self.port),
            path: settings.path.unwrap_or(self.path),
            interval_seconds: settings.interval_seconds.unwrap_or(self.interval_seconds),
            timeout_seconds: settings.timeout_seconds.unwrap_or(self.timeout_seconds),
            healthy_threshold: settings.healthy_threshold.unwrap_or(self.healthy_threshold),
            unhealthy_threshold: settings.unhealthy_threshold.unwrap_or(self.unhealthy_threshold),
            codes: codes.unwrap_or(self.codes),
        };
        check.check()?;
        Ok(check)
    }

    fn check(&self) -> Result<(), ApiError> {
        Constraints::default()
            .length("healthCheckPath", &self.path, 1..=1024)
            .range("healthCheckIntervalSeconds", self.interval_seconds.into(), 5..=300)
            .range("healthCheckTimeoutSeconds", self.timeout_seconds.into(), 2..=120)
            .range("healthyThresholdCount", self.healthy_threshold.into(), 2..=10)
            .range("unhealthyThresholdCount", self.unhealthy_threshold.into(), 2..=10)
            .finish("ValidationError")?;
        if !self.path.starts_with('/') {
            return Err(validation(format!("Health check path '{}' must begin with a '/' character", self.path)));
        }
        if self.timeout_seconds >= self.interval_seconds {
            let message = format!(
                "Health check timeout '{}' must be smaller than the interval '{}'",
                self.timeout_seconds, self.interval_seconds
            );
            return Err(validation(message));
        }
        Ok(())
    }

    /// Whether an answer with this status code is that of a target in good health.
    pub(crate) fn accepts(&self, status: u16) -> bool {
        self.codes.split(',').any(|part| {
            let (low, high) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
            low.parse().is_ok_and(|low: u16| low <= status) && high.parse().is_ok_and(|high: u16| status <= high)
        })
    }

    pub(super) fn matcher(&self, version: ProtocolVersion) -> Matcher {
        let codes = Some(self.codes.clone());
        match version {
            ProtocolVersion::Grpc => Matcher { grpc_code: codes, http_code: None },
            ProtocolVersion::Http1 | ProtocolVersion::Http2 => Matcher { http_code: codes, grpc_code: None },
        }
    }
}

impl Port {
    fn parse(text: &str) -> Result<Self, ApiError> {
        match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Port::Fixed(port)),
            _ if text == TRAFFIC_PORT => Ok(Port::Traffic),
            _ => {
                Err(validation(format!("Health check port '{text}' must be '{TRAFFIC_PORT}' or in the range 1-65535")))
            }
        }
    }

    pub(super) fn word(self) -> String {
        match self {
            Port::Traffic => TRAFFIC_PORT.to_owned(),
            Port::Fixed(port) => port.to_string(),
        }
    }

    /// The port that a target with this port is checked on.
    pub(crate) fn of_target(self, target_port: u16) -> u16 {
        match self {
            Port::Traffic => target_port,
            Port::Fixed(port) => port,
        }
    }
}

impl Matcher {
    /// The codes that the targets' protocol version goes by, if there are any.
    fn codes(self, version: ProtocolVersion) -> Result<Option<String>, ApiError> {
        let (codes, other, kind, allowed) = match version {
            ProtocolVersion::Grpc => (self.grpc_code, self.http_code, "GRPC", GRPC_CODES),
            ProtocolVersion::Http1 | ProtocolVersion::Http2 => (self.http_code, self.grpc_code, "HTTP", HTTP_CODES),
        };
        if other.is_some() {
            return Err(validation(format!(
                "The health check matcher must be of '{kind}' codes for this protocol version"
            )));
        }
        if let Some(codes) = &codes
            && !codes.split(',').all(|part| is_code_or_range(part.trim(), &allowed))
        {
            let (low, high) = allowed.into_inner();
            let message = format!("Health check matcher {kind} code '{codes}' must be within '{low}-{high}' inclusive");
            return Err(validation(message));
        }
        Ok(codes)
    }
}

fn is_code_or_range(text: &str, allowed: &RangeInclusive<u16>) -> bool {
    let code = |text: &str| text.parse().ok().filter(|code| allowed.contains(code));
    match text.split_once('-') {
        None => code(text).is_some(),
        Some((low, high)) => code(low).zip(code(high)).is_some_and(|(low, high)| low <= high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP1: ProtocolVersion = ProtocolVersion::Http1;

    fn with(settings: Settings) -> Result<HealthCheck, ApiError> {
        HealthCheck::default_for(HTTP1).with(settings, HTTP1)
    }

    fn http(codes: &str) -> Settings {
        Settings {
            matcher: Some(Matcher { http_code: Some(codes.to_owned()), grpc_code: None }),
            ..Settings::default()
        }
    }

    #[test]
    fn what_is_absent_stays() {
        assert_eq!(with(Settings::default()), Ok(HealthCheck::default_for(HTTP1)));
        let check = with(Settings { port: Some("81".to_owned()), ..Settings::default() }).expect("it is right");
        assert_eq!(check, HealthCheck { port: Port::Fixed(81), ..HealthCheck::default_for(HTTP1) });
    }

    #[test]
    fn a_good_code_is_in_the_list() {
        let check = with(http("200-204,301")).expect("it is right");
        let accepted: Vec<u16> = (199..=302).filter(|status| check.accepts(*status)).collect();
        assert_eq!(accepted, [200, 201, 202, 203, 204, 301]);
    }

    #[test]
    fn codes_are_lists_and_ranges() {
        for codes in ["200", "200,202", "200-299", "200-299,404"] {
            assert_eq!(with(http(codes)).expect("it is right").codes, codes);
        }
        for codes in ["", "199", "200-500", "299-200", "2xx"] {
            assert!(with(http(codes)).is_err(), "{codes:?}");
        }
    }

    #[test]
    fn wrong_settings_are_refused() {
        let none = Settings::default;
        assert!(with(Settings { interval_seconds: Some(5), ..none() }).is_err(), "the timeout is as long");
        assert!(with(Settings { healthy_threshold: Some(1), ..none() }).is_err());
        assert!(with(Settings { path: Some("health".to_owned()), ..none() }).is_err());
        assert!(with(Settings { port: Some("http".to_owned()), ..none() }).is_err());
        assert!(with(Settings { enabled: Some(false), ..none() }).is_err());
    }
}
