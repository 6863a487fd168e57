//! The targets that tasks are: the seam to Elastic Load Balancing.

use std::time::Duration;

use super::error::invalid_parameter;
use crate::context::Context;
use crate::elbv2::{self, TargetDescription, TargetState, TargetType};
use crate::wire::ApiError;

/// What a load balancer thinks of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Health {
    /// The load balancer sends it requests.
    Healthy,
    /// Not yet, or not any more.
    Waiting,
    /// It failed its health checks.
    Unhealthy,
}

/// Refuses a target group that is not there, that no load balancer uses, or that does not take addresses.
pub(super) fn check(cx: &Context<'_>, target_group_arn: &str) -> Result<(), ApiError> {
    let Some(group) = cx.elbv2.target_groups.get(target_group_arn) else {
        return Err(invalid_parameter(
            "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service \
             role being passed has the proper permissions.",
        ));
    };
    if group.target_type != TargetType::Ip {
        return Err(invalid_parameter(format!(
            "The provided target group {target_group_arn} has target type instance, which is incompatible with the \
             awsvpc network mode specified in the task definition."
        )));
    }
    match group.used_since {
        Some(_) => Ok(()),
        None => Err(invalid_parameter(format!(
            "The target group with targetGroupArn {target_group_arn} does not have an associated load balancer."
        ))),
    }
}

/// Refuses an alternate target group that is not there or does not take addresses. It may be without a load balancer
/// until traffic is shifted to it.
pub(super) fn check_alternate(cx: &Context<'_>, target_group_arn: &str) -> Result<(), ApiError> {
    match cx.elbv2.target_groups.get(target_group_arn).map(|group| group.target_type) {
        Some(TargetType::Ip) => Ok(()),
        _ => Err(invalid_parameter(format!("The alternate target group {target_group_arn} cannot take the tasks."))),
    }
}

/// Refuses a listener rule that is not there.
pub(super) fn check_rule(cx: &Context<'_>, rule_arn: &str) -> Result<(), ApiError> {
    match cx.elbv2.rules.contains(rule_arn) {
        true => Ok(()),
        false => Err(invalid_parameter(format!("The listener rule {rule_arn} does not exist."))),
    }
}

/// Makes a listener rule send this percentage of its requests to `green`, and the rest to `blue`.
pub(super) fn shift(cx: &mut Context<'_>, rule: &str, blue: &str, green: &str, percent: f64) -> Result<(), ApiError> {
    elbv2::forward(cx, rule, [(blue, 100.0 - percent), (green, percent)])
}

/// Registers a task's address.
pub(super) fn register(cx: &mut Context<'_>, group: &str, address: &str, port: u16) -> Result<(), ApiError> {
    elbv2::register(cx, group, vec![description(address, port)])
}

/// Takes a task's address out. A target group that is gone has no targets.
pub(super) fn deregister(cx: &mut Context<'_>, group: &str, address: &str, port: u16) -> Result<(), ApiError> {
    match cx.elbv2.target_groups.contains(group) {
        true => elbv2::deregister(cx, group, &[description(address, port)]),
        false => Ok(()),
    }
}

/// How long a task is drained by this group before it may be stopped.
pub(super) fn deregistration_delay(cx: &Context<'_>, group: &str) -> Duration {
    cx.elbv2.target_groups.get(group).map(elbv2::deregistration_delay).unwrap_or_default()
}

/// The health of a task's address in this group now. A group that no load balancer uses makes nothing healthy.
pub(super) fn health(cx: &Context<'_>, group_arn: &str, address: &str, port: u16) -> Health {
    let Some(group) = cx.elbv2.target_groups.get(group_arn) else { return Health::Waiting };
    let targets = elbv2::of_group(cx, group_arn);
    let target = targets.iter().find(|(_, target)| target.address.to_string() == address && target.port == port);
    match target.map(|(_, target)| elbv2::target_health(cx, group, target).state) {
        Some(TargetState::Healthy) => Health::Healthy,
        Some(TargetState::Initial | TargetState::Unused | TargetState::Draining) | None => Health::Waiting,
        Some(TargetState::Unhealthy) => Health::Unhealthy,
    }
}

fn description(address: &str, port: u16) -> TargetDescription {
    TargetDescription { id: address.to_owned(), port: Some(port), availability_zone: None }
}
