//! How a task goes from one status to the next: by time.
//!
//! A data plane takes the place of [`duration`]: what a status waits for then is a process, not a time. All that
//! happens on the way, in [`enter`], stays.

use std::time::Duration;

use super::{DesiredStatus, Status, StopCode, Task};
use crate::context::Context;
use crate::ecs::{interface, target, task_definition};
use crate::iam;

/// How long a stopped task can be described (AWS: ECS API Reference, DescribeTasks: "at least one hour").
const REMEMBERED: Duration = Duration::from_secs(3600);

/// How long a task stays in a status on AWS; `None` where it stays until something else happens.
///
/// Users report 30 to 60 seconds from the start of a Fargate task with a small image until it runs. Draining lasts as
/// long as its target groups say (AWS: ECS Developer Guide, "Amazon ECS task lifecycle", `DEACTIVATING`).
fn duration(cx: &Context<'_>, task: &Task) -> Option<Duration> {
    Some(match task.last_status {
        Status::Provisioning => Duration::from_secs(10),
        Status::Pending => Duration::from_secs(20),
        Status::Activating => Duration::from_secs(1),
        Status::Deactivating => {
            let groups = task.load_balancers.iter().filter_map(|it| it.target()).map(|(group, _)| group);
            groups.map(|group| target::deregistration_delay(cx, group)).max().unwrap_or_default()
        }
        // The processes are taken to end within a second of SIGTERM.
        Status::Stopping => Duration::from_secs(1),
        Status::Deprovisioning => Duration::from_secs(10),
        Status::Running | Status::Stopped => return None,
    })
}

/// Takes a task whose time has come to its next status.
pub(in crate::ecs) fn step(cx: &mut Context<'_>, key: &str) {
    let Some(task) = cx.ecs.tasks.get(key) else { return };
    let next = match task.last_status {
        Status::Provisioning => Status::Pending,
        Status::Pending => match obstacle(cx, task) {
            None => Status::Activating,
            Some(reason) => return stop(cx, key, StopCode::TaskFailedToStart, &reason),
        },
        Status::Activating => Status::Running,
        Status::Deactivating => Status::Stopping,
        Status::Stopping => Status::Deprovisioning,
        Status::Deprovisioning => Status::Stopped,
        Status::Running | Status::Stopped => return,
    };
    enter(cx, key, next);
}

/// Stops a task: one that runs is drained first. One that is stopping already goes on as it does.
pub(in crate::ecs) fn stop(cx: &mut Context<'_>, key: &str, code: StopCode, reason: &str) {
    let Some(task) = cx.ecs.tasks.get_mut(key) else { return };
    if task.last_status > Status::Running {
        return;
    }
    task.desired_status = DesiredStatus::Stopped;
    task.stop_code = Some(code);
    task.stopped_reason = Some(reason.to_owned());
    let next = if task.last_status == Status::Running { Status::Deactivating } else { Status::Deprovisioning };
    enter(cx, key, next);
}

/// Puts a task into a status and does what belongs to it.
pub(super) fn enter(cx: &mut Context<'_>, key: &str, status: Status) {
    match status {
        Status::Activating => register(cx, key),
        Status::Deactivating => deregister(cx, key),
        Status::Stopped => {
            if let Some(interface) = cx.ecs.tasks.get(key).and_then(|task| task.interface.clone()) {
                interface::detach(cx, &interface);
            }
        }
        _ => (),
    }
    let now = cx.now;
    let runtime_id = cx.ids.hex(32);
    let Some(task) = cx.ecs.tasks.get_mut(key) else { return };
    task.last_status = status;
    task.version += 1;
    match status {
        Status::Pending => task.pull_started = Some(now),
        Status::Activating => task.pull_stopped = Some(now),
        Status::Running => {
            task.started = Some(now);
            for (number, container) in task.containers.iter_mut().enumerate() {
                container.runtime_id = Some(format!("{runtime_id}-{number}"));
            }
        }
        Status::Deactivating => task.stopping = Some(now),
        Status::Deprovisioning => {
            task.stopping.get_or_insert(now);
            task.execution_stopped = Some(now);
            for container in task.containers.iter_mut().filter(|container| container.runtime_id.is_some()) {
                // The processes are taken to end well when they are told to.
                container.exit_code = Some(0);
            }
        }
        Status::Stopped => task.stopped = Some(now),
        Status::Provisioning | Status::Stopping => (),
    }
    let due = cx.ecs.tasks.get(key).and_then(|task| duration(cx, task)).map(|duration| cx.after(duration));
    if let Some(task) = cx.ecs.tasks.get_mut(key) {
        task.due = due;
    }
}

