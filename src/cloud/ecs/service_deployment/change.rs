//! Stopping deployments, and continuing those that a hook holds.

use serde::{Deserialize, Serialize};

use super::HookStatus;
use super::read::key_in;
use crate::context::Context;
use crate::ecs::error::{invalid_parameter, service_deployment_not_found, service_not_found, unsupported};
use crate::ecs::service::TimeoutAction;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StopServiceDeployment {
    service_deployment_arn: String,
    #[serde(default)]
    stop_type: StopType,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum StopType {
    Abort,
    #[default]
    Rollback,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Changed {
    service_deployment_arn: String,
}

/// AWS: ECS API Reference, StopServiceDeployment: the only way to stop is to roll back.
pub(crate) fn stop_service_deployment(cx: &mut Context<'_>, input: StopServiceDeployment) -> Result<Changed, ApiError> {
    if input.stop_type == StopType::Abort {
        return Err(unsupported("The local cloud does not model the stop type ABORT."));
    }
    roll_back(cx, &input.service_deployment_arn, "The service deployment was stopped by a user.")?;
    Ok(Changed { service_deployment_arn: input.service_deployment_arn })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContinueServiceDeployment {
    service_deployment_arn: String,
    hook_id: String,
    action: Option<TimeoutAction>,
}

/// AWS: ECS API Reference, ContinueServiceDeployment.
pub(crate) fn continue_service_deployment(
    cx: &mut Context<'_>,
    input: ContinueServiceDeployment,
) -> Result<Changed, ApiError> {
    let key = key_in(&input.service_deployment_arn, "service-deployment")?;
    let now = cx.now;
    let record = cx.ecs.service_deployments.get_mut(&key).ok_or_else(service_deployment_not_found)?;
    let service = record.service.clone();
    let waiting = record.hooks.iter_mut().find(|hook| hook.id == input.hook_id);
    let Some(hook) = waiting.filter(|hook| hook.status == HookStatus::AwaitingAction) else {
        return Err(invalid_parameter("The hook is not awaiting an action."));
    };
    match input.action.unwrap_or(TimeoutAction::Continue) {
        TimeoutAction::Continue => hook.status = HookStatus::Succeeded,
        TimeoutAction::Rollback => {
            hook.status = HookStatus::Failed;
            roll_back(cx, &input.service_deployment_arn, "A lifecycle hook was told to roll back.")?;
        }
    }
    if let Some(service) = cx.ecs.services.get_mut(&service) {
        service.wake(now);
    }
    Ok(Changed { service_deployment_arn: input.service_deployment_arn })
}

fn roll_back(cx: &mut Context<'_>, arn: &str, reason: &str) -> Result<(), ApiError> {
    let key = key_in(arn, "service-deployment")?;
    let record = cx.ecs.service_deployments.get(&key).ok_or_else(service_deployment_not_found)?;
    if !record.is_going() || record.goes_back() {
        return Err(ApiError::new("ConflictException", "The service deployment cannot be stopped any more."));
    }
    let place = record.service.clone();
    let mut service = cx.ecs.services.get(&place).cloned().ok_or_else(service_not_found)?;
    if service.completed.is_none() {
        let message = "The service deployment cannot be rolled back: there is no service revision before it.";
        return Err(ApiError::new("ConflictException", message));
    }
    service.roll_back(cx, reason);
    cx.ecs.services.insert(place, service);
    Ok(())
}
