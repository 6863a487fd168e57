//! Numbers and texts that carry their unit and their limits.

mod cidr;
mod fargate;
mod number;

pub use cidr::Cidr;
pub use fargate::FargateSize;
pub use number::{AccountId, HttpMatcher, LogRetention, Percent, Port, Priority, Seconds, Weight};

use std::fmt;

/// A value outside its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue(pub String);

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidValue {}
