//! What can become of a probe.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a probe failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The name was not resolved.
    Dns,
    /// Nothing listens at the address.
    Refused,
    /// No way leads to the address.
    Unreachable,
    /// The connection was closed or reset before the answer began.
    Reset,
    /// No connection within the time allowed for one.
    ConnectTimeout,
    /// The TLS handshake failed, the certificate included.
    Tls,
    /// No complete answer by the deadline, which counts from the time the probe was due.
    Deadline,
    /// The answer was not HTTP.
    Protocol,
    /// Status 5xx, made by the load balancer itself.
    LoadBalancer5xx,
    /// Status 5xx from behind the load balancer.
    Target5xx,
    /// The answer ended before it was complete.
    TruncatedBody,
    /// The answer came from something that should not have answered.
    WrongIdentity,
    /// A status that the route should not have: a redirect, 403, 404.
    UnexpectedStatus,
    /// A kept connection was closed before the answer began: a client would have had to send the request again. The
    /// prober never does, and a client may not when the request is not idempotent.
    RetriedOnly,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Failure::Dns => "name not resolved",
            Failure::Refused => "connection refused",
            Failure::Unreachable => "address unreachable",
            Failure::Reset => "connection reset",
            Failure::ConnectTimeout => "no connection in time",
            Failure::Tls => "TLS failed",
            Failure::Deadline => "no answer in time",
            Failure::Protocol => "not HTTP",
            Failure::LoadBalancer5xx => "5xx from the load balancer",
            Failure::Target5xx => "5xx from the target",
            Failure::TruncatedBody => "answer cut short",
            Failure::WrongIdentity => "answered by something else",
            Failure::UnexpectedStatus => "unexpected status",
            Failure::RetriedOnly => "kept connection closed, needs a retry",
        })
    }
}

/// Why a slot passed without a probe. The prober's own trouble: it says nothing about the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// The prober woke up only after the probe's deadline.
    Late,
    /// As many probes as allowed were under way.
    Busy,
    /// The machine had no file descriptor or no port left.
    LocalResources,
}

/// What became of a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// A complete and right answer within the deadline.
    Answered,
    /// Anything else that the service could have done.
    Failed {
        /// Why.
        failure: Failure,
        /// What the system said, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// No probe was sent.
    Missed {
        /// Why.
        reason: Missed,
    },
    /// The stream was switched off.
    Off,
}

impl Outcome {
    /// Whether the service failed; `None` when the probe was not sent and so says nothing.
    pub fn failed(&self) -> Option<bool> {
        match self {
            Outcome::Answered => Some(false),
            Outcome::Failed { .. } => Some(true),
            Outcome::Missed { .. } | Outcome::Off => None,
        }
    }
}
