//! Creating services.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::deployment_configuration::Change;
use super::load_balancer::check_shift;
use super::spec::{self, LaunchType, Spec};
use super::view::ServiceView;
use super::{
    AvailabilityZoneRebalancing, Controller, DeploymentConfiguration, DeploymentController, LoadBalancer,
    NetworkConfiguration, PropagateTags, SchedulingStrategy, Service, Status, key_of, refuse,
};
use crate::context::Context;
use crate::ecs::capacity_provider::StrategyItem;
use crate::ecs::cluster;
use crate::ecs::error::{invalid_parameter, unsupported};
use crate::iam;
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateService {
    cluster: Option<String>,
    service_name: String,
    task_definition: Option<String>,
    availability_zone_rebalancing: Option<AvailabilityZoneRebalancing>,
    #[serde(default)]
    load_balancers: Vec<LoadBalancer>,
    #[serde(default)]
    service_registries: Vec<Value>,
    desired_count: Option<u32>,
    client_token: Option<String>,
    launch_type: Option<LaunchType>,
    #[serde(default)]
    capacity_provider_strategy: Vec<StrategyItem>,
    platform_version: Option<String>,
    role: Option<String>,
    deployment_configuration: Option<Change>,
    #[serde(default)]
    placement_constraints: Vec<Value>,
    #[serde(default)]
    placement_strategy: Vec<Value>,
    network_configuration: Option<NetworkConfiguration>,
    health_check_grace_period_seconds: Option<u32>,
    scheduling_strategy: Option<SchedulingStrategy>,
    deployment_controller: Option<DeploymentController>,
    #[serde(default)]
    tags: Vec<LowerTag>,
    #[serde(rename = "enableECSManagedTags")]
    enable_ecs_managed_tags: Option<bool>,
    propagate_tags: Option<PropagateTags>,
    enable_execute_command: Option<bool>,
    service_connect_configuration: Option<ServiceConnect>,
    #[serde(default)]
    volume_configurations: Vec<Value>,
    #[serde(default)]
    vpc_lattice_configurations: Vec<Value>,
}

/// Service Connect is not modelled: it can only be off.
#[derive(Deserialize)]
pub(super) struct ServiceConnect {
    enabled: bool,
}

impl ServiceConnect {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if self.enabled { Err(unsupported("The local cloud does not model Service Connect.")) } else { Ok(()) }
    }
}

#[derive(Serialize)]
pub(crate) struct ServiceResult {
    pub(super) service: ServiceView,
}

