//! How a task goes from one status to the next: by time.
//!
//! With a data plane a status may wait for processes, not for a time: [`observe`](fn@super::observe) then takes the task
//! on. All that happens on the way, in [`enter`], is the same.

use std::time::Duration;

use jiff::Timestamp;

use super::{DesiredStatus, Failure, Health, Status, StopCode, Task, prepare};
use crate::context::Context;
use crate::ecs::service::TargetChange;
use crate::ecs::{interface, service, target};

/// How long a stopped task can be described (AWS: ECS API Reference, DescribeTasks: "at least one hour").
const REMEMBERED: Duration = Duration::from_secs(3600);

/// How long a task stays in its status here; `None` where it stays until something else happens: with a data plane, until
/// its processes have done something.
///
/// Users report 30 to 60 seconds from the start of a Fargate task with a small image until it runs. Draining lasts as
/// long as its target groups say (AWS: ECS Developer Guide, "Amazon ECS task lifecycle", `DEACTIVATING`).
fn duration(cx: &Context<'_>, task: &Task) -> Option<Duration> {
    let on_aws = match task.last_status {
        Status::Provisioning => Duration::from_secs(10),
        Status::Pending => Duration::from_secs(20),
        Status::Activating => Duration::from_secs(1),
        Status::Deactivating => {
            let groups = task.load_balancers.iter().filter_map(|it| it.target()).map(|(group, _)| group);
            let delay = groups.map(|group| target::deregistration_delay(cx, group)).max().unwrap_or_default();
            let delay = if task.drains() { delay } else { Duration::ZERO };
            return Some(if cx.facts.is_some() { cx.pace.scaled(delay) } else { cx.pace.duration(delay) });
        }
        Status::Stopping if cx.facts.is_some() => return None,
        // The processes are taken to end within a second of SIGTERM.
        Status::Stopping => Duration::from_secs(1),
        Status::Deprovisioning => Duration::from_secs(10),
        Status::Running | Status::Stopped => return None,
    };
    Some(cx.pace.duration(on_aws))
}

