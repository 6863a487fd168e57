//! What a task is to run, taken from the tables.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::context::Context;
use crate::ecr::{self, Pull};
use crate::ecs::{
    self, ContainerDefinition, ContainerHealthCheck, ContainerLogs, DependencyCondition, Task, TaskStatus,
};

/// How long a container may take to end after SIGTERM (AWS: ECS API Reference, ContainerDefinition, `stopTimeout`).
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// A task that there should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(super) arn: String,
    /// Whether its processes are to end.
    pub(super) stops: bool,
    /// What to run; `None` for a task that is known already.
    pub(super) plan: Option<Plan>,
}

/// What a task is to run, and where.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) id: String,
    /// The cluster's name.
    pub(super) cluster: String,
    /// The name of the service that it is part of.
    pub(super) service: Option<String>,
    pub(super) region: String,
    /// Where it is in the network; `None` for a task without a network interface.
    pub(super) place: Option<Place>,
    /// In MiB.
    pub(super) memory: Option<u32>,
    pub(super) containers: Vec<Container>,
}

/// A place in a VPC.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) vpc: String,
    pub(super) interface: String,
    pub(super) address: Ipv4Addr,
}

/// What a container is to run. The times are AWS's.
#[derive(Debug, Clone)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: Image,
    /// Of the task definition and of the overrides.
    pub(super) environment: BTreeMap<String, String>,
    /// Names of variables, and what their values are kept under.
    pub(super) secrets: Vec<(String, String)>,
    pub(super) entry_point: Option<Vec<String>>,
    pub(super) command: Option<Vec<String>>,
    pub(super) ports: Vec<u16>,
    pub(super) stop_timeout: Duration,
    /// In MiB.
    pub(super) memory: Option<u32>,
    pub(super) health_check: Option<ContainerHealthCheck>,
    pub(super) depends_on: Vec<(String, DependencyCondition)>,
    pub(super) logs: Option<Logs>,
}

/// An image, by where it is.
#[derive(Debug, Clone)]
pub(super) enum Image {
    /// In the cloud's own registry; the default environment of its processes.
    Own(BTreeMap<String, String>),
    /// Anywhere else; its name.
    Foreign(String),
}

/// Where lines of output go.
#[derive(Debug, Clone)]
pub(super) struct Logs {
    pub(super) region: String,
    pub(super) group: String,
    pub(super) stream: String,
}

/// The tasks of this region whose processes there should be. Those that are `known` are not described again.
pub(super) fn wanted(cx: &Context<'_>, known: impl Fn(&str) -> bool) -> Vec<Wanted> {
    let has_processes = |task: &&Task| match task.last_status {
        TaskStatus::Pending => task.is_pulled(),
        status => (TaskStatus::Activating..=TaskStatus::Stopping).contains(&status),
    };
    let wanted = |task: &Task| {
        let stops = task.last_status == TaskStatus::Stopping;
        let is_new = task.last_status == TaskStatus::Pending && !known(&task.arn);
        let plan = if is_new { Some(plan(cx, task)?) } else { None };
        Some(Wanted { arn: task.arn.clone(), stops, plan })
    };
    cx.ecs.tasks.values().filter(has_processes).filter_map(wanted).collect()
}

fn plan(cx: &Context<'_>, task: &Task) -> Option<Plan> {
    let definition = ecs::find_task_definition(cx, &task.task_definition_arn).ok().flatten()?;
    let place = task.interface.as_ref().and_then(|interface| {
        let record = cx.ec2.network_interfaces.get(interface.network_interface_id())?;
        Some(Place {
            vpc: record.vpc_id.clone(),
            interface: record.network_interface_id.clone(),
            address: record.private_ip_address,
        })
    });
    Some(Plan {
        id: task.id.clone(),
        cluster: task.cluster.clone(),
        service: task.service.clone(),
        region: cx.region.to_owned(),
        place,
        memory: definition.memory,
        containers: definition.containers.iter().map(|it| container(cx, task, it)).collect(),
    })
}

fn container(cx: &Context<'_>, task: &Task, definition: &ContainerDefinition) -> Container {
    let name = &definition.name;
    let digest = task.containers().iter().find(|it| it.name == *name).and_then(|it| it.image_digest.as_deref());
    let image = match ecr::pull(cx, &definition.image, digest) {
        Pull::Found(image) => Image::Own(image.environment),
        Pull::Elsewhere | Pull::Missing => Image::Foreign(definition.image.clone()),
    };
    let overrides = task.container_override(name);
    let overridden = overrides.and_then(|it| it.environment.as_ref());
    let variables = definition.environment.iter().chain(overridden.into_iter().flatten());
    let environment = variables.filter_map(|it| Some((it.name.clone()?, it.value.clone().unwrap_or_default())));
    let secrets = definition.secrets.iter().flatten().map(|it| (it.name.clone(), it.value_from.clone()));
    let ports = definition.port_mappings.iter().filter_map(|it| u16::try_from(it.container_port?).ok());
    let depends_on = definition.depends_on.iter().flatten().map(|it| (it.container_name.clone(), it.condition));
    let seconds = |seconds: i32| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    Container {
        image,
        environment: environment.collect(),
        secrets: secrets.collect(),
        entry_point: definition.entry_point.clone(),
        command: overrides.and_then(|it| it.command.clone()).or_else(|| definition.command.clone()),
        ports: ports.collect(),
        stop_timeout: definition.stop_timeout.map_or(STOP_TIMEOUT, seconds),
        memory: definition.memory.and_then(|it| u32::try_from(it).ok()),
        health_check: definition.health_check.clone().filter(ContainerHealthCheck::is_on),
        depends_on: depends_on.collect(),
        logs: ContainerLogs::of(definition).map(|logs| Logs {
            region: logs.region.to_owned(),
            group: logs.group.to_owned(),
            stream: match logs.prefix {
                Some(prefix) => format!("{prefix}/{name}/{}", task.id),
                None => task.id.clone(),
            },
        }),
        name: name.clone(),
    }
}
