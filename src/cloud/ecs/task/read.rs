//! Describing and listing tasks.

use serde::{Deserialize, Serialize};

use super::view::TaskView;
use super::{DesiredStatus, Task, key_of};
use crate::context::Context;
use crate::ecs::error::{invalid_parameter, service_not_found};
use crate::ecs::reference::{self, Failure};
use crate::ecs::service::{self, LaunchType};
use crate::ecs::{cluster, page};
use crate::table::key;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeTasks {
    cluster: Option<String>,
    tasks: Vec<String>,
    #[serde(default)]
    include: Vec<Include>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Include {
    Tags,
}

#[derive(Serialize)]
pub(crate) struct DescribeTasksResult {
    tasks: Vec<TaskView>,
    failures: Vec<Failure>,
}

/// AWS: ECS API Reference, DescribeTasks: at most a hundred.
pub(crate) fn describe_tasks(cx: &mut Context<'_>, input: DescribeTasks) -> Result<DescribeTasksResult, ApiError> {
    match input.tasks.len() {
        0 => return Err(invalid_parameter("Tasks cannot be empty.")),
        1..=100 => (),
        _ => return Err(invalid_parameter("Tasks cannot have more than 100 elements.")),
    }
    let cluster = cluster::find(cx, input.cluster.as_deref())?.name.clone();
    let mut result = DescribeTasksResult { tasks: Vec::new(), failures: Vec::new() };
    for asked in &input.tasks {
        let id = reference::in_cluster("task", &cluster, asked)?;
        match cx.ecs.tasks.get(&key_of(&cluster, id)) {
            Some(task) => result.tasks.push(task.view(!input.include.is_empty())),
            None => result.failures.push(Failure::missing(cx, &format!("task/{cluster}/{id}"))),
        }
    }
    Ok(result)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListTasks {
    cluster: Option<String>,
    container_instance: Option<String>,
    family: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
    started_by: Option<String>,
    service_name: Option<String>,
    desired_status: Option<DesiredStatus>,
    launch_type: Option<LaunchType>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListTasksResult {
    task_arns: Vec<String>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListTasks: those that are to run, unless others are asked for.
pub(crate) fn list_tasks(cx: &mut Context<'_>, input: ListTasks) -> Result<ListTasksResult, ApiError> {
    let cluster = cluster::find(cx, input.cluster.as_deref())?.name.clone();
    let service = input.service_name.as_deref().map(|it| reference::in_cluster("service", &cluster, it)).transpose()?;
    if service.is_some_and(|service| !cx.ecs.services.contains(&service::key_of(&cluster, service))) {
        return Err(service_not_found());
    }
    let desired_status = input.desired_status.unwrap_or(DesiredStatus::Running);
    let of_family = |task: &Task, family: &str| {
        let name = task.task_definition_arn.rsplit('/').next().and_then(|name| name.split(':').next());
        name == Some(family)
    };
    let inside = key([cluster.as_str()]);
    let tasks = cx.ecs.tasks.prefix(&inside).map(|(_, task)| task).filter(|task| {
        task.desired_status == desired_status
            && input.container_instance.is_none()
            && service.is_none_or(|service| task.service.as_deref() == Some(service))
            && input.family.as_deref().is_none_or(|family| of_family(task, family))
            && input.started_by.as_ref().is_none_or(|by| task.started_by.as_ref() == Some(by))
            && input.launch_type.is_none_or(|launch_type| task.launch_type == launch_type)
    });
    let page = page::page(tasks, |task| &task.id, input.max_results, input.next_token.as_deref())?;
    let task_arns = page.items.into_iter().map(|task| task.arn.clone()).collect();
    Ok(ListTasksResult { task_arns, next_token: page.next_token })
}
