//! Changes to rules that keep their ids: `ModifySecurityGroupRules`, and the descriptions of rules.

use serde::Deserialize;

use super::authorize::is_same;
use super::kind;
use super::permission::{self, IpPermission, Peer, Specification};
use super::protocol::Traffic;
use super::security_group::{self, SecurityGroup};
use super::security_group_rule::{SecurityGroupRule, rules_of};
use super::tag::Return;
use super::text;
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifySecurityGroupRules {
    group_id: String,
    security_group_rule: Vec<Update>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Update {
    security_group_rule_id: String,
    security_group_rule: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    ip_protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_id: Option<String>,
    description: Option<String>,
}

/// Replaces what rules are about; all or none. The kind of the peer must stay as it is.
///
/// AWS: EC2 API Reference, ModifySecurityGroupRules.
pub(crate) fn modify_security_group_rules(
    cx: &mut Context<'_>,
    input: ModifySecurityGroupRules,
) -> Result<Return, ApiError> {
    let group = kind::SECURITY_GROUP.get(&cx.ec2.security_groups, &input.group_id)?.clone();
    for Update { security_group_rule_id: id, security_group_rule: request } in input.security_group_rule {
        let specification = specification(cx, &group, &request)?;
        let rule = rule_of(cx, &group, &id)?;
        let is_egress = rule.is_egress;
        if std::mem::discriminant(&rule.specification.peer) != std::mem::discriminant(&specification.peer) {
            let message = format!("You may not modify the source or destination type of the security group rule {id}.");
            return Err(ApiError::new("InvalidParameterValue", message));
        }
        let others = || rules_of(cx, &group.group_id).filter(|other| other.security_group_rule_id != id);
        if others().any(|other| is_same(other, is_egress, &specification)) {
            let message = format!("the specified rule {} already exists", specification.quoted());
            return Err(ApiError::new("InvalidPermission.Duplicate", message));
        }
        text::check_rule_description(request.description.as_deref().unwrap_or_default())?;
        let rule = kind::SECURITY_GROUP_RULE.get_mut(&mut cx.ec2.security_group_rules, &id)?;
        rule.specification = specification;
        rule.description = request.description.filter(|description| !description.is_empty());
    }
    Ok(Return { r#return: true })
}

fn specification(cx: &Context<'_>, group: &SecurityGroup, request: &Request) -> Result<Specification, ApiError> {
    let Request { cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_group_id, .. } = request;
    let peer: Peer = match (cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_group_id) {
        (Some(block), None, None, None) => permission::ipv4(block)?,
        (None, Some(block), None, None) => permission::ipv6(block)?,
        (None, None, Some(id), None) => permission::prefix_list(cx, id)?,
        (None, None, None, Some(id)) => permission::referenced(cx, group, Some(id), None, None)?,
        _ => {
            let message = "Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId must be specified.";
            return Err(ApiError::new("InvalidParameterCombination", message));
        }
    };
    Ok(Specification { traffic: Traffic::parse(&request.ip_protocol, request.from_port, request.to_port)?, peer })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateDescriptions {
    group_id: Option<String>,
    group_name: Option<String>,
    #[serde(default)]
    ip_permissions: Vec<IpPermission>,
    #[serde(default)]
    security_group_rule_description: Vec<RuleDescription>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RuleDescription {
    security_group_rule_id: String,
    description: Option<String>,
}

pub(crate) fn describe_ingress(cx: &mut Context<'_>, input: UpdateDescriptions) -> Result<Return, ApiError> {
    update_descriptions(cx, input, false)
}

pub(crate) fn describe_egress(cx: &mut Context<'_>, input: UpdateDescriptions) -> Result<Return, ApiError> {
    update_descriptions(cx, input, true)
}

/// Gives rules, which are named by their ids or by what they are about, another description or none.
///
/// AWS: EC2 API Reference, UpdateSecurityGroupRuleDescriptionsIngress.
fn update_descriptions(cx: &mut Context<'_>, input: UpdateDescriptions, is_egress: bool) -> Result<Return, ApiError> {
    let group = security_group::find(cx, input.group_id.as_deref(), input.group_name.as_deref())?.clone();
    let mut updates: Vec<(String, Option<String>)> = Vec::new();
    for RuleDescription { security_group_rule_id, description } in input.security_group_rule_description {
        updates.push((rule_of(cx, &group, &security_group_rule_id)?.security_group_rule_id.clone(), description));
    }
    if updates.is_empty() || !input.ip_permissions.is_empty() {
        for (specification, description) in permission::rules(cx, &group, input.ip_permissions)? {
            let rule = rules_of(cx, &group.group_id).find(|rule| is_same(rule, is_egress, &specification));
            let rule = rule.ok_or_else(|| {
                let message = "The specified rule does not exist in this security group.";
                ApiError::new("InvalidPermission.NotFound", message)
            })?;
            updates.push((rule.security_group_rule_id.clone(), description));
        }
    }
    for (id, description) in updates {
        text::check_rule_description(description.as_deref().unwrap_or_default())?;
        let rule = kind::SECURITY_GROUP_RULE.get_mut(&mut cx.ec2.security_group_rules, &id)?;
        rule.description = description.filter(|description| !description.is_empty());
    }
    Ok(Return { r#return: true })
}

fn rule_of<'t>(cx: &'t Context<'_>, group: &SecurityGroup, id: &str) -> Result<&'t SecurityGroupRule, ApiError> {
    let rule = cx.ec2.security_group_rules.get(id).filter(|rule| rule.group_id == group.group_id);
    rule.ok_or_else(|| kind::SECURITY_GROUP_RULE.not_found(id))
}
