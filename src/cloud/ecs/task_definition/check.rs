//! What RegisterTaskDefinition refuses.
//!
//! AWS: ECS API Reference, RegisterTaskDefinition and ContainerDefinition; ECS Developer Guide, "Amazon ECS task
//! definition differences for Fargate".

use std::collections::BTreeSet;

use super::container::{ContainerDefinition, HealthCheck, LogDriver};
use super::register::RegisterTaskDefinition;
use super::size;
use super::{Compatibility, NetworkMode};
use crate::ecs::error::client;
use crate::wire::ApiError;

/// Refuses what no launch type can run, and what Fargate cannot if it is required.
pub(super) fn check(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    check_family(&input.family)?;
    let containers = &input.container_definitions;
    if containers.is_empty() {
        return Err(client("Container definitions should not be empty."));
    }
    if !containers.iter().any(|container| container.essential) {
        return Err(client("At least one container must be essential."));
    }
    let names: BTreeSet<_> = containers.iter().map(|container| &container.name).collect();
    if names.len() < containers.len() {
        return Err(client("Container names within a task definition must be unique."));
    }
    for (role, arn) in [("taskRoleArn", &input.task_role_arn), ("executionRoleArn", &input.execution_role_arn)] {
        if arn.as_deref().is_some_and(|arn| arn.contains(':') && !(arn.starts_with("arn:") && arn.contains(":role/"))) {
            return Err(client(format!("Role is not valid: {role}")));
        }
    }
    for container in containers {
        check_container(input, container)?;
    }
    match fargate_problem(input) {
        Some(problem) if input.requires_compatibilities.contains(&Compatibility::Fargate) => Err(client(problem)),
        _ => Ok(()),
    }
}

fn check_family(family: &str) -> Result<(), ApiError> {
    match family.len() {
        0 => Err(client("Family should not be null or empty.")),
        1..=255 if family.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => Ok(()),
        1..=255 => Err(client("Family contains invalid characters.")),
        _ => Err(client("Family name must be at most 255 characters long.")),
    }
}

fn check_container(input: &RegisterTaskDefinition, container: &ContainerDefinition) -> Result<(), ApiError> {
    let name = &container.name;
    if name.is_empty() {
        return Err(client("Container.name should not be null or empty."));
    }
    if name.len() > 255 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(client("Container.name contains invalid characters."));
    }
    if container.image.is_empty() {
        return Err(client("Container.image should not be null or empty."));
    }
    for mapping in &container.port_mappings {
        let port = mapping.container_port.unwrap_or_default();
        if mapping.container_port_range.is_none() && !(1..=65535).contains(&port) {
            return Err(client(format!("Invalid container port {port} for container {name}.")));
        }
        let differs = mapping.host_port.is_some_and(|host| host != 0 && Some(host) != mapping.container_port);
        if input.network_mode == Some(NetworkMode::Awsvpc) && differs {
            return Err(client(
                "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
            ));
        }
    }
    for mount in &container.mount_points {
        let known = |volume: &str| input.volumes.iter().any(|it| it.name.as_deref() == Some(volume));
        if let Some(volume) = mount.source_volume.as_deref().filter(|volume| !known(volume)) {
            return Err(client(format!("Unknown volume '{volume}'.")));
        }
    }
    for dependency in container.depends_on.iter().flatten() {
        let on = &dependency.container_name;
        if on == name || !input.container_definitions.iter().any(|other| other.name == *on) {
            return Err(client(format!(
                "Container {name} depends on {on}, which is not another container of the task."
            )));
        }
    }
    if container.secrets.iter().flatten().next().is_some() && input.execution_role_arn.is_none() {
        return Err(client(
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ));
    }
    let secrets: BTreeSet<_> = container.secrets.iter().flatten().map(|secret| secret.name.as_str()).collect();
    if container.environment.iter().any(|it| it.name.as_deref().is_some_and(|name| secrets.contains(name))) {
        return Err(client(
            "The secret name must be unique and not shared with any new or existing environment variables set on \
             the container.",
        ));
    }
    if let Some(logs) = container.log_configuration.as_ref().filter(|logs| logs.log_driver == LogDriver::Awslogs) {
        let has = |option: &str| logs.options.as_ref().is_some_and(|options| options.contains_key(option));
        if !has("awslogs-group") || !has("awslogs-region") {
            return Err(client("Log driver awslogs requires options: awslogs-region, awslogs-group"));
        }
    }
    container.health_check.as_ref().map_or(Ok(()), check_health_check)
}

