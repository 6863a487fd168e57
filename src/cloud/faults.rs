//! Faults on order: the next calls of an operation fail, are slow or lose their reply.

use serde::{Deserialize, Serialize};

use crate::operation::Protocol;
use crate::services;
use crate::wire::ApiError;

/// A fault as the admin endpoint takes and shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// The service, as the AWS CLI names it.
    pub(crate) service: String,
    /// The operation; every operation of the service when absent.
    pub(crate) operation: Option<String>,
    pub(crate) kind: Kind,
    /// The error code of `fail_before` and `fail_after`; `InternalFailure` when absent.
    pub(crate) code: Option<String>,
    /// The error message of `fail_before` and `fail_after`.
    pub(crate) message: Option<String>,
    /// The HTTP status of `fail_before` and `fail_after`; 500 when absent.
    pub(crate) status: Option<u16>,
    /// How long `slow` waits before it works.
    pub(crate) milliseconds: Option<u64>,
    /// How many calls it hits.
    #[serde(default = "once")]
    pub(crate) times: u64,
    /// How many matching calls pass first.
    #[serde(default)]
    pub(crate) skip: u64,
}

/// What a fault does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The call does nothing and fails.
    FailBefore,
    /// The call does its work and then fails.
    FailAfter,
    /// The call does nothing and fails as AWS does when it throttles.
    Throttle,
    /// The call waits and then does its work.
    Slow,
    /// The call does its work and the connection closes without a reply.
    DropConnection,
}

fn once() -> u64 {
    1
}

impl Fault {
    /// Refuses a fault that could never do what it says.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let Some(service) = services::by_name(&self.service) else {
            return Err(format!("there is no service {:?}", self.service));
        };
        let known = |name: &String| service.operations.iter().any(|operation| operation.name == name);
        if let Some(unknown) = self.operation.as_ref().filter(|name| !known(name)) {
            return Err(format!("{} has no operation {unknown:?}", self.service));
        }
        if (self.kind == Kind::Slow) != self.milliseconds.is_some() {
            return Err("a slow call has milliseconds, and no other fault has".to_owned());
        }
        let fails = matches!(self.kind, Kind::FailBefore | Kind::FailAfter);
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

    /// The error that the client is told of.
    ///
    /// AWS: EC2 API Reference, "Request throttling" (`RequestLimitExceeded`); Common errors (`Throttling`,
    /// `ThrottlingException`).
    pub(crate) fn error(&self, protocol: Protocol) -> ApiError {
        if self.kind != Kind::Throttle {
            let code = self.code.clone().unwrap_or_else(|| "InternalFailure".to_owned());
            let message = self.message.clone().unwrap_or_else(|| "A fault on order.".to_owned());
            return ApiError::new(code, message).status(self.status.unwrap_or(500));
        }
        match protocol {
            Protocol::Ec2 { .. } => ApiError::new("RequestLimitExceeded", "Request limit exceeded.").status(503),
            Protocol::Query { .. } => ApiError::new("Throttling", "Rate exceeded"),
            Protocol::Json { .. } => ApiError::new("ThrottlingException", "Rate exceeded"),
        }
    }

    fn matches(&self, service: &str, operation: &str) -> bool {
        self.service == service && self.operation.as_deref().is_none_or(|name| name == operation)
    }
}

/// The faults that are still to happen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) pending: Vec<Fault>,
}

impl Faults {
    /// The fault that hits this call, if one does. Each pending fault that matches counts the call.
    pub(crate) fn take(&mut self, service: &str, operation: &str) -> Option<Fault> {
        let mut hit = None;
        for fault in self.pending.iter_mut().filter(|fault| fault.matches(service, operation)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if hit.is_none() {
                fault.times -= 1;
                hit = Some(fault.clone());
            }
        }
        self.pending.retain(|fault| fault.times > 0);
        hit
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(value: serde_json::Value) -> Fault {
        serde_json::from_value(value).expect("it is a fault")
    }

    #[test]
    fn a_fault_skips_then_hits_and_is_gone() {
        let order =
            json!({"service": "sts", "operation": "GetCallerIdentity", "kind": "fail_before", "skip": 1, "times": 2});
        let mut faults = Faults { pending: vec![fault(order)] };
        let mut hits = || faults.take("sts", "GetCallerIdentity").is_some();
        assert_eq!([hits(), hits(), hits(), hits()], [false, true, true, false]);
    }

    #[test]
    fn other_operations_pass() {
        let order = json!({"service": "sts", "operation": "AssumeRole", "kind": "throttle"});
        let mut faults = Faults { pending: vec![fault(order)] };
        assert_eq!(faults.take("sts", "GetCallerIdentity"), None);
        assert_eq!(faults.pending.len(), 1);
    }

    #[test]
    fn impossible_faults_are_refused() {
        for order in [
            json!({"service": "s3", "kind": "throttle"}),
            json!({"service": "sts", "operation": "Nothing", "kind": "throttle"}),
            json!({"service": "sts", "kind": "slow"}),
            json!({"service": "sts", "kind": "throttle", "code": "Mine"}),
            json!({"service": "sts", "kind": "throttle", "times": 0}),
        ] {
            assert!(fault(order.clone()).validate().is_err(), "{order}");
        }
    }
}
