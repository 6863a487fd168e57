//! What can be changed about a role.

use serde::{Deserialize, Serialize};

use super::role::{self, RoleResult};
use super::{name, policy};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateRole {
    role_name: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
}

#[derive(Serialize)]
pub(crate) struct UpdateRoleResult {}

/// What is not given keeps its value (AWS: IAM API Reference, UpdateRole).
pub(crate) fn update_role(cx: &mut Context<'_>, input: UpdateRole) -> Result<UpdateRoleResult, ApiError> {
    role::check_description(input.description.as_deref())?;
    role::check_session_duration(input.max_session_duration)?;
    let role = role::change(cx, &input.role_name)?;
    role.description = input.description.or(role.description.take());
    role.max_session_duration = input.max_session_duration.unwrap_or(role.max_session_duration);
    Ok(UpdateRoleResult {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateRoleDescription {
    role_name: String,
    description: String,
}

/// AWS: IAM API Reference, UpdateRoleDescription.
pub(crate) fn update_role_description(
    cx: &mut Context<'_>,
    input: UpdateRoleDescription,
) -> Result<RoleResult, ApiError> {
    role::check_description(Some(&input.description))?;
    let role = role::change(cx, &input.role_name)?;
    role.description = Some(input.description);
    Ok(RoleResult { role: role.view() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateAssumeRolePolicy {
    role_name: String,
    policy_document: String,
}

/// AWS: IAM API Reference, UpdateAssumeRolePolicy.
pub(crate) fn update_assume_role_policy(cx: &mut Context<'_>, input: UpdateAssumeRolePolicy) -> Result<(), ApiError> {
    let role = role::change(cx, &input.role_name)?;
    role::check_assume_role_policy(&input.policy_document)?;
    role.assume_role_policy = input.policy_document;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PutRolePermissionsBoundary {
    role_name: String,
    permissions_boundary: String,
}

/// AWS: IAM API Reference, PutRolePermissionsBoundary.
pub(crate) fn put_role_permissions_boundary(
    cx: &mut Context<'_>,
    input: PutRolePermissionsBoundary,
) -> Result<(), ApiError> {
    policy::find_attachable(cx, &input.permissions_boundary)?;
    role::change(cx, &input.role_name)?.permissions_boundary = Some(input.permissions_boundary);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteRolePermissionsBoundary {
    role_name: String,
}

/// AWS: IAM API Reference, DeleteRolePermissionsBoundary.
pub(crate) fn delete_role_permissions_boundary(
    cx: &mut Context<'_>,
    input: DeleteRolePermissionsBoundary,
) -> Result<(), ApiError> {
    let role = role::change(cx, &input.role_name)?;
    let removed = role.permissions_boundary.take();
    let missing = || name::no_such_entity(format!("Role {} does not have a permissions boundary", input.role_name));
    removed.map(drop).ok_or_else(missing)
}
