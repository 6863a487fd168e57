//! Tasks that fail, and the circuit breaker that counts them.

use super::wait;
use crate::context::Context;
use crate::ecs::later;
use crate::ecs::service::{Rollout, Service};
use crate::ecs::service_deployment;
use crate::ecs::task::{self, Failure, Task};

/// Counts the tasks of the primary deployment that failed in a row, and waits before the next one after those that did
/// not start.
pub(super) fn count_failures(cx: &mut Context<'_>, service: &mut Service) {
    let (cluster, name) = (service.cluster.clone(), service.name.clone());
    let Some(primary) = service.deployments.first_mut() else { return };
    let own = |task: &&Task| task.deployment.as_ref() == Some(&primary.id);
    let failed = |task: &&Task| matches!(task.failure, Some(Failure::ToStart | Failure::HealthChecks));
    let mut failed: Vec<Task> = task::of_service(cx, &cluster, &name).filter(own).filter(failed).cloned().collect();
    failed.sort_by_key(|task| task.created);
    let Some(last) = failed.last() else { return };
    primary.failed_tasks += failed.len() as u32;
    primary.failing_health = last.failure == Some(Failure::HealthChecks);
    primary.updated = cx.now;
    let mut message = None;
    if last.failure == Some(Failure::ToStart) {
        let reason = last.stopped_reason().unwrap_or_default();
        primary.retry_at = later(cx.now, wait::retry(cx, primary.failed_tasks));
        message = last.never_ran().then(|| format!("failed to launch a task with (error {reason})."));
    }
    for task in &failed {
        if let Some(task) = cx.ecs.tasks.get_mut(&task.key()) {
            task.failure = Some(Failure::Counted);
        }
    }
    if let Some(message) = message {
        service.tell(cx, &message);
    }
}

/// AWS: ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures".
pub(super) fn break_circuit(cx: &mut Context<'_>, service: &mut Service) {
    let breaker = service.deployment_configuration.deployment_circuit_breaker;
    let threshold = service.failure_threshold();
    let rolls = !service.deployment_configuration.shifts();
    let Some(primary) = service.deployments.first_mut() else { return };
    if !rolls
        || !breaker.enable
        || primary.rollout != Rollout::InProgress
        || primary.rolls_back
        || primary.failed_tasks < threshold
    {
        return;
    }
    let what = if primary.failing_health { "tasks failed health checks" } else { "tasks failed to start" };
    primary.rollout = Rollout::Failed;
    primary.rollout_reason = format!("ECS deployment circuit breaker: {what}.");
    primary.updated = cx.now;
    let id = primary.id.clone();
    service.tell(cx, &format!("(deployment {id}) deployment failed: {what}."));
    if breaker.rollback {
        service.roll_back(cx, &format!("ECS deployment circuit breaker: {what}."));
    } else {
        service_deployment::end(cx, service, service_deployment::Status::Stopped, "The circuit breaker was triggered.");
    }
}
