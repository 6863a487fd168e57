//! One look at one service.

use super::place::start_one;
use super::rolling::{self, Decision, Member, Standing};
use super::standing::{members, note_health};
use super::{failures, settle, shift, unhealthy, wait};
use crate::context::Context;
use crate::ecs::later;
use crate::ecs::service::{Rollout, Service};
use crate::ecs::task::{self, StopCode};

/// Starts and stops tasks of a service and tells how far its deployment is.
pub(super) fn look(cx: &mut Context<'_>, key: &str) {
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    note_health(cx, &mut service);
    failures::count_failures(cx, &mut service);
    failures::break_circuit(cx, &mut service);
    shift::advance(cx, &mut service);
    let standing = members(cx, &service);
    let decisions = decide(cx, &service, &standing);
    let changes = decisions.iter().any(|(_, decision)| *decision != Decision::default());
    if changes {
        service.changed = cx.now;
    }
    // The tasks tell their service of their targets, so that it must be in its table while they change.
    put(cx, key, service);
    for (deployment, Decision { start: count, stop: keys }) in decisions {
        let (failing, surplus): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| is_failing(&standing, key));
        unhealthy::replace(cx, key, failing);
        stop(cx, key, &surplus);
        if count > 0 {
            start(cx, key, &deployment, count);
        }
    }
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    settle::settle(cx, &mut service);
    if service.owes_word_of_targets(cx.now, wait::for_more_targets(cx)) {
        service.tell_of_targets(cx);
    }
    put(cx, key, service);
}

/// What to do next, by the deployment to start tasks of.
fn decide(cx: &Context<'_>, service: &Service, standing: &[Member]) -> Vec<(String, Decision)> {
    if service.shifting() {
        return shift::decide(cx, service, standing);
    }
    let primary = service.deployments.first().map(|primary| primary.id.clone()).unwrap_or_default();
    vec![(primary, roll(cx, service, standing))]
}

/// Puts a service back, if it has changed: what is put is written to the disk.
fn put(cx: &mut Context<'_>, key: &str, service: Service) {
    if cx.ecs.services.get(key) != Some(&service) {
        cx.ecs.services.insert(key, service);
    }
}

fn is_failing(standing: &[Member], key: &str) -> bool {
    standing.iter().any(|member| member.key == key && member.failing)
}

/// What to do next for the primary deployment, whose tasks take the place of all others.
fn roll(cx: &Context<'_>, service: &Service, tasks: &[Member]) -> Decision {
    let configuration = &service.deployment_configuration;
    rolling::decide(&Standing {
        desired: service.desired_count,
        minimum_healthy_percent: configuration.minimum_healthy_percent,
        maximum_percent: configuration.maximum_percent,
        stalled: service.deployments.first().is_some_and(|primary| primary.rollout == Rollout::Failed),
        may_start: service.deployments.first().is_some_and(|primary| primary.may_start(cx.now)),
        tasks,
    })
}

fn stop(cx: &mut Context<'_>, key: &str, stopped: &[String]) {
    if stopped.is_empty() {
        return;
    }
    let Some(service) = cx.ecs.services.get(key) else { return };
    let primary = service.deployments.first().map(|primary| primary.id.clone()).unwrap_or_default();
    let reason = format!("Scaling activity initiated by (deployment {primary})");
    let drains = service.specs().any(|spec| !spec.load_balancers.is_empty());
    for key in stopped {
        task::stop(cx, key, StopCode::ServiceSchedulerInitiated, &reason);
    }
    let names = names(cx, stopped);
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    if drains {
        service.tell(cx, &format!("has begun draining connections on {} tasks.", stopped.len()));
    }
    service.tell(cx, &format!("has stopped {} running tasks: {names}.", stopped.len()));
    cx.ecs.services.insert(key, service);
}

fn start(cx: &mut Context<'_>, key: &str, deployment: &str, count: u32) {
    let mut started = Vec::new();
    let mut problem = None;
    for _ in 0..count {
        match start_one(cx, key, deployment) {
            Ok(task) => started.push(task),
            Err(error) => {
                problem = Some(error.message);
                break;
            }
        }
    }
    let names = names(cx, &started);
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    if !started.is_empty() {
        service.tell(cx, &format!("has started {} tasks: {names}.", started.len()));
    }
    if let Some(problem) = problem {
        service.tell(cx, &format!("was unable to place a task. Reason: {problem}."));
        let now = cx.now;
        let wait = wait::retry(cx, 1);
        if let Some(deployment) = service.deployment_mut(deployment) {
            deployment.retry_at = later(now, wait);
        }
    }
    cx.ecs.services.insert(key, service);
}

fn names(cx: &Context<'_>, keys: &[String]) -> String {
    let ids = keys.iter().filter_map(|key| cx.ecs.tasks.get(key)).map(|task| format!("(task {})", task.id));
    ids.collect::<Vec<_>>().join(" ")
}
