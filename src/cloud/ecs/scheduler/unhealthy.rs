//! Tasks that fail their health checks.
//!
//! AWS: ECS Developer Guide, "Stopped tasks error messages" and "Amazon ECS service event messages".

use std::time::Duration;

use super::wait;
use crate::context::Context;
use crate::ecs::elapsed;
use crate::ecs::service::Service;
use crate::ecs::target::{self, Health};
use crate::ecs::task::{self, Failure, StopCode, Task};

/// Why a task is to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// The load balancer's health checks fail in this target group.
    Target(String),
    /// The container's own health checks fail.
    Container,
}

/// Why a task is to be replaced, if it is.
///
/// AWS: ECS API Reference, CreateService, `healthCheckGracePeriodSeconds`: until it is over, health checks are ignored. It
/// is there for the start of the process, which takes real time.
pub(super) fn reason(cx: &Context<'_>, service: &Service, task: &Task) -> Option<Reason> {
    let started = task.started.filter(|_| task.is_running())?;
    let grace = Duration::from_secs(service.health_check_grace_period.unwrap_or_default().into());
    if elapsed(started, cx.now) < wait::with_a_start(cx, grace) {
        return None;
    }
    if task.health() == task::Health::Unhealthy {
        return Some(Reason::Container);
    }
    let address = &task.interface.as_ref()?.private_address;
    let mut targets = task.load_balancers.iter().filter_map(|load_balancer| load_balancer.target());
    let failed = targets.find(|(group, port)| target::health(cx, group, address, *port) == Health::Unhealthy);
    failed.map(|(group, _)| Reason::Target(group.to_owned()))
}

/// Stops tasks that fail their health checks.
pub(super) fn replace(cx: &mut Context<'_>, service_key: &str, tasks: Vec<String>) {
    for key in tasks {
        let Some(mut service) = cx.ecs.services.get(service_key).cloned() else { return };
        let Some((id, reason)) =
            cx.ecs.tasks.get(&key).and_then(|task| Some((task.id.clone(), reason(cx, &service, task)?)))
        else {
            continue;
        };
        let (event, stopped) = match reason {
            Reason::Container => (
                format!("(task {id}) failed container health checks."),
                "Task failed container health checks".to_owned(),
            ),
            Reason::Target(group) => (
                format!("(task {id}) failed ELB health checks in (target-group {group})."),
                format!("Task failed ELB health checks in (target-group {group})"),
            ),
        };
        service.tell(cx, &event);
        cx.ecs.services.insert(service_key, service);
        if let Some(task) = cx.ecs.tasks.get_mut(&key) {
            task.failure = Some(Failure::HealthChecks);
        }
        task::stop(cx, &key, StopCode::ServiceSchedulerInitiated, &stopped);
    }
}
