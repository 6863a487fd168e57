//! Subnets.

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use super::tag::{self, Return, TagSpecification};
use super::vpc::{BlockPublicAccessStates, State};
use super::zone::{self, Zone};
use super::{cidr, network_acl_association, network_interface, quota, route_table_association};
use crate::context::Context;
use crate::latency::Timed;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: Ipv4Net,
    pub(crate) availability_zone: String,
    pub(crate) availability_zone_id: String,
    pub(crate) map_public_ip_on_launch: bool,
    pub(crate) hostname_type: HostnameType,
    pub(crate) enable_resource_name_dns_a_record: bool,
    pub(crate) tags: Tags,
    default_for_az: bool,
    created: Timestamp,
    state: Timed<State>,
}

impl Record for Subnet {
    fn made_by_aws(&self) -> bool {
        self.default_for_az
    }
}

/// What the private host names in a subnet are made of.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HostnameType {
    IpName,
    ResourceName,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateSubnet {
    vpc_id: String,
    cidr_block: String,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
pub(crate) struct CreateSubnetResult {
    subnet: SubnetView,
}

/// AWS: EC2 API Reference, CreateSubnet.
pub(crate) fn create_subnet(cx: &mut Context<'_>, input: CreateSubnet) -> Result<CreateSubnetResult, ApiError> {
    let vpc = kind::VPC.get(&cx.ec2.vpcs, &input.vpc_id)?;
    let block = cidr::parse(&input.cidr_block, "cidrBlock")?;
    if !vpc.cidr_block.contains(&block) || !(16..=28).contains(&block.prefix_len()) {
        return Err(ApiError::new("InvalidSubnet.Range", format!("The CIDR '{}' is invalid.", input.cidr_block)));
    }
    let of_vpc = || cx.ec2.subnets.values().filter(|subnet| subnet.vpc_id == input.vpc_id);
    if of_vpc().any(|subnet| cidr::overlap(subnet.cidr_block, block)) {
        let message = format!("The CIDR '{}' conflicts with another subnet", input.cidr_block);
        return Err(ApiError::new("InvalidSubnet.Conflict", message));
    }
    quota::SUBNETS.check(of_vpc().count())?;
    let zone = zone::choose(cx.region, input.availability_zone.as_deref(), input.availability_zone_id.as_deref())?;
    let tags = tag::on_creation(kind::SUBNET, input.tag_specification)?;
    let subnet_id = create(cx, &input.vpc_id, block, zone, false, tags);
    Ok(CreateSubnetResult { subnet: view(cx, kind::SUBNET.get(&cx.ec2.subnets, &subnet_id)?) })
}

pub(super) fn create(
    cx: &mut Context<'_>,
    vpc_id: &str,
    cidr_block: Ipv4Net,
    zone: Zone,
    default_for_az: bool,
    tags: Tags,
) -> String {
    let subnet_id = kind::SUBNET.new_id(cx);
    let subnet = Subnet {
        subnet_id: subnet_id.clone(),
        vpc_id: vpc_id.to_owned(),
        cidr_block,
        availability_zone: zone.name,
        availability_zone_id: zone.id,
        map_public_ip_on_launch: default_for_az,
        hostname_type: HostnameType::IpName,
        enable_resource_name_dns_a_record: false,
        tags,
        default_for_az,
        created: cx.now,
        state: State::of_new(cx),
    };
    cx.ec2.subnets.insert(subnet_id.clone(), subnet);
    network_acl_association::associate(cx, vpc_id, &subnet_id);
    subnet_id
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteSubnet {
    subnet_id: String,
}

/// Deletes a subnet that no network interface is in; its places in a route table and a network ACL go with it.
pub(crate) fn delete_subnet(cx: &mut Context<'_>, input: DeleteSubnet) -> Result<Return, ApiError> {
    let subnet_id = input.subnet_id;
    kind::SUBNET.get(&cx.ec2.subnets, &subnet_id)?;
    if network_interface::existing(cx).any(|interface| interface.subnet_id == subnet_id) {
        return Err(kind::SUBNET.has_dependencies(&subnet_id));
    }
    cx.ec2.subnets.remove(&subnet_id);
    network_acl_association::remove_subnet(cx, &subnet_id);
    route_table_association::remove_subnet(cx, &subnet_id);
    Ok(Return { r#return: true })
}

describe_input!(DescribeSubnets { subnet_id });

pub(crate) fn describe_subnets(
    cx: &mut Context<'_>,
    input: DescribeSubnets,
) -> Result<Described<SubnetView>, ApiError> {
    input.select(cx.ec2.subnets.values().filter(|subnet| cx.visible(subnet.created)).map(|subnet| view(cx, subnet)))
}

/// A subnet in a reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubnetView {
    subnet_id: String,
    subnet_arn: String,
    vpc_id: String,
    owner_id: String,
    state: State,
    cidr_block: String,
    available_ip_address_count: u32,
    availability_zone: String,
    availability_zone_id: String,
    default_for_az: bool,
    map_public_ip_on_launch: bool,
    map_customer_owned_ip_on_launch: bool,
    assign_ipv6_address_on_creation: bool,
    enable_dns64: bool,
    ipv6_native: bool,
    ipv6_cidr_block_association_set: [(); 0],
    private_dns_name_options_on_launch: PrivateDnsNameOptions,
    block_public_access_states: BlockPublicAccessStates,
    tag_set: Vec<LowerTag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivateDnsNameOptions {
    hostname_type: HostnameType,
    #[serde(rename = "enableResourceNameDnsARecord")]
    a_record: bool,
    #[serde(rename = "enableResourceNameDnsAAAARecord")]
    aaaa_record: bool,
}

impl View for SubnetView {
    const KIND: Kind = kind::SUBNET;
    const SET: &'static str = "subnetSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("availability-zone", "availabilityZone"),
        ("availabilityZone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("availabilityZoneId", "availabilityZoneId"),
        ("available-ip-address-count", "availableIpAddressCount"),
        ("cidr-block", "cidrBlock"),
        ("cidr", "cidrBlock"),
        ("cidrBlock", "cidrBlock"),
        ("customer-owned-ipv4-pool", "customerOwnedIpv4Pool"),
        ("default-for-az", "defaultForAz"),
        ("defaultForAz", "defaultForAz"),
        ("enable-dns64", "enableDns64"),
        ("enable-lni-at-device-index", "enableLniAtDeviceIndex"),
        ("ipv6-cidr-block-association.association-id", "ipv6CidrBlockAssociationSet.associationId"),
        ("ipv6-cidr-block-association.ipv6-cidr-block", "ipv6CidrBlockAssociationSet.ipv6CidrBlock"),
        ("ipv6-cidr-block-association.state", "ipv6CidrBlockAssociationSet.ipv6CidrBlockState.state"),
        ("ipv6-native", "ipv6Native"),
        ("map-customer-owned-ip-on-launch", "mapCustomerOwnedIpOnLaunch"),
        ("map-public-ip-on-launch", "mapPublicIpOnLaunch"),
        ("outpost-arn", "outpostArn"),
        ("owner-id", "ownerId"),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
            "privateDnsNameOptionsOnLaunch.enableResourceNameDnsARecord",
        ),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
            "privateDnsNameOptionsOnLaunch.enableResourceNameDnsAAAARecord",
        ),
        ("private-dns-name-options-on-launch.hostname-type", "privateDnsNameOptionsOnLaunch.hostnameType"),
        ("state", "state"),
        ("subnet-arn", "subnetArn"),
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
    ];

    fn id(&self) -> &str {
        &self.subnet_id
    }
}

fn view(cx: &Context<'_>, subnet: &Subnet) -> SubnetView {
    let taken = network_interface::existing(cx).filter(|interface| interface.subnet_id == subnet.subnet_id).count();
    let taken = u32::try_from(taken).unwrap_or(u32::MAX);
    SubnetView {
        subnet_id: subnet.subnet_id.clone(),
        subnet_arn: cx.arn(&format!("subnet/{}", subnet.subnet_id)),
        vpc_id: subnet.vpc_id.clone(),
        owner_id: cx.account.to_owned(),
        state: *subnet.state.at(cx.now),
        cidr_block: subnet.cidr_block.to_string(),
        available_ip_address_count: cidr::usable(subnet.cidr_block).saturating_sub(taken),
        availability_zone: subnet.availability_zone.clone(),
        availability_zone_id: subnet.availability_zone_id.clone(),
        default_for_az: subnet.default_for_az,
        map_public_ip_on_launch: subnet.map_public_ip_on_launch,
        map_customer_owned_ip_on_launch: false,
        assign_ipv6_address_on_creation: false,
        enable_dns64: false,
        ipv6_native: false,
        ipv6_cidr_block_association_set: [],
        private_dns_name_options_on_launch: PrivateDnsNameOptions {
            hostname_type: subnet.hostname_type,
            a_record: subnet.enable_resource_name_dns_a_record,
            aaaa_record: false,
        },
        block_public_access_states: BlockPublicAccessStates::OFF,
        tag_set: subnet.tags.lower(),
    }
}