fn check_health_check(check: &HealthCheck) -> Result<(), ApiError> {
    if !matches!(check.command.first().map(String::as_str), Some("CMD" | "CMD-SHELL" | "NONE")) {
        return Err(client("Health check command must start with CMD, CMD-SHELL or NONE."));
    }
    let ranges = [
        ("interval", check.interval, 5..=300),
        ("timeout", check.timeout, 2..=60),
        ("retries", check.retries, 1..=10),
        ("startPeriod", check.start_period.unwrap_or_default(), 0..=300),
    ];
    match ranges.into_iter().find(|(_, value, range)| !range.contains(value)) {
        Some((name, value, range)) => {
            let (low, high) = (range.start(), range.end());
            Err(client(format!("Health check {name} must be between {low} and {high}, and {value} is not.")))
        }
        None => Ok(()),
    }
}

/// Why Fargate cannot run it.
pub(super) fn fargate_problem(input: &RegisterTaskDefinition) -> Option<String> {
    if input.network_mode != Some(NetworkMode::Awsvpc) {
        return Some("Fargate only supports network mode ‘awsvpc’.".to_owned());
    }
    let Some(cpu) = input.cpu.as_deref() else {
        return Some("Fargate requires that 'cpu' be defined at the task level.".to_owned());
    };
    let Some(memory) = input.memory.as_deref() else {
        return Some("Fargate requires that 'memory' be defined at the task level.".to_owned());
    };
    match (size::parse(cpu, "vcpu"), size::parse(memory, "gb")) {
        (Ok(cpu), Ok(memory)) if size::exists(cpu, memory) => (),
        _ => {
            return Some(format!(
                "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS \
                 documentation for the valid values."
            ));
        }
    }
    if input.ephemeral_storage.as_ref().is_some_and(|storage| !(21..=200).contains(&storage.size_in_gib)) {
        return Some("Ephemeral storage size must be between 21 and 200 GiB.".to_owned());
    }
    if input.ipc_mode.is_some() {
        return Some("Fargate does not support the ipcMode parameter.".to_owned());
    }
    if !input.placement_constraints.is_empty() {
        return Some("Fargate does not support placement constraints.".to_owned());
    }
    input.container_definitions.iter().find_map(|container| container_problem(input, container))
}

fn container_problem(input: &RegisterTaskDefinition, container: &ContainerDefinition) -> Option<String> {
    let has_role = input.execution_role_arn.is_some();
    let needs_role =
        |what: &str| format!("Fargate requires task definition to have execution role ARN to support {what}.");
    if container.image_is_in_ecr() && !has_role {
        return Some(needs_role("ECR images"));
    }
    if let Some(logs) = &container.log_configuration {
        if !matches!(logs.log_driver, LogDriver::Awslogs | LogDriver::Splunk | LogDriver::Awsfirelens) {
            let driver = logs.log_driver.name();
            return Some(format!("Fargate does not support the log driver {driver}."));
        }
        if logs.log_driver == LogDriver::Awslogs && !has_role {
            return Some(needs_role("log driver awslogs"));
        }
    }
    if container.privileged == Some(true) {
        return Some("Fargate does not support privileged containers.".to_owned());
    }
    if container.links.as_ref().is_some_and(|links| !links.is_empty()) {
        return Some("Links are not supported when networkMode=awsvpc.".to_owned());
    }
    match container.stop_timeout {
        Some(seconds) if !(0..=120).contains(&seconds) => {
            Some("The stop timeout of a container must be between 0 and 120 seconds on Fargate.".to_owned())
        }
        _ => None,
    }
}
