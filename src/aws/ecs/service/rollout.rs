//! How far a service has come with its deployment, from what ECS reports of it.

use crate::live::prelude::*;
use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, Service, Task};
use aws_smithy_types::DateTime;

/// Ready when the newest deployment has completed, is the only one left, and as many tasks run as are wanted.
///
/// `stopped` are the tasks that stopped lately, to say why it does not get on.
pub(super) fn status(service: &Service, stopped: &[Task]) -> Status {
    if service.status() == Some("DRAINING") {
        return Status::Deleting;
    }
    let Some(primary) = primary(service) else {
        return Status::Pending("it has no deployment yet".to_owned());
    };
    if has_failed(primary) {
        return Status::Failed(why_failed(service, primary, stopped));
    }
    // ECS reports no rollout state for services behind a Classic Load Balancer.
    let completed = primary.rollout_state().is_none_or(|state| *state == DeploymentRolloutState::Completed);
    if completed && service.deployments().len() == 1 && service.running_count() == service.desired_count() {
        return Status::Ready;
    }
    Status::Pending(awaited(service, primary, stopped))
}

/// Whether it is worth asking why tasks stopped.
pub(super) fn tasks_fail(service: &Service) -> bool {
    primary(service).is_some_and(|primary| primary.failed_tasks() > 0 || has_failed(primary))
}

fn primary(service: &Service) -> Option<&Deployment> {
    service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"))
}

/// When the circuit breaker rolls back, the deployment that restores the old state becomes the newest one, and only
/// its reason tells it from one that was asked for.
fn has_failed(primary: &Deployment) -> bool {
    primary.rollout_state() == Some(&DeploymentRolloutState::Failed)
        || primary.rollout_state() != Some(&DeploymentRolloutState::Completed)
            && primary.rollout_state_reason().is_some_and(|reason| reason.contains("rolling back"))
}

fn why_failed(service: &Service, primary: &Deployment, stopped: &[Task]) -> String {
    let failed = |it: &&Deployment| it.rollout_state() == Some(&DeploymentRolloutState::Failed);
    let culprit = service.deployments().iter().find(failed).and_then(|failed| failed.rollout_state_reason());
    let reasons = [culprit, primary.rollout_state_reason()];
    let mut parts: Vec<String> = reasons.into_iter().flatten().map(str::to_owned).collect();
    parts.dedup();
    parts.extend(newest_stop(stopped, None));
    if parts.is_empty() { "the deployment failed".to_owned() } else { parts.join("; ") }
}

/// `1 of 2 tasks run, 1 deployment is being replaced; (service web) has started 1 tasks: (task ..).`
fn awaited(service: &Service, primary: &Deployment, stopped: &[Task]) -> String {
    let mut counts = format!("{} of {} tasks run", primary.running_count(), primary.desired_count());
    let others: i32 =
        service.deployments().iter().map(Deployment::running_count).sum::<i32>() - primary.running_count();
    if others > 0 {
        counts.push_str(&format!(", {others} of the previous deployment still do"));
    }
    if primary.failed_tasks() > 0 {
        counts.push_str(&format!(", {} failed", primary.failed_tasks()));
    }
    let event = service.events().first().filter(|event| since(primary.created_at(), event.created_at()));
    let reason = event.and_then(|event| event.message()).or(primary.rollout_state_reason()).map(str::to_owned);
    [Some(counts), reason, newest_stop(stopped, primary.created_at())]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}

/// Why the task that stopped last did, if that was after `start`.
fn newest_stop(stopped: &[Task], start: Option<&DateTime>) -> Option<String> {
    let newest = stopped.iter().max_by_key(|task| task.stopped_at().or(task.stopping_at()).map(DateTime::as_nanos))?;
    if !since(start, newest.stopped_at().or(newest.stopping_at())) {
        return None;
    }
    let containers = newest.containers().iter().filter_map(|container| {
        let code = container.exit_code().map(|code| format!("exit code {code}"));
        let why = [code, container.reason().map(str::to_owned)].into_iter().flatten().collect::<Vec<_>>();
        (!why.is_empty()).then(|| format!("{}: {}", container.name().unwrap_or("container"), why.join(", ")))
    });
    let reason = newest.stopped_reason().unwrap_or("for no reason given");
    let containers: Vec<String> = containers.collect();
    let details = if containers.is_empty() { String::new() } else { format!(" ({})", containers.join("; ")) };
    Some(format!("a task stopped: {reason}{details}"))
}

