use super::{DeploymentStatus, ServiceEvent, ServiceKey, ServiceStatus, count, last_part, time};
use crate::live::prelude::*;
use aws_sdk_ecs::types;

/// One service without its tasks and targets, and the ARNs of its target groups; `None` when there is none.
pub(super) async fn describe(aws: &Aws, key: &ServiceKey) -> Result<Option<(ServiceStatus, Vec<String>)>> {
    let reply = aws.ecs.describe_services().cluster(&key.cluster).services(&key.service).send().await.or_fault()?;
    let Some(service) = reply.services().first() else { return Ok(None) };
    let mut groups: Vec<String> =
        service.load_balancers().iter().filter_map(|it| it.target_group_arn().map(str::to_owned)).collect();
    groups.sort();
    groups.dedup();
    let status = ServiceStatus {
        name: service.service_name().unwrap_or_default().to_owned(),
        cluster: service.cluster_arn().map(last_part).unwrap_or_default(),
        status: service.status().unwrap_or_default().to_owned(),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        pending: count(service.pending_count()),
        deployments: service.deployments().iter().map(deployment).collect(),
        tasks: Vec::new(),
        target_groups: Vec::new(),
        events: service.events().iter().map(event).collect(),
    };
    Ok(Some((status, groups)))
}

fn deployment(deployment: &types::Deployment) -> DeploymentStatus {
    DeploymentStatus {
        id: deployment.id().unwrap_or_default().to_owned(),
        status: deployment.status().unwrap_or_default().to_owned(),
        task_definition: deployment.task_definition().map(last_part).unwrap_or_default(),
        rollout: text(deployment.rollout_state()),
        reason: deployment.rollout_state_reason().map(str::to_owned),
        desired: count(deployment.desired_count()),
        running: count(deployment.running_count()),
        pending: count(deployment.pending_count()),
        failed: count(deployment.failed_tasks()),
        created: time(deployment.created_at()),
    }
}

fn event(event: &types::ServiceEvent) -> ServiceEvent {
    ServiceEvent { at: time(event.created_at()), message: event.message().unwrap_or_default().to_owned() }
}
