//! How a task goes from one status to the next where it is processes: by what these do.

use std::collections::BTreeMap;

use super::{Status, StopCode, Task, lifecycle};
use crate::context::Context;
use crate::plane::tasks::{ContainerFact, TaskFact};

/// What AWS says of a task whose essential container has ended (AWS: ECS Developer Guide, "Stopped tasks error
/// messages").
const EXITED: &str = "Essential container in task exited";

/// The exit code of a process that SIGKILL ended, as far as a shell tells.
const KILLED: i32 = 137;

/// What a task is to do next.
enum Next {
    Enter(Status),
    Stop(StopCode, String),
}

/// Takes every task on by what its processes have done. Without a data plane there are none.
pub(crate) fn observe(cx: &mut Context<'_>) {
    let Some(facts) = cx.facts else { return };
    let lives = |task: &Task| (Status::Pending..=Status::Stopping).contains(&task.last_status);
    let alive: Vec<String> =
        cx.ecs.tasks.iter().filter(|(_, task)| lives(task)).map(|(key, _)| key.to_owned()).collect();
    for key in alive {
        let Some(task) = cx.ecs.tasks.get(&key) else { continue };
        let fact = facts.tasks.get(&task.arn);
        if differs(task, fact) {
            write_down(cx, &key, fact);
        }
        let Some(task) = cx.ecs.tasks.get(&key) else { continue };
        match next(task, fact) {
            Some(Next::Enter(status)) => lifecycle::enter(cx, &key, status),
            Some(Next::Stop(code, reason)) => lifecycle::stop(cx, &key, code, &reason),
            None => continue,
        }
        lifecycle::wake_service(cx, &key);
    }
}

/// Where a task goes from here.
fn next(task: &Task, fact: Option<&TaskFact>) -> Option<Next> {
    let Some(fact) = fact else {
        // It has no processes: none yet, or they ended together with the cloud before this one.
        return match task.last_status {
            Status::Activating | Status::Running => {
                Some(Next::Stop(StopCode::EssentialContainerExited, EXITED.to_owned()))
            }
            Status::Deactivating => Some(Next::Enter(Status::Stopping)),
            Status::Stopping => Some(Next::Enter(Status::Deprovisioning)),
            _ => None,
        };
    };
    let essential = task.containers.iter().filter(|container| container.essential);
    let mut essential = essential.filter_map(|container| fact.containers.get(&container.name));
    let ended = essential.any(|container| matches!(container, ContainerFact::Ended { .. }));
    match task.last_status {
        Status::Pending | Status::Activating | Status::Running => {
            if let Some(reason) = refusal(&fact.containers) {
                return Some(Next::Stop(StopCode::TaskFailedToStart, reason.to_owned()));
            }
            if ended {
                return Some(Next::Stop(StopCode::EssentialContainerExited, EXITED.to_owned()));
            }
            let started = !fact.containers.values().any(|container| *container == ContainerFact::Waiting);
            (task.last_status == Status::Pending && started).then_some(Next::Enter(Status::Activating))
        }
        Status::Deactivating => ended.then_some(Next::Enter(Status::Stopping)),
        Status::Stopping => fact.has_ended().then_some(Next::Enter(Status::Deprovisioning)),
        _ => None,
    }
}

fn refusal(containers: &BTreeMap<String, ContainerFact>) -> Option<&str> {
    containers.values().find_map(|container| match container {
        ContainerFact::Refused(reason) => Some(reason.as_str()),
        _ => None,
    })
}

/// Whether there is something to write down: most of the time there is not.
fn differs(task: &Task, fact: Option<&TaskFact>) -> bool {
    let Some(fact) = fact else {
        return task.last_status > Status::Pending && task.containers.iter().any(|it| it.exit_code.is_none());
    };
    task.containers.iter().any(|container| match fact.containers.get(&container.name) {
        Some(ContainerFact::Running { health }) => container.health != *health,
        Some(ContainerFact::Ended { exit_code, .. }) => container.exit_code != *exit_code,
        Some(ContainerFact::Refused(reason)) => container.reason.as_ref() != Some(reason),
        Some(ContainerFact::Waiting) | None => false,
    })
}

fn write_down(cx: &mut Context<'_>, key: &str, fact: Option<&TaskFact>) {
    let Some(task) = cx.ecs.tasks.get_mut(key) else { return };
    for container in &mut task.containers {
        let Some(fact) = fact else {
            container.exit_code.get_or_insert(KILLED);
            continue;
        };
        match fact.containers.get(&container.name) {
            Some(ContainerFact::Running { health }) => container.health = *health,
            Some(ContainerFact::Ended { exit_code, reason }) => {
                container.exit_code = *exit_code;
                container.reason.clone_from(reason);
            }
            Some(ContainerFact::Refused(reason)) => container.reason = Some(reason.clone()),
            Some(ContainerFact::Waiting) | None => (),
        }
    }
}