/// Whether `moment` is not before `start`; unknown moments count as late.
fn since(start: Option<&DateTime>, moment: Option<&DateTime>) -> bool {
    start.zip(moment).is_none_or(|(start, moment)| start.as_nanos() <= moment.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ecs::types::{Container, DeploymentRolloutState::*, ServiceEvent};

    fn deployment(status: &str, state: DeploymentRolloutState, running: i32, reason: &str) -> Deployment {
        Deployment::builder()
            .status(status)
            .rollout_state(state)
            .rollout_state_reason(reason)
            .desired_count(2)
            .running_count(running)
            .created_at(DateTime::from_secs(100))
            .build()
    }

    fn service(deployments: impl IntoIterator<Item = Deployment>) -> Service {
        let deployments: Vec<_> = deployments.into_iter().collect();
        let running = deployments.iter().map(Deployment::running_count).sum();
        Service::builder()
            .status("ACTIVE")
            .desired_count(2)
            .running_count(running)
            .set_deployments(Some(deployments))
            .build()
    }

    #[test]
    fn ready_is_one_completed_deployment_with_all_its_tasks() {
        assert_eq!(status(&service([deployment("PRIMARY", Completed, 2, "")]), &[]), Status::Ready);
        for pending in [
            service([deployment("PRIMARY", InProgress, 2, "")]),
            service([deployment("PRIMARY", Completed, 1, "")]),
            service([deployment("PRIMARY", Completed, 2, ""), deployment("ACTIVE", Completed, 0, "")]),
            service([]),
        ] {
            assert!(matches!(status(&pending, &[]), Status::Pending(_)), "{pending:?}");
        }
    }

    #[test]
    fn waiting_says_for_what() {
        let event = |at, message| ServiceEvent::builder().created_at(DateTime::from_secs(at)).message(message).build();
        let primary = deployment("PRIMARY", InProgress, 1, "ECS deployment ecs-svc/1 in progress.");
        let mut service = service([primary, deployment("ACTIVE", Completed, 2, "")]);
        service.events = Some(vec![event(99, "old news")]);
        let counts = "1 of 2 tasks run, 2 of the previous deployment still do";
        let expected = format!("{counts}; ECS deployment ecs-svc/1 in progress.");
        assert_eq!(status(&service, &[]), Status::Pending(expected));
        service.events = Some(vec![event(101, "has started 1 tasks")]);
        assert_eq!(status(&service, &[]), Status::Pending(format!("{counts}; has started 1 tasks")));
    }

    #[test]
    fn a_failed_deployment_says_why_its_tasks_stopped() {
        let container = Container::builder().name("web").exit_code(137).build();
        let task = |at, reason| {
            let task = Task::builder().stopped_at(DateTime::from_secs(at)).stopped_reason(reason);
            task.containers(container.clone()).build()
        };
        let service = service([deployment("PRIMARY", Failed, 0, "tasks failed to start.")]);
        assert!(tasks_fail(&service));
        let expected = "tasks failed to start.; a task stopped: Essential container exited (web: exit code 137)";
        assert_eq!(
            status(&service, &[task(110, "Essential container exited"), task(105, "earlier")]),
            Status::Failed(expected.to_owned())
        );
    }

    #[test]
    fn a_rollback_is_a_failure_although_its_deployment_goes_on() {
        let back = deployment("PRIMARY", InProgress, 1, "ECS deployment circuit breaker: rolling back to ecs-svc/1.");
        let bad = deployment("ACTIVE", Failed, 0, "ECS deployment circuit breaker: tasks failed to start.");
        assert!(matches!(
            status(&service([back, bad.clone()]), &[]),
            Status::Failed(why) if why.starts_with("ECS deployment circuit breaker: tasks failed to start.")
        ));
        // The next attempt is not the one that failed.
        let next = deployment("PRIMARY", InProgress, 1, "ECS deployment ecs-svc/3 in progress.");
        assert!(matches!(status(&service([next, bad]), &[]), Status::Pending(_)));
    }

    #[test]
    fn a_draining_service_is_going_away() {
        let mut service = service([]);
        service.status = Some("DRAINING".to_owned());
        assert_eq!(status(&service, &[]), Status::Deleting);
    }
}
