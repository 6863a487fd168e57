//! Faults of calls: the next calls of an operation fail, are slow or lose their reply.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::document::Fault;
use crate::operation::Protocol;
use crate::services;
use crate::wire::ApiError;

/// The calls that a fault hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calls {
    /// The service, as the AWS CLI names it.
    service: String,
    /// The operation; every operation of the service when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// How many calls it hits.
    #[serde(default = "once")]
    pub(super) times: u64,
    /// How many matching calls pass first.
    #[serde(default)]
    skip: u64,
    /// The error code of calls that fail; `InternalFailure` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The error message of calls that fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The HTTP status of calls that fail; 500 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// How long a slow call waits before it does its work.
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
}

fn once() -> u64 {
    1
}

/// What a fault does to a call.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// The call does nothing and fails so.
    FailBefore(ApiError),
    /// The call does its work and then fails so.
    FailAfter(ApiError),
    /// The call waits and then does its work.
    Slow(Duration),
    /// The call does its work and the connection closes without a reply.
    DropConnection,
}

impl Fault {
    /// What it does to a call; `None` when it does nothing to calls.
    pub(super) fn effect(&self, protocol: Protocol) -> Option<Effect> {
        Some(match self {
            Fault::FailBefore(calls) => Effect::FailBefore(calls.error()),
            Fault::FailAfter(calls) => Effect::FailAfter(calls.error()),
            Fault::Throttle(_) => Effect::FailBefore(throttled(protocol)),
            Fault::Slow(calls) => Effect::Slow(Duration::from_millis(calls.milliseconds.unwrap_or_default())),
            Fault::DropConnection(_) => Effect::DropConnection,
            _ => return None,
        })
    }
}

impl Calls {
    /// Refuses what could never happen.
    pub(super) fn validate(&self, fails: bool, is_slow: bool) -> Result<(), String> {
        let Some(service) = services::by_name(&self.service) else {
            return Err(format!("there is no service {:?}", self.service));
        };
        let known = |name: &String| service.operations.iter().any(|operation| operation.name == name);
        if let Some(unknown) = self.operation.as_ref().filter(|name| !known(name)) {
            return Err(format!("{} has no operation {unknown:?}", self.service));
        }
        if is_slow != self.milliseconds.is_some() {
            return Err("a slow call has milliseconds, and no other fault of calls has".to_owned());
        }
        if !fails && (self.code.is_some() || self.message.is_some() || self.status.is_some()) {
            return Err("only fail_before and fail_after have a code, a message and a status".to_owned());
        }
        if self.status.is_some_and(|status| !(400..600).contains(&status)) {
            return Err("an error's status is 400 to 599".to_owned());
        }
        if self.times == 0 {
            return Err("a fault hits at least one call".to_owned());
        }
        Ok(())
    }

    pub(super) fn matches(&self, service: &str, operation: &str) -> bool {
        self.service == service && self.operation.as_deref().is_none_or(|name| name == operation)
    }

    /// Counts a matching call; tells whether it is hit, which it is not while another fault hits it.
    pub(super) fn count(&mut self, may_hit: bool) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= u64::from(may_hit);
        may_hit
    }

    /// The error that the client is told of.
    fn error(&self) -> ApiError {
        let code = self.code.clone().unwrap_or_else(|| "InternalFailure".to_owned());
        let message = self.message.clone().unwrap_or_else(|| "A fault on order.".to_owned());
        ApiError::new(code, message).status(self.status.unwrap_or(500))
    }
}

/// AWS: EC2 API Reference, "Request throttling" (`RequestLimitExceeded`); Common errors (`Throttling`,
/// `ThrottlingException`).
fn throttled(protocol: Protocol) -> ApiError {
    match protocol {
        Protocol::Ec2 { .. } => ApiError::new("RequestLimitExceeded", "Request limit exceeded.").status(503),
        Protocol::Query { .. } => ApiError::new("Throttling", "Rate exceeded"),
        Protocol::Json { .. } => ApiError::new("ThrottlingException", "Rate exceeded"),
    }
}
