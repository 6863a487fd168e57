//! Roles.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{document, name, page, policy};
use crate::context::Context;
use crate::table::Record;
use crate::tags::{TagError, Tags, UpperTag};
use crate::validate::Constraints;
use crate::wire::{ApiError, Iso};

/// A role, with everything that is part of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) created: Timestamp,
    pub(super) assume_role_policy: String,
    pub(super) description: Option<String>,
    /// In seconds.
    pub(super) max_session_duration: u32,
    /// The ARN of a managed policy.
    pub(super) permissions_boundary: Option<String>,
    pub(super) tags: Tags,
    /// The inline policies' documents, by name.
    pub(super) inline_policies: BTreeMap<String, String>,
    /// The ARNs of the attached managed policies.
    pub(super) attached_policies: BTreeSet<String>,
    /// The service that it belongs to, if it is a service-linked role, which only that service may change.
    pub(super) linked_service: Option<String>,
}

impl Record for Role {
    fn made_by_aws(&self) -> bool {
        self.linked_service.is_some()
    }
}

/// A role as replies show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleView {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Iso,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: u32,
    permissions_boundary: Option<BoundaryView>,
    /// Lists leave it out (AWS: IAM API Reference, ListRoles).
    tags: Option<Vec<UpperTag>>,
    role_last_used: Option<RoleLastUsed>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BoundaryView {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

/// When a role was used: never, as nothing here asks for permissions.
#[derive(Serialize)]
pub(super) struct RoleLastUsed {}

impl Role {
    pub(super) fn listed(&self) -> RoleView {
        RoleView {
            path: self.path.clone(),
            role_name: self.name.clone(),
            role_id: self.id.clone(),
            arn: self.arn.clone(),
            create_date: Iso(self.created),
            assume_role_policy_document: document::encode(&self.assume_role_policy),
            description: self.description.clone(),
            max_session_duration: self.max_session_duration,
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        }
    }

    pub(super) fn view(&self) -> RoleView {
        RoleView {
            permissions_boundary: self.boundary(),
            tags: Some(self.tags.upper()).filter(|tags| !tags.is_empty()),
            role_last_used: Some(RoleLastUsed {}),
            ..self.listed()
        }
    }

    pub(super) fn boundary(&self) -> Option<BoundaryView> {
        let permissions_boundary_arn = self.permissions_boundary.clone()?;
        Some(BoundaryView { permissions_boundary_type: "Policy", permissions_boundary_arn })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateRole {
    path: Option<String>,
    role_name: String,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<UpperTag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoleResult {
    pub(super) role: RoleView,
}

/// AWS: IAM API Reference, CreateRole.
pub(crate) fn create_role(cx: &mut Context<'_>, input: CreateRole) -> Result<RoleResult, ApiError> {
    let role_name = input.role_name;
    name::check("roleName", &role_name, 64)?;
    let path = name::path(input.path)?;
    check_description(input.description.as_deref())?;
    check_session_duration(input.max_session_duration)?;
    check_assume_role_policy(&input.assume_role_policy_document)?;
    if cx.iam.roles.contains(&role_name.to_lowercase()) {
        return Err(name::already_exists(format!("Role with name {role_name} already exists.")));
    }
    if let Some(boundary) = &input.permissions_boundary {
        policy::find_attachable(cx, boundary)?;
    }
    let role = Role {
        id: format!("AROA{}", cx.ids.base32(17)),
        arn: cx.arn(&format!("role{path}{role_name}")),
        path,
        created: cx.now,
        assume_role_policy: input.assume_role_policy_document,
        description: input.description,
        max_session_duration: input.max_session_duration.unwrap_or(3600),
        permissions_boundary: input.permissions_boundary,
        tags: Tags::new(input.tags).map_err(tag_error)?,
        inline_policies: BTreeMap::new(),
        attached_policies: BTreeSet::new(),
        linked_service: None,
        name: role_name,
    };
    let view = RoleView { role_last_used: None, ..role.view() };
    cx.iam.roles.insert(role.name.to_lowercase(), role);
    Ok(RoleResult { role: view })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct OneRole {
    pub(super) role_name: String,
}

/// AWS: IAM API Reference, GetRole.
pub(crate) fn get_role(cx: &mut Context<'_>, input: OneRole) -> Result<RoleResult, ApiError> {
    Ok(RoleResult { role: find(cx, &input.role_name)?.view() })
}

/// AWS: IAM API Reference, DeleteRole.
pub(crate) fn delete_role(cx: &mut Context<'_>, input: OneRole) -> Result<(), ApiError> {
    let role = change(cx, &input.role_name)?;
    if !role.attached_policies.is_empty() {
        return Err(name::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !role.inline_policies.is_empty() {
        return Err(name::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    cx.iam.roles.remove(&input.role_name.to_lowercase());
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListRoles {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListRolesResult {
    roles: Vec<RoleView>,
    is_truncated: bool,
    marker: Option<String>,
}

/// AWS: IAM API Reference, ListRoles.
pub(crate) fn list_roles(cx: &mut Context<'_>, input: ListRoles) -> Result<ListRolesResult, ApiError> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let roles = cx.iam.roles.iter().filter(|(_, role)| cx.visible(role.created) && role.path.starts_with(prefix));
    let page = page::page(roles, |(key, _)| key, input.max_items, input.marker.as_deref())?;
    let roles = page.items.into_iter().map(|(_, role)| role.listed()).collect();
    Ok(ListRolesResult { roles, is_truncated: page.is_truncated, marker: page.marker })
}

/// The role that a read sees.
pub(super) fn find<'a>(cx: &'a Context<'_>, role_name: &str) -> Result<&'a Role, ApiError> {
    name::check("roleName", role_name, 64)?;
    let role = cx.iam.roles.get(&role_name.to_lowercase()).filter(|role| cx.visible(role.created));
    role.ok_or_else(|| name::no_such("role", role_name))
}

/// The role that a write changes. Unlike reads, writes see it at once.
pub(super) fn change<'a>(cx: &'a mut Context<'_>, role_name: &str) -> Result<&'a mut Role, ApiError> {
    name::check("roleName", role_name, 64)?;
    let role = cx.iam.roles.get_mut(&role_name.to_lowercase()).ok_or_else(|| name::no_such("role", role_name))?;
    if role.linked_service.is_some() {
        let message = format!(
            "Cannot perform the operation on the protected role '{role_name}' - this role is only modifiable by AWS"
        );
        return Err(ApiError::new("UnmodifiableEntity", message));
    }
    Ok(role)
}

/// The role with this ARN, for services that are given roles.
pub(crate) fn find_by_arn<'a>(cx: &'a Context<'_>, arn: &str) -> Option<&'a Role> {
    let role = cx.iam.roles.get(&arn.rsplit('/').next()?.to_lowercase())?;
    Some(role).filter(|role| role.arn == arn)
}

pub(super) fn check_description(description: Option<&str>) -> Result<(), ApiError> {
    Constraints::default().length("description", description.unwrap_or_default(), 0..=1000).finish("ValidationError")
}

pub(super) fn check_session_duration(seconds: Option<u32>) -> Result<(), ApiError> {
    let seconds = i64::from(seconds.unwrap_or(3600));
    Constraints::default().range("maxSessionDuration", seconds, 3600..=43200).finish("ValidationError")
}

/// AWS: IAM User Guide, "IAM and AWS STS quotas", "Role trust policy length".
pub(super) fn check_assume_role_policy(policy: &str) -> Result<(), ApiError> {
    document::check(policy, document::Kind::Trust)?;
    match document::size(policy) {
        0..=2048 => Ok(()),
        _ => Err(name::limit_exceeded("Cannot exceed quota for ACLSizePerRole: 2048")),
    }
}

pub(super) fn tag_error(error: TagError) -> ApiError {
    match error {
        TagError::TooMany(_) => name::limit_exceeded(error.to_string()),
        _ => ApiError::new("InvalidInput", error.to_string()),
    }
}
