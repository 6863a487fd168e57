//! Tasks.

mod lifecycle;
mod observe;
mod prepare;
mod read;
mod run;
mod start;
mod view;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::interface::Interface;
use super::service::{LaunchType, LoadBalancer};
use super::task_definition::{EnvironmentFile, EphemeralStorage, KeyValuePair, ResourceRequirement};
use crate::context::Context;
use crate::table::{Record, key};
use crate::tags::Tags;

pub(super) use lifecycle::{forget, step, stop};
pub(crate) use observe::observe;
pub(crate) use prepare::ContainerLogs;
pub(crate) use read::{describe_tasks, list_tasks};
pub(crate) use run::{run_task, stop_task};
pub(super) use start::{New, start};

/// A task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) arn: String,
    /// The cluster's name.
    pub(crate) cluster: String,
    cluster_arn: String,
    /// The name of the service that it is part of.
    pub(crate) service: Option<String>,
    /// The deployment that it was started by.
    pub(crate) deployment: Option<String>,
    group: String,
    started_by: Option<String>,
    pub(crate) task_definition_arn: String,
    pub(crate) desired_status: DesiredStatus,
    pub(crate) last_status: Status,
    /// When it goes on to the next status.
    pub(crate) due: Option<Timestamp>,
    pub(crate) created: Timestamp,
    pull_started: Option<Timestamp>,
    pull_stopped: Option<Timestamp>,
    pub(crate) started: Option<Timestamp>,
    stopping: Option<Timestamp>,
    execution_stopped: Option<Timestamp>,
    pub(crate) stopped: Option<Timestamp>,
    stop_code: Option<StopCode>,
    stopped_reason: Option<String>,
    launch_type: LaunchType,
    pub(crate) capacity_provider: Option<String>,
    platform_version: Option<String>,
    cpu: Option<u32>,
    memory: Option<u32>,
    overrides: Overrides,
    pub(crate) interface: Option<Interface>,
    containers: Vec<Container>,
    /// Where it is registered while it runs.
    pub(crate) load_balancers: Vec<LoadBalancer>,
    enable_execute_command: bool,
    /// In GiB.
    ephemeral_storage: i32,
    pub(crate) tags: Tags,
    /// Whether it ever counted as healthy.
    #[serde(default)]
    pub(crate) was_healthy: bool,
    /// How it failed its deployment, if it did.
    #[serde(default)]
    pub(crate) failure: Option<Failure>,
    /// Counts the changes of its status.
    version: u32,
}

impl Record for Task {
    /// The scheduler makes those of services.
    fn made_by_aws(&self) -> bool {
        self.service.is_some() || self.last_status == Status::Stopped
    }
}

/// One container of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Container {
    id: String,
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) image_digest: Option<String>,
    runtime_id: Option<String>,
    exit_code: Option<i32>,
    reason: Option<String>,
    cpu: i32,
    #[serde(default = "yes")]
    essential: bool,
    health_checked: bool,
    /// What its health check has found so far.
    #[serde(default)]
    health: Health,
}

fn yes() -> bool {
    true
}

/// How a task failed the deployment that started it.
///
/// AWS: ECS API Reference, Deployment, `failedTasks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// It ended by itself before it was healthy, or never ran.
    ToStart,
    /// It was stopped because it failed health checks.
    HealthChecks,
    /// It has been counted.
    Counted,
}

/// AWS: ECS API Reference, HealthCheck.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Health {
    Healthy,
    Unhealthy,
    /// Not checked, or not yet.
    #[default]
    Unknown,
}

/// Where a task is in its life, in the order of it.
///
/// AWS: ECS Developer Guide, "Amazon ECS task lifecycle".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Provisioning,
    Pending,
    Activating,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DesiredStatus {
    Running,
    /// No task ever is to be pending; a list of such tasks is empty.
    Pending,
    Stopped,
}

/// Why a task stopped (AWS: ECS API Reference, Task, `stopCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StopCode {
    TaskFailedToStart,
    EssentialContainerExited,
    UserInitiated,
    ServiceSchedulerInitiated,
}

/// What one run of a task definition does otherwise (AWS: ECS API Reference, TaskOverride).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Overrides {
    #[serde(default)]
    container_overrides: Vec<ContainerOverride>,
    cpu: Option<String>,
    memory: Option<String>,
    execution_role_arn: Option<String>,
    task_role_arn: Option<String>,
    ephemeral_storage: Option<EphemeralStorage>,
}

/// AWS: ECS API Reference, ContainerOverride.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContainerOverride {
    name: Option<String>,
    pub(crate) command: Option<Vec<String>>,
    pub(crate) environment: Option<Vec<KeyValuePair>>,
    environment_files: Option<Vec<EnvironmentFile>>,
    cpu: Option<i32>,
    memory: Option<i32>,
    memory_reservation: Option<i32>,
    resource_requirements: Option<Vec<ResourceRequirement>>,
}

impl Task {
    pub(crate) fn is_running(&self) -> bool {
        self.last_status == Status::Running
    }

    /// Whether it is on its way to run.
    pub(crate) fn is_pending(&self) -> bool {
        self.last_status < Status::Running
    }

    /// What the health checks of its essential containers say together.
    ///
    /// AWS: ECS Developer Guide, "Determine Amazon ECS task health using container health checks".
    pub(crate) fn health(&self) -> Health {
        let mut checked = self.containers.iter().filter(|it| it.essential && it.health_checked).peekable();
        if checked.peek().is_none() || !self.is_running() {
            return Health::Unknown;
        }
        let all = checked.map(|container| container.health);
        all.fold(Health::Healthy, |task, container| match (task, container) {
            (Health::Unhealthy, _) | (_, Health::Unhealthy) => Health::Unhealthy,
            (Health::Unknown, _) | (_, Health::Unknown) => Health::Unknown,
            _ => Health::Healthy,
        })
    }

    /// Whether a health check of an essential container counts.
    pub(crate) fn is_health_checked(&self) -> bool {
        self.containers.iter().any(|container| container.essential && container.health_checked)
    }

    pub(crate) fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// The containers' overrides by the container's name.
    pub(crate) fn container_override(&self, name: &str) -> Option<&ContainerOverride> {
        self.overrides.container_overrides.iter().find(|it| it.name.as_deref() == Some(name))
    }

    /// Whether its targets get time to answer what is under way: not when a user or its own end stops it.
    fn drains(&self) -> bool {
        self.stop_code == Some(StopCode::ServiceSchedulerInitiated)
    }

    /// Whether its images are there, so that it can be started.
    pub(crate) fn is_pulled(&self) -> bool {
        self.pull_stopped.is_some()
    }

    /// Whether it was stopped before it ran.
    pub(super) fn never_ran(&self) -> bool {
        self.started.is_none() && self.desired_status == DesiredStatus::Stopped
    }

    pub(super) fn stopped_reason(&self) -> Option<&str> {
        self.stopped_reason.as_deref()
    }

    /// The key in its table.
    pub(crate) fn key(&self) -> String {
        key_of(&self.cluster, &self.id)
    }
}

/// The key of a task in its table.
pub(super) fn key_of(cluster: &str, id: &str) -> String {
    key([cluster, id])
}

/// All tasks of a service, also stopped ones.
pub(super) fn of_service<'a>(cx: &'a Context<'_>, cluster: &str, service: &str) -> impl Iterator<Item = &'a Task> {
    let tasks = cx.ecs.tasks.values();
    tasks.filter(move |task| task.cluster == cluster && task.service.as_deref() == Some(service))
}
