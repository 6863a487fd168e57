//! The rules of security groups, each with an id and tags of its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{Described, View, describe_input};
use super::filter::admit;
use super::kind::{self, Kind};
use super::permission::{Peer, Specification};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// A rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityGroupRule {
    pub(crate) security_group_rule_id: String,
    pub(crate) group_id: String,
    pub(crate) is_egress: bool,
    pub(crate) specification: Specification,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    created: Timestamp,
    /// Whether it came with its group.
    is_default: bool,
}

impl Record for SecurityGroupRule {
    fn made_by_aws(&self) -> bool {
        self.is_default
    }
}

/// Puts in a rule that came with its group.
pub(super) fn insert_default(cx: &mut Context<'_>, group_id: &str, is_egress: bool, specification: Specification) {
    let id = insert(cx, group_id, is_egress, specification, None, Tags::default()).security_group_rule_id;
    if let Some(rule) = cx.ec2.security_group_rules.get_mut(&id) {
        rule.is_default = true;
    }
}

pub(super) fn insert(
    cx: &mut Context<'_>,
    group_id: &str,
    is_egress: bool,
    specification: Specification,
    description: Option<String>,
    tags: Tags,
) -> SecurityGroupRule {
    let rule = SecurityGroupRule {
        security_group_rule_id: kind::SECURITY_GROUP_RULE.new_id(cx),
        group_id: group_id.to_owned(),
        is_egress,
        specification,
        description: description.filter(|description| !description.is_empty()),
        tags,
        created: cx.now,
        is_default: false,
    };
    cx.ec2.security_group_rules.insert(rule.security_group_rule_id.clone(), rule.clone());
    rule
}

/// The rules of a group in both directions.
pub(crate) fn rules_of<'t>(cx: &'t Context<'_>, group_id: &'t str) -> impl Iterator<Item = &'t SecurityGroupRule> {
    cx.ec2.security_group_rules.values().filter(move |rule| rule.group_id == group_id)
}

describe_input!(DescribeSecurityGroupRules { security_group_rule_id });

pub(crate) fn describe_security_group_rules(
    cx: &mut Context<'_>,
    input: DescribeSecurityGroupRules,
) -> Result<Described<SecurityGroupRuleView>, ApiError> {
    let filters = input.filter.clone();
    let named = |rule: &&SecurityGroupRule| {
        admit(&filters, "group-id", &rule.group_id)
            && admit(&filters, "security-group-rule-id", &rule.security_group_rule_id)
    };
    let visible = cx.ec2.security_group_rules.values().filter(named).filter(|rule| cx.visible(rule.created));
    input.select(visible.map(|rule| view(cx, rule)))
}

/// A rule in a reply.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecurityGroupRuleView {
    security_group_rule_id: String,
    security_group_rule_arn: String,
    group_id: String,
    group_owner_id: String,
    is_egress: bool,
    ip_protocol: String,
    from_port: i32,
    to_port: i32,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_info: Option<ReferencedGroup>,
    description: Option<String>,
    tag_set: Vec<LowerTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReferencedGroup {
    group_id: String,
    user_id: String,
}

impl View for SecurityGroupRuleView {
    const KIND: Kind = kind::SECURITY_GROUP_RULE;
    const SET: &'static str = "securityGroupRuleSet";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("group-id", "groupId"), ("security-group-rule-id", "securityGroupRuleId")];

    fn id(&self) -> &str {
        &self.security_group_rule_id
    }
}

pub(super) fn view(cx: &Context<'_>, rule: &SecurityGroupRule) -> SecurityGroupRuleView {
    let Specification { traffic, peer } = &rule.specification;
    let mut view = SecurityGroupRuleView {
        security_group_rule_id: rule.security_group_rule_id.clone(),
        security_group_rule_arn: cx.arn(&format!("security-group-rule/{}", rule.security_group_rule_id)),
        group_id: rule.group_id.clone(),
        group_owner_id: cx.account.to_owned(),
        is_egress: rule.is_egress,
        ip_protocol: traffic.ip_protocol.clone(),
        from_port: traffic.from_port,
        to_port: traffic.to_port,
        cidr_ipv4: None,
        cidr_ipv6: None,
        prefix_list_id: None,
        referenced_group_info: None,
        description: rule.description.clone(),
        tag_set: rule.tags.lower(),
    };
    match peer {
        Peer::Ipv4(block) => view.cidr_ipv4 = Some(block.to_string()),
        Peer::Ipv6(block) => view.cidr_ipv6 = Some(block.to_string()),
        Peer::PrefixList(id) => view.prefix_list_id = Some(id.clone()),
        Peer::SecurityGroup(id) => {
            let group = ReferencedGroup { group_id: id.clone(), user_id: cx.account.to_owned() };
            view.referenced_group_info = Some(group);
        }
    }
    view
}
