//! Who has a managed policy.

use serde::{Deserialize, Serialize};

use super::authorization_details::EntityType;
use super::policy::{self, PolicyUsage};
use super::{Role, page};
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListEntitiesForPolicy {
    policy_arn: String,
    entity_filter: Option<EntityType>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<PolicyUsage>,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListEntitiesForPolicyResult {
    /// There are no groups and no users here.
    policy_groups: [(); 0],
    policy_users: [(); 0],
    policy_roles: Vec<PolicyRole>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

/// AWS: IAM API Reference, ListEntitiesForPolicy.
pub(crate) fn list_entities_for_policy(
    cx: &mut Context<'_>,
    input: ListEntitiesForPolicy,
) -> Result<ListEntitiesForPolicyResult, ApiError> {
    let arn = &policy::find(cx, &input.policy_arn)?.arn;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let uses = |role: &Role| {
        let attached = role.attached_policies.contains(arn);
        let bounded = role.permissions_boundary.as_ref() == Some(arn);
        match input.policy_usage_filter {
            Some(PolicyUsage::PermissionsPolicy) => attached,
            Some(PolicyUsage::PermissionsBoundary) => bounded,
            None => attached || bounded,
        }
    };
    let wants_roles = matches!(input.entity_filter, None | Some(EntityType::Role));
    let roles = cx.iam.roles.iter().filter(|(_, role)| wants_roles && role.path.starts_with(prefix) && uses(role));
    let page = page::page(roles, |(key, _)| key, input.max_items, input.marker.as_deref())?;
    let view = |(_, role): (&str, &Role)| PolicyRole { role_name: role.name.clone(), role_id: role.id.clone() };
    Ok(ListEntitiesForPolicyResult {
        policy_groups: [],
        policy_users: [],
        policy_roles: page.items.into_iter().map(view).collect(),
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}
