//! The versions of managed policies.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy::{self, ManagedPolicy};
use super::{document, name, page};
use crate::context::Context;
use crate::wire::{ApiError, Iso};

/// AWS: IAM User Guide, "IAM and AWS STS quotas", "Versions of a managed policy that can be stored".
const MAX_VERSIONS: usize = 5;

/// One version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(super) document: String,
    pub(super) created: Timestamp,
}

/// A version as replies show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionView {
    /// Lists leave it out (AWS: IAM API Reference, ListPolicyVersions).
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: Iso,
}

impl ManagedPolicy {
    pub(super) fn version_views(&self) -> impl Iterator<Item = VersionView> {
        self.versions.iter().rev().map(|(number, version)| VersionView {
            document: Some(document::encode(&version.document)),
            version_id: format!("v{number}"),
            is_default_version: *number == self.default_version,
            create_date: Iso(version.created),
        })
    }

    fn version_view(&self, version_id: &str) -> Result<VersionView, ApiError> {
        let missing = || {
            let arn = &self.arn;
            name::no_such_entity(format!("Policy {arn} version {version_id} does not exist or is not attachable."))
        };
        self.version_views().find(|view| view.version_id == version_id).ok_or_else(missing)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreatePolicyVersion {
    policy_arn: String,
    policy_document: String,
    set_as_default: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyVersionResult {
    policy_version: VersionView,
}

/// AWS: IAM API Reference, CreatePolicyVersion.
pub(crate) fn create_policy_version(
    cx: &mut Context<'_>,
    input: CreatePolicyVersion,
) -> Result<PolicyVersionResult, ApiError> {
    let now = cx.now;
    let policy = policy::change(cx, &input.policy_arn)?;
    policy::check_document(&input.policy_document)?;
    if policy.versions.len() >= MAX_VERSIONS {
        return Err(name::limit_exceeded(format!(
            "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must \
             delete an existing version."
        )));
    }
    policy.last_version += 1;
    policy.updated = now;
    policy.versions.insert(policy.last_version, Version { document: input.policy_document, created: now });
    if input.set_as_default == Some(true) {
        policy.default_version = policy.last_version;
    }
    let view = policy.version_view(&format!("v{}", policy.last_version))?;
    Ok(PolicyVersionResult { policy_version: VersionView { document: None, ..view } })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct OnePolicyVersion {
    policy_arn: String,
    version_id: String,
}

/// AWS: IAM API Reference, GetPolicyVersion.
pub(crate) fn get_policy_version(
    cx: &mut Context<'_>,
    input: OnePolicyVersion,
) -> Result<PolicyVersionResult, ApiError> {
    let policy_version = policy::find(cx, &input.policy_arn)?.version_view(&input.version_id)?;
    Ok(PolicyVersionResult { policy_version })
}

/// AWS: IAM API Reference, DeletePolicyVersion.
pub(crate) fn delete_policy_version(cx: &mut Context<'_>, input: OnePolicyVersion) -> Result<(), ApiError> {
    let policy = policy::change(cx, &input.policy_arn)?;
    if policy.version_view(&input.version_id)?.is_default_version {
        return Err(name::delete_conflict("Cannot delete the default version of a policy."));
    }
    policy.versions.retain(|number, _| format!("v{number}") != input.version_id);
    Ok(())
}

/// AWS: IAM API Reference, SetDefaultPolicyVersion.
pub(crate) fn set_default_policy_version(cx: &mut Context<'_>, input: OnePolicyVersion) -> Result<(), ApiError> {
    let now = cx.now;
    let policy = policy::change(cx, &input.policy_arn)?;
    policy.version_view(&input.version_id)?;
    let number = policy.versions.keys().find(|number| format!("v{number}") == input.version_id);
    policy.default_version = number.copied().unwrap_or(policy.default_version);
    policy.updated = now;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListPolicyVersions {
    policy_arn: String,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListPolicyVersionsResult {
    versions: Vec<VersionView>,
    is_truncated: bool,
    marker: Option<String>,
}

/// AWS: IAM API Reference, ListPolicyVersions.
pub(crate) fn list_policy_versions(
    cx: &mut Context<'_>,
    input: ListPolicyVersions,
) -> Result<ListPolicyVersionsResult, ApiError> {
    let mut views: Vec<_> = policy::find(cx, &input.policy_arn)?.version_views().collect();
    // Pages need the order of their keys.
    views.sort_by(|one, other| one.version_id.cmp(&other.version_id));
    let page = page::page(views, |view| &view.version_id, input.max_items, input.marker.as_deref())?;
    let versions = page.items.into_iter().map(|view| VersionView { document: None, ..view }).collect();
    Ok(ListPolicyVersionsResult { versions, is_truncated: page.is_truncated, marker: page.marker })
}
