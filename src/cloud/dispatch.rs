//! From a parsed call to a handler's answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use serde_json::Value;

use crate::operation::{Operation, Protocol, Service};
use crate::wire::ApiError;
use crate::world::{Request, World};

/// An access key that AWS would not accept any more, for tests of how clients treat it.
const EXPIRED: &str = "EXPIRED";

/// One call, whatever protocol brought it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) service: &'static Service,
    pub(crate) operation: String,
    /// The parameters as a tree of objects.
    pub(crate) input: Value,
    pub(crate) region: String,
    pub(crate) access_key: String,
    pub(crate) request_id: String,
}

/// Answers a call in one transaction.
pub(crate) fn dispatch(world: &mut World, call: Call, now: Timestamp) -> Result<Value, ApiError> {
    refuse_expired(world, &call, now)?;
    let operation = find(call.service, &call.operation)?;
    let mut input = call.input;
    let dry_run = prepare_input(call.service.protocol, operation, &mut input)?;
    let fingerprint = fingerprint(&input);
    let request = Request {
        service: call.service,
        operation: operation.name,
        region: &call.region,
        access_key: &call.access_key,
        fingerprint: &fingerprint,
        now,
    };
    let work = AssertUnwindSafe(|| {
        world.transact(request, |context| {
            let output = (operation.run)(context, input)?;
            if dry_run { Err(dry_run_succeeded()) } else { Ok(output) }
        })
    });
    // A defect in one handler must neither stop the cloud nor leave half a change behind.
    catch_unwind(work).unwrap_or_else(|_| {
        world.recover();
        Err(ApiError::internal(format!("{} failed unexpectedly in the local cloud", operation.name)))
    })
}

fn find(service: &'static Service, name: &str) -> Result<&'static Operation, ApiError> {
    let operation = service.operations.iter().find(|operation| operation.name == name);
    operation.ok_or_else(|| match service.protocol {
        Protocol::Ec2 { .. } => {
            let message =
                format!("The action {name} is not valid for this web service, or the local cloud does not model it.");
            ApiError::new("InvalidAction", message)
        }
        Protocol::Query { version, .. } => {
            let message =
                format!("Could not find operation {name} for version {version}, or the local cloud does not model it.");
            ApiError::new("InvalidAction", message)
        }
        Protocol::Json { target } => {
            let message =
                format!("The operation {target}.{name} does not exist, or the local cloud does not model it.");
            ApiError::new("UnknownOperationException", message)
        }
    })
}

/// Takes out what the handler does not see; tells whether the request is an EC2 dry run.
fn prepare_input(protocol: Protocol, operation: &Operation, input: &mut Value) -> Result<bool, ApiError> {
    let Value::Object(parameters) = input else { return Ok(false) };
    for name in operation.unmodelled {
        parameters.remove(*name);
    }
    if !matches!(protocol, Protocol::Ec2 { .. }) {
        return Ok(false);
    }
    match parameters.remove("DryRun").as_ref().map(Value::as_str) {
        None | Some(Some("false")) => Ok(false),
        Some(Some("true")) => Ok(true),
        Some(_) => {
            Err(ApiError::new("InvalidParameterValue", "Value for parameter DryRun is invalid. It is a boolean."))
        }
    }
}

/// AWS: EC2 API Reference, Common query parameters, `DryRun`.
fn dry_run_succeeded() -> ApiError {
    ApiError::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").status(412)
}

/// The input without its client token. Object members are sorted, so that equal inputs have equal fingerprints.
fn fingerprint(input: &Value) -> String {
    let mut input = input.clone();
    if let Value::Object(parameters) = &mut input {
        parameters.retain(|name, _| !name.eq_ignore_ascii_case("ClientToken"));
    }
    input.to_string()
}

/// AWS: IAM User Guide, "Temporary security credentials"; EC2 API Reference, Error codes, `RequestExpired`.
fn refuse_expired(world: &World, call: &Call, now: Timestamp) -> Result<(), ApiError> {
    let expired = world.session(&call.access_key).is_some_and(|session| session.expired(now));
    if !expired && call.access_key != EXPIRED {
        return Ok(());
    }
    let message = "The security token included in the request is expired";
    Err(match call.service.protocol {
        Protocol::Ec2 { .. } => ApiError::new("RequestExpired", "Request has expired."),
        Protocol::Query { .. } => ApiError::new("ExpiredToken", message).status(403),
        Protocol::Json { .. } => ApiError::new("ExpiredTokenException", message),
    })
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
