//! Deployments that shift traffic from one target group to another: BLUE_GREEN, LINEAR and CANARY.
//!
//! AWS: ECS Developer Guide, "Amazon ECS blue/green deployments" with "lifecycle stages", "Amazon ECS linear
//! deployments" and "Amazon ECS canary deployments". Blue is what was completed last, green what is deployed.

use std::time::Duration;

use jiff::Timestamp;

use super::rolling::{self, Decision, Member, Standing};
use super::standing;
use super::wait::{is_past, wait};
use crate::context::Context;
use crate::ecs::later;
use crate::ecs::service::{Deployment, HookStage, Rollout, Service, Strategy, TimeoutAction};
use crate::ecs::service_deployment::{self, Hook, HookStatus, ServiceDeployment, Stage};
use crate::ecs::target;
use crate::wire::ApiError;

/// How long a hook waits that says nothing else.
const HOOK_TIMEOUT: u32 = 24 * 60;

/// Keeps blue as it is and brings green to the desired count, until blue is to go.
pub(super) fn decide(cx: &Context<'_>, service: &Service, tasks: &[Member]) -> Vec<(String, Decision)> {
    let record = service_deployment::current(cx, service);
    let stage = record.and_then(|record| record.stage);
    let green = service.deployments.first().map(|primary| primary.id.clone()).unwrap_or_default();
    let blue = service.completed.as_ref().map(|completed| completed.id.clone());
    let one = |deployment: &Deployment| {
        let is_green = deployment.id == green;
        let kept = is_green || (blue.as_ref() == Some(&deployment.id) && stage != Some(Stage::CleanUp));
        let own = tasks.iter().filter(|task| task.deployment == deployment.id);
        let own: Vec<Member> = own.map(|task| Member { current: true, ..task.clone() }).collect();
        let decision = rolling::decide(&Standing {
            desired: if kept { service.desired_count } else { 0 },
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            stalled: deployment.rollout == Rollout::Failed,
            may_start: deployment.may_start(cx.now) && !(is_green && stage < Some(Stage::ScaleUp)),
            tasks: &own,
        });
        (deployment.id.clone(), decision)
    };
    service.deployments.iter().map(one).collect()
}

/// Takes the deployment on as far as it can go now.
pub(super) fn advance(cx: &mut Context<'_>, service: &mut Service) {
    // A rollback leads to the stages of another deployment: each of them is passed once.
    while service.shifting() {
        let key = service.deployments[0].service_deployment.clone();
        let Some(before) = cx.ecs.service_deployments.get(&key).cloned() else { return };
        let mut record = before.clone();
        let step = step(cx, service, &mut record);
        if record != before {
            cx.ecs.service_deployments.insert(key, record);
        }
        match step {
            Step::Wait => return,
            Step::On => (),
            Step::Back(reason) => {
                if !service.roll_back(cx, &reason)
                    && let Some(primary) = service.deployments.first_mut()
                {
                    primary.rollout = Rollout::Failed;
                    primary.rollout_reason = reason;
                }
            }
            Step::Done => finish(cx, service),
        }
    }
}

enum Step {
    /// Something has to happen first.
    Wait,
    /// It is at its next stage.
    On,
    /// It goes back to what was there before.
    Back(String),
    /// It is over.
    Done,
}

fn step(cx: &mut Context<'_>, service: &Service, record: &mut ServiceDeployment) -> Step {
    let Some(stage) = record.stage else { return Step::Wait };
    if let Err(error) = weigh(cx, service, record) {
        // A rule that is gone sends no traffic anywhere: a rollback goes on without it.
        if !record.goes_back() {
            return Step::Back(format!("The listener rules cannot be changed: {}", error.message));
        }
    }
    if record.hooks.iter().any(|hook| hook.status == HookStatus::AwaitingAction) {
        let due =
            record.hooks.iter_mut().find(|hook| hook.status == HookStatus::AwaitingAction && hook.expires <= cx.now);
        let Some(hook) = due else { return Step::Wait };
        hook.status = HookStatus::TimedOut;
        if hook.on_timeout == TimeoutAction::Rollback {
            return Step::Back("A lifecycle hook has timed out.".to_owned());
        }
    }
    let next = match stage {
        Stage::ReconcileService => Stage::PreScaleUp,
        Stage::PreScaleUp => Stage::ScaleUp,
        Stage::ScaleUp if is_complete(cx, service) => Stage::PostScaleUp,
        Stage::ScaleUp => return Step::Wait,
        Stage::PostScaleUp => Stage::TestTrafficShift,
        Stage::TestTrafficShift => Stage::PostTestTrafficShift,
        Stage::PostTestTrafficShift => Stage::PreProductionTrafficShift,
        Stage::PreProductionTrafficShift => Stage::ProductionTrafficShift,
        // AWS does not wait any more once everything is shifted.
        Stage::ProductionTrafficShift if record.production >= 100.0 => Stage::PostProductionTrafficShift,
        Stage::ProductionTrafficShift => {
            let ramp = Ramp::of(service);
            if !is_past(cx, record.since, minutes(ramp.bake_minutes)) {
                return Step::Wait;
            }
            record.production = ramp.after(record.production);
            record.since = cx.now;
            return Step::On;
        }
        Stage::PostProductionTrafficShift => Stage::BakeTime,
        Stage::BakeTime => {
            let bake = minutes(service.deployment_configuration.bake_time_in_minutes);
            if !is_past(cx, record.since, bake) {
                return Step::Wait;
            }
            Stage::CleanUp
        }
        Stage::CleanUp if standing::others_are_left(cx, service) || !is_complete(cx, service) => return Step::Wait,
        Stage::CleanUp => return Step::Done,
    };
    enter(cx, service, record, next);
    Step::On
}

