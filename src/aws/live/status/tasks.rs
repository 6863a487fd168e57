use super::{ServiceKey, TaskStatus, last_part, time};
use crate::live::prelude::*;
use aws_sdk_ecs::types;

/// How many tasks one DescribeTasks may ask for (AWS: ECS API Reference, DescribeTasks).
const AT_ONCE: usize = 100;

/// The tasks of a service that have not stopped yet, those that started first at the front.
pub(super) async fn of_service(aws: &Aws, key: &ServiceKey) -> Result<Vec<TaskStatus>> {
    let mut arns = Vec::new();
    let mut pages = aws
        .ecs
        .list_tasks()
        .cluster(&key.cluster)
        .service_name(last_part(&key.service))
        .into_paginator()
        .items()
        .send();
    while let Some(arn) = pages.next().await {
        arns.push(arn.or_fault()?);
    }
    let mut tasks = Vec::new();
    for arns in arns.chunks(AT_ONCE) {
        let reply =
            aws.ecs.describe_tasks().cluster(&key.cluster).set_tasks(Some(arns.to_vec())).send().await.or_fault()?;
        tasks.extend(reply.tasks().iter().map(task));
    }
    tasks.sort_by(|one, other| {
        (one.started.is_none(), one.started, &one.id).cmp(&(other.started.is_none(), other.started, &other.id))
    });
    Ok(tasks)
}

fn task(task: &types::Task) -> TaskStatus {
    let details = task.attachments().iter().flat_map(|attachment| attachment.details());
    let address = details.filter(|detail| detail.name() == Some("privateIPv4Address")).find_map(|it| it.value());
    TaskStatus {
        id: task.task_arn().map(last_part).unwrap_or_default(),
        task_definition: task.task_definition_arn().map(last_part).unwrap_or_default(),
        status: task.last_status().unwrap_or_default().to_owned(),
        health: text(task.health_status()),
        zone: task.availability_zone().map(str::to_owned),
        address: address.map(str::to_owned),
        started: time(task.started_at()),
        stopped_reason: task.stopped_reason().map(str::to_owned),
    }
}