/// AWS: ECS API Reference, CreateService.
pub(crate) fn create_service(cx: &mut Context<'_>, input: CreateService) -> Result<ServiceResult, ApiError> {
    if let Some(key) = cx.replayed(input.client_token.as_deref())?
        && let Some(service) = cx.ecs.services.get(&key)
    {
        return Ok(ServiceResult { service: ServiceView::with_tags(cx, service) });
    }
    check_name(&input.service_name)?;
    refuse("service registries", &input.service_registries)?;
    refuse("placement constraints", &input.placement_constraints)?;
    refuse("placement strategies", &input.placement_strategy)?;
    refuse("volumes that are configured at launch", &input.volume_configurations)?;
    refuse("VPC Lattice", &input.vpc_lattice_configurations)?;
    input.service_connect_configuration.as_ref().map_or(Ok(()), ServiceConnect::check)?;
    if input.role.is_some() {
        return Err(invalid_parameter(
            "You cannot specify an IAM role for services that require a service linked role.",
        ));
    }
    let cluster = cluster::find(cx, input.cluster.as_deref())?.clone();
    let controller = input.deployment_controller.map(|it| it.r#type).unwrap_or_default();
    if controller == Controller::External {
        return Err(unsupported("The local cloud does not model external deployment controllers."));
    }
    let scheduling_strategy = input.scheduling_strategy.unwrap_or_default();
    if scheduling_strategy == SchedulingStrategy::Daemon {
        return Err(invalid_parameter("The daemon scheduling strategy is not supported by Fargate."));
    }
    let desired_count = input.desired_count.ok_or_else(|| invalid_parameter("desiredCount can not be null."))?;
    check_desired_count(desired_count)?;
    let task_definition = input.task_definition.ok_or_else(|| invalid_parameter("TaskDefinition can not be blank."))?;
    let task_definition_arn = spec::find_task_definition(cx, &task_definition)?.arn.clone();
    let (launch_type, strategy) = spec::capacity(&cluster, input.launch_type, input.capacity_provider_strategy)?;
    let on_fargate = launch_type.is_none_or(|it| it == LaunchType::Fargate);
    let spec = Spec {
        task_definition_arn,
        launch_type,
        capacity_provider_strategy: strategy,
        platform_version: input.platform_version.or(on_fargate.then(|| "LATEST".to_owned())),
        network: input.network_configuration.and_then(|network| network.awsvpc_configuration),
        load_balancers: input.load_balancers,
    };
    spec.check(cx)?;
    check_grace_period(input.health_check_grace_period_seconds, &spec)?;
    let key = key_of(&cluster.name, &input.service_name);
    match cx.ecs.services.get(&key).map(|service| service.status) {
        Some(Status::Active) => return Err(invalid_parameter("Creation of service was not idempotent.")),
        Some(Status::Draining) => {
            return Err(invalid_parameter("Unable to Start a service that is still Draining."));
        }
        Some(Status::Inactive) | None => (),
    }
    let deployment_configuration =
        DeploymentConfiguration::default().changed(input.deployment_configuration.unwrap_or_default())?;
    if deployment_configuration.shifts() {
        check_shift(&spec.load_balancers)?;
    }
    let rebalancing = rebalancing(input.availability_zone_rebalancing, controller, &deployment_configuration)?;

    let has_load_balancer = !spec.load_balancers.is_empty();
    let mut service = Service {
        arn: cx.arn(&format!("service/{}/{}", cluster.name, input.service_name)),
        name: input.service_name,
        cluster: cluster.name,
        cluster_arn: cluster.arn,
        status: Status::Active,
        desired_count,
        scheduling_strategy,
        controller,
        deployment_configuration,
        health_check_grace_period: input.health_check_grace_period_seconds.or(has_load_balancer.then_some(0)),
        propagate_tags: input.propagate_tags.unwrap_or_default(),
        enable_ecs_managed_tags: input.enable_ecs_managed_tags.unwrap_or_default(),
        enable_execute_command: input.enable_execute_command.unwrap_or_default(),
        availability_zone_rebalancing: rebalancing,
        deployments: Vec::new(),
        completed: None,
        events: Vec::new(),
        untold: Vec::new(),
        created: cx.now,
        created_by: format!("arn:aws:iam::{}:root", cx.account),
        role_arn: iam::ensure_service_linked_role(cx, "ecs.amazonaws.com"),
        tags: Tags::new(input.tags).map_err(|error| invalid_parameter(error.to_string()))?,
        steady: false,
        changed: cx.now,
        next_look: None,
    };
    service.deploy(cx, spec);
    let view = ServiceView::with_tags(cx, &service);
    cx.ecs.services.insert(key.clone(), service);
    cx.remember(input.client_token.as_deref(), &key);
    Ok(ServiceResult { service: view })
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let right = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match (1..=255).contains(&name.len()) && name.bytes().all(right) {
        true => Ok(()),
        false => Err(invalid_parameter(
            "Invalid service name: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens \
             are allowed.",
        )),
    }
}

/// AWS: ECS Developer Guide, "Amazon ECS service quotas", "Tasks per service".
pub(super) fn check_desired_count(count: u32) -> Result<(), ApiError> {
    match count {
        0..=5000 => Ok(()),
        _ => Err(invalid_parameter("Tasks per service limit of 5000 exceeded.")),
    }
}

pub(super) fn check_grace_period(seconds: Option<u32>, spec: &Spec) -> Result<(), ApiError> {
    match seconds {
        Some(1..) if spec.load_balancers.is_empty() => Err(invalid_parameter(
            "Health check grace period is only valid for services configured to use load balancers",
        )),
        Some(2_147_483_648..) => {
            Err(invalid_parameter("healthCheckGracePeriodSeconds must be between 0 and 2147483647."))
        }
        _ => Ok(()),
    }
}

/// AWS: ECS API Reference, CreateService, `availabilityZoneRebalancing`: on unless something else is said; Developer
/// Guide, "Balancing an Amazon ECS service across Availability Zones": not with a maximum of 100 percent.
fn rebalancing(
    asked: Option<AvailabilityZoneRebalancing>,
    controller: Controller,
    configuration: &DeploymentConfiguration,
) -> Result<AvailabilityZoneRebalancing, ApiError> {
    let possible = controller == Controller::Ecs && configuration.maximum_percent > 100;
    match asked {
        Some(AvailabilityZoneRebalancing::Enabled) if !possible => Err(invalid_parameter(
            "Availability Zone rebalancing needs the ECS deployment controller and a maximumPercent above 100.",
        )),
        Some(asked) => Ok(asked),
        None if possible => Ok(AvailabilityZoneRebalancing::Enabled),
        None => Ok(AvailabilityZoneRebalancing::Disabled),
    }
}
