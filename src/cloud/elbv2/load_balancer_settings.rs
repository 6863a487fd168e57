//! What can be changed about a load balancer: subnets, security groups, address type.

use serde::{Deserialize, Serialize};

use super::load_balancer::{self, IpAddressType};
use super::nodes;
use super::placement::{self, SubnetMapping, ZoneView};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SetSubnets {
    load_balancer_arn: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    subnet_mappings: Vec<SubnetMapping>,
    ip_address_type: Option<IpAddressType>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SubnetsSet {
    availability_zones: Vec<ZoneView>,
    ip_address_type: IpAddressType,
}

/// Replaces the subnets. Nodes in subnets that stay are left alone.
pub(crate) fn set_subnets(cx: &mut Context<'_>, input: SetSubnets) -> Result<SubnetsSet, ApiError> {
    let mut load_balancer = load_balancer::find(cx, &input.load_balancer_arn)?.clone();
    let (vpc_id, mut zones) = placement::zones(cx, input.subnets, input.subnet_mappings)?;
    placement::check_vpc(&load_balancer.vpc_id, &vpc_id, &zones)?;
    let ip_address_type = input.ip_address_type.unwrap_or(load_balancer.ip_address_type);
    placement::check_addresses(cx, &vpc_id, &zones, load_balancer.scheme, ip_address_type)?;

    let mut leaving = Vec::new();
    for zone in std::mem::take(&mut load_balancer.zones) {
        match zones.iter_mut().find(|wanted| wanted.subnet_id == zone.subnet_id) {
            Some(wanted) => *wanted = zone,
            None => leaving.push(zone),
        }
    }
    nodes::leave(cx, &mut load_balancer, leaving);
    load_balancer.zones = zones;
    load_balancer.ip_address_type = ip_address_type;
    nodes::place(cx, &mut load_balancer)?;
    let availability_zones = load_balancer.zones.iter().map(|zone| zone.view(cx)).collect();
    cx.elbv2.load_balancers.insert(input.load_balancer_arn, load_balancer);
    Ok(SubnetsSet { availability_zones, ip_address_type })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SetSecurityGroups {
    load_balancer_arn: String,
    security_groups: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroupsSet {
    security_group_ids: Vec<String>,
}

/// Replaces the security groups of the load balancer and of its network interfaces.
pub(crate) fn set_security_groups(
    cx: &mut Context<'_>,
    input: SetSecurityGroups,
) -> Result<SecurityGroupsSet, ApiError> {
    let load_balancer = load_balancer::find(cx, &input.load_balancer_arn)?.clone();
    let security_groups = placement::security_groups(cx, &load_balancer.vpc_id, input.security_groups)?;
    for zones in [&load_balancer.zones, &load_balancer.leaving] {
        nodes::set_security_groups(cx, zones, &security_groups)?;
    }
    load_balancer::find_mut(cx, &input.load_balancer_arn)?.security_groups.clone_from(&security_groups);
    Ok(SecurityGroupsSet { security_group_ids: security_groups })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SetIpAddressType {
    load_balancer_arn: String,
    ip_address_type: IpAddressType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IpAddressTypeSet {
    ip_address_type: IpAddressType,
}

pub(crate) fn set_ip_address_type(cx: &mut Context<'_>, input: SetIpAddressType) -> Result<IpAddressTypeSet, ApiError> {
    let SetIpAddressType { load_balancer_arn, ip_address_type } = input;
    let load_balancer = load_balancer::find(cx, &load_balancer_arn)?.clone();
    placement::check_addresses(cx, &load_balancer.vpc_id, &load_balancer.zones, load_balancer.scheme, ip_address_type)?;
    load_balancer::find_mut(cx, &load_balancer_arn)?.ip_address_type = ip_address_type;
    Ok(IpAddressTypeSet { ip_address_type })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeCapacityReservation {
    load_balancer_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CapacityReservation {
    capacity_reservation_state: [(); 0],
}

/// No capacity can be reserved here, so no load balancer has any.
pub(crate) fn describe_capacity_reservation(
    cx: &mut Context<'_>,
    input: DescribeCapacityReservation,
) -> Result<CapacityReservation, ApiError> {
    load_balancer::find(cx, &input.load_balancer_arn)?;
    Ok(CapacityReservation { capacity_reservation_state: [] })
}
