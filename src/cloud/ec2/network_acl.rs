//! Network ACLs: the default one of each VPC, which lets everything through until it is changed, and users' own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::kind::{self, Kind};
use super::network_acl_association::{Association, AssociationView};
use super::network_acl_entry::{Entry, EntryView};
use super::quota;
use super::tag::{self, Return, TagSpecification};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// A network ACL. The last entry of each direction, which denies what no other matches, is not among its entries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    pub(crate) tags: Tags,
    pub(crate) network_acl_id: String,
    pub(super) vpc_id: String,
    /// Whether it is that of every subnet that was given no other.
    pub(super) is_default: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) associations: Vec<Association>,
    created: Timestamp,
}

impl Record for NetworkAcl {
    fn made_by_aws(&self) -> bool {
        self.is_default
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateNetworkAcl {
    vpc_id: String,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateNetworkAclResult {
    client_token: Option<String>,
    network_acl: NetworkAclView,
}

/// Makes a network ACL that lets nothing through until it gets entries, and that no subnet has yet.
///
/// AWS: EC2 API Reference, CreateNetworkAcl; Amazon VPC User Guide, "Custom network ACLs".
pub(crate) fn create_network_acl(
    cx: &mut Context<'_>,
    input: CreateNetworkAcl,
) -> Result<CreateNetworkAclResult, ApiError> {
    let CreateNetworkAcl { vpc_id, client_token, tag_specification } = input;
    let id = match cx.replayed(client_token.as_deref())? {
        Some(id) => id,
        None => {
            kind::VPC.get(&cx.ec2.vpcs, &vpc_id)?;
            quota::NETWORK_ACLS.check(cx.ec2.network_acls.values().filter(|acl| acl.vpc_id == vpc_id).count())?;
            let tags = tag::on_creation(kind::NETWORK_ACL, tag_specification)?;
            let id = insert(cx, &vpc_id, false, Vec::new(), tags);
            cx.remember(client_token.as_deref(), &id);
            id
        }
    };
    let network_acl = view(cx, kind::NETWORK_ACL.get(&cx.ec2.network_acls, &id)?);
    Ok(CreateNetworkAclResult { client_token, network_acl })
}

/// The network ACL that comes with a VPC.
///
/// AWS: Amazon VPC User Guide, "Default network ACL for a VPC".
pub(super) fn create_default(cx: &mut Context<'_>, vpc_id: &str) {
    insert(cx, vpc_id, true, vec![Entry::allow_everything(true), Entry::allow_everything(false)], Tags::default());
}

fn insert(cx: &mut Context<'_>, vpc_id: &str, is_default: bool, entries: Vec<Entry>, tags: Tags) -> String {
    let network_acl_id = kind::NETWORK_ACL.new_id(cx);
    let acl = NetworkAcl {
        tags,
        network_acl_id: network_acl_id.clone(),
        vpc_id: vpc_id.to_owned(),
        is_default,
        entries,
        associations: Vec::new(),
        created: cx.now,
    };
    cx.ec2.network_acls.insert(network_acl_id.clone(), acl);
    network_acl_id
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteNetworkAcl {
    network_acl_id: String,
}

/// Deletes a network ACL that no subnet has and that is not its VPC's default one.
///
/// AWS: EC2 API Reference, DeleteNetworkAcl.
pub(crate) fn delete_network_acl(cx: &mut Context<'_>, input: DeleteNetworkAcl) -> Result<Return, ApiError> {
    let id = input.network_acl_id;
    let acl = kind::NETWORK_ACL.get(&cx.ec2.network_acls, &id)?;
    if acl.is_default {
        let message = format!("cannot delete default network ACL {id}");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    if !acl.associations.is_empty() {
        return Err(kind::NETWORK_ACL.has_dependencies(&id));
    }
    cx.ec2.network_acls.remove(&id);
    Ok(Return { r#return: true })
}

/// Deletes what came with a VPC that is deleted, which has no other network ACL.
pub(super) fn delete_of_vpc(cx: &mut Context<'_>, vpc_id: &str) {
    if let Some(id) = default_of(cx, vpc_id) {
        cx.ec2.network_acls.remove(&id);
    }
}

/// The id of a VPC's default network ACL.
pub(super) fn default_of(cx: &Context<'_>, vpc_id: &str) -> Option<String> {
    let default = cx.ec2.network_acls.values().find(|acl| acl.vpc_id == vpc_id && acl.is_default);
    default.map(|acl| acl.network_acl_id.clone())
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
    entry_set: Vec<EntryView>,
    association_set: Vec<AssociationView>,
    tag_set: Vec<LowerTag>,
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

fn view(cx: &Context<'_>, acl: &NetworkAcl) -> NetworkAclView {
    NetworkAclView {
        network_acl_id: acl.network_acl_id.clone(),
        vpc_id: acl.vpc_id.clone(),
        owner_id: cx.account.to_owned(),
        default: acl.is_default,
        entry_set: EntryView::all(&acl.entries),
        association_set: acl.associations.iter().map(|association| association.view(&acl.network_acl_id)).collect(),
        tag_set: acl.tags.lower(),
    }
}
