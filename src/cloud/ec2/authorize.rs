//! `AuthorizeSecurityGroupIngress` and `AuthorizeSecurityGroupEgress`.

use serde::{Deserialize, Serialize};

use super::kind;
use super::permission::{self, IpPermission, IpRange, Peer};
use super::quota;
use super::security_group;
use super::security_group_rule::{self, SecurityGroupRuleView, rules_of};
use super::tag::{self, TagSpecification};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Authorize {
    group_id: Option<String>,
    group_name: Option<String>,
    #[serde(default)]
    ip_permissions: Vec<IpPermission>,
    // One rule can also be given without a permission.
    ip_protocol: Option<String>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorized {
    r#return: bool,
    security_group_rule_set: Vec<SecurityGroupRuleView>,
}

pub(crate) fn ingress(cx: &mut Context<'_>, input: Authorize) -> Result<Authorized, ApiError> {
    authorize(cx, input, false)
}

pub(crate) fn egress(cx: &mut Context<'_>, input: Authorize) -> Result<Authorized, ApiError> {
    authorize(cx, input, true)
}

/// Adds rules; all or none.
///
/// AWS: EC2 API Reference, AuthorizeSecurityGroupIngress, and Error codes, `InvalidPermission.Duplicate`.
fn authorize(cx: &mut Context<'_>, mut input: Authorize, is_egress: bool) -> Result<Authorized, ApiError> {
    input.ip_permissions.extend(flat(input.ip_protocol, input.from_port, input.to_port, input.cidr_ip)?);
    let group = security_group::find(cx, input.group_id.as_deref(), input.group_name.as_deref())?;
    let group_id = group.group_id.clone();
    let rules = permission::rules(cx, group, input.ip_permissions)?;
    let tags = tag::on_creation(kind::SECURITY_GROUP_RULE, input.tag_specification)?;
    let mut added = Vec::new();
    for (specification, description) in rules {
        let same = |other: &&_| is_same(other, is_egress, &specification);
        if rules_of(cx, &group_id).any(|other| same(&other)) {
            let message = format!("the specified rule {} already exists", specification.quoted());
            return Err(ApiError::new("InvalidPermission.Duplicate", message));
        }
        check_quota(cx, &group_id, is_egress, &specification.peer)?;
        let rule = security_group_rule::insert(cx, &group_id, is_egress, specification, description, tags.clone());
        added.push(security_group_rule::view(cx, &rule));
    }
    Ok(Authorized { r#return: true, security_group_rule_set: added })
}

/// The permission that the parameters for a single rule stand for.
pub(super) fn flat(
    ip_protocol: Option<String>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
) -> Result<Option<IpPermission>, ApiError> {
    if ip_protocol.is_none() && from_port.is_none() && to_port.is_none() && cidr_ip.is_none() {
        return Ok(None);
    }
    let cidr_ip = cidr_ip.ok_or_else(|| permission::missing("CidrIp"))?;
    let ip_ranges = vec![IpRange { cidr_ip, description: None }];
    Ok(Some(IpPermission { ip_protocol, from_port, to_port, ip_ranges, ..IpPermission::default() }))
}

pub(super) fn is_same(
    rule: &security_group_rule::SecurityGroupRule,
    is_egress: bool,
    specification: &permission::Specification,
) -> bool {
    rule.is_egress == is_egress && rule.specification == *specification
}

/// IPv4 and IPv6 rules are counted apart; a rule that names a group counts among both.
fn check_quota(cx: &Context<'_>, group_id: &str, is_egress: bool, peer: &Peer) -> Result<(), ApiError> {
    let count = |counts: fn(&Peer) -> bool| {
        let in_direction = rules_of(cx, group_id).filter(|rule| rule.is_egress == is_egress);
        in_direction.filter(|rule| counts(&rule.specification.peer)).count()
    };
    let ipv4: fn(&Peer) -> bool = |peer| !matches!(peer, Peer::Ipv6(_));
    let ipv6: fn(&Peer) -> bool = |peer| matches!(peer, Peer::Ipv6(_) | Peer::SecurityGroup(_));
    for counts in [ipv4, ipv6].into_iter().filter(|counts| counts(peer)) {
        quota::RULES_PER_SECURITY_GROUP.check(count(counts))?;
    }
    Ok(())
}
