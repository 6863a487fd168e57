//! Beginning a deployment, and going back from one.

use super::{Deployment, Rollout, Service, Spec};
use crate::context::Context;
use crate::ecs::service_deployment;

impl Service {
    /// Makes `spec` the primary deployment.
    pub(crate) fn deploy(&mut self, cx: &mut Context<'_>, spec: Spec) {
        let id = format!("ecs-svc/{}", cx.ids.digits(19));
        let (revision, service_deployment) = service_deployment::begin(cx, self, &spec);
        let before = self.completed.as_ref().is_some_and(|completed| completed.alternate);
        let deployment = Deployment {
            rollout_reason: format!("ECS deployment {id} in progress."),
            id,
            spec,
            created: cx.now,
            updated: cx.now,
            rollout: Rollout::InProgress,
            failed_tasks: 0,
            failing_health: false,
            retry_at: None,
            revision,
            service_deployment,
            // Where traffic is to be shifted, the new tasks are in the groups that the old ones are not in.
            alternate: if self.completed.is_some() && self.deployment_configuration.shifts() {
                !before
            } else {
                before
            },
            rolls_back: false,
        };
        self.deployments.insert(0, deployment);
        self.wake(cx.now);
    }

    /// Whether traffic is on its way from one deployment to another, or to the first one.
    pub(crate) fn shifting(&self) -> bool {
        let going = self.deployments.first().is_some_and(|primary| primary.rollout == Rollout::InProgress);
        going && self.deployment_configuration.shifts()
    }

    /// Makes the deployment that was completed last the primary one again: as it is, if tasks of it are left.
    /// Whether there is one.
    ///
    /// AWS: ECS Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures".
    pub(crate) fn roll_back(&mut self, cx: &mut Context<'_>, reason: &str) -> bool {
        let Some(completed) = self.completed.clone() else {
            service_deployment::end(cx, self, service_deployment::Status::RollbackFailed, reason);
            return false;
        };
        let service_deployment = match self.deployments.first_mut() {
            Some(failed) => {
                failed.rollout = Rollout::Failed;
                failed.updated = cx.now;
                failed.service_deployment.clone()
            }
            None => completed.service_deployment.clone(),
        };
        let place = self.deployments.iter().position(|deployment| deployment.id == completed.id);
        let mut back = place.map(|place| self.deployments.remove(place)).unwrap_or(completed);
        back.rollout = Rollout::InProgress;
        back.rollout_reason = match reason.split_once(": ") {
            Some((who, _)) => format!("{who}: rolling back to deploymentId {}.", back.id),
            None => format!("ECS deployment {} in progress.", back.id),
        };
        back.updated = cx.now;
        (back.failed_tasks, back.retry_at) = (0, None);
        (back.rolls_back, back.service_deployment) = (true, service_deployment);
        let message = format!("rolling back to deployment {}.", back.id);
        service_deployment::roll_back(cx, &back, reason);
        self.deployments.insert(0, back);
        self.tell(cx, &message);
        self.wake(cx.now);
        true
    }
}
