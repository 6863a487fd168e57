//! Creating target groups and changing their health checks.

use serde::Deserialize;

use super::attributes::Attributes;
use super::errors::validation;
use super::health_check::{HealthCheck, Matcher, Settings};
use super::tagging::new_tags;
use super::target_group::{Protocol, ProtocolVersion, TargetGroup, TargetGroups, TargetType, find, find_mut, only};
use super::{limits, name};
use crate::context::Context;
use crate::tags::UpperTag;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum IpAddressType {
    Ipv4,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateTargetGroup {
    name: String,
    protocol: Option<Protocol>,
    protocol_version: Option<String>,
    port: Option<u16>,
    vpc_id: Option<String>,
    health_check_protocol: Option<Protocol>,
    health_check_port: Option<String>,
    health_check_enabled: Option<bool>,
    health_check_path: Option<String>,
    health_check_interval_seconds: Option<u16>,
    health_check_timeout_seconds: Option<u16>,
    healthy_threshold_count: Option<u8>,
    unhealthy_threshold_count: Option<u8>,
    matcher: Option<Matcher>,
    target_type: Option<TargetType>,
    #[serde(default)]
    tags: Vec<UpperTag>,
    #[serde(rename = "IpAddressType")]
    _ip_address_type: Option<IpAddressType>,
}

/// The same name with the same settings gives the target group that exists; its tags are not compared.
pub(crate) fn create_target_group(cx: &mut Context<'_>, input: CreateTargetGroup) -> Result<TargetGroups, ApiError> {
    name::check("Target group", &input.name)?;
    let protocol = input.protocol.ok_or_else(|| validation("A protocol must be specified"))?;
    let port = input.port.filter(|port| *port > 0).ok_or_else(|| validation("A port must be specified"))?;
    let vpc_id = input.vpc_id.ok_or_else(|| validation("A VPC ID must be specified"))?;
    if !cx.ec2.vpcs.contains(&vpc_id) {
        return Err(validation(format!("The VPC ID '{vpc_id}' is not found")));
    }
    let protocol_version = ProtocolVersion::parse(input.protocol_version.as_deref())?;
    let settings = Settings {
        protocol: input.health_check_protocol,
        port: input.health_check_port,
        enabled: input.health_check_enabled,
        path: input.health_check_path,
        interval_seconds: input.health_check_interval_seconds,
        timeout_seconds: input.health_check_timeout_seconds,
        healthy_threshold: input.healthy_threshold_count,
        unhealthy_threshold: input.unhealthy_threshold_count,
        matcher: input.matcher,
    };
    let id = cx.ids.hex(16);
    let group = TargetGroup {
        arn: cx.arn(&format!("targetgroup/{}/{id}", input.name)),
        name: input.name,
        protocol,
        protocol_version,
        port,
        vpc_id,
        target_type: input.target_type.unwrap_or(TargetType::Instance),
        health_check: HealthCheck::default_for(protocol_version).with(settings, protocol_version)?,
        used_since: None,
        attributes: Attributes::default(),
        tags: new_tags(input.tags)?,
    };
    if let Some(existing) = cx.elbv2.target_groups.values().find(|existing| existing.name == group.name) {
        return if same_settings(existing, &group) { Ok(only(cx, existing)) } else { Err(duplicate(&group.name)) };
    }
    limits::TARGET_GROUPS.check("TooManyTargetGroups", cx.elbv2.target_groups.len() + 1)?;
    cx.elbv2.target_groups.insert(group.arn.clone(), group.clone());
    Ok(only(cx, &group))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyTargetGroup {
    target_group_arn: String,
    health_check_protocol: Option<Protocol>,
    health_check_port: Option<String>,
    health_check_path: Option<String>,
    health_check_enabled: Option<bool>,
    health_check_interval_seconds: Option<u16>,
    health_check_timeout_seconds: Option<u16>,
    healthy_threshold_count: Option<u8>,
    unhealthy_threshold_count: Option<u8>,
    matcher: Option<Matcher>,
}

pub(crate) fn modify_target_group(cx: &mut Context<'_>, input: ModifyTargetGroup) -> Result<TargetGroups, ApiError> {
    let settings = Settings {
        protocol: input.health_check_protocol,
        port: input.health_check_port,
        enabled: input.health_check_enabled,
        path: input.health_check_path,
        interval_seconds: input.health_check_interval_seconds,
        timeout_seconds: input.health_check_timeout_seconds,
        healthy_threshold: input.healthy_threshold_count,
        unhealthy_threshold: input.unhealthy_threshold_count,
        matcher: input.matcher,
    };
    let group = find_mut(cx, &input.target_group_arn)?;
    group.health_check = group.health_check.clone().with(settings, group.protocol_version)?;
    Ok(only(cx, find(cx, &input.target_group_arn)?))
}

fn same_settings(one: &TargetGroup, other: &TargetGroup) -> bool {
    one.protocol == other.protocol
        && one.protocol_version == other.protocol_version
        && one.port == other.port
        && one.vpc_id == other.vpc_id
        && one.target_type == other.target_type
        && one.health_check == other.health_check
}

fn duplicate(name: &str) -> ApiError {
    let message = format!("A target group with the same name '{name}' exists, but with different settings");
    ApiError::new("DuplicateTargetGroupName", message)
}
