//! VPCs.

use std::time::Duration;

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use super::tag::{self, Return, TagSpecification};
use super::{cidr, dhcp_options, network_acl, network_interface, quota, route_table, security_group};
use crate::context::Context;
use crate::latency::Timed;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: Ipv4Net,
    pub(crate) is_default: bool,
    pub(crate) enable_dns_support: bool,
    pub(crate) enable_dns_hostnames: bool,
    pub(crate) enable_network_address_usage_metrics: bool,
    pub(crate) tags: Tags,
    cidr_association_id: String,
    created: Timestamp,
    dhcp_options_id: String,
    instance_tenancy: Tenancy,
    state: Timed<State>,
}

impl Record for Vpc {
    fn made_by_aws(&self) -> bool {
        self.is_default
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Tenancy {
    Default,
    Dedicated,
}

/// Whether a VPC or a subnet is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Pending,
    Available,
}

impl State {
    /// Pending for the second or so that EC2 takes to make a VPC or a subnet available, as clients that wait see it.
    pub(crate) fn of_new(cx: &Context<'_>) -> Timed<State> {
        Timed::changing(State::Pending, State::Available, cx.after(Duration::from_secs(1)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateVpc {
    cidr_block: String,
    instance_tenancy: Option<Tenancy>,
    amazon_provided_ipv6_cidr_block: Option<bool>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
pub(crate) struct CreateVpcResult {
    vpc: VpcView,
}

pub(crate) fn create_vpc(cx: &mut Context<'_>, input: CreateVpc) -> Result<CreateVpcResult, ApiError> {
    if input.amazon_provided_ipv6_cidr_block == Some(true) {
        let message = "AmazonProvidedIpv6CidrBlock: the local cloud does not model IPv6 address blocks.";
        return Err(ApiError::new("UnsupportedOperation", message));
    }
    let cidr_block = cidr::parse(&input.cidr_block, "cidrBlock")?;
    if !cidr::is_allowed_for_vpc(cidr_block) {
        return Err(ApiError::new("InvalidVpc.Range", format!("The CIDR '{}' is invalid.", input.cidr_block)));
    }
    quota::VPCS.check(cx.ec2.vpcs.len())?;
    let tags = tag::on_creation(kind::VPC, input.tag_specification)?;
    let vpc_id = create(cx, cidr_block, false, tags);
    if let (Some(tenancy), Some(vpc)) = (input.instance_tenancy, cx.ec2.vpcs.get_mut(&vpc_id)) {
        vpc.instance_tenancy = tenancy;
    }
    Ok(CreateVpcResult { vpc: view(cx, kind::VPC.get(&cx.ec2.vpcs, &vpc_id)?) })
}

/// Puts in a VPC and what AWS makes with it: a main route table, a default network ACL and a default security group.
///
/// AWS: Amazon VPC User Guide, "VPC basics".
pub(super) fn create(cx: &mut Context<'_>, cidr_block: Ipv4Net, is_default: bool, tags: Tags) -> String {
    let vpc_id = kind::VPC.new_id(cx);
    let vpc = Vpc {
        vpc_id: vpc_id.clone(),
        cidr_block,
        is_default,
        enable_dns_support: true,
        enable_dns_hostnames: is_default,
        enable_network_address_usage_metrics: false,
        tags,
        cidr_association_id: cx.ids.ec2("vpc-cidr-assoc"),
        created: cx.now,
        dhcp_options_id: dhcp_options::default_of_region(cx),
        instance_tenancy: Tenancy::Default,
        state: State::of_new(cx),
    };
    cx.ec2.vpcs.insert(vpc_id.clone(), vpc);
    route_table::create_main(cx, &vpc_id);
    network_acl::create_default(cx, &vpc_id);
    security_group::create_default(cx, &vpc_id);
    vpc_id
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteVpc {
    vpc_id: String,
}

/// Deletes a VPC, with what AWS made with it, once everything that users put into it is gone.
///
/// AWS: EC2 API Reference, DeleteVpc.
pub(crate) fn delete_vpc(cx: &mut Context<'_>, input: DeleteVpc) -> Result<Return, ApiError> {
    let vpc_id = input.vpc_id;
    kind::VPC.get(&cx.ec2.vpcs, &vpc_id)?;
    let in_use = cx.ec2.subnets.values().any(|subnet| subnet.vpc_id == vpc_id)
        || cx.ec2.internet_gateways.values().any(|gateway| gateway.vpc_id.as_deref() == Some(&vpc_id))
        || cx.ec2.route_tables.values().any(|table| table.vpc_id == vpc_id && !table.is_main())
        || cx.ec2.network_acls.values().any(|acl| acl.vpc_id == vpc_id && !acl.is_default)
        || cx.ec2.security_groups.values().any(|group| group.vpc_id == vpc_id && !group.is_default())
        || network_interface::existing(cx).any(|interface| interface.vpc_id == vpc_id);
    if in_use {
        return Err(kind::VPC.has_dependencies(&vpc_id));
    }
    cx.ec2.vpcs.remove(&vpc_id);
    route_table::delete_of_vpc(cx, &vpc_id);
    network_acl::delete_of_vpc(cx, &vpc_id);
    security_group::delete_of_vpc(cx, &vpc_id);
    Ok(Return { r#return: true })
}

describe_input!(DescribeVpcs { vpc_id });

pub(crate) fn describe_vpcs(cx: &mut Context<'_>, input: DescribeVpcs) -> Result<Described<VpcView>, ApiError> {
    input.select(cx.ec2.vpcs.values().filter(|vpc| cx.visible(vpc.created)).map(|vpc| view(cx, vpc)))
}

/// A VPC in a reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VpcView {
    vpc_id: String,
    owner_id: String,
    state: State,
    cidr_block: String,
    cidr_block_association_set: [CidrBlockAssociation; 1],
    dhcp_options_id: String,
    instance_tenancy: Tenancy,
    is_default: bool,
    block_public_access_states: BlockPublicAccessStates,
    tag_set: Vec<LowerTag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CidrBlockAssociation {
    association_id: String,
    cidr_block: String,
    cidr_block_state: CidrBlockState,
}

#[derive(Debug, Serialize)]
struct CidrBlockState {
    state: &'static str,
}

/// Whether an account-wide block of public access bites here: the local cloud has none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockPublicAccessStates {
    internet_gateway_block_mode: &'static str,
}

impl BlockPublicAccessStates {
    pub(crate) const OFF: Self = BlockPublicAccessStates { internet_gateway_block_mode: "off" };
}

impl View for VpcView {
    const KIND: Kind = kind::VPC;
    const SET: &'static str = "vpcSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("cidr", "cidrBlock"),
        ("cidr-block-association.association-id", "cidrBlockAssociationSet.associationId"),
        ("cidr-block-association.cidr-block", "cidrBlockAssociationSet.cidrBlock"),
        ("cidr-block-association.state", "cidrBlockAssociationSet.cidrBlockState.state"),
        ("dhcp-options-id", "dhcpOptionsId"),
        ("ipv6-cidr-block-association.association-id", "ipv6CidrBlockAssociationSet.associationId"),
        ("ipv6-cidr-block-association.ipv6-cidr-block", "ipv6CidrBlockAssociationSet.ipv6CidrBlock"),
        ("ipv6-cidr-block-association.ipv6-pool", "ipv6CidrBlockAssociationSet.ipv6Pool"),
        ("ipv6-cidr-block-association.state", "ipv6CidrBlockAssociationSet.ipv6CidrBlockState.state"),
        ("is-default", "isDefault"),
        ("isDefault", "isDefault"),
        ("owner-id", "ownerId"),
        ("state", "state"),
        ("vpc-id", "vpcId"),
    ];

    fn id(&self) -> &str {
        &self.vpc_id
    }
}

fn view(cx: &Context<'_>, vpc: &Vpc) -> VpcView {
    VpcView {
        vpc_id: vpc.vpc_id.clone(),
        owner_id: cx.account.to_owned(),
        state: *vpc.state.at(cx.now),
        cidr_block: vpc.cidr_block.to_string(),
        cidr_block_association_set: [CidrBlockAssociation {
            association_id: vpc.cidr_association_id.clone(),
            cidr_block: vpc.cidr_block.to_string(),
            cidr_block_state: CidrBlockState { state: "associated" },
        }],
        dhcp_options_id: vpc.dhcp_options_id.clone(),
        instance_tenancy: vpc.instance_tenancy,
        is_default: vpc.is_default,
        block_public_access_states: BlockPublicAccessStates::OFF,
        tag_set: vpc.tags.lower(),
    }
}
