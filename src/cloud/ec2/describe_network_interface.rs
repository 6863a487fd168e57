//! How clients see network interfaces.

use serde::{Deserialize, Serialize};

use super::describe::{Attribute, Described, View, describe_input};
use super::kind::{self, Kind};
use super::network_interface::{self, InterfaceType, NetworkInterface};
use super::public_address;
use crate::context::Context;
use crate::tags::LowerTag;
use crate::wire::{ApiError, Iso};

describe_input!(DescribeNetworkInterfaces { network_interface_id });

pub(crate) fn describe_network_interfaces(
    cx: &mut Context<'_>,
    input: DescribeNetworkInterfaces,
) -> Result<Described<NetworkInterfaceView>, ApiError> {
    input.select(network_interface::existing(cx).filter(|it| cx.visible(it.created)).map(|it| view(cx, it)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeNetworkInterfaceAttribute {
    network_interface_id: String,
    attribute: Name,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Name {
    Description,
    GroupSet,
    SourceDestCheck,
    Attachment,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkInterfaceAttribute {
    network_interface_id: String,
    description: Option<Attribute<String>>,
    group_set: Option<Vec<Group>>,
    source_dest_check: Option<Attribute<bool>>,
    attachment: Option<Attachment>,
}

pub(crate) fn describe_network_interface_attribute(
    cx: &mut Context<'_>,
    input: DescribeNetworkInterfaceAttribute,
) -> Result<NetworkInterfaceAttribute, ApiError> {
    let network_interface_id = input.network_interface_id;
    let found = network_interface::existing(cx).find(|it| it.network_interface_id == network_interface_id);
    let view = view(cx, found.ok_or_else(|| kind::NETWORK_INTERFACE.not_found(&network_interface_id))?);
    let mut reply = NetworkInterfaceAttribute { network_interface_id, ..NetworkInterfaceAttribute::default() };
    match input.attribute {
        Name::Description => reply.description = Some(Attribute { value: view.description }),
        Name::GroupSet => reply.group_set = Some(view.group_set),
        Name::SourceDestCheck => reply.source_dest_check = Some(Attribute { value: view.source_dest_check }),
        Name::Attachment => reply.attachment = Some(view.attachment),
    }
    Ok(reply)
}

/// A network interface in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkInterfaceView {
    network_interface_id: String,
    subnet_id: String,
    vpc_id: String,
    availability_zone: String,
    description: String,
    owner_id: String,
    requester_id: String,
    requester_managed: bool,
    interface_type: InterfaceType,
    status: &'static str,
    mac_address: String,
    private_ip_address: String,
    private_dns_name: Option<String>,
    source_dest_check: bool,
    group_set: Vec<Group>,
    attachment: Attachment,
    association: Option<AssociationView>,
    private_ip_addresses_set: [PrivateAddress; 1],
    ipv6_addresses_set: [(); 0],
    tag_set: Vec<LowerTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_id: String,
    group_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    attachment_id: String,
    attach_time: Iso,
    delete_on_termination: bool,
    device_index: u8,
    instance_owner_id: String,
    status: &'static str,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociationView {
    public_ip: String,
    public_dns_name: String,
    ip_owner_id: String,
    allocation_id: Option<String>,
    association_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivateAddress {
    private_ip_address: String,
    private_dns_name: Option<String>,
    primary: bool,
    association: Option<AssociationView>,
}

impl View for NetworkInterfaceView {
    const KIND: Kind = kind::NETWORK_INTERFACE;
    const SET: &'static str = "networkInterfaceSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("addresses.association.owner-id", "privateIpAddressesSet.association.ipOwnerId"),
        ("addresses.association.public-ip", "privateIpAddressesSet.association.publicIp"),
        ("addresses.primary", "privateIpAddressesSet.primary"),
        ("addresses.private-ip-address", "privateIpAddressesSet.privateIpAddress"),
        ("association.allocation-id", "association.allocationId"),
        ("association.association-id", "association.associationId"),
        ("association.ip-owner-id", "association.ipOwnerId"),
        ("association.public-dns-name", "association.publicDnsName"),
        ("association.public-ip", "association.publicIp"),
        ("attachment.attach-time", "attachment.attachTime"),
        ("attachment.attachment-id", "attachment.attachmentId"),
        ("attachment.delete-on-termination", "attachment.deleteOnTermination"),
        ("attachment.device-index", "attachment.deviceIndex"),
        ("attachment.instance-id", "attachment.instanceId"),
        ("attachment.instance-owner-id", "attachment.instanceOwnerId"),
        ("attachment.status", "attachment.status"),
        ("availability-zone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("description", "description"),
        ("group-id", "groupSet.groupId"),
        ("group-name", "groupSet.groupName"),
        ("interface-type", "interfaceType"),
        ("ipv6-addresses.ipv6-address", "ipv6AddressesSet.ipv6Address"),
        ("mac-address", "macAddress"),
        ("network-interface-id", "networkInterfaceId"),
        ("operator.managed", "operator.managed"),
        ("operator.principal", "operator.principal"),
        ("owner-id", "ownerId"),
        ("private-dns-name", "privateDnsName"),
        ("private-ip-address", "privateIpAddress"),
        ("requester-id", "requesterId"),
        ("requester-managed", "requesterManaged"),
        ("source-dest-check", "sourceDestCheck"),
        ("status", "status"),
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
    ];

    fn id(&self) -> &str {
        &self.network_interface_id
    }
}

fn view(cx: &Context<'_>, interface: &NetworkInterface) -> NetworkInterfaceView {
    let group = |group_id: &String| Group {
        group_id: group_id.clone(),
        group_name: cx.ec2.security_groups.get(group_id).map(|group| group.group_name.clone()).unwrap_or_default(),
    };
    let association = interface.public_address.as_ref().map(|public| AssociationView {
        public_ip: public.public_ip.to_string(),
        public_dns_name: public_address::dns_name(cx.region, public.public_ip),
        ip_owner_id: if public.elastic.is_some() { cx.account.to_owned() } else { "amazon".to_owned() },
        allocation_id: public.elastic.as_ref().map(|elastic| elastic.allocation_id.clone()),
        association_id: public.elastic.as_ref().map(|elastic| elastic.association_id.clone()),
    });
    let has_dns = cx.ec2.vpcs.get(&interface.vpc_id).is_some_and(|vpc| vpc.enable_dns_hostnames);
    let private_dns_name = has_dns.then(|| private_dns_name(cx.region, &interface.private_ip_address.to_string()));
    NetworkInterfaceView {
        network_interface_id: interface.network_interface_id.clone(),
        subnet_id: interface.subnet_id.clone(),
        vpc_id: interface.vpc_id.clone(),
        availability_zone: interface.availability_zone.clone(),
        description: interface.description.clone(),
        owner_id: cx.account.to_owned(),
        requester_id: interface.requester_id.clone(),
        requester_managed: true,
        interface_type: interface.interface_type,
        status: "in-use",
        mac_address: interface.mac_address.clone(),
        private_ip_address: interface.private_ip_address.to_string(),
        private_dns_name: private_dns_name.clone(),
        // A NAT gateway forwards what is not for itself.
        source_dest_check: interface.interface_type != InterfaceType::NatGateway,
        group_set: interface.security_groups.iter().map(group).collect(),
        attachment: Attachment {
            attachment_id: interface.attachment_id.clone(),
            attach_time: Iso(interface.created),
            delete_on_termination: false,
            device_index: 1,
            instance_owner_id: "amazon-aws".to_owned(),
            status: "attached",
        },
        association: association.clone(),
        private_ip_addresses_set: [PrivateAddress {
            private_ip_address: interface.private_ip_address.to_string(),
            private_dns_name,
            primary: true,
            association,
        }],
        ipv6_addresses_set: [],
        tag_set: interface.tags.lower(),
    }
}

fn private_dns_name(region: &str, address: &str) -> String {
    let domain = if region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{region}.compute.internal") };
    format!("ip-{}.{domain}", address.replace('.', "-"))
}
