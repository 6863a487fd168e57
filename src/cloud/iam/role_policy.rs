//! The inline policies of roles.

use serde::{Deserialize, Serialize};

use super::{document, name, page, role};
use crate::context::Context;
use crate::wire::ApiError;

/// The most characters, without white space, in all inline policies of a role together.
///
/// AWS: IAM User Guide, "IAM and AWS STS quotas", "IAM and STS character limits".
const MAX_SIZE: usize = 10240;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PutRolePolicy {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

/// AWS: IAM API Reference, PutRolePolicy.
pub(crate) fn put_role_policy(cx: &mut Context<'_>, input: PutRolePolicy) -> Result<(), ApiError> {
    name::check("policyName", &input.policy_name, 128)?;
    let role = role::change(cx, &input.role_name)?;
    document::check(&input.policy_document, document::Kind::Identity)?;
    role.inline_policies.insert(input.policy_name, input.policy_document);
    if role.inline_policies.values().map(|policy| document::size(policy)).sum::<usize>() > MAX_SIZE {
        let message = format!("Maximum policy size of {MAX_SIZE} bytes exceeded for role {}", role.name);
        return Err(name::limit_exceeded(message));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct OneRolePolicy {
    role_name: String,
    policy_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetRolePolicyResult {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

/// AWS: IAM API Reference, GetRolePolicy.
pub(crate) fn get_role_policy(cx: &mut Context<'_>, input: OneRolePolicy) -> Result<GetRolePolicyResult, ApiError> {
    let role = role::find(cx, &input.role_name)?;
    let policy = role.inline_policies.get(&input.policy_name);
    let policy = policy.ok_or_else(|| name::no_such("role policy", &input.policy_name))?;
    Ok(GetRolePolicyResult {
        role_name: role.name.clone(),
        policy_document: document::encode(policy),
        policy_name: input.policy_name,
    })
}

/// AWS: IAM API Reference, DeleteRolePolicy.
pub(crate) fn delete_role_policy(cx: &mut Context<'_>, input: OneRolePolicy) -> Result<(), ApiError> {
    let role = role::change(cx, &input.role_name)?;
    let removed = role.inline_policies.remove(&input.policy_name);
    removed.map(drop).ok_or_else(|| name::no_such("role policy", &input.policy_name))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListRolePolicies {
    role_name: String,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListRolePoliciesResult {
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

/// AWS: IAM API Reference, ListRolePolicies.
pub(crate) fn list_role_policies(
    cx: &mut Context<'_>,
    input: ListRolePolicies,
) -> Result<ListRolePoliciesResult, ApiError> {
    let names = role::find(cx, &input.role_name)?.inline_policies.keys().cloned();
    let page = page::page(names, |name| name, input.max_items, input.marker.as_deref())?;
    Ok(ListRolePoliciesResult { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
}
