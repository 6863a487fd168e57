//! What all live halves share: the clients, how they are connected, and the one place that reads AWS errors.

mod connect;
mod fault;
mod flight;
mod gather;
mod meter;
mod others;
pub mod status;

use std::collections::BTreeMap;

pub use connect::{Connection, Login};
pub use meter::{Meter, Spent};
pub use others::{Others, others};

pub(crate) use flight::Flight;
pub(crate) use gather::Gather;
pub(crate) use others::Served;

/// What a live half imports.
pub(crate) mod prelude {
    pub(crate) use super::{
        Aws,
        fault::{OrFault, OrMissing, parsed, text},
    };
    pub(crate) use engine::{
        Fault, Result,
        provider::{Id, Identity, Live, Provider, Status, TOKEN_TAG, Tags, only},
    };
}

/// A client of each service that the kinds use.
///
/// The SDK's own retries are off: the engine retries, because it knows what a call is worth.
#[derive(Debug)]
pub struct Aws {
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) ecr: aws_sdk_ecr::Client,
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) elbv2_tags: Gather<BTreeMap<String, engine::provider::Tags>>,
    pub(crate) route_tables: Flight<Vec<aws_sdk_ec2::types::RouteTable>>,
    pub(crate) roles: Flight<Vec<aws_sdk_iam::types::RoleDetail>>,
    pub(crate) security_group_rules: Gather<Vec<aws_sdk_ec2::types::SecurityGroupRule>>,
}
