//! Tasks.

mod lifecycle;
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
struct Container {
    id: String,
    name: String,
    image: String,
    image_digest: Option<String>,
    runtime_id: Option<String>,
    exit_code: Option<i32>,
    reason: Option<String>,
    cpu: i32,
    health_checked: bool,
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
struct ContainerOverride {
    name: Option<String>,
    command: Option<Vec<String>>,
    environment: Option<Vec<KeyValuePair>>,
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

    /// Whether it stopped before it ran.
    pub(super) fn failed_to_start(&self) -> bool {
        self.stop_code == Some(StopCode::TaskFailedToStart)
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
