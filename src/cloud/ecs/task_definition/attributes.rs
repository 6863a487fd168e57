//! What a task definition demands of the place it runs in.
//!
//! AWS: ECS API Reference, TaskDefinition, `requiresAttributes`; ECS Developer Guide, "Amazon ECS container instance
//! attributes".

use std::collections::BTreeSet;

use super::NetworkMode;
use super::container::{ContainerDefinition, LogDriver};
use super::register::RegisterTaskDefinition;

/// The names of the attributes, sorted.
pub(super) fn required(input: &RegisterTaskDefinition) -> Vec<String> {
    let mut names = BTreeSet::new();
    for container in &input.container_definitions {
        of_container(container, input.execution_role_arn.is_some(), &mut names);
    }
    if input.network_mode == Some(NetworkMode::Awsvpc) {
        names.insert("ecs.capability.task-eni".to_owned());
        names.insert("com.amazonaws.ecs.capability.docker-remote-api.1.18".to_owned());
    }
    if input.task_role_arn.is_some() {
        names.insert("com.amazonaws.ecs.capability.task-iam-role".to_owned());
    }
    names.into_iter().collect()
}

fn of_container(container: &ContainerDefinition, has_role: bool, names: &mut BTreeSet<String>) {
    let mut needs = |name: &str| {
        names.insert(name.to_owned());
    };
    if let Some(logs) = &container.log_configuration {
        needs(&format!("com.amazonaws.ecs.capability.logging-driver.{}", logs.log_driver.name()));
        if logs.log_driver == LogDriver::Awslogs {
            needs("com.amazonaws.ecs.capability.docker-remote-api.1.19");
            if has_role {
                needs("ecs.capability.execution-role-awslogs");
            }
        }
    }
    if container.image_is_in_ecr() {
        needs("com.amazonaws.ecs.capability.ecr-auth");
        needs("com.amazonaws.ecs.capability.docker-remote-api.1.19");
        if has_role {
            needs("ecs.capability.execution-role-ecr-pull");
        }
    }
    for secret in container.secrets.iter().flatten() {
        match secret.value_from.contains(":secretsmanager:") {
            true => needs("ecs.capability.secrets.asm.environment-variables"),
            false => needs("ecs.capability.secrets.ssm.environment-variables"),
        }
    }
    if container.health_check.is_some() {
        needs("ecs.capability.container-health-check");
        needs("com.amazonaws.ecs.capability.docker-remote-api.1.24");
    }
    if container.depends_on.as_ref().is_some_and(|dependencies| !dependencies.is_empty()) {
        needs("ecs.capability.container-ordering");
    }
    if container.environment_files.as_ref().is_some_and(|files| !files.is_empty()) {
        needs("ecs.capability.env-files.s3");
    }
    if container.linux_parameters.as_ref().and_then(|it| it.init_process_enabled) == Some(true) {
        needs("com.amazonaws.ecs.capability.docker-remote-api.1.25");
    }
    if container.readonly_root_filesystem == Some(true) {
        needs("com.amazonaws.ecs.capability.docker-remote-api.1.17");
    }
}
