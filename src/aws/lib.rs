//! The AWS resource kinds. One file per kind: the data first and, behind the `live` feature, its API calls second.
//!
//! Without `live` this crate is data only, and a stack program that uses it compiles no AWS SDK crate.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elbv2;
pub mod iam;
#[cfg(feature = "live")]
mod kinds;
#[cfg(feature = "live")]
pub mod live;
pub mod logs;
mod policy;
mod words;

#[cfg(feature = "live")]
pub use kinds::{FAKE_KINDS, KINDS};
pub use policy::{Conditions, Effect, Policy, PolicyVersion, PrincipalType, Principals, Statement};
