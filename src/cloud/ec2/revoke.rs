//! `RevokeSecurityGroupIngress` and `RevokeSecurityGroupEgress`.

use serde::{Deserialize, Serialize};

use super::authorize::{flat, is_same};
use super::describe_security_group::{PermissionView, permissions};
use super::kind;
use super::permission::{self, IpPermission, Peer, Specification};
use super::security_group;
use super::security_group_rule::{SecurityGroupRule, rules_of};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Revoke {
    group_id: Option<String>,
    group_name: Option<String>,
    #[serde(default)]
    security_group_rule_id: Vec<String>,
    #[serde(default)]
    ip_permissions: Vec<IpPermission>,
    // One rule can also be given without a permission.
    ip_protocol: Option<String>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revoked {
    r#return: bool,
    unknown_ip_permission_set: Vec<PermissionView>,
    revoked_security_group_rule_set: Vec<RevokedRule>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct RevokedRule {
    security_group_rule_id: String,
    group_id: String,
    is_egress: bool,
    ip_protocol: String,
    from_port: i32,
    to_port: i32,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_id: Option<String>,
    description: Option<String>,
}

pub(crate) fn ingress(cx: &mut Context<'_>, input: Revoke) -> Result<Revoked, ApiError> {
    revoke(cx, input, false)
}

pub(crate) fn egress(cx: &mut Context<'_>, input: Revoke) -> Result<Revoked, ApiError> {
    revoke(cx, input, true)
}

/// Removes rules, which are named by their ids or by what they are about. One that is not there is an error, except
/// that in the default VPC the reply names it instead.
///
/// AWS: EC2 API Reference, RevokeSecurityGroupIngress.
fn revoke(cx: &mut Context<'_>, mut input: Revoke, is_egress: bool) -> Result<Revoked, ApiError> {
    input.ip_permissions.extend(flat(input.ip_protocol, input.from_port, input.to_port, input.cidr_ip)?);
    let group = security_group::find(cx, input.group_id.as_deref(), input.group_name.as_deref())?;
    let group_id = group.group_id.clone();
    let in_default_vpc = cx.ec2.vpcs.get(&group.vpc_id).is_some_and(|vpc| vpc.is_default);
    let mut ids = input.security_group_rule_id;
    let mut unknown: Vec<Specification> = Vec::new();
    if ids.is_empty() || !input.ip_permissions.is_empty() {
        for (specification, _) in permission::rules(cx, group, input.ip_permissions)? {
            match rules_of(cx, &group_id).find(|rule| is_same(rule, is_egress, &specification)) {
                Some(rule) => ids.push(rule.security_group_rule_id.clone()),
                None => unknown.push(specification),
            }
        }
    }
    if !unknown.is_empty() && !in_default_vpc {
        let message = "The specified rule does not exist in this security group.";
        return Err(ApiError::new("InvalidPermission.NotFound", message));
    }
    let mut revoked = Vec::new();
    for id in ids {
        let rule = kind::SECURITY_GROUP_RULE.remove(&mut cx.ec2.security_group_rules, &id)?;
        if rule.group_id != group_id || rule.is_egress != is_egress {
            return Err(kind::SECURITY_GROUP_RULE.not_found(&id));
        }
        revoked.push(view(rule));
    }
    Ok(Revoked {
        r#return: true,
        unknown_ip_permission_set: permissions(cx.account, unknown.iter().map(|specification| (specification, None))),
        revoked_security_group_rule_set: revoked,
    })
}

fn view(rule: SecurityGroupRule) -> RevokedRule {
    let Specification { traffic, peer } = rule.specification;
    let mut view = RevokedRule {
        security_group_rule_id: rule.security_group_rule_id,
        group_id: rule.group_id,
        is_egress: rule.is_egress,
        ip_protocol: traffic.ip_protocol,
        from_port: traffic.from_port,
        to_port: traffic.to_port,
        description: rule.description,
        ..RevokedRule::default()
    };
    match peer {
        Peer::Ipv4(block) => view.cidr_ipv4 = Some(block.to_string()),
        Peer::Ipv6(block) => view.cidr_ipv6 = Some(block.to_string()),
        Peer::PrefixList(id) => view.prefix_list_id = Some(id),
        Peer::SecurityGroup(id) => view.referenced_group_id = Some(id),
    }
    view
}
