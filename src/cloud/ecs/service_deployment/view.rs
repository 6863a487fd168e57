//! Service deployments as replies show them.

use serde::Serialize;

use super::{Hook, HookStatus, ServiceDeployment, Stage, Status};
use crate::context::Context;
use crate::ecs::service::{DeploymentConfiguration, TimeoutAction};
use crate::ecs::task::{self, Task};
use crate::wire::Epoch;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    service_deployment_arn: String,
    service_arn: String,
    cluster_arn: String,
    created_at: Epoch,
    started_at: Epoch,
    finished_at: Option<Epoch>,
    stopped_at: Option<Epoch>,
    updated_at: Epoch,
    source_service_revisions: Vec<RevisionSummary>,
    target_service_revision: Option<RevisionSummary>,
    status: Status,
    status_reason: Option<String>,
    lifecycle_stage: Option<Stage>,
    lifecycle_hook_details: Vec<HookView>,
    deployment_configuration: DeploymentConfiguration,
    rollback: Option<RollbackView>,
    deployment_circuit_breaker: BreakerView,
    alarms: Alarms,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevisionSummary {
    arn: String,
    requested_task_count: u32,
    running_task_count: usize,
    pending_task_count: usize,
    requested_test_traffic_weight: f64,
    requested_production_traffic_weight: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HookView {
    hook_id: String,
    target_type: &'static str,
    status: HookStatus,
    expires_at: Epoch,
    timeout_action: TimeoutAction,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RollbackView {
    reason: String,
    started_at: Epoch,
    service_revision_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BreakerView {
    status: &'static str,
    failure_count: u32,
    threshold: u32,
}

#[derive(Serialize)]
struct Alarms {
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Brief {
    service_deployment_arn: String,
    service_arn: String,
    cluster_arn: String,
    started_at: Epoch,
    created_at: Epoch,
    finished_at: Option<Epoch>,
    target_service_revision_arn: Option<String>,
    status: Status,
    status_reason: Option<String>,
}

pub(super) fn brief(cx: &Context<'_>, it: &ServiceDeployment) -> Brief {
    Brief {
        service_deployment_arn: it.arn.clone(),
        service_arn: it.service_arn.clone(),
        cluster_arn: it.cluster_arn.clone(),
        started_at: Epoch(it.created),
        created_at: Epoch(it.created),
        finished_at: it.finished.map(Epoch),
        target_service_revision_arn: revision_arn(cx, &it.target),
        status: it.status,
        status_reason: it.status_reason.clone(),
    }
}

fn revision_arn(cx: &Context<'_>, key: &str) -> Option<String> {
    cx.ecs.service_revisions.get(key).map(|revision| revision.arn.clone())
}

pub(super) fn view(cx: &Context<'_>, it: &ServiceDeployment) -> View {
    let stage = it.stage.filter(|_| it.is_going()).map(|stage| match stage {
        Stage::PreProductionTrafficShift => Stage::PostTestTrafficShift,
        stage => stage,
    });
    let source = it.source.iter().filter_map(|key| summary(cx, it, key, 100.0 - it.test, 100.0 - it.production));
    View {
        service_deployment_arn: it.arn.clone(),
        service_arn: it.service_arn.clone(),
        cluster_arn: it.cluster_arn.clone(),
        created_at: Epoch(it.created),
        started_at: Epoch(it.created),
        finished_at: it.finished.map(Epoch),
        stopped_at: it.stopped.map(Epoch),
        updated_at: Epoch(it.updated),
        source_service_revisions: source.collect(),
        target_service_revision: summary(cx, it, &it.target, it.test, it.production),
        status: it.status,
        status_reason: it.status_reason.clone(),
        lifecycle_stage: stage,
        lifecycle_hook_details: it.hooks.iter().map(hook).collect(),
        deployment_configuration: it.configuration.clone(),
        rollback: it.rollback.as_ref().map(|rollback| RollbackView {
            reason: rollback.reason.clone(),
            started_at: Epoch(rollback.started),
            service_revision_arn: revision_arn(cx, &rollback.revision),
        }),
        deployment_circuit_breaker: breaker(cx, it),
        alarms: Alarms { status: "DISABLED" },
    }
}

fn summary(cx: &Context<'_>, it: &ServiceDeployment, key: &str, test: f64, production: f64) -> Option<RevisionSummary> {
    let arn = revision_arn(cx, key)?;
    let service = cx.ecs.services.get(&it.service)?;
    let deployment = service.deployments.iter().find(|deployment| deployment.revision == key);
    let own = |task: &&Task| deployment.is_some_and(|deployment| task.deployment.as_ref() == Some(&deployment.id));
    let tasks = || task::of_service(cx, &service.cluster, &service.name).filter(own);
    Some(RevisionSummary {
        arn,
        requested_task_count: deployment.map(|_| service.desired_count).unwrap_or_default(),
        running_task_count: tasks().filter(|task| task.is_running()).count(),
        pending_task_count: tasks().filter(|task| task.is_pending()).count(),
        requested_test_traffic_weight: test,
        requested_production_traffic_weight: production,
    })
}

fn hook(hook: &Hook) -> HookView {
    HookView {
        hook_id: hook.id.clone(),
        target_type: "PAUSE",
        status: hook.status,
        expires_at: Epoch(hook.expires),
        timeout_action: hook.on_timeout,
    }
}

fn breaker(cx: &Context<'_>, it: &ServiceDeployment) -> BreakerView {
    let service = cx.ecs.services.get(&it.service);
    let deployment = service.and_then(|service| service.deployments.iter().find(|own| own.revision == it.target));
    let enabled = it.configuration.deployment_circuit_breaker.enable && !it.configuration.shifts();
    BreakerView {
        status: match (enabled, it.goes_back(), it.is_going()) {
            (false, ..) => "DISABLED",
            (true, true, _) => "TRIGGERED",
            (true, false, true) => "MONITORING",
            (true, false, false) => "MONITORING_COMPLETE",
        },
        failure_count: deployment.map(|deployment| deployment.failed_tasks).unwrap_or_default(),
        threshold: service.map(|service| service.failure_threshold()).unwrap_or_default(),
    }
}
