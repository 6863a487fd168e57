//! Managed policies.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy_version::Version;
use super::role::tag_error;
use super::{document, name, page};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{Tags, UpperTag};
use crate::validate::Constraints;
use crate::wire::{ApiError, Iso};

/// A managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) description: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// By number.
    pub(super) versions: BTreeMap<u32, Version>,
    pub(super) default_version: u32,
    /// Numbers are not used again.
    pub(super) last_version: u32,
    pub(super) tags: Tags,
    /// Whether AWS wrote it, so that nobody may change it.
    pub(super) of_aws: bool,
}

impl Record for ManagedPolicy {
    fn made_by_aws(&self) -> bool {
        self.of_aws
    }
}

/// A managed policy as replies show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyView {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: usize,
    permissions_boundary_usage_count: usize,
    is_attachable: bool,
    /// Lists leave it out (AWS: IAM API Reference, Policy).
    description: Option<String>,
    create_date: Iso,
    update_date: Iso,
    /// Lists leave it out.
    tags: Option<Vec<UpperTag>>,
}

impl ManagedPolicy {
    pub(super) fn listed(&self, cx: &Context<'_>) -> PolicyView {
        let roles = || cx.iam.roles.values();
        PolicyView {
            policy_name: self.name.clone(),
            policy_id: self.id.clone(),
            arn: self.arn.clone(),
            path: self.path.clone(),
            default_version_id: format!("v{}", self.default_version),
            attachment_count: roles().filter(|role| role.attached_policies.contains(&self.arn)).count(),
            permissions_boundary_usage_count: roles()
                .filter(|role| role.permissions_boundary.as_ref() == Some(&self.arn))
                .count(),
            is_attachable: true,
            description: None,
            create_date: Iso(self.created),
            update_date: Iso(self.updated),
            tags: None,
        }
    }

