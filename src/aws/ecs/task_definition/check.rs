use super::{Container, HealthCheck, TaskDefinition};
use model::Problem;
use std::collections::BTreeSet;

impl TaskDefinition {
    /// AWS: ECS API Reference, ContainerDefinition and HealthCheck; ECS Developer Guide, "Amazon ECS task execution
    /// IAM role".
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !self.containers.values().any(|container| container.essential) {
            problems.push(Problem::new("containers", "at least one container must be essential"));
        }
        if !(20..=200).contains(&self.ephemeral_storage) {
            problems.push(Problem::new("ephemeral_storage", "a Fargate task has 20 to 200 GiB of disk space"));
        }
        let needs_role = |container: &Container| !container.secrets.is_empty() || container.log_configuration.is_some();
        if self.execution_role.is_none() && self.containers.values().any(needs_role) {
            let message = "secrets and logs need an execution role, with which ECS reads and writes them";
            problems.push(Problem::new("execution_role", message));
        }
        for (name, container) in &self.containers {
            let messages = container_problems(container, &self.volumes);
            problems.extend(messages.map(|message| Problem::new("containers", format!("`{name}`: {message}"))));
        }
        problems
    }
}

fn container_problems(container: &Container, volumes: &BTreeSet<String>) -> impl Iterator<Item = String> {
    let twice = container.secrets.keys().find(|name| container.environment.contains_key(*name));
    let unknown = container.mount_points.iter().map(|mount| &mount.source_volume).find(|it| !volumes.contains(*it));
    let ports: BTreeSet<_> = container.port_mappings.iter().map(|mapping| mapping.container_port).collect();
    let limits = container.ulimits.values();
    [
        twice.map(|name| format!("the environment variable `{name}` has both a value and a secret")),
        unknown.map(|volume| format!("it mounts `{volume}`, which is not one of the task's volumes")),
        (ports.len() < container.port_mappings.len()).then(|| "a port is mapped twice".to_owned()),
        (container.stop_timeout.get() > 120).then(|| "Fargate waits at most 120 seconds for a stop".to_owned()),
        limits
            .into_iter()
            .any(|limit| limit.soft > limit.hard)
            .then(|| "a soft limit lies above its hard limit".to_owned()),
        container.health_check.as_ref().and_then(health_check_problem).map(ToOwned::to_owned),
    ]
    .into_iter()
    .flatten()
}

fn health_check_problem(check: &HealthCheck) -> Option<&'static str> {
    if !matches!(check.command.first().map(String::as_str), Some("CMD" | "CMD-SHELL")) || check.command.len() < 2 {
        return Some("the health check's command begins with CMD or CMD-SHELL and goes on");
    }
    let limits = [
        (5..=300, check.interval.get(), "the health check's interval lies between 5 and 300 seconds"),
        (2..=60, check.timeout.get(), "the health check's timeout lies between 2 and 60 seconds"),
        (1..=10, check.retries.into(), "the health check's retries lie between 1 and 10"),
        (0..=300, check.start_period.get(), "the health check's start period lies between 0 and 300 seconds"),
    ];
    limits.into_iter().find(|(range, value, _)| !range.contains(value)).map(|(_, _, message)| message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::{MountPoint, PortMapping, TransportProtocol};
    use model::{FargateSize, Port, Resource as _, Seconds};

    fn messages(change: impl FnOnce(&mut TaskDefinition, &mut Container)) -> Vec<String> {
        let mut container = Container::new("web:1");
        let mut task = TaskDefinition::new(FargateSize::CPU_256_MIB_512, "other", container.clone());
        change(&mut task, &mut container);
        task.containers.insert("web".to_owned(), container);
        task.check().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_plain_task_is_fine() {
        assert_eq!(messages(|_, _| ()), [""; 0]);
    }

    #[test]
    fn what_registering_would_refuse() {
        let port = |protocol| PortMapping { container_port: Port::new(53), protocol };
        for (change, expected) in [
            (
                (|task, container| {
                    task.containers.clear();
                    container.essential = false;
                }) as fn(&mut TaskDefinition, &mut Container),
                "at least one container must be essential",
            ),
            (|task, _| task.ephemeral_storage = 19, "a Fargate task has 20 to 200 GiB of disk space"),
            (|_, container| container.stop_timeout = Seconds::new(121), "`web`: Fargate waits at most 120 seconds"),
            (
                |_, container| {
                    container.mount_points.insert(MountPoint {
                        source_volume: "tmp".to_owned(),
                        container_path: "/tmp".to_owned(),
                        read_only: false,
                    });
                },
                "`web`: it mounts `tmp`",
            ),
            (
                |_, container| {
                    container.secrets.insert("TOKEN".to_owned(), "arn".into());
                },
                "secrets and logs need an execution role",
            ),
            (
                |_, container| {
                    container.health_check =
                        Some(HealthCheck { command: vec!["curl".into()], ..HealthCheck::shell("") });
                },
                "`web`: the health check's command begins with CMD",
            ),
            (
                |_, container| {
                    container.health_check = Some(HealthCheck { retries: 11, ..HealthCheck::shell("true") });
                },
                "`web`: the health check's retries",
            ),
        ] {
            let found = messages(change);
            assert!(matches!(&found[..], [one] if one.starts_with(expected)), "{expected}: {found:?}");
        }
        let both = messages(|_, container| {
            container.port_mappings = [port(TransportProtocol::Tcp), port(TransportProtocol::Udp)].into();
        });
        assert_eq!(both, ["`web`: a port is mapped twice"]);
    }
}
