//! Network ACLs: the default one of each VPC, which lets everything through.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// The default network ACL of a VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    pub(crate) tags: Tags,
    network_acl_id: String,
    vpc_id: String,
    created: Timestamp,
    associations: Vec<Association>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Association {
    network_acl_association_id: String,
    subnet_id: String,
}

impl Record for NetworkAcl {
    fn made_by_aws(&self) -> bool {
        true
    }
}

pub(super) fn create_default(cx: &mut Context<'_>, vpc_id: &str) {
    let network_acl_id = kind::NETWORK_ACL.new_id(cx);
    let acl = NetworkAcl {
        tags: Tags::default(),
        network_acl_id: network_acl_id.clone(),
        vpc_id: vpc_id.to_owned(),
        created: cx.now,
        associations: Vec::new(),
    };
    cx.ec2.network_acls.insert(network_acl_id, acl);
}

pub(super) fn delete_of_vpc(cx: &mut Context<'_>, vpc_id: &str) {
    if let Some(id) = of_vpc(cx, vpc_id) {
        cx.ec2.network_acls.remove(&id);
    }
}

/// Puts a new subnet under its VPC's default network ACL.
pub(super) fn associate(cx: &mut Context<'_>, vpc_id: &str, subnet_id: &str) {
    let network_acl_association_id = cx.ids.ec2("aclassoc");
    if let Some(acl) = of_vpc(cx, vpc_id).and_then(|id| cx.ec2.network_acls.get_mut(&id)) {
        acl.associations.push(Association { network_acl_association_id, subnet_id: subnet_id.to_owned() });
    }
}

pub(super) fn disassociate(cx: &mut Context<'_>, vpc_id: &str, subnet_id: &str) {
    if let Some(acl) = of_vpc(cx, vpc_id).and_then(|id| cx.ec2.network_acls.get_mut(&id)) {
        acl.associations.retain(|association| association.subnet_id != subnet_id);
    }
}

fn of_vpc(cx: &Context<'_>, vpc_id: &str) -> Option<String> {
    cx.ec2.network_acls.values().find(|acl| acl.vpc_id == vpc_id).map(|acl| acl.network_acl_id.clone())
}

describe_input!(DescribeNetworkAcls { network_acl_id });

pub(crate) fn describe_network_acls(
    cx: &mut Context<'_>,
    input: DescribeNetworkAcls,
) -> Result<Described<NetworkAclView>, ApiError> {
    input.select(cx.ec2.network_acls.values().filter(|acl| cx.visible(acl.created)).map(|acl| view(cx, acl)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkAclView {
    network_acl_id: String,
    vpc_id: String,
    owner_id: String,
    default: bool,
    entry_set: [Entry; 4],
    association_set: Vec<AssociationView>,
    tag_set: Vec<LowerTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    rule_number: u16,
    rule_action: &'static str,
    egress: bool,
    protocol: &'static str,
    cidr_block: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociationView {
    network_acl_association_id: String,
    network_acl_id: String,
    subnet_id: String,
}

impl View for NetworkAclView {
    const KIND: Kind = kind::NETWORK_ACL;
    const SET: &'static str = "networkAclSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("association.association-id", "associationSet.networkAclAssociationId"),
        ("association.network-acl-id", "associationSet.networkAclId"),
        ("association.subnet-id", "associationSet.subnetId"),
        ("default", "default"),
        ("entry.cidr", "entrySet.cidrBlock"),
        ("entry.egress", "entrySet.egress"),
        ("entry.icmp.code", "entrySet.icmpTypeCode.code"),
        ("entry.icmp.type", "entrySet.icmpTypeCode.type"),
        ("entry.ipv6-cidr", "entrySet.ipv6CidrBlock"),
        ("entry.port-range.from", "entrySet.portRange.from"),
        ("entry.port-range.to", "entrySet.portRange.to"),
        ("entry.protocol", "entrySet.protocol"),
        ("entry.rule-action", "entrySet.ruleAction"),
        ("entry.rule-number", "entrySet.ruleNumber"),
        ("network-acl-id", "networkAclId"),
        ("owner-id", "ownerId"),
        ("vpc-id", "vpcId"),
    ];

    fn id(&self) -> &str {
        &self.network_acl_id
    }
}

/// AWS: Amazon VPC User Guide, "Default network ACL".
fn view(cx: &Context<'_>, acl: &NetworkAcl) -> NetworkAclView {
    let entry = |egress, rule_number, rule_action| Entry {
        rule_number,
        rule_action,
        egress,
        protocol: "-1",
        cidr_block: "0.0.0.0/0",
    };
    let association = |association: &Association| AssociationView {
        network_acl_association_id: association.network_acl_association_id.clone(),
        network_acl_id: acl.network_acl_id.clone(),
        subnet_id: association.subnet_id.clone(),
    };
    NetworkAclView {
        network_acl_id: acl.network_acl_id.clone(),
        vpc_id: acl.vpc_id.clone(),
        owner_id: cx.account.to_owned(),
        default: true,
        entry_set: [
            entry(true, 100, "allow"),
            entry(true, 32767, "deny"),
            entry(false, 100, "allow"),
            entry(false, 32767, "deny"),
        ],
        association_set: acl.associations.iter().map(association).collect(),
        tag_set: acl.tags.lower(),
    }
}
