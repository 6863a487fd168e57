//! Services as replies show them.

use serde::Serialize;

use super::event::EventView;
use super::{
    AvailabilityZoneRebalancing, Deployment, DeploymentConfiguration, DeploymentController, LaunchType, LoadBalancer,
    NetworkConfiguration, PropagateTags, Rollout, SchedulingStrategy, Service, Spec, Status, resolve_platform_version,
};
use crate::context::Context;
use crate::ecs::capacity_provider::StrategyItem;
use crate::ecs::service_deployment;
use crate::ecs::task::{self, Task};
use crate::tags::LowerTag;
use crate::wire::Epoch;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceView {
    service_arn: String,
    service_name: String,
    cluster_arn: String,
    load_balancers: Vec<LoadBalancer>,
    service_registries: [(); 0],
    status: Status,
    desired_count: u32,
    running_count: usize,
    pending_count: usize,
    launch_type: Option<LaunchType>,
    capacity_provider_strategy: Option<Vec<StrategyItem>>,
    platform_version: Option<String>,
    platform_family: Option<&'static str>,
    task_definition: Option<String>,
    deployment_configuration: DeploymentConfiguration,
    deployments: Vec<DeploymentView>,
    current_service_deployment: Option<String>,
    current_service_revisions: Vec<CurrentRevision>,
    role_arn: Option<String>,
    events: Vec<EventView>,
    created_at: Epoch,
    placement_constraints: [(); 0],
    placement_strategy: [(); 0],
    network_configuration: Option<NetworkConfiguration>,
    health_check_grace_period_seconds: Option<u32>,
    scheduling_strategy: SchedulingStrategy,
    deployment_controller: DeploymentController,
    tags: Option<Vec<LowerTag>>,
    created_by: String,
    #[serde(rename = "enableECSManagedTags")]
    enable_ecs_managed_tags: bool,
    propagate_tags: PropagateTags,
    enable_execute_command: bool,
    availability_zone_rebalancing: AvailabilityZoneRebalancing,
}

/// AWS: ECS API Reference, ServiceCurrentRevisionSummary.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrentRevision {
    arn: String,
    requested_task_count: u32,
    running_task_count: usize,
    pending_task_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentView {
    id: String,
    status: &'static str,
    task_definition: String,
    desired_count: u32,
    pending_count: usize,
    running_count: usize,
    failed_tasks: u32,
    created_at: Epoch,
    updated_at: Epoch,
    launch_type: Option<LaunchType>,
    capacity_provider_strategy: Option<Vec<StrategyItem>>,
    platform_version: Option<String>,
    platform_family: Option<&'static str>,
    network_configuration: Option<NetworkConfiguration>,
    rollout_state: Rollout,
    rollout_state_reason: String,
}

impl ServiceView {
    pub(super) fn with_tags(cx: &Context<'_>, service: &Service) -> Self {
        ServiceView { tags: Some(service.tags.lower()), ..Self::new(cx, service) }
    }

