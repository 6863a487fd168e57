//! Deregistering and deleting task definitions.

use serde::{Deserialize, Serialize};

use super::view::TaskDefinitionView;
use super::{Status, TaskDefinition, key_of};
use crate::context::Context;
use crate::ecs::error::{client, invalid_parameter};
use crate::ecs::{reference, service, task};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeregisterTaskDefinition {
    task_definition: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeregisterTaskDefinitionResult {
    task_definition: TaskDefinitionView,
}

/// AWS: ECS API Reference, DeregisterTaskDefinition. Services and tasks go on with it.
pub(crate) fn deregister_task_definition(
    cx: &mut Context<'_>,
    input: DeregisterTaskDefinition,
) -> Result<DeregisterTaskDefinitionResult, ApiError> {
    let now = cx.now;
    let definition = exact(cx, &input.task_definition)?;
    if definition.status != Status::Active {
        return Err(client(
            "The specified task definition is inactive. Specify an active task definition and try again.",
        ));
    }
    definition.status = Status::Inactive;
    definition.deregistered = Some(now);
    Ok(DeregisterTaskDefinitionResult { task_definition: definition.view() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeleteTaskDefinitions {
    task_definitions: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteTaskDefinitionsResult {
    task_definitions: Vec<TaskDefinitionView>,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
struct Failure {
    arn: String,
    reason: String,
}

/// AWS: ECS API Reference, DeleteTaskDefinitions: at most ten, all of them deregistered before.
pub(crate) fn delete_task_definitions(
    cx: &mut Context<'_>,
    input: DeleteTaskDefinitions,
) -> Result<DeleteTaskDefinitionsResult, ApiError> {
    if !(1..=10).contains(&input.task_definitions.len()) {
        return Err(invalid_parameter("The number of task definitions must be between 1 and 10."));
    }
    let now = cx.now;
    let mut result = DeleteTaskDefinitionsResult { task_definitions: Vec::new(), failures: Vec::new() };
    for asked in input.task_definitions {
        match exact(cx, &asked) {
            Ok(definition) if definition.status == Status::Active => {
                let reason =
                    "The specified task definition is still in ACTIVE status. Please deregister the target and \
                              try again."
                        .to_owned();
                result.failures.push(Failure { arn: definition.arn.clone(), reason });
            }
            Ok(definition) => {
                definition.status = Status::DeleteInProgress;
                definition.delete_requested.get_or_insert(now);
                result.task_definitions.push(definition.view());
            }
            Err(error) => result.failures.push(Failure { arn: asked, reason: error.message }),
        }
    }
    Ok(result)
}

/// Removes the revisions whose deletion was asked for and that nothing uses any more.
///
/// AWS: ECS API Reference, DeleteTaskDefinitions.
pub(crate) fn purge(cx: &mut Context<'_>) {
    let used = |definition: &TaskDefinition| {
        let by_task =
            |task: &task::Task| task.task_definition_arn == definition.arn && task.last_status != task::Status::Stopped;
        let by_service = |service: &service::Service| {
            service.status != service::Status::Inactive
                && service.specs().any(|spec| spec.task_definition_arn == definition.arn)
        };
        cx.ecs.tasks.values().any(by_task) || cx.ecs.services.values().any(by_service)
    };
    let deleted = cx.ecs.task_definitions.iter().filter(|(_, it)| it.status == Status::DeleteInProgress && !used(it));
    let keys: Vec<String> = deleted.map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        cx.ecs.task_definitions.remove(&key);
    }
}

/// The revision that `reference` names with its number.
fn exact<'a>(cx: &'a mut Context<'_>, reference: &str) -> Result<&'a mut TaskDefinition, ApiError> {
    let parsed = reference::task_definition(reference)?;
    let revision = parsed.revision.ok_or_else(|| client("Revision is required: specify it as family:revision."))?;
    let missing =
        "The specified task definition does not exist. Specify a valid account, family, revision and try again.";
    cx.ecs.task_definitions.get_mut(&key_of(parsed.family, revision)).ok_or_else(|| client(missing))
}
