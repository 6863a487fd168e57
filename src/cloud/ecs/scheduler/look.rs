//! One look at one service.

use std::time::Duration;

use super::rolling::{self, Decision, Member, Standing};
use crate::context::Context;
use crate::ecs::capacity_provider;
use crate::ecs::error::client;
use crate::ecs::service::{Deployment, PropagateTags, Rollout, Service, Status};
use crate::ecs::target::{self, Health};
use crate::ecs::task::{self, New, StopCode, Task};
use crate::ecs::task_definition;
use crate::ecs::{elapsed, later};
use crate::tags::Tags;
use crate::wire::ApiError;

/// How long a task without a load balancer runs before it counts as healthy (AWS: ECS API Reference,
/// DeploymentConfiguration, `minimumHealthyPercent`).
const HEALTHY_AFTER: Duration = Duration::from_secs(40);

/// How long the scheduler waits after a task failed to start, doubled with each further one (AWS: ECS Developer Guide,
/// "Amazon ECS service throttle logic").
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(15 * 60));

/// The least of it here, so that failures follow each other in time even when nothing else takes any.
const RETRY_AFTER_HERE: Duration = Duration::from_secs(1);

/// Starts and stops tasks of a service and tells how far its deployment is.
pub(super) fn look(cx: &mut Context<'_>, key: &str) {
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    count_failures(cx, &mut service);
    break_circuit(cx, &mut service);
    let decision = decide(cx, &service);
    let changes = decision != Decision::default();
    if changes {
        service.changed = cx.now;
    }
    // The tasks tell their service of their targets, so that it must be in its table while they change.
    cx.ecs.services.insert(key, service);
    stop(cx, key, &decision.stop);
    start(cx, key, decision.start);
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    settle(cx, &mut service);
    cx.ecs.services.insert(key, service);
}

/// The tasks that run or are on their way to.
fn members(cx: &Context<'_>, service: &Service) -> Vec<Member> {
    let primary = service.deployments.first().map(|primary| &primary.id);
    let alive =
        task::of_service(cx, &service.cluster, &service.name).filter(|task| task.is_running() || task.is_pending());
    let member = |task: &Task| Member {
        key: task.key(),
        current: task.deployment.as_ref() == primary,
        healthy: is_healthy(cx, task),
        zone: task.interface.as_ref().map(|interface| interface.zone.clone()).unwrap_or_default(),
        age_order: task.created.as_millisecond(),
    };
    alive.map(member).collect()
}

/// Whether a task counts towards the minimum.
fn is_healthy(cx: &Context<'_>, task: &Task) -> bool {
    let Some(started) = task.started.filter(|_| task.is_running()) else { return false };
    let mut targets = task.load_balancers.iter().filter_map(|load_balancer| load_balancer.target()).peekable();
    match &task.interface {
        Some(interface) if targets.peek().is_some() => {
            let address = &interface.private_address;
            targets.all(|(group, port)| target::health(cx, group, address, port) == Health::Healthy)
        }
        _ => elapsed(started, cx.now) >= cx.pace.duration(HEALTHY_AFTER),
    }
}

