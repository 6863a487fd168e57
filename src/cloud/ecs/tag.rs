//! The tags of clusters, services, tasks and task definitions.

use serde::{Deserialize, Serialize};

use super::error::{invalid_parameter, resource_not_found};
use super::{cluster, reference, service, task, task_definition};
use crate::context::Context;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TagResource {
    resource_arn: String,
    tags: Vec<LowerTag>,
}

/// AWS: ECS API Reference, TagResource.
pub(crate) fn tag_resource(cx: &mut Context<'_>, input: TagResource) -> Result<(), ApiError> {
    let tags = find(cx, &input.resource_arn)?;
    tags.merge(input.tags).map_err(|error| invalid_parameter(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// AWS: ECS API Reference, UntagResource.
pub(crate) fn untag_resource(cx: &mut Context<'_>, input: UntagResource) -> Result<(), ApiError> {
    find(cx, &input.resource_arn)?.remove(&input.tag_keys);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTagsForResource {
    resource_arn: String,
}

#[derive(Serialize)]
pub(crate) struct ListTagsForResourceResult {
    tags: Vec<LowerTag>,
}

/// AWS: ECS API Reference, ListTagsForResource.
pub(crate) fn list_tags_for_resource(
    cx: &mut Context<'_>,
    input: ListTagsForResource,
) -> Result<ListTagsForResourceResult, ApiError> {
    Ok(ListTagsForResourceResult { tags: find(cx, &input.resource_arn)?.lower() })
}

/// The tags of the object with this ARN; an inactive one can be found no more.
fn find<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut Tags, ApiError> {
    let resource = arn.splitn(6, ':').nth(5).filter(|_| arn.starts_with("arn:"));
    let Some((kind, name)) = resource.and_then(|resource| resource.split_once('/')) else {
        return Err(invalid_parameter("The specified resource ARN is not valid."));
    };
    let tags = match (kind, name.split_once('/')) {
        ("cluster", None) => {
            let cluster = cx.ecs.clusters.get_mut(name).filter(|it| it.status == cluster::Status::Active);
            cluster.map(|cluster| &mut cluster.tags)
        }
        ("service", Some((cluster, name))) => {
            let service = cx.ecs.services.get_mut(&service::key_of(cluster, name));
            service.filter(|it| it.status != service::Status::Inactive).map(|service| &mut service.tags)
        }
        ("task", Some((cluster, id))) => cx.ecs.tasks.get_mut(&task::key_of(cluster, id)).map(|task| &mut task.tags),
        ("task-definition", None) => {
            let reference = reference::task_definition(name)?;
            let key = task_definition::key_of(reference.family, reference.revision.ok_or_else(resource_not_found)?);
            cx.ecs.task_definitions.get_mut(&key).map(|definition| &mut definition.tags)
        }
        _ => return Err(invalid_parameter(format!("The resource type {kind} cannot bear tags here."))),
    };
    tags.ok_or_else(resource_not_found)
}
