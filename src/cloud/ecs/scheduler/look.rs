//! One look at one service.

use std::time::Duration;

use super::rolling::{self, Decision, Member, Standing};
use super::unhealthy;
use crate::context::Context;
use crate::ecs::capacity_provider;
use crate::ecs::error::client;
use crate::ecs::service::{Deployment, PropagateTags, Rollout, Service, Status};
use crate::ecs::target::{self, Health};
use crate::ecs::task::{self, Failure, New, StopCode, Task};
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

/// The least of it here, so that failures follow each other in time even when nothing else takes any: where tasks are
/// processes, these take time.
const RETRY_AFTER_HERE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(100));

/// Starts and stops tasks of a service and tells how far its deployment is.
pub(super) fn look(cx: &mut Context<'_>, key: &str) {
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    note_health(cx, &mut service);
    count_failures(cx, &mut service);
    break_circuit(cx, &mut service);
    let standing = members(cx, &service);
    let decision = decide(cx, &service, &standing);
    let changes = decision != Decision::default();
    if changes {
        service.changed = cx.now;
    }
    // The tasks tell their service of their targets, so that it must be in its table while they change.
    put(cx, key, service);
    if changes {
        let (failing, surplus) = decision.stop.into_iter().partition(|key| is_failing(&standing, key));
        unhealthy::replace(cx, key, failing);
        stop(cx, key, &surplus);
        start(cx, key, decision.start);
    }
    let Some(mut service) = cx.ecs.services.get(key).cloned() else { return };
    settle(cx, &mut service);
    put(cx, key, service);
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

/// Whether something that takes `on_aws` and began at `start` is over.
pub(super) fn is_past(cx: &Context<'_>, start: jiff::Timestamp, on_aws: Duration) -> bool {
    elapsed(start, cx.now) >= wait(cx, on_aws)
}

/// How long something takes that AWS's scheduler does by its clock.
fn wait(cx: &Context<'_>, on_aws: Duration) -> Duration {
    if cx.facts.is_some() { cx.pace.scaled(on_aws) } else { cx.pace.duration(on_aws) }
}

/// The wait before the next try to start a task, after so many failures in a row.
fn retry_wait(cx: &Context<'_>, failures: u32) -> Duration {
    let (first, most) = RETRY_AFTER;
    let on_aws = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(most);
    let (by_time, by_processes) = RETRY_AFTER_HERE;
    wait(cx, on_aws).max(if cx.facts.is_some() { by_processes } else { by_time })
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
fn note_health(cx: &mut Context<'_>, service: &mut Service) {
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

fn decide(cx: &Context<'_>, service: &Service, tasks: &[Member]) -> Decision {
    let waits = |primary: &Deployment| {
        primary.rollout == Rollout::Failed || primary.retry_at.is_some_and(|retry_at| cx.now < retry_at)
    };
    let configuration = &service.deployment_configuration;
    rolling::decide(&Standing {
        desired: service.desired_count,
        minimum_healthy_percent: configuration.minimum_healthy_percent,
        maximum_percent: configuration.maximum_percent,
        may_start: service.deployments.first().is_some_and(|primary| !waits(primary)),
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
        let wait = retry_wait(cx, 1);
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

/// Counts the tasks of the primary deployment that failed in a row, and waits before the next one after those that did
/// not start.
fn count_failures(cx: &mut Context<'_>, service: &mut Service) {
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
        primary.retry_at = later(cx.now, retry_wait(cx, primary.failed_tasks));
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
fn break_circuit(cx: &mut Context<'_>, service: &mut Service) {
    let breaker = service.deployment_configuration.deployment_circuit_breaker;
    let threshold = service.desired_count.div_ceil(2).clamp(3, 200);
    let completed = service.completed.clone();
    let Some(primary) = service.deployments.first_mut() else { return };
    if !breaker.enable || primary.rollout != Rollout::InProgress || primary.failed_tasks < threshold {
        return;
    }
    let what = if primary.failing_health { "tasks failed health checks" } else { "tasks failed to start" };
    primary.rollout = Rollout::Failed;
    primary.rollout_reason = format!("ECS deployment circuit breaker: {what}.");
    primary.updated = cx.now;
    let id = primary.id.clone();
    service.tell(cx, &format!("(deployment {id}) deployment failed: {what}."));
    if let Some(completed) = completed.filter(|_| breaker.rollback) {
        let new = service.deploy(cx, completed.spec);
        new.images = completed.images;
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
            service.completed = service.deployments.first().map(Deployment::completed);
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
        service.completed = Some(primary.completed());
        service.tell(cx, &format!("(deployment {id}) deployment completed."));
    }
    if !service.steady {
        service.steady = true;
        service.tell(cx, "has reached a steady state.");
    }
}
