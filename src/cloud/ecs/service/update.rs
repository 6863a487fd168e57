//! Updating services.

use serde::Deserialize;
use serde_json::Value;

use super::create::{ServiceConnect, ServiceResult, check_desired_count, check_grace_period};
use super::deployment_configuration::Change;
use super::load_balancer::check_shift;
use super::spec::{self, Spec};
use super::view::ServiceView;
use super::{
    AvailabilityZoneRebalancing, Controller, DeploymentController, LoadBalancer, NetworkConfiguration, PropagateTags,
    Service, Status, find_key, refuse,
};
use crate::context::Context;
use crate::ecs::capacity_provider::{StrategyItem, check_strategy};
use crate::ecs::error::{invalid_parameter, service_not_active, service_not_found, unsupported};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateService {
    cluster: Option<String>,
    service: String,
    desired_count: Option<u32>,
    task_definition: Option<String>,
    capacity_provider_strategy: Option<Vec<StrategyItem>>,
    deployment_configuration: Option<Change>,
    availability_zone_rebalancing: Option<AvailabilityZoneRebalancing>,
    network_configuration: Option<NetworkConfiguration>,
    #[serde(default)]
    placement_constraints: Vec<Value>,
    #[serde(default)]
    placement_strategy: Vec<Value>,
    platform_version: Option<String>,
    force_new_deployment: Option<bool>,
    health_check_grace_period_seconds: Option<u32>,
    deployment_controller: Option<DeploymentController>,
    enable_execute_command: Option<bool>,
    #[serde(rename = "enableECSManagedTags")]
    enable_ecs_managed_tags: Option<bool>,
    load_balancers: Option<Vec<LoadBalancer>>,
    propagate_tags: Option<PropagateTags>,
    #[serde(default)]
    service_registries: Vec<Value>,
    service_connect_configuration: Option<ServiceConnect>,
    #[serde(default)]
    volume_configurations: Vec<Value>,
    #[serde(default)]
    vpc_lattice_configurations: Vec<Value>,
}

/// What is not given keeps its value. A deployment starts when what tasks are made of changes, or when it is forced.
///
/// AWS: ECS API Reference, UpdateService.
pub(crate) fn update_service(cx: &mut Context<'_>, input: UpdateService) -> Result<ServiceResult, ApiError> {
    refuse("service registries", &input.service_registries)?;
    refuse("placement constraints", &input.placement_constraints)?;
    refuse("placement strategies", &input.placement_strategy)?;
    refuse("volumes that are configured at launch", &input.volume_configurations)?;
    refuse("VPC Lattice", &input.vpc_lattice_configurations)?;
    input.service_connect_configuration.as_ref().map_or(Ok(()), ServiceConnect::check)?;
    let key = find_key(cx, input.cluster.as_deref(), &input.service)?;
    let mut service = cx.ecs.services.get(&key).cloned().ok_or_else(service_not_found)?;
    if service.status != Status::Active {
        return Err(service_not_active());
    }
    if input.deployment_controller.is_some_and(|controller| controller.r#type != service.controller) {
        return Err(unsupported("The local cloud does not change the deployment controller of a service."));
    }
    let forced = input.force_new_deployment == Some(true);
    let old = service.deployments.first().map(|primary| primary.spec.clone()).ok_or_else(service_not_active)?;
    let spec = changed_spec(cx, &service, &old, &input)?;
    let redeploys = spec != old || forced;
    if redeploys {
        spec.check(cx)?;
    }
    check_grace_period(input.health_check_grace_period_seconds, &spec)?;
    if let Some(count) = input.desired_count {
        check_desired_count(count)?;
        service.desired_count = count;
    }
    if let Some(change) = input.deployment_configuration {
        service.deployment_configuration = service.deployment_configuration.changed(change)?;
    }
    if service.deployment_configuration.shifts() {
        check_shift(&spec.load_balancers)?;
    }
    let grace_period = input.health_check_grace_period_seconds.or(service.health_check_grace_period);
    service.health_check_grace_period = grace_period.or((!spec.load_balancers.is_empty()).then_some(0));
    service.availability_zone_rebalancing =
        input.availability_zone_rebalancing.unwrap_or(service.availability_zone_rebalancing);
    service.enable_execute_command = input.enable_execute_command.unwrap_or(service.enable_execute_command);
    service.enable_ecs_managed_tags = input.enable_ecs_managed_tags.unwrap_or(service.enable_ecs_managed_tags);
    service.propagate_tags = input.propagate_tags.unwrap_or(service.propagate_tags);
    if redeploys {
        service.deploy(cx, spec);
    } else {
        service.wake(cx.now);
    }
    let view = ServiceView::with_tags(cx, &service);
    cx.ecs.services.insert(key, service);
    Ok(ServiceResult { service: view })
}

fn changed_spec(cx: &Context<'_>, service: &Service, old: &Spec, input: &UpdateService) -> Result<Spec, ApiError> {
    let mut spec = old.clone();
    if let Some(reference) = &input.task_definition {
        spec.task_definition_arn = spec::find_task_definition(cx, reference)?.arn.clone();
    }
    if let Some(strategy) =
        input.capacity_provider_strategy.as_ref().filter(|it| **it != old.capacity_provider_strategy)
    {
        if input.force_new_deployment != Some(true) {
            return Err(invalid_parameter(
                "When switching from launch type to capacity provider strategy on an existing service, or making a \
                 change to a capacity provider strategy on a service that is already using one, you must force a \
                 new deployment.",
            ));
        }
        let cluster = cx.ecs.clusters.get(&service.cluster);
        check_strategy(strategy, cluster.map(|cluster| cluster.capacity_providers.as_slice()).unwrap_or_default())?;
        // An empty strategy takes the service back to its launch type.
        spec.launch_type = strategy.is_empty().then_some(spec::LaunchType::Fargate);
        spec.capacity_provider_strategy = strategy.clone();
        spec.platform_version.get_or_insert_with(|| "LATEST".to_owned());
    }
    if let Some(version) = &input.platform_version {
        spec.platform_version = Some(version.clone());
    }
    if let Some(network) = &input.network_configuration {
        spec.network = network.awsvpc_configuration.clone();
    }
    if let Some(load_balancers) = &input.load_balancers {
        spec.load_balancers = load_balancers.clone();
    }
    if service.controller == Controller::CodeDeploy && spec != *old {
        let what = if spec.task_definition_arn != old.task_definition_arn { "task definition" } else { "this" };
        return Err(invalid_parameter(format!(
            "Unable to update {what} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to \
             trigger a new deployment."
        )));
    }
    Ok(spec)
}
