//! The health of targets.
//!
//! A data plane checks them. Without one, targets become healthy by time: a registration of some seconds, then one
//! interval of the health check, as the first good check suffices for a new target.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::load_balancer::{self, LoadBalancer, State};
use super::target::{self, Target, TargetDescription, of_group};
use super::target_group::{self, TargetGroup};
use super::target_group_attributes::deregistration_delay;
use super::usage;
use crate::context::Context;
use crate::wire::ApiError;

/// How long a target is in registration before it is checked, as users report it.
pub(crate) const REGISTRATION: Duration = Duration::from_secs(10);

/// The health of one target. AWS: Elastic Load Balancing API Reference, TargetHealth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetHealth {
    pub(crate) state: TargetState,
    reason: Option<Cow<'static, str>>,
    description: Option<Cow<'static, str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TargetState {
    Initial,
    Healthy,
    Unhealthy,
    Unused,
    Draining,
}

const HEALTHY: TargetHealth = TargetHealth { state: TargetState::Healthy, reason: None, description: None };
const REGISTERING: TargetHealth =
    because(TargetState::Initial, "Elb.RegistrationInProgress", "Target registration is in progress");
const CHECKING: TargetHealth =
    because(TargetState::Initial, "Elb.InitialHealthChecking", "Initial health checks in progress");
const GROUP_NOT_IN_USE: TargetHealth = because(
    TargetState::Unused,
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
);
const ZONE_NOT_IN_USE: TargetHealth = because(
    TargetState::Unused,
    "Target.NotInUse",
    "Target is in an Availability Zone that is not enabled for the load balancer",
);
const NOT_REGISTERED: TargetHealth =
    because(TargetState::Unused, "Target.NotRegistered", "Target is not registered to the target group");
const DRAINING: TargetHealth =
    because(TargetState::Draining, "Target.DeregistrationInProgress", "Target deregistration is in progress");

const fn because(state: TargetState, reason: &'static str, description: &'static str) -> TargetHealth {
    TargetHealth { state, reason: Some(Cow::Borrowed(reason)), description: Some(Cow::Borrowed(description)) }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTargetHealth {
    target_group_arn: String,
    #[serde(default)]
    targets: Vec<TargetDescription>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetHealthDescriptions {
    target_health_descriptions: Vec<TargetHealthDescription>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetHealthDescription {
    target: TargetDescription,
    health_check_port: Option<String>,
    target_health: TargetHealth,
}

pub(crate) fn describe_target_health(
    cx: &mut Context<'_>,
    input: DescribeTargetHealth,
) -> Result<TargetHealthDescriptions, ApiError> {
    let group = target_group::find(cx, &input.target_group_arn)?.clone();
    forget_drained(cx, &group);
    let describe = |target: &Target| TargetHealthDescription {
        target: target.description(),
        health_check_port: Some(group.health_check.port.of_target(target.port).to_string()),
        target_health: of(cx, &group, target),
    };
    let target_health_descriptions = if input.targets.is_empty() {
        of_group(cx, &group.arn).iter().map(|(_, target)| describe(target)).collect()
    } else {
        let asked = input.targets.into_iter().map(|asked| {
            let key = target::target_key(&group, &asked.id, asked.port.unwrap_or(group.port));
            cx.elbv2.targets.get(&key).map(describe).unwrap_or_else(|| TargetHealthDescription {
                target: asked,
                health_check_port: None,
                target_health: NOT_REGISTERED,
            })
        });
        asked.collect()
    };
    Ok(TargetHealthDescriptions { target_health_descriptions })
}

/// The health of a registered target now.
pub(crate) fn of(cx: &Context<'_>, group: &TargetGroup, target: &Target) -> TargetHealth {
    if target.deregistered.is_some() {
        return DRAINING;
    }
    let load_balancer = usage::load_balancer_of(cx, &group.arn).and_then(|arn| load_balancer::find(cx, arn).ok());
    let (Some(load_balancer), Some(used_since)) = (load_balancer, group.used_since) else { return GROUP_NOT_IN_USE };
    if !is_used(load_balancer, target) {
        return ZONE_NOT_IN_USE;
    }
    let registered = cx.pace.after(used_since.max(target.registered), REGISTRATION);
    if let Some(facts) = cx.facts {
        let key = target::target_key(group, &target.address.to_string(), target.port);
        return match facts.targets.get(&key).filter(|fact| fact.registered == target.registered) {
            Some(fact) => TargetHealth {
                state: fact.state,
                reason: fact.reason.map(Cow::Borrowed),
                description: fact.description.clone().map(Cow::Owned),
            },
            None if cx.now < registered => REGISTERING,
            None => CHECKING,
        };
    }
    let checked = cx.pace.after(registered, Duration::from_secs(group.health_check.interval_seconds.into()));
    if *load_balancer.state.at(cx.now) != State::Active || cx.now < registered {
        REGISTERING
    } else if cx.now < checked {
        CHECKING
    } else {
        HEALTHY
    }
}

/// Whether a target is in a zone that the load balancer is enabled in.
pub(crate) fn is_used(load_balancer: &LoadBalancer, target: &Target) -> bool {
    let zones: BTreeSet<&str> = load_balancer.zones.iter().map(|zone| zone.zone_name.as_str()).collect();
    target.zone.as_deref().is_none_or(|zone| zone == target::ALL_ZONES || zones.contains(zone))
}

/// Removes the targets of a group whose deregistration delay is over.
pub(super) fn forget_drained(cx: &mut Context<'_>, group: &TargetGroup) {
    let delay = deregistration_delay(group);
    let over = |since: Timestamp| match cx.facts {
        // A data plane really drains, so that it takes its time under every profile.
        Some(_) => cx.now >= since + cx.pace.scaled(delay),
        None => cx.now >= cx.pace.after(since, delay),
    };
    let drained = of_group(cx, &group.arn).into_iter().filter(|(_, target)| target.deregistered.is_some_and(over));
    for (key, _) in drained.collect::<Vec<_>>() {
        cx.elbv2.targets.remove(&key);
    }
}