fn register(cx: &mut Context<'_>, key: &str) {
    let targets = targets(cx, key);
    let mut counts = Vec::new();
    for (group, address, port) in &targets {
        // The group may be gone, or the address outside of its VPC: the task then runs without ever being healthy.
        if target::register(cx, group, address, *port).is_ok() {
            counts.push(group.clone());
        }
    }
    tell(cx, key, "registered", &counts);
}

fn deregister(cx: &mut Context<'_>, key: &str) {
    let targets = targets(cx, key);
    let mut counts = Vec::new();
    for (group, address, port) in &targets {
        if target::deregister(cx, group, address, *port).is_ok() {
            counts.push(group.clone());
        }
    }
    tell(cx, key, "deregistered", &counts);
}

/// Lets the task's service tell of what was done with its targets.
fn tell(cx: &mut Context<'_>, key: &str, what: &str, groups: &[String]) {
    let Some(task) = cx.ecs.tasks.get(key) else { return };
    let Some(service) = task.service.as_ref().map(|name| super::super::service::key_of(&task.cluster, name)) else {
        return;
    };
    let Some(mut service_record) = cx.ecs.services.get(&service).cloned() else { return };
    for group in groups {
        service_record.tell(cx, &format!("{what} 1 targets in (target-group {group})"));
    }
    cx.ecs.services.insert(service, service_record);
}

/// The targets that a task is: group, address and port.
fn targets(cx: &Context<'_>, key: &str) -> Vec<(String, String, u16)> {
    let Some(task) = cx.ecs.tasks.get(key) else { return Vec::new() };
    let Some(interface) = &task.interface else { return Vec::new() };
    let target = |(group, port): (&str, u16)| (group.to_owned(), interface.private_address.clone(), port);
    task.load_balancers.iter().filter_map(|load_balancer| load_balancer.target()).map(target).collect()
}

/// Why a task cannot start, in AWS's words.
///
/// AWS: ECS Developer Guide, "Stopped tasks error messages".
fn obstacle(cx: &Context<'_>, task: &Task) -> Option<String> {
    let definition = task_definition::find(cx, &task.task_definition_arn).ok().flatten()?;
    let roles = [
        task.overrides.execution_role_arn.as_ref().or(definition.execution_role_arn.as_ref()),
        task.overrides.task_role_arn.as_ref().or(definition.task_role_arn.as_ref()),
    ];
    if let Some(role) = roles.into_iter().flatten().find(|role| iam::role_by_arn(cx, role).is_none()) {
        return Some(format!(
            "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the \
             role being passed has the proper trust relationship and permissions and that your IAM user has \
             permissions to pass this role."
        ));
    }
    let mut logs = definition.containers.iter().filter_map(ContainerLogs::of);
    let is_missing = |logs: &ContainerLogs<'_>| logs.region == cx.region && !cx.logs.groups.contains(logs.group);
    logs.any(|logs| is_missing(&logs)).then(|| {
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: \
         failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."
            .to_owned()
    })
}

/// The log group of a container that does not make it by itself.
struct ContainerLogs<'a> {
    group: &'a str,
    region: &'a str,
}

impl<'a> ContainerLogs<'a> {
    fn of(container: &'a task_definition::ContainerDefinition) -> Option<Self> {
        let options = container.log_configuration.as_ref()?.options.as_ref()?;
        if options.get("awslogs-create-group").is_some_and(|create| create == "true") {
            return None;
        }
        Some(ContainerLogs { group: options.get("awslogs-group")?, region: options.get("awslogs-region")? })
    }
}

/// Forgets the tasks that stopped long ago.
pub(in crate::ecs) fn forget(cx: &mut Context<'_>) {
    let long_ago =
        |task: &Task| task.stopped.is_some_and(|stopped| super::super::elapsed(stopped, cx.now) >= REMEMBERED);
    let keys: Vec<String> = cx.ecs.tasks.values().filter(|task| long_ago(task)).map(Task::key).collect();
    for key in keys {
        cx.ecs.tasks.remove(&key);
    }
}