/// Whether the primary deployment has all its tasks.
fn is_complete(cx: &Context<'_>, service: &Service) -> bool {
    standing::healthy_tasks(cx, service) >= service.desired_count as usize
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(60) * minutes
}

fn enter(cx: &mut Context<'_>, service: &Service, record: &mut ServiceDeployment, stage: Stage) {
    record.stage = Some(stage);
    record.since = cx.now;
    record.hooks.clear();
    match stage {
        Stage::TestTrafficShift => record.test = 100.0,
        Stage::ProductionTrafficShift => record.production = Ramp::of(service).after(record.production),
        _ => (),
    }
    let hooks = service.deployment_configuration.lifecycle_hooks.iter();
    for hook in hooks.filter(|hook| hook.lifecycle_stages.iter().any(|it| stage_of(*it) == stage)) {
        let timeout = hook.timeout_configuration;
        let patience = minutes(timeout.and_then(|it| it.timeout_in_minutes).unwrap_or(HOOK_TIMEOUT));
        record.hooks.push(Hook {
            id: cx.ids.uuid(),
            status: HookStatus::AwaitingAction,
            expires: later(cx.now, wait(cx, patience)).unwrap_or(Timestamp::MAX),
            on_timeout: timeout.and_then(|it| it.action).unwrap_or_default(),
        });
    }
}

fn stage_of(hook: HookStage) -> Stage {
    match hook {
        HookStage::ReconcileService => Stage::ReconcileService,
        HookStage::PreScaleUp => Stage::PreScaleUp,
        HookStage::PostScaleUp => Stage::PostScaleUp,
        HookStage::TestTrafficShift => Stage::TestTrafficShift,
        HookStage::PostTestTrafficShift => Stage::PostTestTrafficShift,
        HookStage::PreProductionTrafficShift => Stage::PreProductionTrafficShift,
        HookStage::ProductionTrafficShift => Stage::ProductionTrafficShift,
        HookStage::PostProductionTrafficShift => Stage::PostProductionTrafficShift,
    }
}

/// How production traffic is shifted, in percent.
#[derive(Debug, Clone, Copy)]
struct Ramp {
    first: f64,
    step: f64,
    /// Between two steps.
    bake_minutes: u32,
}

impl Ramp {
    fn of(service: &Service) -> Self {
        let configuration = &service.deployment_configuration;
        match configuration.strategy {
            Strategy::Rolling | Strategy::BlueGreen => Ramp { first: 100.0, step: 100.0, bake_minutes: 0 },
            Strategy::Linear => {
                let linear = configuration.linear_configuration.unwrap_or_default();
                let bake_minutes = linear.step_bake_time_in_minutes;
                Ramp { first: linear.step_percent, step: linear.step_percent, bake_minutes }
            }
            Strategy::Canary => {
                let canary = configuration.canary_configuration.unwrap_or_default();
                Ramp { first: canary.canary_percent, step: 100.0, bake_minutes: canary.canary_bake_time_in_minutes }
            }
        }
    }

    /// The share of green after it had this one.
    fn after(self, percent: f64) -> f64 {
        let next = if percent == 0.0 { self.first } else { percent + self.step };
        // Without what adding tenths leaves behind.
        ((next * 10.0).round() / 10.0).min(100.0)
    }
}

/// Makes the listener rules send green its shares of the production and of the test traffic.
fn weigh(cx: &mut Context<'_>, service: &Service, record: &ServiceDeployment) -> Result<(), ApiError> {
    let Some(green) = service.deployments.iter().find(|it| it.revision == record.target) else { return Ok(()) };
    for load_balancer in &green.spec.load_balancers {
        let (Some(main), Some(advanced)) = (&load_balancer.target_group_arn, &load_balancer.advanced_configuration)
        else {
            continue;
        };
        let Some(alternate) = &advanced.alternate_target_group_arn else { continue };
        let rules =
            [(&advanced.production_listener_rule, record.production), (&advanced.test_listener_rule, record.test)];
        for (rule, share) in rules {
            let Some(rule) = rule else { continue };
            let of_alternate = if green.alternate { share } else { 100.0 - share };
            target::shift(cx, rule, main, alternate, of_alternate)?;
        }
    }
    Ok(())
}

/// Ends the deployment: its tasks are all there and no others are.
fn finish(cx: &mut Context<'_>, service: &mut Service) {
    service_deployment::complete(cx, service);
    let Some(primary) = service.deployments.first_mut() else { return };
    primary.rollout = Rollout::Completed;
    primary.rollout_reason = format!("ECS deployment {} completed.", primary.id);
    primary.updated = cx.now;
    let message = format!("(deployment {}) deployment completed.", primary.id);
    service.completed = Some(primary.clone());
    service.tell(cx, &message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_rise_to_a_hundred() {
        let shares = |first, step| {
            let ramp = Ramp { first, step, bake_minutes: 0 };
            let mut shares = vec![ramp.after(0.0)];
            while shares.last().is_some_and(|share| *share < 100.0) {
                shares.push(ramp.after(shares[shares.len() - 1]));
            }
            shares
        };
        assert_eq!(shares(100.0, 100.0), [100.0]);
        assert_eq!(shares(0.1, 100.0), [0.1, 100.0]);
        assert_eq!(shares(33.3, 33.3), [33.3, 66.6, 99.9, 100.0]);
    }
}
