//! Redirecting clients to another URL.

use serde::{Deserialize, Serialize};

use super::errors::validation;
use super::target_group::Protocol;
use crate::validate::Constraints;
use crate::wire::ApiError;

/// What stands for a part of the request's own URL.
const PROTOCOL: &str = "#{protocol}";
const PORT: &str = "#{port}";
const HOST: &str = "#{host}";
const PATH: &str = "/#{path}";
const QUERY: &str = "#{query}";

/// Where a client is sent to; each part may name those of its request as `#{host}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redirect {
    pub(crate) protocol: String,
    pub(crate) port: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) status_code: StatusCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StatusCode {
    #[serde(rename = "HTTP_301")]
    MovedPermanently,
    #[serde(rename = "HTTP_302")]
    Found,
}

/// A redirect as it stands in requests and replies.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RedirectConfig {
    protocol: Option<String>,
    port: Option<String>,
    host: Option<String>,
    path: Option<String>,
    query: Option<String>,
    status_code: StatusCode,
}

impl Redirect {
    /// The redirect that a request describes, for a listener with this protocol.
    ///
    /// AWS: Elastic Load Balancing, Application Load Balancers, "Redirect actions".
    pub(super) fn parse(config: RedirectConfig, listener: Protocol) -> Result<Self, ApiError> {
        let or = |part: Option<String>, default: &str| part.unwrap_or_else(|| default.to_owned());
        let redirect = Redirect {
            protocol: or(config.protocol, PROTOCOL),
            port: or(config.port, PORT),
            host: or(config.host, HOST),
            path: or(config.path, PATH),
            query: or(config.query, QUERY),
            status_code: config.status_code,
        };
        redirect.check(listener)?;
        Ok(redirect)
    }

    fn check(&self, listener: Protocol) -> Result<(), ApiError> {
        let Redirect { protocol, port, host, path, query, .. } = self;
        Constraints::default()
            .length("redirectConfig.host", host, 1..=128)
            .length("redirectConfig.path", path, 1..=128)
            .length("redirectConfig.query", query, 0..=128)
            .finish("ValidationError")?;
        if !["HTTP", "HTTPS", PROTOCOL].contains(&protocol.as_str()) {
            return Err(validation(format!("Redirect protocol '{protocol}' must be one of [HTTP, HTTPS, {PROTOCOL}]")));
        }
        if port != PORT && !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(validation(format!("Redirect port '{port}' must be '{PORT}' or in the range 1-65535")));
        }
        if !path.starts_with('/') {
            return Err(validation(format!("Redirect path '{path}' must begin with a '/' character")));
        }
        let refuse = |message: &str| Err(ApiError::new("InvalidLoadBalancerAction", message));
        if listener == Protocol::Https && protocol == "HTTP" {
            return refuse("A redirect from HTTPS to HTTP is not supported");
        }
        let protocol_stays =
            protocol == PROTOCOL || *protocol == if listener == Protocol::Http { "HTTP" } else { "HTTPS" };
        if protocol_stays && port == PORT && host == HOST && path == PATH {
            return refuse("A redirect must change at least one of protocol, port, host and path");
        }
        Ok(())
    }

    pub(super) fn view(self) -> RedirectConfig {
        RedirectConfig {
            protocol: Some(self.protocol),
            port: Some(self.port),
            host: Some(self.host),
            path: Some(self.path),
            query: Some(self.query),
            status_code: self.status_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(protocol: Option<&str>, port: Option<&str>, path: Option<&str>) -> RedirectConfig {
        let text = |part: Option<&str>| part.map(str::to_owned);
        RedirectConfig {
            protocol: text(protocol),
            port: text(port),
            host: None,
            path: text(path),
            query: None,
            status_code: StatusCode::MovedPermanently,
        }
    }

    #[test]
    fn what_is_absent_stays_as_requested() {
        let redirect = Redirect::parse(to(Some("HTTPS"), Some("443"), None), Protocol::Http).expect("it is right");
        assert_eq!((redirect.host.as_str(), redirect.path.as_str(), redirect.query.as_str()), (HOST, PATH, QUERY));
    }

    #[test]
    fn loops_and_downgrades_are_refused() {
        assert!(Redirect::parse(to(None, None, None), Protocol::Http).is_err());
        assert!(Redirect::parse(to(Some("HTTP"), None, None), Protocol::Http).is_err());
        assert!(Redirect::parse(to(Some("HTTP"), None, None), Protocol::Https).is_err());
        assert!(Redirect::parse(to(None, Some("0"), None), Protocol::Http).is_err());
        assert!(Redirect::parse(to(None, None, Some("new")), Protocol::Http).is_err());
        assert!(Redirect::parse(to(None, None, Some("/new")), Protocol::Https).is_ok());
    }
}