fn decide(cx: &Context<'_>, service: &Service) -> Decision {
    let waits = |primary: &Deployment| {
        primary.rollout == Rollout::Failed || primary.retry_at.is_some_and(|retry_at| cx.now < retry_at)
    };
    let configuration = &service.deployment_configuration;
    rolling::decide(&Standing {
        desired: service.desired_count,
        minimum_healthy_percent: configuration.minimum_healthy_percent,
        maximum_percent: configuration.maximum_percent,
        may_start: service.deployments.first().is_some_and(|primary| !waits(primary)),
        tasks: &members(cx, service),
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

fn start(cx: &mut Context<'_>, key: &str, count: u32) {
    let mut started = Vec::new();
    let mut problem = None;
    for _ in 0..count {
        match start_one(cx, key) {
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
        let wait = cx.pace.duration(RETRY_AFTER.0).max(RETRY_AFTER_HERE);
        if let Some(primary) = service.deployments.first_mut() {
            primary.retry_at = later(now, wait);
        }
    }
    cx.ecs.services.insert(key, service);
}

fn names(cx: &Context<'_>, keys: &[String]) -> String {
    let ids = keys.iter().filter_map(|key| cx.ecs.tasks.get(key)).map(|task| format!("(task {})", task.id));
    ids.collect::<Vec<_>>().join(" ")
}

/// Starts one task of the primary deployment where its service has the fewest.
fn start_one(cx: &mut Context<'_>, key: &str) -> Result<String, ApiError> {
    let gone = || client("The service is gone");
    let service = cx.ecs.services.get(key).cloned().ok_or_else(gone)?;
    let primary = service.deployments.first().ok_or_else(gone)?;
    let spec = &primary.spec;
    if !spec.on_fargate() {
        return Err(client("No Container Instances were found in your cluster"));
    }
    let definition = task_definition::find(cx, &spec.task_definition_arn)?.cloned();
    let definition = definition.ok_or_else(|| client("TaskDefinition not found"))?;
    let alive: Vec<&Task> = task::of_service(cx, &service.cluster, &service.name)
        .filter(|task| (task.is_running() || task.is_pending()) && task.deployment.as_ref() == Some(&primary.id))
        .collect();
    let in_zone = |subnet: &str| {
        let zone = cx.ec2.subnets.get(subnet).map(|subnet| subnet.availability_zone.clone());
        alive.iter().filter(|task| task.interface.as_ref().map(|it| &it.zone) == zone.as_ref()).count()
    };
    let subnets = spec.network.as_ref().map(|network| network.subnets.as_slice()).unwrap_or_default();
    let subnet = subnets.iter().min_by_key(|subnet| in_zone(subnet)).cloned();
    let on_provider =
        |provider: &str| alive.iter().filter(|task| task.capacity_provider.as_deref() == Some(provider)).count() as u32;
    let new = New {
        cluster: &service.cluster,
        service: Some(&service.name),
        deployment: Some(&primary.id),
        group: format!("service:{}", service.name),
        started_by: Some(primary.id.clone()),
        spec,
        capacity_provider: capacity_provider::next(&spec.capacity_provider_strategy, on_provider).map(str::to_owned),
        subnet,
        overrides: Default::default(),
        enable_execute_command: service.enable_execute_command,
        tags: tags(&service, &definition.tags),
    };
    task::start(cx, &definition, new)
}

fn tags(service: &Service, of_definition: &Tags) -> Tags {
    let mut tags = match service.propagate_tags {
        PropagateTags::None => Tags::default(),
        PropagateTags::Service => service.tags.clone(),
        PropagateTags::TaskDefinition => of_definition.clone(),
    };
    if service.enable_ecs_managed_tags {
        tags.0.insert("aws:ecs:clusterName".to_owned(), service.cluster.clone());
        tags.0.insert("aws:ecs:serviceName".to_owned(), service.name.clone());
    }
    tags
}

/// Counts the tasks of the primary deployment that failed to start in a row, and waits before the next one.
fn count_failures(cx: &mut Context<'_>, service: &mut Service) {
    let (cluster, name) = (service.cluster.clone(), service.name.clone());
    let Some(primary) = service.deployments.first_mut() else { return };
    let own = || task::of_service(cx, &cluster, &name).filter(|task| task.deployment.as_ref() == Some(&primary.id));
    if own().any(Task::is_running) {
        primary.failed_tasks = 0;
        return;
    }
    let failed: Vec<&Task> = own().filter(|task| task.failed_to_start()).collect();
    let count = failed.len() as u32;
    if count <= primary.failed_tasks {
        return;
    }
    let reason =
        failed.iter().max_by_key(|task| task.created).and_then(|task| task.stopped_reason()).unwrap_or_default();
    let message = format!("failed to launch a task with (error {reason}).");
    primary.failed_tasks = count;
    primary.updated = cx.now;
    let (first, most) = RETRY_AFTER;
    let wait = first.saturating_mul(2_u32.saturating_pow(count.saturating_sub(1))).min(most);
    primary.retry_at = later(cx.now, cx.pace.duration(wait).max(RETRY_AFTER_HERE));
    service.tell(cx, &message);
}

/// AWS: ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures".
fn break_circuit(cx: &mut Context<'_>, service: &mut Service) {
    let breaker = service.deployment_configuration.deployment_circuit_breaker;
    let threshold = service.desired_count.div_ceil(2).clamp(3, 200);
    let completed = service.completed.clone();
    let Some(primary) = service.deployments.first_mut() else { return };
    if !breaker.enable || primary.rollout != Rollout::InProgress || primary.failed_tasks < threshold {
        return;
    }
    primary.rollout = Rollout::Failed;
    primary.rollout_reason = "ECS deployment circuit breaker: tasks failed to start.".to_owned();
    primary.updated = cx.now;
    let id = primary.id.clone();
    service.tell(cx, &format!("(deployment {id}) deployment failed: tasks failed to start."));
    if let Some(spec) = completed.filter(|_| breaker.rollback) {
        let new = service.deploy(cx, spec);
        new.rollout_reason = format!("ECS deployment circuit breaker: rolling back to deploymentId {}", new.id);
        let message = format!("rolling back to deployment {}.", new.id);
        service.tell(cx, &message);
    }
}

/// Ends what is done: deployments without tasks, the rollout, the service itself.
fn settle(cx: &mut Context<'_>, service: &mut Service) {
    let alive: Vec<Member> = members(cx, service);
    let has_tasks = |deployment: &Deployment| {
        let own =
            |task: &Task| task.deployment.as_ref() == Some(&deployment.id) && (task.is_running() || task.is_pending());
        task::of_service(cx, &service.cluster, &service.name).any(own)
    };
    let left: Vec<bool> =
        service.deployments.iter().enumerate().map(|(index, it)| index == 0 || has_tasks(it)).collect();
    let mut left = left.into_iter();
    service.deployments.retain(|_| left.next().unwrap_or(true));
    if service.status == Status::Draining {
        // A service that drains is inactive once no task of it runs: those that are stopping do not count.
        let draining = |task: &Task| task.last_status == task::Status::Deactivating;
        if alive.is_empty() && !task::of_service(cx, &service.cluster, &service.name).any(draining) {
            service.status = Status::Inactive;
            service.completed = service.deployments.first().map(|primary| primary.spec.clone());
            service.deployments.clear();
            service.steady = true;
        }
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
        service.completed = Some(primary.spec.clone());
        service.tell(cx, &format!("(deployment {id}) deployment completed."));
    }
    if !service.steady {
        service.steady = true;
        service.tell(cx, "has reached a steady state.");
    }
}
