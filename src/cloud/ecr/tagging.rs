//! The tags of repositories.

use serde::{Deserialize, Serialize};

use super::error::{invalid, tag_error};
use super::repository;
use crate::context::Context;
use crate::tags::UpperTag;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TagResource {
    resource_arn: String,
    tags: Vec<UpperTag>,
}

pub(crate) fn tag_resource(cx: &mut Context<'_>, input: TagResource) -> Result<(), ApiError> {
    let name = name(&input.resource_arn)?;
    let repository = repository::find_mut(cx, None, name)?;
    repository.tags.merge(input.tags).map_err(|error| tag_error(&error))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(crate) fn untag_resource(cx: &mut Context<'_>, input: UntagResource) -> Result<(), ApiError> {
    let name = name(&input.resource_arn)?;
    repository::find_mut(cx, None, name)?.tags.remove(&input.tag_keys);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTagsForResource {
    resource_arn: String,
}

#[derive(Serialize)]
pub(crate) struct TagList {
    tags: Vec<UpperTag>,
}

pub(crate) fn list_tags_for_resource(cx: &mut Context<'_>, input: ListTagsForResource) -> Result<TagList, ApiError> {
    let name = name(&input.resource_arn)?;
    Ok(TagList { tags: repository::find(cx, None, name)?.tags.upper() })
}

/// The name in a repository's ARN.
fn name(arn: &str) -> Result<&str, ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "ecr", _, _, resource] => resource.strip_prefix("repository/"),
        _ => None,
    }
    .ok_or_else(|| invalid("resourceArn", "Invalid ARN"))
}
