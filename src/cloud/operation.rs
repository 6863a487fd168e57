//! What a service is: a protocol and a table of typed operations.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::wire::{self, ApiError};

/// One service of the cloud.
#[derive(Debug)]
pub(crate) struct Service {
    /// The name in the AWS CLI, in storage and in the admin endpoints.
    pub(crate) name: &'static str,
    /// The name in the credential scope of a signature, by which requests find the service.
    pub(crate) signing_name: &'static str,
    pub(crate) protocol: Protocol,
    /// Whether there is one of it for the account instead of one per region.
    pub(crate) global: bool,
    /// How long a new object may stay invisible to reads on AWS; see [`Context::visible`].
    pub(crate) read_after_write: Duration,
    /// Makes what AWS has made before a user's first request, such as the default VPC. Runs once per region, or once.
    pub(crate) prepare: fn(&mut Context<'_>),
    pub(crate) operations: &'static [Operation],
}

/// How a service's requests and replies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// EC2's own query protocol: form in, XML out.
    Ec2 { version: &'static str, namespace: &'static str },
    /// AWS query: form in, XML out.
    Query { version: &'static str, namespace: &'static str },
    /// AWS JSON 1.1. `target` is what stands before the operation in `X-Amz-Target`.
    Json { target: &'static str },
}

/// One operation of a service.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// The parameters that are accepted and have no effect; the README lists them.
    pub(crate) unmodelled: &'static [&'static str],
    /// Reads the input, does the work and gives the output.
    pub(crate) run: fn(&mut Context<'_>, Value) -> Result<Value, ApiError>,
}

impl fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Runs a typed handler on an untyped input.
pub(crate) fn run<I: DeserializeOwned, O: Serialize>(
    context: &mut Context<'_>,
    input: Value,
    handler: impl FnOnce(&mut Context<'_>, I) -> Result<O, ApiError>,
) -> Result<Value, ApiError> {
    let protocol = context.service.protocol;
    let input = wire::read_input(protocol, input).map_err(|error| error.for_protocol(protocol))?;
    let output = handler(context, input)?;
    let mut output = serde_json::to_value(output).map_err(|error| ApiError::internal(error.to_string()))?;
    remove_nulls(&mut output);
    Ok(output)
}

/// AWS leaves absent members out of its replies.
fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => (),
    }
}

/// Declares `OPERATIONS`, one line per operation: its name, its handler and, if there are any, the parameters
/// that are accepted without effect: `CreateVpc => vpc::create_vpc, unmodelled ["Ipv6Pool"];`
macro_rules! operations {
    ($($name:ident => $handler:path $(, unmodelled [$($parameter:literal),+ $(,)?])?;)*) => {
        pub(crate) const OPERATIONS: &[$crate::operation::Operation] = &[$(
            $crate::operation::Operation {
                name: stringify!($name),
                unmodelled: &[$($($parameter),+)?],
                run: |context, input| $crate::operation::run(context, input, $handler),
            },
        )*];
    };
}
pub(crate) use operations;
