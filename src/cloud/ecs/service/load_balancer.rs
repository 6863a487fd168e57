//! Where the tasks of a service are registered as targets.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::ecs::error::{invalid_parameter, unsupported};
use crate::ecs::target;
use crate::ecs::task_definition::TaskDefinition;
use crate::wire::ApiError;

/// AWS: ECS API Reference, LoadBalancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoadBalancer {
    pub(crate) target_group_arn: Option<String>,
    /// Of a Classic Load Balancer; those are not modelled.
    load_balancer_name: Option<String>,
    pub(crate) container_name: Option<String>,
    pub(crate) container_port: Option<i32>,
}

impl LoadBalancer {
    /// The target group and the port, which [`check`] has seen to be there.
    pub(crate) fn target(&self) -> Option<(&str, u16)> {
        let port = u16::try_from(self.container_port?).ok()?;
        Some((self.target_group_arn.as_deref()?, port))
    }
}

/// Refuses target groups that cannot get the tasks of this definition.
pub(super) fn check(cx: &Context<'_>, all: &[LoadBalancer], definition: &TaskDefinition) -> Result<(), ApiError> {
    if all.len() > 5 {
        return Err(invalid_parameter("loadBalancers can have at most 5 items."));
    }
    for load_balancer in all {
        if load_balancer.load_balancer_name.as_ref().is_some_and(|name| !name.is_empty()) {
            return Err(unsupported("The local cloud does not model Classic Load Balancers."));
        }
        let Some(target_group_arn) = &load_balancer.target_group_arn else {
            return Err(invalid_parameter("targetGroupArn can not be blank."));
        };
        let Some(name) = &load_balancer.container_name else {
            return Err(invalid_parameter("containerName can not be blank."));
        };
        let Some(container) = definition.containers.iter().find(|container| container.name == *name) else {
            return Err(invalid_parameter(format!("The container {name} does not exist in the task definition.")));
        };
        let port = load_balancer.container_port;
        if !container.port_mappings.iter().any(|mapping| mapping.container_port == port) {
            let port = port.unwrap_or_default();
            let message = format!("The container {name} did not have a container port {port} defined.");
            return Err(invalid_parameter(message));
        }
        target::check(cx, target_group_arn)?;
    }
    Ok(())
}
