//! Services.

mod create;
mod delete;
mod deploy;
mod deployment_configuration;
mod event;
mod load_balancer;
mod network;
mod read;
mod spec;
mod update;
mod view;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{service_not_found, unsupported};
use super::{cluster, reference};
use crate::context::Context;
use crate::table::{Record, key};
use crate::tags::Tags;
use crate::wire::ApiError;

pub(crate) use create::create_service;
pub(crate) use delete::delete_service;
pub(in crate::ecs) use delete::forget;
pub(crate) use deployment_configuration::{DeploymentConfiguration, HookStage, Strategy, TimeoutAction};
pub(crate) use event::{Event, TargetChange};
pub(crate) use load_balancer::LoadBalancer;
pub(crate) use network::{AssignPublicIp, AwsVpcConfiguration, NetworkConfiguration, check as check_network};
pub(crate) use read::{describe_services, list_services, list_services_by_namespace};
pub(crate) use spec::{
    LaunchType, Spec, capacity, check_compatibility, check_platform_version, find_task_definition,
    resolve_platform_version,
};
pub(crate) use update::update_service;

/// A service: how many tasks of what shall run, and how far that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// The cluster's name.
    pub(crate) cluster: String,
    pub(crate) arn: String,
    pub(crate) cluster_arn: String,
    pub(crate) status: Status,
    pub(crate) desired_count: u32,
    scheduling_strategy: SchedulingStrategy,
    controller: Controller,
    pub(crate) deployment_configuration: DeploymentConfiguration,
    /// In seconds.
    pub(crate) health_check_grace_period: Option<u32>,
    pub(crate) propagate_tags: PropagateTags,
    pub(crate) enable_ecs_managed_tags: bool,
    pub(crate) enable_execute_command: bool,
    availability_zone_rebalancing: AvailabilityZoneRebalancing,
    /// Newest first: the first is the primary one, and the tasks of the others are to go.
    pub(crate) deployments: Vec<Deployment>,
    /// What a failed deployment is rolled back to.
    pub(crate) completed: Option<Deployment>,
    /// Newest first.
    pub(crate) events: Vec<Event>,
    #[serde(default)]
    untold: Vec<event::Untold>,
    pub(crate) created: Timestamp,
    created_by: String,
    role_arn: Option<String>,
    pub(crate) tags: Tags,
    /// Whether the tasks are as they should be.
    pub(crate) steady: bool,
    /// When the scheduler last did something.
    pub(crate) changed: Timestamp,
    /// When the scheduler looks again without being called.
    pub(crate) next_look: Option<Timestamp>,
}

impl Record for Service {
    /// AWS only remembers those that are inactive.
    fn made_by_aws(&self) -> bool {
        self.status == Status::Inactive
    }
}

/// One version of a service on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    /// `ecs-svc/` and a number.
    pub(crate) id: String,
    pub(crate) spec: Spec,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) rollout: Rollout,
    pub(crate) rollout_reason: String,
    /// How many tasks failed in a row.
    pub(crate) failed_tasks: u32,
    /// Whether the last of them failed its health checks.
    #[serde(default)]
    pub(crate) failing_health: bool,
    /// No task is started before, because the ones before failed.
    pub(crate) retry_at: Option<Timestamp>,
    /// The key of what it deploys in the table of service revisions.
    pub(crate) revision: String,
    /// The key in the table of service deployments of the one that it is made by.
    pub(crate) service_deployment: String,
    /// Whether its tasks are registered with the alternate target groups instead of the main ones.
    pub(crate) alternate: bool,
    /// Whether it is there again because another one failed.
    pub(crate) rolls_back: bool,
}

impl Deployment {
    /// What its tasks are started from, in the target groups that it uses.
    pub(crate) fn placed_spec(&self) -> Spec {
        let mut spec = self.spec.clone();
        if self.alternate {
            spec.load_balancers.iter_mut().for_each(LoadBalancer::swap);
        }
        spec
    }

    /// Whether tasks of it may be started: not while failed ones are waited for, nor after it has failed.
    pub(crate) fn may_start(&self, now: Timestamp) -> bool {
        self.rollout != Rollout::Failed && self.retry_at.is_none_or(|retry_at| now >= retry_at)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Rollout {
    InProgress,
    Completed,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Active,
    Draining,
    Inactive,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum SchedulingStrategy {
    #[default]
    Replica,
    Daemon,
}

/// Who rolls deployments out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Controller {
    #[default]
    Ecs,
    CodeDeploy,
    External,
}

/// AWS: ECS API Reference, DeploymentController.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentController {
    r#type: Controller,
}

/// Where tasks get their tags from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PropagateTags {
    #[default]
    None,
    Service,
    TaskDefinition,
}

/// Whether tasks move until the Availability Zones have equally many. They are spread from the start here, and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum AvailabilityZoneRebalancing {
    Enabled,
    Disabled,
}

impl Service {
    /// What its tasks are, or were, started from: the primary deployment's first.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &Spec> {
        self.deployments.iter().map(|deployment| &deployment.spec)
    }

    /// The deployment with this id, if it is still there.
    pub(crate) fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.id == id)
    }

    pub(crate) fn deployment_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.id == id)
    }

    /// How many tasks have to fail in a row until the circuit breaker acts (AWS: ECS Developer Guide, "How the Amazon
    /// ECS deployment circuit breaker detects failures").
    pub(crate) fn failure_threshold(&self) -> u32 {
        self.desired_count.div_ceil(2).clamp(3, 200)
    }

    /// Makes the scheduler look at it as soon as it can.
    pub(crate) fn wake(&mut self, now: Timestamp) {
        self.steady = false;
        self.changed = now;
        self.next_look = Some(now);
    }
}

/// The key of a service in its table.
pub(crate) fn key_of(cluster: &str, name: &str) -> String {
    key([cluster, name])
}

/// The key of the service that a request names in an existing cluster.
fn find_key(cx: &Context<'_>, cluster: Option<&str>, service: &str) -> Result<String, ApiError> {
    let cluster = cluster::find(cx, cluster)?.name.as_str();
    let key = key_of(cluster, reference::in_cluster("service", cluster, service)?);
    if cx.ecs.services.contains(&key) { Ok(key) } else { Err(service_not_found()) }
}

/// Refuses what this cloud cannot do, if it is asked for.
fn refuse<T>(what: &str, asked: &[T]) -> Result<(), ApiError> {
    match asked.is_empty() {
        true => Ok(()),
        false => Err(unsupported(format!("The local cloud does not model {what}."))),
    }
}
