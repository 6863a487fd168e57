//! Target groups of Application Load Balancers. Target types `lambda` and `alb` are not modelled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::errors::{target_group_not_found, validation};
use super::health_check::{HealthCheck, Matcher};
use super::load_balancer;
use super::paging::pages;
use super::usage;
use crate::context::Context;
use crate::table::{Record, key};
use crate::tags::Tags;
use crate::wire::ApiError;

/// A target group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TargetGroup {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
    pub(crate) protocol_version: ProtocolVersion,
    /// The port of a target that is registered without one.
    pub(crate) port: u16,
    pub(crate) vpc_id: String,
    pub(crate) target_type: TargetType,
    pub(crate) health_check: HealthCheck,
    /// Since when a listener or a rule forwards to the group; `None` while none does.
    pub(crate) used_since: Option<Timestamp>,
    pub(crate) attributes: Attributes,
    pub(crate) tags: Tags,
}

impl Record for TargetGroup {}

/// The protocols of Application Load Balancers, their listeners and their target groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Protocol {
    Http,
    Https,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ProtocolVersion {
    Http1,
    Http2,
    Grpc,
}

impl ProtocolVersion {
    /// The version that a request names. Terraform's provider names an empty one when it means the default.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        match text {
            None | Some("" | "HTTP1") => Ok(ProtocolVersion::Http1),
            Some("HTTP2") => Ok(ProtocolVersion::Http2),
            Some("GRPC") => Ok(ProtocolVersion::Grpc),
            Some(other) => Err(validation(format!("Protocol version '{other}' must be one of 'GRPC, HTTP1, HTTP2'"))),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TargetType {
    Instance,
    Ip,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetGroups {
    target_groups: Vec<TargetGroupView>,
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetGroupView {
    target_group_arn: String,
    target_group_name: String,
    protocol: Protocol,
    port: u16,
    vpc_id: String,
    health_check_protocol: Protocol,
    health_check_port: String,
    health_check_enabled: bool,
    health_check_interval_seconds: u16,
    health_check_timeout_seconds: u16,
    healthy_threshold_count: u8,
    unhealthy_threshold_count: u8,
    health_check_path: String,
    matcher: Matcher,
    load_balancer_arns: Vec<String>,
    target_type: TargetType,
    protocol_version: ProtocolVersion,
    ip_address_type: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTargetGroups {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    target_group_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i64>,
}

pub(crate) fn describe_target_groups(
    cx: &mut Context<'_>,
    input: DescribeTargetGroups,
) -> Result<TargetGroups, ApiError> {
    let DescribeTargetGroups { load_balancer_arn, target_group_arns, names, marker, page_size } = input;
    let selections = [load_balancer_arn.is_some(), !target_group_arns.is_empty(), !names.is_empty()];
    if selections.iter().filter(|given| **given).count() > 1 {
        let message =
            "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time";
        return Err(validation(message));
    }
    if let Some(arn) = &load_balancer_arn {
        load_balancer::find(cx, arn)?;
    }
    let exist = target_group_arns.iter().all(|arn| cx.elbv2.target_groups.contains(arn))
        && names.iter().all(|name| cx.elbv2.target_groups.values().any(|group| group.name == *name));
    if !exist {
        return Err(ApiError::new("TargetGroupNotFound", "One or more target groups not found"));
    }
    let wanted = |group: &&TargetGroup| {
        (target_group_arns.is_empty() || target_group_arns.contains(&group.arn))
            && (names.is_empty() || names.contains(&group.name))
            && load_balancer_arn.as_deref().is_none_or(|arn| usage::load_balancer_of(cx, &group.arn) == Some(arn))
    };
    let found = cx.elbv2.target_groups.values().filter(wanted);
    let page = pages(found, |group| group.arn.as_str(), page_size, marker.as_deref())?;
    let target_groups = page.items.into_iter().map(|group| view(cx, group)).collect();
    Ok(TargetGroups { target_groups, next_marker: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteTargetGroup {
    target_group_arn: String,
}

#[derive(Serialize)]
pub(crate) struct Deleted {}

/// Deletes a target group that no listener or rule uses; one that is not there is no error.
pub(crate) fn delete_target_group(cx: &mut Context<'_>, input: DeleteTargetGroup) -> Result<Deleted, ApiError> {
    let arn = &input.target_group_arn;
    if usage::load_balancer_of(cx, arn).is_some() {
        let message = format!("Target group '{arn}' is currently in use by a listener or a rule");
        return Err(ApiError::new("ResourceInUse", message));
    }
    if !is_arn(arn) {
        return Err(validation(format!("'{arn}' is not a valid target group ARN")));
    }
    cx.elbv2.target_groups.remove(arn);
    cx.elbv2.targets.remove_prefix(&key([arn.as_str()]));
    Ok(Deleted {})
}

/// The target group with this ARN.
pub(super) fn find<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a TargetGroup, ApiError> {
    cx.elbv2.target_groups.get(arn).ok_or_else(|| target_group_not_found(arn))
}

/// The target group with this ARN, to be changed.
pub(super) fn find_mut<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut TargetGroup, ApiError> {
    cx.elbv2.target_groups.get_mut(arn).ok_or_else(|| target_group_not_found(arn))
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.contains(":targetgroup/")
}

/// The reply that tells of one target group.
pub(super) fn only(cx: &Context<'_>, group: &TargetGroup) -> TargetGroups {
    TargetGroups { target_groups: vec![view(cx, group)], next_marker: None }
}

fn view(cx: &Context<'_>, group: &TargetGroup) -> TargetGroupView {
    let check = &group.health_check;
    TargetGroupView {
        target_group_arn: group.arn.clone(),
        target_group_name: group.name.clone(),
        protocol: group.protocol,
        port: group.port,
        vpc_id: group.vpc_id.clone(),
        health_check_protocol: check.protocol,
        health_check_port: check.port.word(),
        health_check_enabled: true,
        health_check_interval_seconds: check.interval_seconds,
        health_check_timeout_seconds: check.timeout_seconds,
        healthy_threshold_count: check.healthy_threshold,
        unhealthy_threshold_count: check.unhealthy_threshold,
        health_check_path: check.path.clone(),
        matcher: check.matcher(group.protocol_version),
        load_balancer_arns: usage::load_balancer_of(cx, &group.arn).map(str::to_owned).into_iter().collect(),
        target_type: group.target_type,
        protocol_version: group.protocol_version,
        ip_address_type: "ipv4",
    }
}
