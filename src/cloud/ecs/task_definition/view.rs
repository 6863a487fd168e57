//! Task definitions as replies show them.

use serde::Serialize;

use super::container::ContainerDefinition;
use super::volume::Volume;
use super::{
    Compatibility, EphemeralStorage, NetworkMode, PlacementConstraint, ProxyConfiguration, RuntimePlatform, Status,
    TaskDefinition,
};
use crate::wire::Epoch;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskDefinitionView {
    task_definition_arn: String,
    container_definitions: Vec<ContainerDefinition>,
    family: String,
    task_role_arn: Option<String>,
    execution_role_arn: Option<String>,
    network_mode: Option<NetworkMode>,
    revision: u32,
    volumes: Vec<Volume>,
    status: Status,
    requires_attributes: Vec<Attribute>,
    placement_constraints: Vec<PlacementConstraint>,
    compatibilities: Vec<Compatibility>,
    runtime_platform: Option<RuntimePlatform>,
    requires_compatibilities: Option<Vec<Compatibility>>,
    cpu: Option<String>,
    memory: Option<String>,
    pid_mode: Option<String>,
    ipc_mode: Option<String>,
    proxy_configuration: Option<ProxyConfiguration>,
    registered_at: Epoch,
    deregistered_at: Option<Epoch>,
    delete_requested_at: Option<Epoch>,
    registered_by: String,
    ephemeral_storage: Option<EphemeralStorage>,
    enable_fault_injection: Option<bool>,
}

#[derive(Serialize)]
struct Attribute {
    name: String,
}

impl TaskDefinition {
    pub(super) fn view(&self) -> TaskDefinitionView {
        let requires_compatibilities = self.requires_compatibilities.clone();
        TaskDefinitionView {
            task_definition_arn: self.arn.clone(),
            container_definitions: self.containers.clone(),
            family: self.family.clone(),
            task_role_arn: self.task_role_arn.clone(),
            execution_role_arn: self.execution_role_arn.clone(),
            network_mode: self.network_mode,
            revision: self.revision,
            volumes: self.volumes.clone(),
            status: self.status,
            requires_attributes: self.requires_attributes.iter().map(|name| Attribute { name: name.clone() }).collect(),
            placement_constraints: self.placement_constraints.clone(),
            compatibilities: self.compatibilities.clone(),
            runtime_platform: self.runtime_platform.clone(),
            requires_compatibilities: Some(requires_compatibilities).filter(|given| !given.is_empty()),
            cpu: self.cpu.map(|cpu| cpu.to_string()),
            memory: self.memory.map(|memory| memory.to_string()),
            pid_mode: self.pid_mode.clone(),
            ipc_mode: self.ipc_mode.clone(),
            proxy_configuration: self.proxy_configuration.clone(),
            registered_at: Epoch(self.registered),
            deregistered_at: self.deregistered.map(Epoch),
            delete_requested_at: self.delete_requested.map(Epoch),
            registered_by: self.registered_by.clone(),
            ephemeral_storage: self.ephemeral_storage.clone(),
            enable_fault_injection: self.enable_fault_injection,
        }
    }
}
