//! Lifecycle policies. They are checked and kept; no image expires by them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{INVALID_PARAMETER, about_repository};
use super::{lifecycle_rules, repository};
use crate::context::Context;
use crate::validate::Constraints;
use crate::wire::{ApiError, Epoch};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutLifecyclePolicy {
    registry_id: Option<String>,
    repository_name: String,
    lifecycle_policy_text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LifecyclePolicy {
    registry_id: String,
    repository_name: String,
    lifecycle_policy_text: String,
    last_evaluated_at: Option<Epoch>,
}

pub(crate) fn put_lifecycle_policy(
    cx: &mut Context<'_>,
    input: PutLifecyclePolicy,
) -> Result<LifecyclePolicy, ApiError> {
    let PutLifecyclePolicy { registry_id, repository_name, lifecycle_policy_text } = input;
    Constraints::default()
        .length("lifecyclePolicyText", &lifecycle_policy_text, 100..=30_720)
        .finish(INVALID_PARAMETER)?;
    lifecycle_rules::check(&lifecycle_policy_text)?;
    let repository = repository::find_mut(cx, registry_id.as_deref(), &repository_name)?;
    repository.lifecycle_policy = Some(lifecycle_policy_text.clone());
    Ok(reply(cx, repository_name, lifecycle_policy_text, None))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OfRepository {
    registry_id: Option<String>,
    repository_name: String,
}

pub(crate) fn get_lifecycle_policy(cx: &mut Context<'_>, input: OfRepository) -> Result<LifecyclePolicy, ApiError> {
    let OfRepository { registry_id, repository_name } = input;
    let policy = repository::find(cx, registry_id.as_deref(), &repository_name)?.lifecycle_policy.clone();
    let policy = policy.ok_or_else(|| not_found(cx, &repository_name))?;
    Ok(reply(cx, repository_name, policy, Some(NEVER)))
}

pub(crate) fn delete_lifecycle_policy(cx: &mut Context<'_>, input: OfRepository) -> Result<LifecyclePolicy, ApiError> {
    let OfRepository { registry_id, repository_name } = input;
    let policy = repository::find_mut(cx, registry_id.as_deref(), &repository_name)?.lifecycle_policy.take();
    let policy = policy.ok_or_else(|| not_found(cx, &repository_name))?;
    Ok(reply(cx, repository_name, policy, Some(NEVER)))
}

/// When a policy that was never evaluated was evaluated, as ECR tells it.
const NEVER: Epoch = Epoch(Timestamp::UNIX_EPOCH);

fn not_found(cx: &Context<'_>, name: &str) -> ApiError {
    about_repository(cx, "LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for", name)
}

fn reply(cx: &Context<'_>, repository_name: String, text: String, last_evaluated_at: Option<Epoch>) -> LifecyclePolicy {
    let registry_id = cx.account.to_owned();
    LifecyclePolicy { registry_id, repository_name, lifecycle_policy_text: text, last_evaluated_at }
}
