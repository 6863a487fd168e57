//! Starting tasks of a service: spread over Availability Zones and capacity providers.

use crate::context::Context;
use crate::ecs::capacity_provider;
use crate::ecs::error::client;
use crate::ecs::service::{PropagateTags, Service};
use crate::ecs::task::{self, New, Task};
use crate::ecs::task_definition;
use crate::tags::Tags;
use crate::wire::ApiError;

/// Starts one task of a deployment where that has the fewest.
pub(super) fn start_one(cx: &mut Context<'_>, key: &str, deployment: &str) -> Result<String, ApiError> {
    let gone = || client("The service is gone");
    let service = cx.ecs.services.get(key).cloned().ok_or_else(gone)?;
    let deployment = service.deployment(deployment).ok_or_else(gone)?;
    let spec = deployment.placed_spec();
    if !spec.on_fargate() {
        return Err(client("No Container Instances were found in your cluster"));
    }
    let definition = task_definition::find(cx, &spec.task_definition_arn)?.cloned();
    let definition = definition.ok_or_else(|| client("TaskDefinition not found"))?;
    let alive: Vec<&Task> = task::of_service(cx, &service.cluster, &service.name)
        .filter(|task| (task.is_running() || task.is_pending()) && task.deployment.as_ref() == Some(&deployment.id))
        .collect();
    let in_zone = |subnet: &str| {
        let zone = cx.ec2.subnets.get(subnet).map(|subnet| subnet.availability_zone.clone());
        alive.iter().filter(|task| task.interface.as_ref().map(|it| &it.zone) == zone.as_ref()).count()
    };
    let subnets = spec.network.as_ref().map(|network| network.subnets.as_slice()).unwrap_or_default();
    let lost = |subnet: &str| {
        let zone = cx.ec2.subnets.get(subnet).map(|subnet| subnet.availability_zone.as_str());
        cx.facts.zip(zone).is_some_and(|(facts, zone)| facts.lost_zones.contains(zone))
    };
    // Where all zones are lost, a task waits in one of them.
    let subnet = subnets.iter().min_by_key(|subnet| (lost(subnet), in_zone(subnet))).cloned();
    let on_provider =
        |provider: &str| alive.iter().filter(|task| task.capacity_provider.as_deref() == Some(provider)).count() as u32;
    let new = New {
        cluster: &service.cluster,
        service: Some(&service.name),
        deployment: Some(&deployment.id),
        group: format!("service:{}", service.name),
        started_by: Some(deployment.id.clone()),
        spec: &spec,
        capacity_provider: capacity_provider::next(&spec.capacity_provider_strategy, on_provider).map(str::to_owned),
        subnet,
        overrides: Default::default(),
        enable_execute_command: service.enable_execute_command,
        tags: tags(&service, &definition.tags),
    };
    task::start(cx, &definition, new)
}

fn tags(service: &Service, of_definition: &Tags) -> Tags {
    let mut tags = match service.propagate_tags {
        PropagateTags::None => Tags::default(),
        PropagateTags::Service => service.tags.clone(),
        PropagateTags::TaskDefinition => of_definition.clone(),
    };
    if service.enable_ecs_managed_tags {
        tags.0.insert("aws:ecs:clusterName".to_owned(), service.cluster.clone());
        tags.0.insert("aws:ecs:serviceName".to_owned(), service.name.clone());
    }
    tags
}
