//! Running and stopping tasks by hand.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::start::{New, start};
use super::view::TaskView;
use super::{Overrides, StopCode, Task, key_of, lifecycle};
use crate::context::Context;
use crate::ecs::capacity_provider::{self, StrategyItem};
use crate::ecs::error::{client, invalid_parameter, unsupported};
use crate::ecs::reference::Failure;
use crate::ecs::service::{self, LaunchType, NetworkConfiguration, PropagateTags, Spec};
use crate::ecs::task_definition::{NetworkMode, TaskDefinition};
use crate::ecs::{cluster, reference};
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunTask {
    #[serde(default)]
    capacity_provider_strategy: Vec<StrategyItem>,
    cluster: Option<String>,
    count: Option<u32>,
    #[serde(rename = "enableECSManagedTags")]
    enable_ecs_managed_tags: Option<bool>,
    enable_execute_command: Option<bool>,
    group: Option<String>,
    launch_type: Option<LaunchType>,
    network_configuration: Option<NetworkConfiguration>,
    overrides: Option<Overrides>,
    #[serde(default)]
    placement_constraints: Vec<Value>,
    #[serde(default)]
    placement_strategy: Vec<Value>,
    platform_version: Option<String>,
    propagate_tags: Option<PropagateTags>,
    started_by: Option<String>,
    #[serde(default)]
    tags: Vec<LowerTag>,
    task_definition: String,
    client_token: Option<String>,
    #[serde(default)]
    volume_configurations: Vec<Value>,
}

#[derive(Serialize)]
pub(crate) struct RunTaskResult {
    tasks: Vec<TaskView>,
    failures: Vec<Failure>,
}

/// AWS: ECS API Reference, RunTask: at most ten.
pub(crate) fn run_task(cx: &mut Context<'_>, input: RunTask) -> Result<RunTaskResult, ApiError> {
    if let Some(keys) = cx.replayed(input.client_token.as_deref())? {
        return Ok(result(cx, keys.split(',')));
    }
    if !input.placement_constraints.is_empty() || !input.placement_strategy.is_empty() {
        return Err(unsupported("The local cloud does not model placement."));
    }
    if !input.volume_configurations.is_empty() {
        return Err(unsupported("The local cloud does not model volumes that are configured at launch."));
    }
    let count = input.count.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid_parameter("count must be between 1 and 10."));
    }
    let cluster = cluster::find(cx, input.cluster.as_deref())?.clone();
    let definition = service::find_task_definition(cx, &input.task_definition)?.clone();
    let (launch_type, strategy) = service::capacity(&cluster, input.launch_type, input.capacity_provider_strategy)?;
    let spec = Spec {
        task_definition_arn: definition.arn.clone(),
        launch_type,
        capacity_provider_strategy: strategy,
        platform_version: Some(input.platform_version.unwrap_or_else(|| "LATEST".to_owned())),
        network: input.network_configuration.and_then(|network| network.awsvpc_configuration),
        load_balancers: Vec::new(),
    };
    if !spec.on_fargate() {
        return Err(invalid_parameter("No Container Instances were found in your cluster."));
    }
    service::check_compatibility(&definition, &spec)?;
    service::check_platform_version(spec.platform_version.as_deref())?;
    match &spec.network {
        Some(network) => service::check_network(cx, network)?,
        None if definition.network_mode == Some(NetworkMode::Awsvpc) => {
            return Err(invalid_parameter(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ));
        }
        None => (),
    }
    let overrides = input.overrides.unwrap_or_default();
    check_overrides(&overrides, &definition)?;
    let mut tags = match input.propagate_tags {
        Some(PropagateTags::TaskDefinition) => definition.tags.clone(),
        Some(PropagateTags::Service) => {
            return Err(invalid_parameter(
                "SERVICE is not a valid value for propagateTags of a task that is no service's.",
            ));
        }
        Some(PropagateTags::None) | None => Tags::default(),
    };
    tags.merge(input.tags).map_err(|error| invalid_parameter(error.to_string()))?;
    if input.enable_ecs_managed_tags == Some(true) {
        tags.0.insert("aws:ecs:clusterName".to_owned(), cluster.name.clone());
    }
    let mut keys = Vec::new();
    for number in 0..count {
        let subnets = spec.network.as_ref().map(|network| network.subnets.as_slice()).unwrap_or_default();
        let subnet = subnets.get(number as usize % subnets.len().max(1)).cloned();
        let running = |provider: &str| {
            let started = keys.iter().filter_map(|key: &String| cx.ecs.tasks.get(key));
            started.filter(|task| task.capacity_provider.as_deref() == Some(provider)).count() as u32
        };
        let capacity_provider = capacity_provider::next(&spec.capacity_provider_strategy, running).map(str::to_owned);
        let new = New {
            cluster: &cluster.name,
            service: None,
            deployment: None,
            group: input.group.clone().unwrap_or_else(|| format!("family:{}", definition.family)),
            started_by: input.started_by.clone(),
            spec: &spec,
            capacity_provider,
            subnet,
            overrides: overrides.clone(),
            enable_execute_command: input.enable_execute_command.unwrap_or_default(),
            tags: tags.clone(),
        };
        keys.push(start(cx, &definition, new).map_err(|error| client(error.message))?);
    }
    cx.remember(input.client_token.as_deref(), &keys.join(","));
    Ok(result(cx, keys.iter().map(String::as_str)))
}

fn result<'a>(cx: &Context<'_>, keys: impl Iterator<Item = &'a str>) -> RunTaskResult {
    let tasks = keys.filter_map(|key| cx.ecs.tasks.get(key)).map(|task| task.view(true));
    RunTaskResult { tasks: tasks.collect(), failures: Vec::new() }
}

fn check_overrides(overrides: &Overrides, definition: &TaskDefinition) -> Result<(), ApiError> {
    let known = |name: &str| definition.containers.iter().any(|container| container.name == name);
    match overrides.container_overrides.iter().find(|it| !it.name.as_deref().is_some_and(known)) {
        None => Ok(()),
        Some(_) => {
            Err(invalid_parameter("Override for container named which is not a container in the TaskDefinition."))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopTask {
    cluster: Option<String>,
    task: String,
    reason: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct StopTaskResult {
    task: TaskView,
}

/// AWS: ECS API Reference, StopTask. The service of a task starts another one.
pub(crate) fn stop_task(cx: &mut Context<'_>, input: StopTask) -> Result<StopTaskResult, ApiError> {
    let cluster = cluster::find(cx, input.cluster.as_deref())?.name.clone();
    let key = key_of(&cluster, reference::in_cluster("task", &cluster, &input.task)?);
    let not_found = || invalid_parameter("The referenced task was not found.");
    let service = cx.ecs.tasks.get(&key).ok_or_else(not_found)?.service.clone();
    let reason = input.reason.unwrap_or_else(|| "Task stopped by user".to_owned());
    lifecycle::stop(cx, &key, StopCode::UserInitiated, &reason);
    let now = cx.now;
    if let Some(service) = service.and_then(|name| cx.ecs.services.get_mut(&service::key_of(&cluster, &name))) {
        service.wake(now);
    }
    let task: &Task = cx.ecs.tasks.get(&key).ok_or_else(not_found)?;
    Ok(StopTaskResult { task: task.view(true) })
}
