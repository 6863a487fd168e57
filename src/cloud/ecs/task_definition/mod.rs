//! Task definitions.

mod attributes;
mod check;
mod container;
mod read;
mod register;
mod remove;
mod size;
mod view;
mod volume;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::{Record, key};
use crate::tags::Tags;

pub(crate) use container::{
    ContainerDefinition, DependencyCondition, EnvironmentFile, HealthCheck, KeyValuePair, LogDriver,
    ResourceRequirement, VersionConsistency,
};
pub(crate) use read::{describe_task_definition, find, list_task_definition_families, list_task_definitions};
pub(crate) use register::register_task_definition;
pub(crate) use remove::{delete_task_definitions, deregister_task_definition, purge};
use volume::Volume;

/// One revision of a family. Nothing about it but its status and its tags ever changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TaskDefinition {
    pub(crate) arn: String,
    pub(crate) family: String,
    revision: u32,
    pub(crate) status: Status,
    pub(crate) task_role_arn: Option<String>,
    pub(crate) execution_role_arn: Option<String>,
    pub(crate) network_mode: Option<NetworkMode>,
    pub(crate) containers: Vec<ContainerDefinition>,
    volumes: Vec<Volume>,
    placement_constraints: Vec<PlacementConstraint>,
    requires_attributes: Vec<String>,
    pub(crate) compatibilities: Vec<Compatibility>,
    requires_compatibilities: Vec<Compatibility>,
    /// In units of which 1024 are a virtual processor.
    pub(crate) cpu: Option<u32>,
    /// In MiB.
    pub(crate) memory: Option<u32>,
    pid_mode: Option<String>,
    ipc_mode: Option<String>,
    proxy_configuration: Option<ProxyConfiguration>,
    pub(crate) ephemeral_storage: Option<EphemeralStorage>,
    runtime_platform: Option<RuntimePlatform>,
    enable_fault_injection: Option<bool>,
    registered: Timestamp,
    registered_by: String,
    deregistered: Option<Timestamp>,
    delete_requested: Option<Timestamp>,
    pub(crate) tags: Tags,
}

impl Record for TaskDefinition {
    /// AWS only remembers those that are not active.
    fn made_by_aws(&self) -> bool {
        self.status != Status::Active
    }
}

/// What is kept of a family even when all its revisions are gone: revision numbers are not used twice.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Family {
    last_revision: u32,
}

impl Record for Family {
    /// It is a counter, no object.
    fn made_by_aws(&self) -> bool {
        true
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Active,
    Inactive,
    DeleteInProgress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NetworkMode {
    Bridge,
    Host,
    Awsvpc,
    None,
}

/// Where a task definition can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Compatibility {
    Ec2,
    Fargate,
    External,
    ManagedInstances,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlacementConstraint {
    r#type: Option<String>,
    expression: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProxyConfiguration {
    r#type: Option<String>,
    container_name: String,
    properties: Option<Vec<KeyValuePair>>,
}

/// The disk of a task beyond what every task has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EphemeralStorage {
    #[serde(rename = "sizeInGiB")]
    pub(crate) size_in_gib: i32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RuntimePlatform {
    cpu_architecture: Option<CpuArchitecture>,
    operating_system_family: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum CpuArchitecture {
    #[serde(rename = "X86_64")]
    X86_64,
    #[serde(rename = "ARM64")]
    Arm64,
}

/// The key of a revision: revisions sort by number.
pub(crate) fn key_of(family: &str, revision: u32) -> String {
    key([family, &format!("{revision:010}")])
}
