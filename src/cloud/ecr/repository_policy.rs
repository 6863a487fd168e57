//! The policies of repositories. They are kept, not judged.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{INVALID_PARAMETER, about_repository, invalid};
use super::repository;
use crate::context::Context;
use crate::validate::Constraints;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SetRepositoryPolicy {
    registry_id: Option<String>,
    repository_name: String,
    policy_text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RepositoryPolicy {
    registry_id: String,
    repository_name: String,
    policy_text: String,
}

pub(crate) fn set_repository_policy(
    cx: &mut Context<'_>,
    input: SetRepositoryPolicy,
) -> Result<RepositoryPolicy, ApiError> {
    let SetRepositoryPolicy { registry_id, repository_name, policy_text } = input;
    Constraints::default().length("policyText", &policy_text, 0..=10_240).finish(INVALID_PARAMETER)?;
    let statements = serde_json::from_str(&policy_text).ok().and_then(|policy: Value| policy.get("Statement").cloned());
    if !statements.is_some_and(|statements| statements.is_array() || statements.is_object()) {
        return Err(invalid("PolicyText", "Invalid repository policy provided"));
    }
    repository::find_mut(cx, registry_id.as_deref(), &repository_name)?.policy = Some(policy_text.clone());
    Ok(reply(cx, repository_name, policy_text))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OfRepository {
    registry_id: Option<String>,
    repository_name: String,
}

pub(crate) fn get_repository_policy(cx: &mut Context<'_>, input: OfRepository) -> Result<RepositoryPolicy, ApiError> {
    let OfRepository { registry_id, repository_name } = input;
    let policy = repository::find(cx, registry_id.as_deref(), &repository_name)?.policy.clone();
    let policy = policy.ok_or_else(|| not_found(cx, &repository_name))?;
    Ok(reply(cx, repository_name, policy))
}

pub(crate) fn delete_repository_policy(
    cx: &mut Context<'_>,
    input: OfRepository,
) -> Result<RepositoryPolicy, ApiError> {
    let OfRepository { registry_id, repository_name } = input;
    let policy = repository::find_mut(cx, registry_id.as_deref(), &repository_name)?.policy.take();
    let policy = policy.ok_or_else(|| not_found(cx, &repository_name))?;
    Ok(reply(cx, repository_name, policy))
}

fn not_found(cx: &Context<'_>, name: &str) -> ApiError {
    about_repository(cx, "RepositoryPolicyNotFoundException", "Repository policy does not exist for", name)
}

fn reply(cx: &Context<'_>, repository_name: String, policy_text: String) -> RepositoryPolicy {
    RepositoryPolicy { registry_id: cx.account.to_owned(), repository_name, policy_text }
}
