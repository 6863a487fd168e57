//! Targets: registering them and taking them out again.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::errors::validation;
use super::target_group::{self, TargetGroup, TargetType};
use super::{health, limits};
use crate::context::Context;
use crate::table::{Record, key};
use crate::wire::ApiError;

/// What may be registered outside the group's VPC (AWS: Elastic Load Balancing API Reference, CreateTargetGroup,
/// `TargetType`).
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// The zone of a target that every zone's nodes may use.
pub(super) const ALL_ZONES: &str = "all";

/// A target of a target group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    /// The Availability Zone, or `all`; `None` for an address of the VPC that is in no subnet.
    pub(crate) zone: Option<String>,
    pub(crate) registered: Timestamp,
    /// When it was taken out; it is drained from then on.
    pub(crate) deregistered: Option<Timestamp>,
}

impl Record for Target {}

/// A target as it stands in requests and replies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TargetDescription {
    pub(crate) id: String,
    pub(crate) port: Option<u16>,
    pub(crate) availability_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RegisterTargets {
    target_group_arn: String,
    targets: Vec<TargetDescription>,
}

#[derive(Serialize)]
pub(crate) struct Done {}

pub(crate) fn register_targets(cx: &mut Context<'_>, input: RegisterTargets) -> Result<Done, ApiError> {
    register(cx, &input.target_group_arn, input.targets)?;
    Ok(Done {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeregisterTargets {
    target_group_arn: String,
    targets: Vec<TargetDescription>,
}

pub(crate) fn deregister_targets(cx: &mut Context<'_>, input: DeregisterTargets) -> Result<Done, ApiError> {
    deregister(cx, &input.target_group_arn, &input.targets)?;
    Ok(Done {})
}

/// Registers targets. One that is registered stays as it is; one that is draining starts anew.
pub(crate) fn register(cx: &mut Context<'_>, group_arn: &str, targets: Vec<TargetDescription>) -> Result<(), ApiError> {
    let group = target_group::find(cx, group_arn)?.clone();
    health::forget_drained(cx, &group);
    if targets.is_empty() {
        return Err(validation("At least one target must be specified"));
    }
    for description in targets {
        let target = new(cx, &group, description)?;
        let key = target_key(&group, &target.address.to_string(), target.port);
        if cx.elbv2.targets.get(&key).is_none_or(|existing| existing.deregistered.is_some()) {
            cx.elbv2.targets.insert(key, target);
        }
    }
    limits::TARGETS.check("TooManyTargets", of_group(cx, group_arn).len())
}

/// Takes targets out. They drain for the group's deregistration delay if a load balancer uses them; targets that are not
/// registered are no error.
pub(crate) fn deregister(cx: &mut Context<'_>, group_arn: &str, targets: &[TargetDescription]) -> Result<(), ApiError> {
    let group = target_group::find(cx, group_arn)?.clone();
    health::forget_drained(cx, &group);
    let now = cx.now;
    for TargetDescription { id, port, .. } in targets {
        let key = target_key(&group, id, port.unwrap_or(group.port));
        if group.used_since.is_none() {
            cx.elbv2.targets.remove(&key);
        } else if let Some(target) = cx.elbv2.targets.get_mut(&key) {
            target.deregistered.get_or_insert(now);
        }
    }
    health::forget_drained(cx, &group);
    Ok(())
}

/// The targets of a group, those that are draining among them, with their keys.
pub(crate) fn of_group(cx: &Context<'_>, group_arn: &str) -> Vec<(String, Target)> {
    let prefix = key([group_arn]);
    cx.elbv2.targets.prefix(&prefix).map(|(key, target)| (key.to_owned(), target.clone())).collect()
}

impl Target {
    pub(super) fn description(&self) -> TargetDescription {
        TargetDescription { id: self.address.to_string(), port: Some(self.port), availability_zone: self.zone.clone() }
    }
}

pub(super) fn target_key(group: &TargetGroup, id: &str, port: u16) -> String {
    key([group.arn.as_str(), id, port.to_string().as_str()])
}

fn new(cx: &Context<'_>, group: &TargetGroup, description: TargetDescription) -> Result<Target, ApiError> {
    let TargetDescription { id, port, availability_zone } = description;
    if group.target_type == TargetType::Instance {
        return Err(invalid(format!(
            "The following targets are not in a running state and cannot be registered: '{id}'"
        )));
    }
    let Ok(address) = id.parse::<IpAddr>() else {
        return Err(validation(format!("The IP address '{id}' is not a valid IPv4 address")));
    };
    let port = port.unwrap_or(group.port);
    if port == 0 {
        return Err(validation("The port of a target must be in the range 1-65535"));
    }
    let zone = zone(cx, group, address, availability_zone)?;
    Ok(Target { address, port, zone, registered: cx.now, deregistered: None })
}

/// The zone of an address: that of its subnet, or the given one if it is outside the VPC.
fn zone(
    cx: &Context<'_>,
    group: &TargetGroup,
    address: IpAddr,
    given: Option<String>,
) -> Result<Option<String>, ApiError> {
    let inside = |block: ipnet::Ipv4Net| IpNet::from(block).contains(&address);
    if cx.ec2.vpcs.get(&group.vpc_id).is_some_and(|vpc| inside(vpc.cidr_block)) {
        let mut subnets = cx.ec2.subnets.values();
        let subnet = subnets.find(|subnet| subnet.vpc_id == group.vpc_id && inside(subnet.cidr_block));
        return Ok(subnet.map(|subnet| subnet.availability_zone.clone()));
    }
    let private = PRIVATE.iter().filter_map(|block| block.parse::<IpNet>().ok()).any(|block| block.contains(&address));
    if !private {
        let message = format!("The IP address '{address}' is not within the VPC '{}' nor a private one", group.vpc_id);
        return Err(invalid(message));
    }
    let of_region = |zone: &str| zone.strip_prefix(cx.region).is_some_and(|letter| letter.len() == 1);
    match given {
        None => Err(validation(format!("You must specify an Availability Zone for the IP address '{address}'"))),
        Some(zone) if zone == ALL_ZONES || of_region(&zone) => Ok(Some(zone)),
        Some(zone) => Err(validation(format!("The Availability Zone '{zone}' is not valid"))),
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::new("InvalidTarget", message)
}
