//! Registering task definitions.

use serde::{Deserialize, Serialize};

use super::container::ContainerDefinition;
use super::volume::{HostVolumeProperties, Volume};
use super::{
    Compatibility, EphemeralStorage, Family, NetworkMode, PlacementConstraint, ProxyConfiguration, RuntimePlatform,
    Status, TaskDefinition, attributes, check, size, view::TaskDefinitionView,
};
use crate::context::Context;
use crate::ecs::error::{client, invalid_parameter};
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RegisterTaskDefinition {
    pub(super) family: String,
    pub(super) task_role_arn: Option<String>,
    pub(super) execution_role_arn: Option<String>,
    pub(super) network_mode: Option<NetworkMode>,
    pub(super) container_definitions: Vec<ContainerDefinition>,
    #[serde(default)]
    pub(super) volumes: Vec<Volume>,
    #[serde(default)]
    pub(super) placement_constraints: Vec<PlacementConstraint>,
    #[serde(default)]
    pub(super) requires_compatibilities: Vec<Compatibility>,
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
    #[serde(default)]
    tags: Vec<LowerTag>,
    pid_mode: Option<String>,
    pub(super) ipc_mode: Option<String>,
    proxy_configuration: Option<ProxyConfiguration>,
    pub(super) ephemeral_storage: Option<EphemeralStorage>,
    runtime_platform: Option<RuntimePlatform>,
    enable_fault_injection: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegisterTaskDefinitionResult {
    task_definition: TaskDefinitionView,
    tags: Vec<LowerTag>,
}

/// The next revision of the family; its number was never used before.
///
/// AWS: ECS API Reference, RegisterTaskDefinition.
pub(crate) fn register_task_definition(
    cx: &mut Context<'_>,
    mut input: RegisterTaskDefinition,
) -> Result<RegisterTaskDefinitionResult, ApiError> {
    check::check(&input)?;
    let tags = Tags::new(std::mem::take(&mut input.tags)).map_err(|error| invalid_parameter(error.to_string()))?;
    let runs_on_fargate = check::fargate_problem(&input).is_none();
    let requires_attributes = attributes::required(&input);
    let last = cx.ecs.families.get(&input.family).map_or(0, |family| family.last_revision);
    let revision = last.checked_add(1).ok_or_else(|| client("The family has too many revisions."))?;
    cx.ecs.families.insert(input.family.clone(), Family { last_revision: revision });

    let compatibilities = match (runs_on_fargate, input.network_mode) {
        (true, _) => vec![Compatibility::Ec2, Compatibility::Fargate],
        (false, Some(NetworkMode::Awsvpc)) => vec![Compatibility::Ec2],
        (false, _) => vec![Compatibility::External, Compatibility::Ec2],
    };
    let definition = TaskDefinition {
        arn: cx.arn(&format!("task-definition/{}:{revision}", input.family)),
        family: input.family,
        revision,
        status: Status::Active,
        task_role_arn: input.task_role_arn.map(|role| role_arn(cx, role)),
        execution_role_arn: input.execution_role_arn.map(|role| role_arn(cx, role)),
        network_mode: input.network_mode,
        containers: input.container_definitions.into_iter().map(|it| defaults(it, input.network_mode)).collect(),
        volumes: input.volumes.into_iter().map(volume_defaults).collect(),
        placement_constraints: input.placement_constraints,
        requires_attributes,
        compatibilities,
        requires_compatibilities: input.requires_compatibilities,
        cpu: input.cpu.map(|cpu| size::parse(&cpu, "vcpu")).transpose()?,
        memory: input.memory.map(|memory| size::parse(&memory, "gb")).transpose()?,
        pid_mode: input.pid_mode,
        ipc_mode: input.ipc_mode,
        proxy_configuration: input.proxy_configuration,
        ephemeral_storage: input.ephemeral_storage,
        runtime_platform: input.runtime_platform,
        enable_fault_injection: input.enable_fault_injection,
        registered: cx.now,
        registered_by: caller(cx),
        deregistered: None,
        delete_requested: None,
        tags,
    };
    let result = RegisterTaskDefinitionResult { task_definition: definition.view(), tags: definition.tags.lower() };
    cx.ecs.task_definitions.insert(super::key_of(&definition.family, revision), definition);
    Ok(result)
}

/// Roles may be given by name alone.
fn role_arn(cx: &Context<'_>, role: String) -> String {
    match role.starts_with("arn:") {
        true => role,
        false => format!("arn:aws:iam::{}:role/{role}", cx.account),
    }
}

/// The identity behind the access key.
fn caller(cx: &Context<'_>) -> String {
    let session = cx.sts.sessions.get(cx.access_key).map(|session| session.arn.clone());
    session.unwrap_or_else(|| format!("arn:aws:iam::{}:root", cx.account))
}

/// What AWS fills in and serde does not.
fn defaults(mut container: ContainerDefinition, network_mode: Option<NetworkMode>) -> ContainerDefinition {
    for mapping in &mut container.port_mappings {
        if mapping.container_port_range.is_none() {
            let same = mapping.container_port.filter(|_| network_mode == Some(NetworkMode::Awsvpc));
            mapping.host_port = same.or(mapping.host_port).or(Some(0));
        }
    }
    container
}

/// A volume that says nothing is an empty directory of the host.
fn volume_defaults(volume: Volume) -> Volume {
    let elsewhere = volume.docker_volume_configuration.is_some()
        || volume.efs_volume_configuration.is_some()
        || volume.configured_at_launch == Some(true);
    let host = volume.host.or((!elsewhere).then_some(HostVolumeProperties { source_path: None }));
    Volume { host, ..volume }
}
