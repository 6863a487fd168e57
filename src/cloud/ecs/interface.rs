//! The network interfaces of tasks: the seam to EC2.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::invalid_parameter;
use super::service::{AssignPublicIp, AwsVpcConfiguration};
use crate::context::Context;
use crate::ec2::network_interface::{self, InterfaceType, NewNetworkInterface, Public};
use crate::ec2::security_group;
use crate::wire::ApiError;

/// The network interface of one task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Interface {
    /// The id of the task's attachment, which is none of EC2's.
    pub(super) attachment_id: String,
    pub(super) network_interface_id: String,
    pub(super) subnet_id: String,
    pub(super) mac_address: String,
    pub(crate) private_address: String,
    pub(super) zone: String,
}

impl Interface {
    pub(crate) fn network_interface_id(&self) -> &str {
        &self.network_interface_id
    }
}

/// Refuses subnets and security groups that do not exist or are of different VPCs.
pub(super) fn check(cx: &Context<'_>, subnets: &[String], security_groups: &[String]) -> Result<(), ApiError> {
    let mut vpc_id: Option<&str> = None;
    for id in subnets {
        let Some(subnet) = cx.ec2.subnets.get(id) else {
            return Err(invalid_parameter(format!(
                "Error retrieving subnet information for [{id}]: The subnet ID '{id}' does not exist (ErrorCode: \
                 InvalidSubnetID.NotFound)"
            )));
        };
        if *vpc_id.get_or_insert(&subnet.vpc_id) != subnet.vpc_id {
            return Err(invalid_parameter(format!(
                "Subnet {id} does not appear to belong to the same VPC as the input subnets."
            )));
        }
    }
    for id in security_groups {
        let Some(group) = cx.ec2.security_groups.get(id) else {
            return Err(invalid_parameter(format!(
                "Error retrieving security group information for [{id}]: The security group '{id}' does not exist \
                 (ErrorCode: InvalidGroup.NotFound)"
            )));
        };
        if vpc_id.is_some_and(|vpc_id| group.vpc_id != vpc_id) {
            let message =
                format!("Security group {id} does not appear to belong to the same VPC as the input subnets.");
            return Err(invalid_parameter(message));
        }
    }
    Ok(())
}

/// Puts a task's network interface into `subnet`; without security groups it gets the VPC's default one.
///
/// AWS: ECS API Reference, AwsVpcConfiguration.
pub(super) fn attach(cx: &mut Context<'_>, network: &AwsVpcConfiguration, subnet: &str) -> Result<Interface, ApiError> {
    let mut security_groups = network.security_groups.clone();
    if security_groups.is_empty() {
        let vpc_id = cx.ec2.subnets.get(subnet).map(|subnet| subnet.vpc_id.clone());
        security_groups.extend(vpc_id.and_then(|vpc_id| security_group::default_of_vpc(cx, &vpc_id)));
    }
    let attachment_id = cx.ids.uuid();
    let description = cx.arn(&format!("attachment/{attachment_id}"));
    let public = match network.assign_public_ip {
        AssignPublicIp::Enabled => Public::Assigned,
        AssignPublicIp::Disabled => Public::None,
    };
    let new = NewNetworkInterface {
        subnet_id: subnet.to_owned(),
        security_groups,
        description,
        interface_type: InterfaceType::Interface,
        requester_id: "amazon-ecs".to_owned(),
        public,
    };
    let interface = network_interface::attach(cx, new)?;
    Ok(Interface {
        attachment_id,
        network_interface_id: interface.network_interface_id,
        subnet_id: interface.subnet_id,
        mac_address: interface.mac_address,
        private_address: interface.private_ip_address.to_string(),
        zone: interface.availability_zone,
    })
}

/// Takes the network interface of a task that has stopped away.
pub(super) fn detach(cx: &mut Context<'_>, interface: &Interface) {
    network_interface::detach(cx, &interface.network_interface_id, Duration::ZERO);
}
