//! The tags of managed policies.

use serde::Deserialize;

use super::role_tags::ListTagsResult;
use super::{page, policy, role};
use crate::context::Context;
use crate::tags::UpperTag;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TagPolicy {
    policy_arn: String,
    tags: Vec<UpperTag>,
}

/// AWS: IAM API Reference, TagPolicy.
pub(crate) fn tag_policy(cx: &mut Context<'_>, input: TagPolicy) -> Result<(), ApiError> {
    policy::change(cx, &input.policy_arn)?.tags.merge(input.tags).map_err(role::tag_error)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UntagPolicy {
    policy_arn: String,
    tag_keys: Vec<String>,
}

/// AWS: IAM API Reference, UntagPolicy.
pub(crate) fn untag_policy(cx: &mut Context<'_>, input: UntagPolicy) -> Result<(), ApiError> {
    policy::change(cx, &input.policy_arn)?.tags.remove(&input.tag_keys);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListPolicyTags {
    policy_arn: String,
    marker: Option<String>,
    max_items: Option<u32>,
}

/// AWS: IAM API Reference, ListPolicyTags.
pub(crate) fn list_policy_tags(cx: &mut Context<'_>, input: ListPolicyTags) -> Result<ListTagsResult, ApiError> {
    let tags = policy::find(cx, &input.policy_arn)?.tags.upper();
    let page = page::page(tags, |tag| &tag.key, input.max_items, input.marker.as_deref())?;
    Ok(ListTagsResult { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
}