    pub(super) fn new(cx: &Context<'_>, service: &Service) -> Self {
        let primary = service.deployments.first();
        // A service that has become inactive has no deployments any more, and is described by its last one.
        let spec =
            primary.map(|deployment| &deployment.spec).or(service.completed.as_ref().map(|completed| &completed.spec));
        let tasks: Vec<&Task> = task::of_service(cx, &service.cluster, &service.name).collect();
        ServiceView {
            service_arn: service.arn.clone(),
            service_name: service.name.clone(),
            cluster_arn: service.cluster_arn.clone(),
            load_balancers: spec.map(|spec| spec.load_balancers.clone()).unwrap_or_default(),
            service_registries: [],
            status: service.status,
            desired_count: service.desired_count,
            running_count: tasks.iter().filter(|task| task.is_running()).count(),
            pending_count: tasks.iter().filter(|task| task.is_pending()).count(),
            launch_type: spec.and_then(|spec| spec.launch_type),
            capacity_provider_strategy: spec.and_then(strategy),
            platform_version: spec.and_then(|spec| spec.platform_version.clone()),
            platform_family: spec.and_then(platform_family),
            task_definition: spec.map(|spec| spec.task_definition_arn.clone()),
            deployment_configuration: service.deployment_configuration.clone(),
            deployments: deployments(service, &tasks),
            current_service_deployment: service_deployment::current(cx, service).map(|it| it.arn.clone()),
            current_service_revisions: current_revisions(cx, service, &tasks),
            role_arn: service.role_arn.clone(),
            events: service.events.iter().map(super::Event::view).collect(),
            created_at: Epoch(service.created),
            placement_constraints: [],
            placement_strategy: [],
            network_configuration: spec.and_then(network),
            health_check_grace_period_seconds: service.health_check_grace_period,
            scheduling_strategy: service.scheduling_strategy,
            deployment_controller: DeploymentController { r#type: service.controller },
            tags: None,
            created_by: service.created_by.clone(),
            enable_ecs_managed_tags: service.enable_ecs_managed_tags,
            propagate_tags: service.propagate_tags,
            enable_execute_command: service.enable_execute_command,
            availability_zone_rebalancing: service.availability_zone_rebalancing,
        }
    }
}

fn current_revisions(cx: &Context<'_>, service: &Service, tasks: &[&Task]) -> Vec<CurrentRevision> {
    let view = |deployment: &Deployment| {
        let own = || tasks.iter().filter(|task| task.deployment.as_ref() == Some(&deployment.id));
        let (running, pending) =
            (own().filter(|it| it.is_running()).count(), own().filter(|it| it.is_pending()).count());
        Some(CurrentRevision {
            arn: cx.ecs.service_revisions.get(&deployment.revision)?.arn.clone(),
            requested_task_count: service.desired_count,
            running_task_count: running,
            pending_task_count: pending,
        })
    };
    service.deployments.iter().filter_map(view).collect()
}

fn deployments(service: &Service, tasks: &[&Task]) -> Vec<DeploymentView> {
    let view = |(index, deployment): (usize, &Deployment)| {
        let own = || tasks.iter().filter(|task| task.deployment.as_ref() == Some(&deployment.id));
        let (running, pending) =
            (own().filter(|it| it.is_running()).count(), own().filter(|it| it.is_pending()).count());
        let spec = &deployment.spec;
        DeploymentView {
            id: deployment.id.clone(),
            status: if index == 0 { "PRIMARY" } else { "ACTIVE" },
            task_definition: spec.task_definition_arn.clone(),
            // What is left of an older deployment is all that it shall have.
            desired_count: if index == 0 { service.desired_count } else { (running + pending) as u32 },
            pending_count: pending,
            running_count: running,
            failed_tasks: deployment.failed_tasks,
            created_at: Epoch(deployment.created),
            updated_at: Epoch(deployment.updated),
            launch_type: spec.launch_type,
            capacity_provider_strategy: strategy(spec),
            platform_version: spec.platform_version.as_deref().map(|it| resolve_platform_version(it).to_owned()),
            platform_family: platform_family(spec),
            network_configuration: network(spec),
            rollout_state: deployment.rollout,
            rollout_state_reason: deployment.rollout_reason.clone(),
        }
    };
    service.deployments.iter().enumerate().map(view).collect()
}

fn strategy(spec: &Spec) -> Option<Vec<StrategyItem>> {
    Some(spec.capacity_provider_strategy.clone()).filter(|strategy| !strategy.is_empty())
}

fn platform_family(spec: &Spec) -> Option<&'static str> {
    spec.on_fargate().then_some("Linux")
}

fn network(spec: &Spec) -> Option<NetworkConfiguration> {
    spec.network.clone().map(|network| NetworkConfiguration { awsvpc_configuration: Some(network) })
}
