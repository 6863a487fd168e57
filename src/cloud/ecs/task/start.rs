//! Starting a task.

use super::{Container, DesiredStatus, Health, Overrides, Status, Task, key_of, lifecycle};
use crate::context::Context;
use crate::ecs::interface;
use crate::ecs::service::{LaunchType, Spec, resolve_platform_version};
use crate::ecs::task_definition::{ContainerDefinition, TaskDefinition};
use crate::tags::Tags;
use crate::wire::ApiError;

/// What a new task is.
pub(in crate::ecs) struct New<'a> {
    pub(in crate::ecs) cluster: &'a str,
    pub(in crate::ecs) service: Option<&'a str>,
    pub(in crate::ecs) deployment: Option<&'a str>,
    pub(in crate::ecs) group: String,
    pub(in crate::ecs) started_by: Option<String>,
    pub(in crate::ecs) spec: &'a Spec,
    pub(in crate::ecs) capacity_provider: Option<String>,
    /// Where its network interface goes.
    pub(in crate::ecs) subnet: Option<String>,
    pub(in crate::ecs) overrides: Overrides,
    pub(in crate::ecs) enable_execute_command: bool,
    pub(in crate::ecs) tags: Tags,
}

/// Starts a task and gives its key. It fails when its subnet has no address left.
pub(in crate::ecs) fn start(
    cx: &mut Context<'_>,
    definition: &TaskDefinition,
    new: New<'_>,
) -> Result<String, ApiError> {
    let id = cx.ids.hex(32);
    let interface = match (&new.spec.network, &new.subnet) {
        (Some(network), Some(subnet)) => Some(interface::attach(cx, network, subnet)?),
        _ => None,
    };
    let containers = definition.containers.iter().map(|it| container(cx, it)).collect();
    let platform = new.spec.platform_version.as_deref().map(|it| resolve_platform_version(it).to_owned());
    let task = Task {
        arn: cx.arn(&format!("task/{}/{id}", new.cluster)),
        cluster: new.cluster.to_owned(),
        cluster_arn: cx.arn(&format!("cluster/{}", new.cluster)),
        service: new.service.map(str::to_owned),
        deployment: new.deployment.map(str::to_owned),
        group: new.group,
        started_by: new.started_by,
        task_definition_arn: definition.arn.clone(),
        desired_status: DesiredStatus::Running,
        last_status: Status::Provisioning,
        due: None,
        created: cx.now,
        pull_started: None,
        pull_stopped: None,
        started: None,
        stopping: None,
        execution_stopped: None,
        stopped: None,
        stop_code: None,
        stopped_reason: None,
        launch_type: LaunchType::Fargate,
        capacity_provider: new.capacity_provider,
        platform_version: platform,
        cpu: definition.cpu,
        memory: definition.memory,
        overrides: new.overrides,
        interface,
        containers,
        load_balancers: new.spec.load_balancers.clone(),
        enable_execute_command: new.enable_execute_command,
        // AWS: ECS Developer Guide, "Fargate task ephemeral storage for Amazon ECS".
        ephemeral_storage: definition.ephemeral_storage.as_ref().map_or(20, |storage| storage.size_in_gib),
        tags: new.tags,
        was_healthy: false,
        failure: None,
        version: 1,
        id: id.clone(),
    };
    let key = key_of(new.cluster, &id);
    cx.ecs.tasks.insert(key.clone(), task);
    lifecycle::enter(cx, &key, Status::Provisioning);
    Ok(key)
}

fn container(cx: &mut Context<'_>, definition: &ContainerDefinition) -> Container {
    Container {
        id: cx.ids.uuid(),
        name: definition.name.clone(),
        image: definition.image.clone(),
        image_digest: None,
        runtime_id: None,
        exit_code: None,
        reason: None,
        cpu: definition.cpu(),
        essential: definition.essential(),
        health_checked: definition.health_check.as_ref().is_some_and(|check| check.is_on()),
        health: Health::Unknown,
    }
}
