//! Network interfaces, which other services put into subnets and take out again: load balancers, tasks, NAT gateways.
//!
//! They are why a subnet or a security group that is in use cannot be deleted.

use std::net::Ipv4Addr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::public_address::{self, PublicAddress};
use super::{cidr, kind, quota};
use crate::context::Context;
use crate::table::Record;
use crate::tags::Tags;
use crate::wire::ApiError;

/// A network interface. AWS manages each of them for the requester.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkInterface {
    pub(crate) network_interface_id: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_id: String,
    pub(crate) availability_zone: String,
    pub(crate) security_groups: Vec<String>,
    pub(crate) description: String,
    pub(crate) interface_type: InterfaceType,
    pub(crate) requester_id: String,
    pub(crate) private_ip_address: Ipv4Addr,
    pub(crate) public_address: Option<PublicAddress>,
    pub(crate) mac_address: String,
    pub(crate) attachment_id: String,
    pub(crate) created: Timestamp,
    pub(crate) tags: Tags,
    /// When it is gone, once it is detached.
    gone: Option<Timestamp>,
}

impl Record for NetworkInterface {
    fn made_by_aws(&self) -> bool {
        true
    }
}

/// What a network interface is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InterfaceType {
    /// Also that of an application load balancer and of a task.
    #[serde(rename = "interface")]
    Interface,
    #[serde(rename = "natGateway")]
    NatGateway,
    #[serde(rename = "network_load_balancer")]
    NetworkLoadBalancer,
}

/// What a service wants to put into a subnet.
#[derive(Debug)]
pub(crate) struct NewNetworkInterface {
    pub(crate) subnet_id: String,
    /// All of the subnet's VPC; see [`default_of_vpc`](super::security_group::default_of_vpc) where the user named none.
    pub(crate) security_groups: Vec<String>,
    pub(crate) description: String,
    pub(crate) interface_type: InterfaceType,
    /// Who manages it, as in `amazon-elb`.
    pub(crate) requester_id: String,
    pub(crate) public: Public,
}

/// What public address a network interface gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Public {
    None,
    /// One of Amazon's, for as long as the interface exists.
    Assigned,
    /// The Elastic IP address with this allocation id.
    Elastic(String),
}

impl NetworkInterface {
    /// Whether it exists: what was detached under the `aws` profile goes only after a while.
    pub(crate) fn exists(&self, now: Timestamp) -> bool {
        self.gone.is_none_or(|gone| now < gone)
    }
}

/// The network interfaces that exist now.
pub(crate) fn existing<'t>(cx: &'t Context<'_>) -> impl Iterator<Item = &'t NetworkInterface> {
    cx.ec2.network_interfaces.values().filter(|interface| interface.exists(cx.now))
}

/// Puts a network interface into a subnet, with the first free private address.
///
/// Errors: `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound`, `InvalidAllocationID.NotFound`, `InvalidParameter` for a
/// security group of another VPC, `SecurityGroupsPerInterfaceLimitExceeded`, `InsufficientFreeAddressesInSubnet`.
pub(crate) fn attach(cx: &mut Context<'_>, new: NewNetworkInterface) -> Result<NetworkInterface, ApiError> {
    forget_gone(cx);
    let subnet = kind::SUBNET.get(&cx.ec2.subnets, &new.subnet_id)?.clone();
    quota::SECURITY_GROUPS_PER_INTERFACE.check(new.security_groups.len().saturating_sub(1))?;
    for group_id in &new.security_groups {
        if kind::SECURITY_GROUP.get(&cx.ec2.security_groups, group_id)?.vpc_id != subnet.vpc_id {
            let subnet_id = &subnet.subnet_id;
            let message = format!("Security group {group_id} and subnet {subnet_id} belong to different networks.");
            return Err(ApiError::new("InvalidParameter", message));
        }
    }
    let taken = |address: &Ipv4Addr| {
        existing(cx).any(|it| it.subnet_id == subnet.subnet_id && it.private_ip_address == *address)
    };
    let free = cidr::usable_addresses(subnet.cidr_block).find(|address| !taken(address));
    let private_ip_address = free.ok_or_else(|| {
        let message = "The specified subnet does not have enough free addresses to satisfy the request.";
        ApiError::new("InsufficientFreeAddressesInSubnet", message)
    })?;
    let interface = NetworkInterface {
        network_interface_id: kind::NETWORK_INTERFACE.new_id(cx),
        vpc_id: subnet.vpc_id,
        subnet_id: subnet.subnet_id,
        availability_zone: subnet.availability_zone,
        security_groups: new.security_groups,
        description: new.description,
        interface_type: new.interface_type,
        requester_id: new.requester_id,
        private_ip_address,
        public_address: public_address::give(cx, new.public)?,
        mac_address: mac_address(cx),
        attachment_id: cx.ids.ec2(if new.interface_type == InterfaceType::Interface {
            "eni-attach"
        } else {
            "ela-attach"
        }),
        created: cx.now,
        tags: Tags::default(),
        gone: None,
    };
    cx.ec2.network_interfaces.insert(interface.network_interface_id.clone(), interface.clone());
    Ok(interface)
}

/// Takes a network interface out of its subnet; on AWS it is gone `on_aws` later. One that is not there is no error.
pub(crate) fn detach(cx: &mut Context<'_>, network_interface_id: &str, on_aws: Duration) {
    detach_at(cx, network_interface_id, cx.after(on_aws));
}

/// Takes a network interface out of its subnet, so that it is gone at a certain time. One that is not there is no error.
pub(crate) fn detach_at(cx: &mut Context<'_>, network_interface_id: &str, gone: Timestamp) {
    if gone <= cx.now {
        cx.ec2.network_interfaces.remove(network_interface_id);
    } else if let Some(interface) = cx.ec2.network_interfaces.get_mut(network_interface_id) {
        interface.gone = Some(gone);
    }
}

/// Replaces the security groups of a network interface. One that is not there is no error.
///
/// Errors: `InvalidGroup.NotFound`.
pub(crate) fn set_security_groups(
    cx: &mut Context<'_>,
    network_interface_id: &str,
    security_groups: &[String],
) -> Result<(), ApiError> {
    for group_id in security_groups {
        kind::SECURITY_GROUP.get(&cx.ec2.security_groups, group_id)?;
    }
    if let Some(interface) = cx.ec2.network_interfaces.get_mut(network_interface_id) {
        interface.security_groups = security_groups.to_vec();
    }
    Ok(())
}

fn forget_gone(cx: &mut Context<'_>) {
    let gone = |interface: &&NetworkInterface| !interface.exists(cx.now);
    let ids: Vec<String> =
        cx.ec2.network_interfaces.values().filter(gone).map(|it| it.network_interface_id.clone()).collect();
    for id in ids {
        cx.ec2.network_interfaces.remove(&id);
    }
}

/// Locally administered, as those in EC2: `0a:...`.
fn mac_address(cx: &mut Context<'_>) -> String {
    let parts: Vec<String> = (0..5).map(|_| cx.ids.hex(2)).collect();
    format!("0a:{}", parts.join(":"))
}
