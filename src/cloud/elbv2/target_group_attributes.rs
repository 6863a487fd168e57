//! The attributes of target groups.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, Definition, Values};
use super::errors::configuration;
use super::target_group::{self, TargetGroup};
use crate::context::Context;
use crate::wire::ApiError;

const DEREGISTRATION_DELAY: &str = "deregistration_delay.timeout_seconds";
const STICKINESS: &str = "stickiness.enabled";
const STICKINESS_TYPE: &str = "stickiness.type";
const COOKIE_NAME: &str = "stickiness.app_cookie.cookie_name";
const ALGORITHM: &str = "load_balancing.algorithm.type";
const ANOMALY_MITIGATION: &str = "load_balancing.algorithm.anomaly_mitigation";
const SLOW_START: &str = "slow_start.duration_seconds";

/// How long a cookie holds, in seconds; the default is a day.
const COOKIE_DURATION: Values = Values::Number(1..=604_800);

/// AWS: Elastic Load Balancing API Reference, TargetGroupAttribute: those of groups of instances or IP addresses of an
/// Application Load Balancer.
const DEFINITIONS: &[Definition] = &[
    Definition { key: DEREGISTRATION_DELAY, default: "300", values: Values::Number(0..=3600) },
    Definition {
        key: ALGORITHM,
        default: "round_robin",
        values: Values::OneOf(&["round_robin", "least_outstanding_requests", "weighted_random"]),
    },
    Definition { key: ANOMALY_MITIGATION, default: "off", values: Values::OneOf(&["on", "off"]) },
    Definition {
        key: "load_balancing.cross_zone.enabled",
        default: "use_load_balancer_configuration",
        values: Values::OneOf(&["true", "false", "use_load_balancer_configuration"]),
    },
    // 0 turns it off; see `check` for what lies between that and 30.
    Definition { key: SLOW_START, default: "0", values: Values::Number(0..=900) },
    Definition { key: STICKINESS, default: "false", values: Values::Flag },
    Definition { key: STICKINESS_TYPE, default: "lb_cookie", values: Values::OneOf(&["lb_cookie", "app_cookie"]) },
    Definition { key: COOKIE_NAME, default: "", values: Values::Text },
    Definition { key: "stickiness.app_cookie.duration_seconds", default: "86400", values: COOKIE_DURATION },
    Definition { key: "stickiness.lb_cookie.duration_seconds", default: "86400", values: COOKIE_DURATION },
    Definition {
        key: "target_group_health.dns_failover.minimum_healthy_targets.count",
        default: "1",
        values: Values::NumberOr(1..=1000, "off"),
    },
    Definition {
        key: "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        default: "off",
        values: Values::NumberOr(1..=100, "off"),
    },
    Definition {
        key: "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        default: "1",
        values: Values::Number(1..=1000),
    },
    Definition {
        key: "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        default: "off",
        values: Values::NumberOr(1..=100, "off"),
    },
];

/// How a target group spreads requests over its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balancing {
    pub(crate) algorithm: Algorithm,
    /// How clients stick to targets, if they do.
    pub(crate) stickiness: Option<TargetStickiness>,
    /// How long a target that has become healthy gets less than its share; zero for not at all.
    pub(crate) slow_start: Duration,
    /// Whether nodes use targets of other zones.
    pub(crate) cross_zone: bool,
    /// With fewer healthy targets than this, requests go to all targets.
    pub(crate) minimum_healthy_count: usize,
    /// The same as a percentage of the targets; zero for `off`.
    pub(crate) minimum_healthy_percentage: usize,
    pub(crate) deregistration_delay: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    RoundRobin,
    LeastOutstandingRequests,
    WeightedRandom,
}

/// How a client sticks to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetStickiness {
    /// The application's cookie that it follows; the load balancer's own if there is none.
    pub(crate) application_cookie: Option<String>,
    pub(crate) duration: Duration,
}

