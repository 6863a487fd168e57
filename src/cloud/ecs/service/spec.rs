//! What the tasks of a service are started from; a change of it is a new deployment.

use serde::{Deserialize, Serialize};

use super::{AwsVpcConfiguration, LoadBalancer, load_balancer, network};
use crate::context::Context;
use crate::ecs::capacity_provider::{StrategyItem, check_strategy};
use crate::ecs::cluster::Cluster;
use crate::ecs::error::{client, invalid_parameter};
use crate::ecs::task_definition::{self, Compatibility, NetworkMode, TaskDefinition};
use crate::wire::ApiError;

/// The platform that `LATEST` stands for (AWS: ECS Developer Guide, "Fargate platform versions for Amazon ECS").
const LATEST: &str = "1.4.0";

/// The parts of a service that its tasks are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spec {
    pub(crate) task_definition_arn: String,
    /// `None` where there is a strategy.
    pub(crate) launch_type: Option<LaunchType>,
    pub(crate) capacity_provider_strategy: Vec<StrategyItem>,
    /// As it was asked for; `LATEST` unless something was. `None` outside of Fargate.
    pub(crate) platform_version: Option<String>,
    pub(crate) network: Option<AwsVpcConfiguration>,
    pub(crate) load_balancers: Vec<LoadBalancer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum LaunchType {
    Ec2,
    Fargate,
    External,
    ManagedInstances,
}

impl Spec {
    /// Whether its tasks run on Fargate: all capacity providers here are Fargate's.
    pub(crate) fn on_fargate(&self) -> bool {
        self.launch_type.is_none_or(|launch_type| launch_type == LaunchType::Fargate)
    }
}

/// Where to run: what the request says, else the cluster's default strategy, else EC2.
///
/// AWS: ECS API Reference, CreateService and RunTask, `launchType` and `capacityProviderStrategy`.
pub(crate) fn capacity(
    cluster: &Cluster,
    launch_type: Option<LaunchType>,
    strategy: Vec<StrategyItem>,
) -> Result<(Option<LaunchType>, Vec<StrategyItem>), ApiError> {
    if launch_type.is_some() && !strategy.is_empty() {
        return Err(invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    check_strategy(&strategy, &cluster.capacity_providers)?;
    if launch_type.is_some() || !strategy.is_empty() {
        return Ok((launch_type, strategy));
    }
    let default = cluster.default_strategy.clone();
    let launch_type = default.is_empty().then_some(LaunchType::Ec2);
    Ok((launch_type, default))
}

/// The active revision to start tasks from.
pub(crate) fn find_task_definition<'a>(cx: &'a Context<'_>, reference: &str) -> Result<&'a TaskDefinition, ApiError> {
    let definition = task_definition::find(cx, reference)?.ok_or_else(|| client("TaskDefinition not found."))?;
    match definition.status {
        task_definition::Status::Active => Ok(definition),
        _ => Err(client("TaskDefinition is inactive")),
    }
}

/// The platform version that runs when this one is asked for.
pub(crate) fn resolve_platform_version(asked: &str) -> &str {
    if asked == "LATEST" { LATEST } else { asked }
}

/// Refuses a platform that Fargate does not have.
pub(crate) fn check_platform_version(asked: Option<&str>) -> Result<(), ApiError> {
    match asked {
        None | Some("LATEST" | "1.4.0" | "1.3.0") => Ok(()),
        Some(_) => Err(ApiError::new("PlatformUnknownException", "The specified platform version does not exist.")),
    }
}

impl Spec {
    /// Refuses what cannot run.
    pub(super) fn check(&self, cx: &Context<'_>) -> Result<(), ApiError> {
        let definition = find_task_definition(cx, &self.task_definition_arn)?;
        check_compatibility(definition, self)?;
        check_platform_version(self.platform_version.as_deref())?;
        match (definition.network_mode, &self.network) {
            (Some(NetworkMode::Awsvpc), None) => {
                return Err(invalid_parameter(
                    "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
                ));
            }
            (Some(NetworkMode::Awsvpc), Some(network)) => network::check(cx, network)?,
            (_, Some(_)) => {
                return Err(invalid_parameter(
                    "Network Configuration is not valid for the given networkMode of this task definition.",
                ));
            }
            (_, None) => (),
        }
        load_balancer::check(cx, &self.load_balancers, definition)
    }
}

/// Refuses a task definition that cannot run where it is asked for.
pub(crate) fn check_compatibility(definition: &TaskDefinition, spec: &Spec) -> Result<(), ApiError> {
    if spec.on_fargate() && !definition.compatibilities.contains(&Compatibility::Fargate) {
        return Err(invalid_parameter("Task definition does not support launch_type FARGATE."));
    }
    Ok(())
}
