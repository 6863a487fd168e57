//! Tasks as replies show them.

use serde::Serialize;

use super::{Container, DesiredStatus, Health, Overrides, Status, StopCode, Task};
use crate::ecs::service::LaunchType;
use crate::tags::LowerTag;
use crate::wire::Epoch;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskView {
    attachments: Vec<Attachment>,
    attributes: [(); 0],
    availability_zone: Option<String>,
    capacity_provider_name: Option<String>,
    cluster_arn: String,
    connectivity: Option<&'static str>,
    connectivity_at: Option<Epoch>,
    containers: Vec<ContainerView>,
    cpu: Option<String>,
    created_at: Epoch,
    desired_status: DesiredStatus,
    enable_execute_command: bool,
    execution_stopped_at: Option<Epoch>,
    group: String,
    health_status: Health,
    last_status: Status,
    launch_type: LaunchType,
    memory: Option<String>,
    overrides: Overrides,
    platform_version: Option<String>,
    platform_family: &'static str,
    pull_started_at: Option<Epoch>,
    pull_stopped_at: Option<Epoch>,
    started_at: Option<Epoch>,
    started_by: Option<String>,
    stop_code: Option<StopCode>,
    stopped_at: Option<Epoch>,
    stopped_reason: Option<String>,
    stopping_at: Option<Epoch>,
    tags: Vec<LowerTag>,
    task_arn: String,
    task_definition_arn: String,
    version: u32,
    ephemeral_storage: EphemeralStorageView,
    fargate_ephemeral_storage: EphemeralStorageView,
}

#[derive(Serialize)]
struct EphemeralStorageView {
    #[serde(rename = "sizeInGiB")]
    size_in_gib: i32,
}

#[derive(Serialize)]
struct Attachment {
    id: String,
    r#type: &'static str,
    status: &'static str,
    details: Vec<Detail>,
}

#[derive(Serialize)]
struct Detail {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerView {
    container_arn: String,
    task_arn: String,
    name: String,
    image: String,
    image_digest: Option<String>,
    runtime_id: Option<String>,
    last_status: &'static str,
    exit_code: Option<i32>,
    reason: Option<String>,
    network_bindings: [(); 0],
    network_interfaces: Vec<NetworkInterfaceView>,
    health_status: Health,
    cpu: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkInterfaceView {
    attachment_id: String,
    private_ipv4_address: String,
}

impl Task {
    /// Describe leaves the tags out unless it is asked for them.
    pub(super) fn view(&self, with_tags: bool) -> TaskView {
        TaskView {
            attachments: self.attachment().into_iter().collect(),
            attributes: [],
            availability_zone: self.interface.as_ref().map(|interface| interface.zone.clone()),
            capacity_provider_name: self.capacity_provider.clone(),
            cluster_arn: self.cluster_arn.clone(),
            connectivity: self.pull_stopped.is_some().then_some("CONNECTED"),
            connectivity_at: self.pull_stopped.map(Epoch),
            containers: self.containers.iter().map(|container| self.container(container)).collect(),
            cpu: self.cpu.map(|cpu| cpu.to_string()),
            created_at: Epoch(self.created),
            desired_status: self.desired_status,
            enable_execute_command: self.enable_execute_command,
            execution_stopped_at: self.execution_stopped.map(Epoch),
            group: self.group.clone(),
            health_status: self.health(),
            last_status: self.last_status,
            launch_type: self.launch_type,
            memory: self.memory.map(|memory| memory.to_string()),
            overrides: self.overrides.clone(),
            platform_version: self.platform_version.clone(),
            platform_family: "Linux",
            pull_started_at: self.pull_started.map(Epoch),
            pull_stopped_at: self.pull_stopped.map(Epoch),
            started_at: self.started.map(Epoch),
            started_by: self.started_by.clone(),
            stop_code: self.stop_code,
            stopped_at: self.stopped.map(Epoch),
            stopped_reason: self.stopped_reason.clone(),
            stopping_at: self.stopping.map(Epoch),
            tags: if with_tags { self.tags.lower() } else { Vec::new() },
            task_arn: self.arn.clone(),
            task_definition_arn: self.task_definition_arn.clone(),
            version: self.version,
            ephemeral_storage: EphemeralStorageView { size_in_gib: self.ephemeral_storage },
            fargate_ephemeral_storage: EphemeralStorageView { size_in_gib: self.ephemeral_storage },
        }
    }

    fn attachment(&self) -> Option<Attachment> {
        let interface = self.interface.as_ref()?;
        let detail = |name, value: &str| Detail { name, value: value.to_owned() };
        let status = match self.last_status {
            Status::Provisioning => "ATTACHING",
            Status::Deprovisioning => "DETACHING",
            Status::Stopped => "DELETED",
            _ => "ATTACHED",
        };
        let host_name = format!("ip-{}.ec2.internal", interface.private_address.replace('.', "-"));
        Some(Attachment {
            id: interface.attachment_id.clone(),
            r#type: "ElasticNetworkInterface",
            status,
            details: vec![
                detail("subnetId", &interface.subnet_id),
                detail("networkInterfaceId", &interface.network_interface_id),
                detail("macAddress", &interface.mac_address),
                detail("privateDnsName", &host_name),
                detail("privateIPv4Address", &interface.private_address),
            ],
        })
    }

    fn container(&self, container: &Container) -> ContainerView {
        let interfaces = self.interface.iter().map(|interface| NetworkInterfaceView {
            attachment_id: interface.attachment_id.clone(),
            private_ipv4_address: interface.private_address.clone(),
        });
        ContainerView {
            container_arn: format!("{}/{}", self.arn.replacen(":task/", ":container/", 1), container.id),
            task_arn: self.arn.clone(),
            name: container.name.clone(),
            image: container.image.clone(),
            image_digest: container.image_digest.clone(),
            runtime_id: container.runtime_id.clone(),
            last_status: match self.last_status {
                Status::Provisioning | Status::Pending | Status::Activating => "PENDING",
                Status::Running | Status::Deactivating | Status::Stopping => "RUNNING",
                Status::Deprovisioning | Status::Stopped => "STOPPED",
            },
            exit_code: container.exit_code,
            reason: container.reason.clone(),
            network_bindings: [],
            network_interfaces: interfaces.collect(),
            health_status: if self.is_running() { container.health } else { Health::Unknown },
            cpu: container.cpu.to_string(),
        }
    }
}