/// Takes a task whose time has come to its next status.
pub(in crate::ecs) fn step(cx: &mut Context<'_>, key: &str) {
    let Some(task) = cx.ecs.tasks.get(key) else { return };
    let next = match task.last_status {
        Status::Provisioning => Status::Pending,
        Status::Pending => match prepare::obstacle(cx, task) {
            None if cx.facts.is_some() => return pulled(cx, key),
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

/// The images of a task are there, so that the data plane may start it.
fn pulled(cx: &mut Context<'_>, key: &str) {
    if let Err(reason) = prepare::fetch(cx, key) {
        return stop(cx, key, StopCode::TaskFailedToStart, &reason);
    }
    let now = cx.now;
    if let Some(task) = cx.ecs.tasks.get_mut(key) {
        task.pull_stopped = Some(now);
        task.due = None;
    }
}

/// Stops a task: one that is registered with a load balancer is deregistered first, and drained if it is its service
/// that stops it. One that is stopping already goes on as it does.
pub(in crate::ecs) fn stop(cx: &mut Context<'_>, key: &str, code: StopCode, reason: &str) {
    let has_processes = cx.facts.is_some();
    let Some(task) = cx.ecs.tasks.get_mut(key) else { return };
    if task.last_status > Status::Running {
        return;
    }
    task.desired_status = DesiredStatus::Stopped;
    task.stop_code = Some(code);
    task.stopped_reason = Some(reason.to_owned());
    task.failure = match code {
        StopCode::TaskFailedToStart => Some(Failure::ToStart),
        StopCode::EssentialContainerExited if !task.was_healthy => Some(Failure::ToStart),
        _ => task.failure,
    };
    let next = match task.last_status {
        Status::Activating | Status::Running => Status::Deactivating,
        Status::Pending if has_processes && task.is_pulled() => Status::Stopping,
        _ => Status::Deprovisioning,
    };
    enter(cx, key, next);
}

/// Makes the scheduler look at the service of a task.
pub(super) fn wake_service(cx: &mut Context<'_>, key: &str) {
    let Some(task) = cx.ecs.tasks.get(key) else { return };
    let Some(service) = task.service.as_ref().map(|name| service::key_of(&task.cluster, name)) else { return };
    let now = cx.now;
    if let Some(service) = cx.ecs.services.get_mut(&service) {
        service.next_look = Some(now);
    }
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
    let has_processes = cx.facts.is_some();
    let Some(task) = cx.ecs.tasks.get_mut(key) else { return };
    task.last_status = status;
    task.version += 1;
    match status {
        Status::Pending => task.pull_started = Some(now),
        Status::Activating => {
            task.pull_stopped.get_or_insert(now);
        }
        Status::Running => {
            task.started = Some(now);
            for (number, container) in task.containers.iter_mut().enumerate() {
                container.runtime_id = Some(format!("{runtime_id}-{number}"));
                if !has_processes && container.health_checked {
                    // The processes are taken to be as they should be.
                    container.health = Health::Healthy;
                }
            }
        }
        Status::Deactivating => task.stopping = Some(now),
        Status::Deprovisioning => {
            task.stopping.get_or_insert(now);
            task.execution_stopped = Some(now);
            for container in task.containers.iter_mut().filter(|container| container.runtime_id.is_some()) {
                if !has_processes {
                    // The processes are taken to end well when they are told to.
                    container.exit_code = Some(0);
                }
            }
        }
        Status::Stopped => task.stopped = Some(now),
        Status::Provisioning | Status::Stopping => (),
    }
    let due = cx.ecs.tasks.get(key).and_then(|task| duration(cx, task)).and_then(|it| super::super::later(cx.now, it));
    if let Some(task) = cx.ecs.tasks.get_mut(key) {
        task.due = due;
    }
}

fn register(cx: &mut Context<'_>, key: &str) {
    for (group, address, port) in targets(cx, key) {
        // The group may be gone, or the address outside of its VPC: the task then runs without ever being healthy.
        if target::register(cx, &group, &address, port).is_ok() {
            note(cx, key, TargetChange::Registered, &group);
        }
    }
}

fn deregister(cx: &mut Context<'_>, key: &str) {
    for (group, address, port) in targets(cx, key) {
        if target::deregister(cx, &group, &address, port).is_ok() {
            note(cx, key, TargetChange::Deregistered, &group);
        }
    }
}

/// Lets the task's service tell of what was done with its target.
fn note(cx: &mut Context<'_>, key: &str, change: TargetChange, group: &str) {
    let now = cx.now;
    let Some(task) = cx.ecs.tasks.get(key) else { return };
    let Some(service) = task.service.as_ref().map(|name| service::key_of(&task.cluster, name)) else { return };
    if let Some(service) = cx.ecs.services.get_mut(&service) {
        service.note_target(change, group, now);
    }
}

/// The targets that a task is: group, address and port.
fn targets(cx: &Context<'_>, key: &str) -> Vec<(String, String, u16)> {
    let Some(task) = cx.ecs.tasks.get(key) else { return Vec::new() };
    let Some(interface) = &task.interface else { return Vec::new() };
    let target = |(group, port): (&str, u16)| (group.to_owned(), interface.private_address.clone(), port);
    task.load_balancers.iter().filter_map(|load_balancer| load_balancer.target()).map(target).collect()
}

/// How many stopped tasks are described at most, those that stopped last: time may go faster here than on AWS, and a service
/// whose tasks fail stops many of them in an hour.
const STOPPED: usize = 1000;

/// Forgets the tasks that stopped long ago. Asked at each tick, and mostly there are none.
pub(in crate::ecs) fn forget(cx: &mut Context<'_>) {
    let times = || cx.ecs.tasks.values().filter_map(|task| task.stopped);
    if times().count() <= STOPPED && !times().any(|stopped| super::super::elapsed(stopped, cx.now) >= REMEMBERED) {
        return;
    }
    let stopped = |task: &Task| task.stopped.map(|stopped| (stopped, task.key()));
    let mut stopped: Vec<(Timestamp, String)> = cx.ecs.tasks.values().filter_map(stopped).collect();
    stopped.sort();
    let surplus = stopped.len().saturating_sub(STOPPED);
    for (number, (stopped, key)) in stopped.into_iter().enumerate() {
        if number < surplus || super::super::elapsed(stopped, cx.now) >= REMEMBERED {
            cx.ecs.tasks.remove(&key);
        }
    }
}
