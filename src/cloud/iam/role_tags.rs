//! The tags of roles.

use serde::{Deserialize, Serialize};

use super::{page, role};
use crate::context::Context;
use crate::tags::UpperTag;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TagRole {
    role_name: String,
    tags: Vec<UpperTag>,
}

/// AWS: IAM API Reference, TagRole.
pub(crate) fn tag_role(cx: &mut Context<'_>, input: TagRole) -> Result<(), ApiError> {
    role::change(cx, &input.role_name)?.tags.merge(input.tags).map_err(role::tag_error)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UntagRole {
    role_name: String,
    tag_keys: Vec<String>,
}

/// AWS: IAM API Reference, UntagRole.
pub(crate) fn untag_role(cx: &mut Context<'_>, input: UntagRole) -> Result<(), ApiError> {
    role::change(cx, &input.role_name)?.tags.remove(&input.tag_keys);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListRoleTags {
    role_name: String,
    marker: Option<String>,
    max_items: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListTagsResult {
    pub(super) tags: Vec<UpperTag>,
    pub(super) is_truncated: bool,
    pub(super) marker: Option<String>,
}

/// AWS: IAM API Reference, ListRoleTags.
pub(crate) fn list_role_tags(cx: &mut Context<'_>, input: ListRoleTags) -> Result<ListTagsResult, ApiError> {
    let tags = role::find(cx, &input.role_name)?.tags.upper();
    let page = page::page(tags, |tag| &tag.key, input.max_items, input.marker.as_deref())?;
    Ok(ListTagsResult { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
}
