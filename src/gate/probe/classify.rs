//! From what the system and the answer say to a kind of failure.

use super::{Failure, Missed, Outcome, Target, identity::Identity, record::Record};
use hyper::{HeaderMap, StatusCode, header::SERVER};
use std::{error::Error, io, io::ErrorKind};

/// Error numbers that mean that this machine has no file descriptor left: EMFILE and ENFILE on every Unix.
const NO_DESCRIPTORS: [i32; 2] = [24, 23];

/// What a probe came to when it was not answered.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The service failed.
    Failed(Failure, String),
    /// The prober could not even try.
    Local(Missed),
}

impl Trouble {
    pub(super) fn failed(failure: Failure, error: &dyn Error) -> Self {
        Trouble::Failed(failure, with_causes(error))
    }

    /// A connection was not made.
    pub(super) fn connecting(error: &io::Error) -> Self {
        let no_descriptor = error.raw_os_error().is_some_and(|number| NO_DESCRIPTORS.contains(&number));
        if no_descriptor || matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse) {
            return Trouble::Local(Missed::LocalResources);
        }
        let failure = match error.kind() {
            ErrorKind::ConnectionRefused => Failure::Refused,
            ErrorKind::TimedOut => Failure::ConnectTimeout,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Failure::Reset,
            _ => Failure::Unreachable,
        };
        Trouble::failed(failure, error)
    }

    /// A request was not answered. On a `kept` connection a client could try again, and many do unasked.
    pub(super) fn unanswered(error: &hyper::Error, kept: bool) -> Self {
        let failure = match () {
            () if error.is_parse() => Failure::Protocol,
            () if kept => Failure::RetriedOnly,
            () => Failure::Reset,
        };
        Trouble::failed(failure, error)
    }

    pub(super) fn outcome(self) -> Outcome {
        match self {
            Trouble::Failed(failure, detail) => Outcome::Failed { failure, detail: Some(detail) },
            Trouble::Local(reason) => Outcome::Missed { reason },
        }
    }
}

/// Judges a complete answer; notes its marker in `record`.
pub(super) fn answer(
    target: &Target,
    identity: &Identity,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    record: &mut Record,
) -> Outcome {
    if let Some(failure) = bad_status(target, status, headers) {
        return Outcome::Failed { failure, detail: None };
    }
    match identity.check(headers, body) {
        Ok(marker) => {
            record.marker = marker.map(str::to_owned);
            Outcome::Answered
        }
        Err(_) => {
            let beginning = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            Outcome::Failed { failure: Failure::WrongIdentity, detail: Some(beginning) }
        }
    }
}

/// Judges a status, which needs no body.
pub(super) fn bad_status(target: &Target, status: StatusCode, headers: &HeaderMap) -> Option<Failure> {
    let (first, last) = target.statuses;
    if (first..=last).contains(&status.as_u16()) {
        None
    } else if !status.is_server_error() {
        Some(Failure::UnexpectedStatus)
    } else if headers.get(SERVER).is_some_and(|server| server.as_bytes().starts_with(b"awselb/")) {
        // Answers that an Application Load Balancer makes itself say "Server: awselb/2.0".
        Some(Failure::LoadBalancer5xx)
    } else {
        Some(Failure::Target5xx)
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, server: Option<&str>) -> Option<Failure> {
        let target = Target::new("http://example.com/").expect("a target");
        let mut headers = HeaderMap::new();
        if let Some(server) = server {
            headers.insert(SERVER, server.parse().expect("a header value"));
        }
        bad_status(&target, StatusCode::from_u16(status).expect("a status"), &headers)
    }

    #[test]
    fn the_load_balancers_own_errors_are_told_from_the_targets() {
        assert_eq!(judged(503, Some("awselb/2.0")), Some(Failure::LoadBalancer5xx));
        assert_eq!(judged(503, Some("gunicorn")), Some(Failure::Target5xx));
        assert_eq!(judged(502, None), Some(Failure::Target5xx));
        assert_eq!(judged(200, Some("awselb/2.0")), None);
    }

    #[test]
    fn redirects_and_missing_pages_are_unexpected() {
        for status in [301, 302, 403, 404, 429] {
            assert_eq!(judged(status, None), Some(Failure::UnexpectedStatus), "{status}");
        }
    }

    #[test]
    fn the_machines_own_limits_are_not_the_services_failure() {
        let local = |error: io::Error| matches!(Trouble::connecting(&error), Trouble::Local(Missed::LocalResources));
        assert!(local(io::Error::from_raw_os_error(24)));
        assert!(local(ErrorKind::AddrNotAvailable.into()));
        assert!(!local(ErrorKind::ConnectionRefused.into()));
    }
}