/// How this target group spreads requests over its targets.
pub(crate) fn balancing(group: &TargetGroup) -> Balancing {
    let value = |key| group.attributes.value(DEFINITIONS, key);
    let seconds = |key| Duration::from_secs(group.attributes.number(DEFINITIONS, key).into());
    let count = |key| usize::try_from(group.attributes.number(DEFINITIONS, key)).unwrap_or(usize::MAX);
    let stickiness = || match value(STICKINESS_TYPE) {
        "app_cookie" => TargetStickiness {
            application_cookie: Some(value(COOKIE_NAME).to_owned()),
            duration: seconds("stickiness.app_cookie.duration_seconds"),
        },
        _ => TargetStickiness { application_cookie: None, duration: seconds("stickiness.lb_cookie.duration_seconds") },
    };
    Balancing {
        algorithm: match value(ALGORITHM) {
            "least_outstanding_requests" => Algorithm::LeastOutstandingRequests,
            "weighted_random" => Algorithm::WeightedRandom,
            _ => Algorithm::RoundRobin,
        },
        stickiness: (value(STICKINESS) == "true").then(stickiness),
        slow_start: seconds(SLOW_START),
        cross_zone: value("load_balancing.cross_zone.enabled") != "false",
        minimum_healthy_count: count("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"),
        minimum_healthy_percentage: count(
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        ),
        deregistration_delay: deregistration_delay(group),
    }
}

/// How long a target that is taken out stays `draining`.
pub(crate) fn deregistration_delay(group: &TargetGroup) -> Duration {
    Duration::from_secs(group.attributes.number(DEFINITIONS, DEREGISTRATION_DELAY).into())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTargetGroupAttributes {
    target_group_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetGroupAttributes {
    attributes: Vec<Attribute>,
}

pub(crate) fn describe_target_group_attributes(
    cx: &mut Context<'_>,
    input: DescribeTargetGroupAttributes,
) -> Result<TargetGroupAttributes, ApiError> {
    Ok(view(target_group::find(cx, &input.target_group_arn)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyTargetGroupAttributes {
    target_group_arn: String,
    attributes: Vec<Attribute>,
}

pub(crate) fn modify_target_group_attributes(
    cx: &mut Context<'_>,
    input: ModifyTargetGroupAttributes,
) -> Result<TargetGroupAttributes, ApiError> {
    let group = target_group::find_mut(cx, &input.target_group_arn)?;
    group.attributes.modify("Target group", DEFINITIONS, input.attributes)?;
    check(group)?;
    Ok(view(group))
}

/// What holds between attributes.
fn check(group: &TargetGroup) -> Result<(), ApiError> {
    let value = |key| group.attributes.value(DEFINITIONS, key);
    let cookie = value(COOKIE_NAME);
    if value(STICKINESS) == "true" && value(STICKINESS_TYPE) == "app_cookie" && cookie.is_empty() {
        return Err(configuration("You must set an application cookie name to enable stickiness of type 'app_cookie'"));
    }
    if ["AWSALB", "AWSALBAPP", "AWSALBTG"].iter().any(|reserved| cookie.starts_with(reserved)) {
        return Err(configuration(format!(
            "'{cookie}' cannot be used as the name of an application cookie: it is reserved"
        )));
    }
    if value(ANOMALY_MITIGATION) == "on" && value(ALGORITHM) != "weighted_random" {
        return Err(configuration(format!("'{ANOMALY_MITIGATION}' requires the algorithm 'weighted_random'")));
    }
    // AWS: Elastic Load Balancing, Application Load Balancers, "Slow start mode".
    let slow_start = group.attributes.number(DEFINITIONS, SLOW_START);
    if (1..30).contains(&slow_start) {
        return Err(configuration(format!(
            "'{SLOW_START}' value '{slow_start}' must be 0 or between '30-900' inclusive"
        )));
    }
    if slow_start > 0 && value(ALGORITHM) != "round_robin" {
        return Err(configuration(format!("'{SLOW_START}' requires the algorithm 'round_robin'")));
    }
    Ok(())
}

fn view(group: &TargetGroup) -> TargetGroupAttributes {
    TargetGroupAttributes { attributes: group.attributes.view(DEFINITIONS) }
}
