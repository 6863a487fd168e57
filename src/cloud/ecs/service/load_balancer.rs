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
    pub(crate) advanced_configuration: Option<AdvancedConfiguration>,
}

/// What a deployment needs that shifts traffic (AWS: ECS API Reference, AdvancedConfiguration).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AdvancedConfiguration {
    pub(crate) alternate_target_group_arn: Option<String>,
    pub(crate) production_listener_rule: Option<String>,
    pub(crate) test_listener_rule: Option<String>,
    role_arn: Option<String>,
}

impl LoadBalancer {
    /// Puts the alternate target group in the place of the main one.
    pub(crate) fn swap(&mut self) {
        let advanced = self.advanced_configuration.as_mut();
        if let Some(alternate) = advanced.and_then(|it| it.alternate_target_group_arn.as_mut()) {
            self.target_group_arn =
                Some(std::mem::replace(alternate, self.target_group_arn.take().unwrap_or_default()));
        }
    }

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
        load_balancer.advanced_configuration.as_ref().map_or(Ok(()), |it| it.check(cx))?;
    }
    Ok(())
}

impl AdvancedConfiguration {
    fn check(&self, cx: &Context<'_>) -> Result<(), ApiError> {
        let missing = |what: &str| invalid_parameter(format!("advancedConfiguration needs {what}."));
        let alternate = self.alternate_target_group_arn.as_deref();
        target::check_alternate(cx, alternate.ok_or_else(|| missing("an alternateTargetGroupArn"))?)?;
        let production = self.production_listener_rule.as_deref();
        target::check_rule(cx, production.ok_or_else(|| missing("a productionListenerRule"))?)?;
        self.test_listener_rule.as_deref().map_or(Ok(()), |rule| target::check_rule(cx, rule))?;
        self.role_arn.as_ref().map(|_| ()).ok_or_else(|| missing("a roleArn"))
    }
}

/// Refuses load balancers whose traffic cannot be shifted.
pub(super) fn check_shift(all: &[LoadBalancer]) -> Result<(), ApiError> {
    match all.iter().all(|load_balancer| load_balancer.advanced_configuration.is_some()) {
        true => Ok(()),
        false => Err(invalid_parameter(
            "advancedConfiguration field is required for all loadBalancers when using a deployment strategy that \
             shifts traffic.",
        )),
    }
}
