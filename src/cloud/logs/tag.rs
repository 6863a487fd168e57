//! The tags of log groups, by the current operations and by the older ones.

use serde::{Deserialize, Serialize};

use super::group::name_in;
use super::{check_group_name, invalid};
use crate::context::Context;
use crate::tags::{TagError, Tags};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TagResource {
    resource_arn: String,
    tags: Tags,
}

pub(crate) fn tag_resource(context: &mut Context<'_>, input: TagResource) -> Result<(), ApiError> {
    let group = context.logs.group_mut(group_of(&input.resource_arn)?)?;
    group.tags.merge(input.tags.0).map_err(|error| match error {
        TagError::TooMany(_) => ApiError::new("TooManyTagsException", error.to_string()),
        error => invalid(error.to_string()),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(crate) fn untag_resource(context: &mut Context<'_>, input: UntagResource) -> Result<(), ApiError> {
    context.logs.group_mut(group_of(&input.resource_arn)?)?.tags.remove(&input.tag_keys);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTagsForResource {
    resource_arn: String,
}

#[derive(Serialize)]
pub(crate) struct TagMap {
    tags: Tags,
}

pub(crate) fn list_tags_for_resource(
    context: &mut Context<'_>,
    input: ListTagsForResource,
) -> Result<TagMap, ApiError> {
    let tags = context.logs.group(group_of(&input.resource_arn)?)?.tags.clone();
    Ok(TagMap { tags })
}

/// The name of the log group with this ARN; nothing else that can be tagged is modelled.
fn group_of(arn: &str) -> Result<&str, ApiError> {
    if arn.starts_with("arn:") && arn.contains(":log-group:") && !arn.contains(":log-stream:") {
        return Ok(name_in(arn));
    }
    Err(invalid(format!("{arn} is not the ARN of a log group.")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TagLogGroup {
    log_group_name: String,
    tags: Tags,
}

pub(crate) fn tag_log_group(context: &mut Context<'_>, input: TagLogGroup) -> Result<(), ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    let group = context.logs.group_mut(&input.log_group_name)?;
    group.tags.merge(input.tags.0).map_err(|error| invalid(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UntagLogGroup {
    log_group_name: String,
    tags: Vec<String>,
}

pub(crate) fn untag_log_group(context: &mut Context<'_>, input: UntagLogGroup) -> Result<(), ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    context.logs.group_mut(&input.log_group_name)?.tags.remove(&input.tags);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTagsLogGroup {
    log_group_name: String,
}

pub(crate) fn list_tags_log_group(context: &mut Context<'_>, input: ListTagsLogGroup) -> Result<TagMap, ApiError> {
    check_group_name("logGroupName", &input.log_group_name)?;
    Ok(TagMap { tags: context.logs.group(&input.log_group_name)?.tags.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use crate::testing::{Local, code};

    const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:a";

    #[test]
    fn both_families_of_operations_see_the_same_tags() {
        let mut cloud = Local::new();
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "a", "tags": {"one": "1"}})).expect("it is made");
        cloud.json("logs", "TagResource", json!({"resourceArn": ARN, "tags": {"two": "2"}})).expect("it is tagged");
        cloud.json("logs", "TagLogGroup", json!({"logGroupName": "a", "tags": {"three": "3"}})).expect("it is tagged");
        cloud.json("logs", "UntagResource", json!({"resourceArn": ARN, "tagKeys": ["one"]})).expect("it is untagged");
        cloud.json("logs", "UntagLogGroup", json!({"logGroupName": "a", "tags": ["three"]})).expect("it is untagged");
        let expected = json!({"tags": {"two": "2"}});
        assert_eq!(cloud.json("logs", "ListTagsForResource", json!({"resourceArn": ARN})), Ok(expected.clone()));
        assert_eq!(cloud.json("logs", "ListTagsLogGroup", json!({"logGroupName": "a"})), Ok(expected));
    }

    #[test]
    fn too_many_tags_and_other_resources_are_refused() {
        let mut cloud = Local::new();
        cloud.json("logs", "CreateLogGroup", json!({"logGroupName": "a"})).expect("it is made");
        let tags: Map<String, Value> = (0..51).map(|number| (number.to_string(), json!(""))).collect();
        let many = json!({"resourceArn": ARN, "tags": tags});
        assert_eq!(code(cloud.json("logs", "TagResource", many)), "TooManyTagsException");
        let other = json!({"resourceArn": "arn:aws:logs:us-east-1:123456789012:destination:d"});
        assert_eq!(code(cloud.json("logs", "ListTagsForResource", other)), "InvalidParameterException");
    }
}