    pub(super) fn view(&self, cx: &Context<'_>) -> PolicyView {
        PolicyView {
            description: self.description.clone(),
            tags: Some(self.tags.upper()).filter(|tags| !tags.is_empty()),
            ..self.listed(cx)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreatePolicy {
    policy_name: String,
    path: Option<String>,
    policy_document: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<UpperTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyResult {
    policy: PolicyView,
}

/// AWS: IAM API Reference, CreatePolicy.
pub(crate) fn create_policy(cx: &mut Context<'_>, input: CreatePolicy) -> Result<PolicyResult, ApiError> {
    let policy_name = input.policy_name;
    name::check("policyName", &policy_name, 128)?;
    let path = name::path(input.path)?;
    let description = input.description;
    Constraints::default()
        .length("description", description.as_deref().unwrap_or_default(), 0..=1000)
        .finish("ValidationError")?;
    check_document(&input.policy_document)?;
    let taken = |policy: &ManagedPolicy| !policy.of_aws && policy.name.eq_ignore_ascii_case(&policy_name);
    if cx.iam.policies.values().any(taken) {
        let message = format!("A policy called {policy_name} already exists. Duplicate names are not allowed.");
        return Err(name::already_exists(message));
    }
    let policy = ManagedPolicy {
        id: format!("ANPA{}", cx.ids.base32(17)),
        arn: cx.arn(&format!("policy{path}{policy_name}")),
        name: policy_name,
        path,
        description,
        created: cx.now,
        updated: cx.now,
        versions: BTreeMap::from([(1, Version { document: input.policy_document, created: cx.now })]),
        default_version: 1,
        last_version: 1,
        tags: Tags::new(input.tags).map_err(tag_error)?,
        of_aws: false,
    };
    let view = PolicyView { description: None, ..policy.view(cx) };
    cx.iam.policies.insert(policy.arn.clone(), policy);
    Ok(PolicyResult { policy: view })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct OnePolicy {
    policy_arn: String,
}

/// AWS: IAM API Reference, GetPolicy.
pub(crate) fn get_policy(cx: &mut Context<'_>, input: OnePolicy) -> Result<PolicyResult, ApiError> {
    Ok(PolicyResult { policy: find(cx, &input.policy_arn)?.view(cx) })
}

/// AWS: IAM API Reference, DeletePolicy.
pub(crate) fn delete_policy(cx: &mut Context<'_>, input: OnePolicy) -> Result<(), ApiError> {
    let arn = &input.policy_arn;
    let versions = change(cx, arn)?.versions.len();
    let uses =
        |role: &super::Role| role.attached_policies.contains(arn) || role.permissions_boundary.as_ref() == Some(arn);
    if cx.iam.roles.values().any(uses) {
        return Err(name::delete_conflict("Cannot delete a policy attached to entities."));
    }
    if versions > 1 {
        return Err(name::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's \
             versions. The default version is deleted with the policy.",
        ));
    }
    cx.iam.policies.remove(arn);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListPolicies {
    scope: Option<Scope>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<PolicyUsage>,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Deserialize, PartialEq)]
enum Scope {
    All,
    #[serde(rename = "AWS")]
    Aws,
    Local,
}

/// What a policy is used for.
#[derive(Deserialize, Clone, Copy, PartialEq)]
pub(super) enum PolicyUsage {
    PermissionsPolicy,
    PermissionsBoundary,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListPoliciesResult {
    policies: Vec<PolicyView>,
    is_truncated: bool,
    marker: Option<String>,
}

/// AWS: IAM API Reference, ListPolicies.
pub(crate) fn list_policies(cx: &mut Context<'_>, input: ListPolicies) -> Result<ListPoliciesResult, ApiError> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let scope = input.scope.unwrap_or(Scope::All);
    let in_scope = |policy: &ManagedPolicy| match scope {
        Scope::All => true,
        Scope::Aws => policy.of_aws,
        Scope::Local => !policy.of_aws,
    };
    let used = |view: &PolicyView| match input.policy_usage_filter {
        Some(PolicyUsage::PermissionsPolicy) => view.attachment_count > 0,
        Some(PolicyUsage::PermissionsBoundary) => view.permissions_boundary_usage_count > 0,
        None => view.attachment_count > 0 || input.only_attached != Some(true),
    };
    let visible = cx.iam.policies.values().filter(|policy| policy.of_aws || cx.visible(policy.created));
    let policies = visible.filter(|policy| in_scope(policy) && policy.path.starts_with(prefix));
    let views = policies.map(|policy| policy.listed(cx)).filter(used);
    let page = page::page(views, |view| &view.arn, input.max_items, input.marker.as_deref())?;
    Ok(ListPoliciesResult { policies: page.items, is_truncated: page.is_truncated, marker: page.marker })
}

/// The policy that a read sees.
pub(super) fn find<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a ManagedPolicy, ApiError> {
    name::check_policy_arn(arn)?;
    let policy = cx.iam.policies.get(arn).filter(|policy| policy.of_aws || cx.visible(policy.created));
    policy.ok_or_else(|| not_found(arn))
}

/// The policy that is to be attached to something.
pub(super) fn find_attachable<'a>(cx: &'a Context<'_>, arn: &str) -> Result<&'a ManagedPolicy, ApiError> {
    name::check_policy_arn(arn)?;
    let missing = || name::no_such_entity(format!("Policy {arn} does not exist or is not attachable."));
    cx.iam.policies.get(arn).ok_or_else(missing)
}

/// The policy that a write changes: one of the account.
pub(super) fn change<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut ManagedPolicy, ApiError> {
    name::check_policy_arn(arn)?;
    let account = format!("::{}:", cx.account);
    let policy = cx.iam.policies.get_mut(arn).ok_or_else(|| not_found(arn))?;
    if policy.of_aws || !arn.contains(&account) {
        let message = format!("Policy {arn} is owned by AWS and cannot be changed.");
        return Err(ApiError::new("AccessDenied", message).status(403));
    }
    Ok(policy)
}

pub(super) fn not_found(arn: &str) -> ApiError {
    name::no_such_entity(format!("Policy {arn} was not found."))
}

/// AWS: IAM User Guide, "IAM and AWS STS quotas", "IAM and STS character limits".
pub(super) fn check_document(policy: &str) -> Result<(), ApiError> {
    document::check(policy, document::Kind::Identity)?;
    match document::size(policy) {
        0..=6144 => Ok(()),
        _ => Err(name::limit_exceeded("Cannot exceed quota for PolicySize: 6144")),
    }
}
