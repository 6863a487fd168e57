//! Where a load balancer stands: its subnets and security groups, checked against EC2.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::errors::{configuration, validation};
use super::limits;
use super::load_balancer::{IpAddressType, Scheme};
use crate::context::Context;
use crate::wire::ApiError;

/// An Availability Zone that a load balancer is enabled in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Zone {
    pub(crate) zone_name: String,
    pub(crate) subnet_id: String,
    /// The network interface of the node that stands there; `None` until it is placed.
    pub(crate) network_interface_id: Option<String>,
}

/// A subnet as requests may also give it. What only Network Load Balancers take is not modelled.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SubnetMapping {
    subnet_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ZoneView {
    zone_name: String,
    subnet_id: String,
    /// Where the node is on this machine, if a data plane runs it. On AWS only Network Load Balancers show theirs.
    load_balancer_addresses: Vec<LoadBalancerAddress>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoadBalancerAddress {
    ip_address: IpAddr,
}

impl Zone {
    pub(super) fn view(&self, cx: &Context<'_>) -> ZoneView {
        let Zone { zone_name, subnet_id, network_interface_id } = self.clone();
        let node = cx.facts.zip(network_interface_id).and_then(|(facts, id)| facts.nodes.get(&id));
        let load_balancer_addresses = node.map(|address| LoadBalancerAddress { ip_address: *address });
        ZoneView { zone_name, subnet_id, load_balancer_addresses: load_balancer_addresses.into_iter().collect() }
    }
}

/// The VPC and the zones of these subnets, by zone name.
///
/// AWS: Elastic Load Balancing API Reference, CreateLoadBalancer, `Subnets`.
pub(super) fn zones(
    cx: &Context<'_>,
    subnets: Vec<String>,
    mappings: Vec<SubnetMapping>,
) -> Result<(String, Vec<Zone>), ApiError> {
    if !subnets.is_empty() && !mappings.is_empty() {
        return Err(validation("You can specify either subnets or subnet mappings, but not both"));
    }
    let ids = subnets.into_iter().chain(mappings.into_iter().map(|mapping| mapping.subnet_id));
    let mut vpc_id: Option<String> = None;
    let mut zones: Vec<Zone> = Vec::new();
    for subnet_id in ids {
        let Some(subnet) = cx.ec2.subnets.get(&subnet_id) else {
            return Err(ApiError::new("SubnetNotFound", format!("The subnet ID '{subnet_id}' does not exist")));
        };
        if *vpc_id.get_or_insert_with(|| subnet.vpc_id.clone()) != subnet.vpc_id {
            return Err(configuration("All subnets must belong to the same VPC"));
        }
        if zones.iter().any(|zone| zone.zone_name == subnet.availability_zone) {
            let message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
            return Err(configuration(message));
        }
        let zone_name = subnet.availability_zone.clone();
        zones.push(Zone { zone_name, subnet_id, network_interface_id: None });
    }
    zones.sort_by(|one, other| one.zone_name.cmp(&other.zone_name));
    match vpc_id {
        Some(vpc_id) if zones.len() >= 2 => Ok((vpc_id, zones)),
        _ => Err(validation("At least two subnets in two different Availability Zones must be specified")),
    }
}

/// Refuses subnets of another VPC than the load balancer's.
pub(super) fn check_vpc(vpc_id: &str, wanted: &str, zones: &[Zone]) -> Result<(), ApiError> {
    if vpc_id == wanted {
        return Ok(());
    }
    let subnets: Vec<_> = zones.iter().map(|zone| zone.subnet_id.as_str()).collect();
    Err(configuration(format!("The subnets '{}' do not belong to VPC '{vpc_id}'", subnets.join(", "))))
}

/// Refuses a scheme or an address type that the VPC and the subnets cannot carry.
pub(super) fn check_addresses(
    cx: &Context<'_>,
    vpc_id: &str,
    zones: &[Zone],
    scheme: Scheme,
    ip_address_type: IpAddressType,
) -> Result<(), ApiError> {
    if scheme == Scheme::InternetFacing && !has_internet_gateway(cx, vpc_id) {
        return Err(ApiError::new("InvalidSubnet", format!("VPC {vpc_id} has no internet gateway")));
    }
    if ip_address_type == IpAddressType::Ipv4 {
        return Ok(());
    }
    if ip_address_type == IpAddressType::DualstackWithoutPublicIpv4 && scheme == Scheme::Internal {
        return Err(configuration(
            "Internal load balancers cannot have the IP address type 'dualstack-without-public-ipv4'",
        ));
    }
    // EC2 has no IPv6 here, so no subnet carries a dual stack.
    let subnets: Vec<_> = zones.iter().map(|zone| zone.subnet_id.as_str()).collect();
    let message = format!("You must specify subnets with an associated IPv6 CIDR block: '{}'", subnets.join(", "));
    Err(ApiError::new("InvalidSubnet", message))
}

/// The security groups of a load balancer in this VPC: the VPC's default one if none is asked for.
pub(super) fn security_groups(cx: &Context<'_>, vpc_id: &str, ids: Vec<String>) -> Result<Vec<String>, ApiError> {
    if ids.len() > limits::SECURITY_GROUPS {
        return Err(configuration("The maximum number of security groups per load balancer has been reached"));
    }
    for id in &ids {
        match cx.ec2.security_groups.get(id) {
            None => {
                let message = format!("The security group '{id}' does not exist");
                return Err(ApiError::new("InvalidSecurityGroup", message));
            }
            Some(group) if group.vpc_id != vpc_id => {
                return Err(configuration(format!("Security group \"{id}\" does not belong to VPC \"{vpc_id}\"")));
            }
            Some(_) => (),
        }
    }
    if !ids.is_empty() {
        return Ok(ids);
    }
    let default = cx.ec2.security_groups.values().find(|group| group.vpc_id == vpc_id && group.group_name == "default");
    default
        .map(|group| vec![group.group_id.clone()])
        .ok_or_else(|| validation("At least one security group must be specified"))
}

/// Whether the subnets are the same, in whatever order.
pub(super) fn same_subnets(one: &[Zone], other: &[Zone]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.subnet_id == other.subnet_id)
}

fn has_internet_gateway(cx: &Context<'_>, vpc_id: &str) -> bool {
    cx.ec2.internet_gateways.values().any(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
}
