//! The ends of things: of deployments, of rollouts, of services.

use super::rolling::Member;
use super::standing::members;
use crate::context::Context;
use crate::ecs::service::{Deployment, Rollout, Service, Status};
use crate::ecs::service_deployment;
use crate::ecs::task::{self, Task};

/// Ends what is done: deployments without tasks, the rollout, the service itself.
pub(super) fn settle(cx: &mut Context<'_>, service: &mut Service) {
    let alive: Vec<Member> = members(cx, service);
    let primary_done = service.deployments.first().is_none_or(|primary| primary.rollout != Rollout::InProgress);
    let has_tasks = |deployment: &Deployment| {
        let own =
            |task: &Task| task.deployment.as_ref() == Some(&deployment.id) && (task.is_running() || task.is_pending());
        task::of_service(cx, &service.cluster, &service.name).any(own)
    };
    let left: Vec<bool> = service
        .deployments
        .iter()
        .enumerate()
        .map(|(index, it)| index == 0 || has_tasks(it) || (it.rollout == Rollout::Failed && !primary_done))
        .collect();
    let mut left = left.into_iter();
    service.deployments.retain(|_| left.next().unwrap_or(true));
    if service.status == Status::Draining {
        // A service that drains is inactive once no task of it runs: those that are stopping do not count.
        let draining = |task: &Task| task.last_status == task::Status::Deactivating;
        if alive.is_empty() && !task::of_service(cx, &service.cluster, &service.name).any(draining) {
            service.status = Status::Inactive;
            service.changed = cx.now;
            service.completed = service.deployments.first().cloned();
            service.deployments.clear();
            service.steady = true;
        }
        return;
    }
    if service.shifting() {
        service.steady = false;
        return;
    }
    let complete = alive.len() == service.desired_count as usize && alive.iter().all(|it| it.current && it.healthy);
    let Some(primary) = service.deployments.first_mut() else { return };
    if !complete || primary.rollout == Rollout::Failed {
        service.steady = false;
        return;
    }
    if primary.rollout == Rollout::InProgress {
        primary.rollout = Rollout::Completed;
        primary.rollout_reason = format!("ECS deployment {} completed.", primary.id);
        primary.updated = cx.now;
        let id = primary.id.clone();
        service.completed = Some(primary.clone());
        service.tell(cx, &format!("(deployment {id}) deployment completed."));
        service_deployment::complete(cx, service);
    }
    if !service.steady {
        service.steady = true;
        service.tell(cx, "has reached a steady state.");
    }
}
