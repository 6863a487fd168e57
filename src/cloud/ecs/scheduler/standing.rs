//! How a service stands: its tasks and their health.

use std::time::Duration;

use super::rolling::Member;
use super::unhealthy;
use super::wait::is_past;
use crate::context::Context;
use crate::ecs::service::Service;
use crate::ecs::target::{self, Health};
use crate::ecs::task::{self, Task};

/// How long a task without a load balancer runs before it counts as healthy (AWS: ECS API Reference,
/// DeploymentConfiguration, `minimumHealthyPercent`).
const HEALTHY_AFTER: Duration = Duration::from_secs(40);

/// The tasks that run or are on their way to.
pub(super) fn members(cx: &Context<'_>, service: &Service) -> Vec<Member> {
    let primary = service.deployments.first().map(|primary| &primary.id);
    let alive =
        task::of_service(cx, &service.cluster, &service.name).filter(|task| task.is_running() || task.is_pending());
    let member = |task: &Task| Member {
        key: task.key(),
        deployment: task.deployment.clone().unwrap_or_default(),
        current: task.deployment.as_ref() == primary,
        healthy: is_healthy(cx, task),
        failing: unhealthy::reason(cx, service, task).is_some(),
        zone: task.interface.as_ref().map(|interface| interface.zone.clone()).unwrap_or_default(),
        age_order: task.created.as_millisecond(),
    };
    alive.map(member).collect()
}

/// Whether a task counts towards the minimum: with both kinds of health checks, both must have succeeded.
fn is_healthy(cx: &Context<'_>, task: &Task) -> bool {
    let Some(started) = task.started.filter(|_| task.is_running()) else { return false };
    if task.is_health_checked() && task.health() != task::Health::Healthy {
        return false;
    }
    let mut targets = task.load_balancers.iter().filter_map(|load_balancer| load_balancer.target()).peekable();
    match &task.interface {
        Some(interface) if targets.peek().is_some() => {
            let address = &interface.private_address;
            targets.all(|(group, port)| target::health(cx, group, address, port) == Health::Healthy)
        }
        _ => task.is_health_checked() || is_past(cx, started, HEALTHY_AFTER),
    }
}

/// Remembers which tasks have been healthy. The first time of each takes the count of failures back to nothing.
///
/// AWS: ECS API Reference, DeploymentCircuitBreaker, `resetOnHealthyTask`: on unless something else is said.
pub(super) fn note_health(cx: &mut Context<'_>, service: &mut Service) {
    let own = task::of_service(cx, &service.cluster, &service.name);
    let new: Vec<(String, Option<String>)> = own
        .filter(|task| !task.was_healthy && is_healthy(cx, task))
        .map(|task| (task.key(), task.deployment.clone()))
        .collect();
    for (key, deployment) in new {
        if let Some(task) = cx.ecs.tasks.get_mut(&key) {
            task.was_healthy = true;
        }
        if let Some(deployment) = deployment.and_then(|id| service.deployment_mut(&id)) {
            deployment.failed_tasks = 0;
            deployment.failing_health = false;
        }
    }
}

/// How many tasks of the primary deployment are healthy.
pub(super) fn healthy_tasks(cx: &Context<'_>, service: &Service) -> usize {
    members(cx, service).iter().filter(|task| task.current && task.healthy).count()
}

/// Whether tasks of other deployments than the primary one run or are on their way to.
pub(super) fn others_are_left(cx: &Context<'_>, service: &Service) -> bool {
    members(cx, service).iter().any(|task| !task.current)
}
