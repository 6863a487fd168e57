//! How clients see security groups: rules for the same traffic together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::describe::{Described, Selection, View, select};
use super::filter::{Filter, admit};
use super::kind::{self, Kind};
use super::permission::{Peer, Specification};
use super::security_group::{self, SecurityGroup};
use super::security_group_rule::SecurityGroupRule;
use crate::context::Context;
use crate::tags::LowerTag;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroups {
    #[serde(default)]
    group_id: Vec<String>,
    /// Names in the default VPC.
    #[serde(default)]
    group_name: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn describe_security_groups(
    cx: &mut Context<'_>,
    input: DescribeSecurityGroups,
) -> Result<Described<SecurityGroupView>, ApiError> {
    let DescribeSecurityGroups { group_id: mut ids, group_name, filter, max_results, next_token } = input;
    for name in &group_name {
        ids.push(security_group::find(cx, None, Some(name))?.group_id.clone());
    }
    let named = |group: &&SecurityGroup| {
        (ids.is_empty() || ids.contains(&group.group_id)) && admit(&filter, "group-id", &group.group_id)
    };
    let visible = cx.ec2.security_groups.values().filter(named).filter(|group| cx.visible(group.created));
    let views = with_rules(cx, visible).into_iter().map(|(group, rules)| view(cx, group, &rules));
    select(views.collect::<Vec<_>>(), Selection { ids, filter, max_results, next_token })
}

/// Groups with their rules, found in one pass over all rules.
fn with_rules<'t>(
    cx: &'t Context<'_>,
    groups: impl Iterator<Item = &'t SecurityGroup>,
) -> Vec<(&'t SecurityGroup, Vec<&'t SecurityGroupRule>)> {
    let mut found: BTreeMap<&str, (&SecurityGroup, Vec<&SecurityGroupRule>)> =
        groups.map(|group| (group.group_id.as_str(), (group, Vec::new()))).collect();
    for rule in cx.ec2.security_group_rules.values() {
        if let Some((_, rules)) = found.get_mut(rule.group_id.as_str()) {
            rules.push(rule);
        }
    }
    found.into_values().collect()
}

/// A security group in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecurityGroupView {
    group_id: String,
    group_name: String,
    group_description: String,
    vpc_id: String,
    owner_id: String,
    security_group_arn: String,
    ip_permissions: Vec<PermissionView>,
    ip_permissions_egress: Vec<PermissionView>,
    tag_set: Vec<LowerTag>,
}

/// Rules for the same traffic, in a reply.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PermissionView {
    ip_protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    groups: Vec<PeerView>,
    ip_ranges: Vec<PeerView>,
    ipv6_ranges: Vec<PeerView>,
    prefix_list_ids: Vec<PeerView>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PeerView {
    cidr_ip: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    group_id: Option<String>,
    user_id: Option<String>,
    description: Option<String>,
}

impl View for SecurityGroupView {
    const KIND: Kind = kind::SECURITY_GROUP;
    const SET: &'static str = "securityGroupInfo";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("description", "groupDescription"),
        ("egress.ip-permission.cidr", "ipPermissionsEgress.ipRanges.cidrIp"),
        ("egress.ip-permission.from-port", "ipPermissionsEgress.fromPort"),
        ("egress.ip-permission.group-id", "ipPermissionsEgress.groups.groupId"),
        ("egress.ip-permission.group-name", "ipPermissionsEgress.groups.groupName"),
        ("egress.ip-permission.ipv6-cidr", "ipPermissionsEgress.ipv6Ranges.cidrIpv6"),
        ("egress.ip-permission.prefix-list-id", "ipPermissionsEgress.prefixListIds.prefixListId"),
        ("egress.ip-permission.protocol", "ipPermissionsEgress.ipProtocol"),
        ("egress.ip-permission.to-port", "ipPermissionsEgress.toPort"),
        ("egress.ip-permission.user-id", "ipPermissionsEgress.groups.userId"),
        ("group-id", "groupId"),
        ("group-name", "groupName"),
        ("ip-permission.cidr", "ipPermissions.ipRanges.cidrIp"),
        ("ip-permission.from-port", "ipPermissions.fromPort"),
        ("ip-permission.group-id", "ipPermissions.groups.groupId"),
        ("ip-permission.group-name", "ipPermissions.groups.groupName"),
        ("ip-permission.ipv6-cidr", "ipPermissions.ipv6Ranges.cidrIpv6"),
        ("ip-permission.prefix-list-id", "ipPermissions.prefixListIds.prefixListId"),
        ("ip-permission.protocol", "ipPermissions.ipProtocol"),
        ("ip-permission.to-port", "ipPermissions.toPort"),
        ("ip-permission.user-id", "ipPermissions.groups.userId"),
        ("owner-id", "ownerId"),
        ("vpc-id", "vpcId"),
    ];

    fn id(&self) -> &str {
        &self.group_id
    }
}

fn view(cx: &Context<'_>, group: &SecurityGroup, rules: &[&SecurityGroupRule]) -> SecurityGroupView {
    let permissions_of = |is_egress: bool| {
        let rules = rules.iter().filter(|rule| rule.is_egress == is_egress);
        permissions(cx.account, rules.map(|rule| (&rule.specification, rule.description.as_deref())))
    };
    SecurityGroupView {
        group_id: group.group_id.clone(),
        group_name: group.group_name.clone(),
        group_description: group.description.clone(),
        vpc_id: group.vpc_id.clone(),
        owner_id: cx.account.to_owned(),
        security_group_arn: cx.arn(&format!("security-group/{}", group.group_id)),
        ip_permissions: permissions_of(false),
        ip_permissions_egress: permissions_of(true),
        tag_set: group.tags.lower(),
    }
}

/// Puts rules for the same traffic together.
pub(super) fn permissions<'a>(
    account: &str,
    rules: impl Iterator<Item = (&'a Specification, Option<&'a str>)>,
) -> Vec<PermissionView> {
    let mut permissions = BTreeMap::new();
    for (Specification { traffic, peer }, description) in rules {
        let permission = permissions.entry(traffic).or_insert_with(|| PermissionView {
            ip_protocol: traffic.ip_protocol.clone(),
            from_port: traffic.has_ports().then_some(traffic.from_port),
            to_port: traffic.has_ports().then_some(traffic.to_port),
            ..PermissionView::default()
        });
        let view = PeerView { description: description.map(str::to_owned), ..PeerView::default() };
        match peer {
            Peer::Ipv4(block) => {
                permission.ip_ranges.push(PeerView { cidr_ip: Some(block.to_string()), ..view });
            }
            Peer::Ipv6(block) => {
                permission.ipv6_ranges.push(PeerView { cidr_ipv6: Some(block.to_string()), ..view });
            }
            Peer::PrefixList(id) => {
                permission.prefix_list_ids.push(PeerView { prefix_list_id: Some(id.clone()), ..view });
            }
            Peer::SecurityGroup(id) => {
                let user_id = Some(account.to_owned());
                permission.groups.push(PeerView { group_id: Some(id.clone()), user_id, ..view });
            }
        }
    }
    permissions.into_values().collect()
}
