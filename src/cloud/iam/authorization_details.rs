//! Everything at once: roles and managed policies with their documents.

use serde::{Deserialize, Serialize};

use super::attachment::AttachedPolicy;
use super::policy::{ManagedPolicy, PolicyView};
use super::policy_version::VersionView;
use super::role::{BoundaryView, RoleLastUsed};
use super::{Role, document, page};
use crate::context::Context;
use crate::tags::UpperTag;
use crate::wire::{ApiError, Iso};

/// AWS: IAM API Reference, GetAccountAuthorizationDetails, `Filter`.
#[derive(Deserialize, Clone, Copy, PartialEq)]
pub(super) enum EntityType {
    User,
    Role,
    Group,
    LocalManagedPolicy,
    #[serde(rename = "AWSManagedPolicy")]
    AwsManagedPolicy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetAccountAuthorizationDetails {
    #[serde(default)]
    filter: Vec<EntityType>,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthorizationDetails {
    /// There are no users and no groups here.
    user_detail_list: [(); 0],
    group_detail_list: [(); 0],
    role_detail_list: Vec<RoleDetail>,
    policies: Vec<PolicyDetail>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleDetail {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Iso,
    assume_role_policy_document: String,
    instance_profile_list: [(); 0],
    role_policy_list: Vec<InlinePolicy>,
    attached_managed_policies: Vec<AttachedPolicy>,
    permissions_boundary: Option<BoundaryView>,
    tags: Vec<UpperTag>,
    role_last_used: RoleLastUsed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InlinePolicy {
    policy_name: String,
    policy_document: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDetail {
    #[serde(flatten)]
    policy: PolicyView,
    policy_version_list: Vec<VersionView>,
}

enum Entity<'a> {
    Role(&'a Role),
    Policy(&'a ManagedPolicy),
}

/// AWS: IAM API Reference, GetAccountAuthorizationDetails. AWS's own policies are listed as far as they are in use.
pub(crate) fn get_account_authorization_details(
    cx: &mut Context<'_>,
    input: GetAccountAuthorizationDetails,
) -> Result<AuthorizationDetails, ApiError> {
    let wants = |kind| input.filter.is_empty() || input.filter.contains(&kind);
    let in_use =
        |policy: &ManagedPolicy| cx.iam.roles.values().any(|role| role.attached_policies.contains(&policy.arn));
    let roles = cx.iam.roles.values().filter(|role| wants(EntityType::Role) && cx.visible(role.created));
    let policies = cx.iam.policies.values().filter(|policy| match policy.of_aws {
        true => wants(EntityType::AwsManagedPolicy) && in_use(policy),
        false => wants(EntityType::LocalManagedPolicy) && cx.visible(policy.created),
    });
    let mut entities: Vec<(&str, Entity<'_>)> = roles.map(|role| (role.arn.as_str(), Entity::Role(role))).collect();
    entities.extend(policies.map(|policy| (policy.arn.as_str(), Entity::Policy(policy))));
    entities.sort_by_key(|(arn, _)| *arn);

    let page = page::page(entities, |(arn, _)| arn, input.max_items, input.marker.as_deref())?;
    let mut details = AuthorizationDetails {
        user_detail_list: [],
        group_detail_list: [],
        role_detail_list: Vec::new(),
        policies: Vec::new(),
        is_truncated: page.is_truncated,
        marker: page.marker,
    };
    for (_, entity) in page.items {
        match entity {
            Entity::Role(role) => details.role_detail_list.push(role_detail(role)),
            Entity::Policy(policy) => details.policies.push(PolicyDetail {
                policy: policy.listed(cx),
                policy_version_list: policy.version_views().collect(),
            }),
        }
    }
    Ok(details)
}

fn role_detail(role: &Role) -> RoleDetail {
    let inline = role.inline_policies.iter();
    let inline = inline
        .map(|(name, policy)| InlinePolicy { policy_name: name.clone(), policy_document: document::encode(policy) });
    RoleDetail {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: role.arn.clone(),
        create_date: Iso(role.created),
        assume_role_policy_document: document::encode(&role.assume_role_policy),
        instance_profile_list: [],
        role_policy_list: inline.collect(),
        attached_managed_policies: role.attached_policies.iter().map(|arn| AttachedPolicy::new(arn)).collect(),
        permissions_boundary: role.boundary(),
        tags: role.tags.upper(),
        role_last_used: RoleLastUsed {},
    }
}
