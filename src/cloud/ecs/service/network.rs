//! Where the network interfaces of tasks are.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::ecs::error::invalid_parameter;
use crate::ecs::interface;
use crate::wire::ApiError;

/// AWS: ECS API Reference, NetworkConfiguration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NetworkConfiguration {
    pub(crate) awsvpc_configuration: Option<AwsVpcConfiguration>,
}

/// AWS: ECS API Reference, AwsVpcConfiguration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AwsVpcConfiguration {
    pub(crate) subnets: Vec<String>,
    #[serde(default)]
    pub(crate) security_groups: Vec<String>,
    #[serde(default)]
    pub(crate) assign_public_ip: AssignPublicIp,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AssignPublicIp {
    Enabled,
    #[default]
    Disabled,
}

/// Refuses subnets and security groups that do not exist or do not fit each other.
pub(crate) fn check(cx: &Context<'_>, network: &AwsVpcConfiguration) -> Result<(), ApiError> {
    if network.subnets.is_empty() {
        return Err(invalid_parameter("subnets can not be empty."));
    }
    if network.subnets.len() > 16 {
        return Err(invalid_parameter("subnets can have at most 16 items."));
    }
    if network.security_groups.len() > 5 {
        return Err(invalid_parameter("securityGroups can have at most 5 items."));
    }
    interface::check(cx, &network.subnets, &network.security_groups)
}
