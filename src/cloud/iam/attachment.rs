//! Managed policies on roles.

use serde::{Deserialize, Serialize};

use super::{name, page, policy, role};
use crate::context::Context;
use crate::wire::ApiError;

/// AWS: IAM User Guide, "IAM and AWS STS quotas", "Managed policies attached to an IAM role".
const MAX_ATTACHED: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Attachment {
    role_name: String,
    policy_arn: String,
}

/// AWS: IAM API Reference, AttachRolePolicy.
pub(crate) fn attach_role_policy(cx: &mut Context<'_>, input: Attachment) -> Result<(), ApiError> {
    policy::find_attachable(cx, &input.policy_arn)?;
    let role = role::change(cx, &input.role_name)?;
    role.attached_policies.insert(input.policy_arn);
    match role.attached_policies.len() {
        0..=MAX_ATTACHED => Ok(()),
        _ => Err(name::limit_exceeded(format!("Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}"))),
    }
}

/// AWS: IAM API Reference, DetachRolePolicy.
pub(crate) fn detach_role_policy(cx: &mut Context<'_>, input: Attachment) -> Result<(), ApiError> {
    name::check_policy_arn(&input.policy_arn)?;
    match role::change(cx, &input.role_name)?.attached_policies.remove(&input.policy_arn) {
        true => Ok(()),
        false => Err(policy::not_found(&input.policy_arn)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListAttachedRolePolicies {
    role_name: String,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAttachedRolePoliciesResult {
    attached_policies: Vec<AttachedPolicy>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    policy_name: String,
    policy_arn: String,
}

impl AttachedPolicy {
    pub(super) fn new(arn: &str) -> Self {
        let policy_name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        AttachedPolicy { policy_name, policy_arn: arn.to_owned() }
    }
}

/// AWS: IAM API Reference, ListAttachedRolePolicies.
pub(crate) fn list_attached_role_policies(
    cx: &mut Context<'_>,
    input: ListAttachedRolePolicies,
) -> Result<ListAttachedRolePoliciesResult, ApiError> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let has_prefix = |arn: &&String| cx.iam.policies.get(arn).is_some_and(|policy| policy.path.starts_with(prefix));
    let arns = role::find(cx, &input.role_name)?.attached_policies.iter().filter(has_prefix);
    let page = page::page(arns, |arn| arn, input.max_items, input.marker.as_deref())?;
    let attached_policies = page.items.into_iter().map(|arn| AttachedPolicy::new(arn)).collect();
    Ok(ListAttachedRolePoliciesResult { attached_policies, is_truncated: page.is_truncated, marker: page.marker })
}
