//! Deployments of services: what each made of the service, and how far it is.
//!
//! AWS: ECS Developer Guide, "View service history using Amazon ECS service deployments".

mod change;
mod history;
mod read;
mod revision;
mod view;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::service::{Deployment, DeploymentConfiguration, Service, Spec, TimeoutAction};
use crate::context::Context;
use crate::table::{Record, key};

pub(crate) use change::{continue_service_deployment, stop_service_deployment};
pub(in crate::ecs) use history::forget_all;
pub(crate) use read::{describe_service_deployments, list_service_deployments};
pub(crate) use revision::{ServiceRevision, describe_service_revisions};

/// A deployment of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceDeployment {
    pub(crate) arn: String,
    /// The key of its service.
    pub(crate) service: String,
    service_arn: String,
    cluster_arn: String,
    created: Timestamp,
    updated: Timestamp,
    finished: Option<Timestamp>,
    stopped: Option<Timestamp>,
    /// The keys of the revisions that it takes the place of.
    source: Vec<String>,
    /// The key of the revision that it deploys.
    pub(crate) target: String,
    pub(crate) status: Status,
    status_reason: Option<String>,
    configuration: DeploymentConfiguration,
    rollback: Option<Rollback>,
    /// Where it is, if it shifts traffic.
    pub(crate) stage: Option<Stage>,
    /// Since when it is there, or since the last step there.
    pub(crate) since: Timestamp,
    /// The hooks of the stage.
    pub(crate) hooks: Vec<Hook>,
    /// The percentage of the production traffic that the target gets.
    pub(crate) production: f64,
    /// The percentage of the test traffic that the target gets.
    pub(crate) test: f64,
}

impl Record for ServiceDeployment {
    fn made_by_aws(&self) -> bool {
        true
    }
}

/// AWS: ECS API Reference, Rollback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rollback {
    reason: String,
    started: Timestamp,
    /// The key of the revision that it goes back to.
    revision: String,
}

/// AWS: ECS API Reference, ServiceDeployment, `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Pending,
    Successful,
    Stopped,
    StopRequested,
    InProgress,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

/// Where a deployment is that shifts traffic, in order.
///
/// AWS: ECS API Reference, ServiceDeployment, `lifecycleStage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    /// Only hooks know it: a reply calls it the stage before.
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

/// A hook that holds a deployment (AWS: ECS API Reference, DeploymentLifecycleHookDetail).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) status: HookStatus,
    pub(crate) expires: Timestamp,
    pub(crate) on_timeout: TimeoutAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum HookStatus {
    AwaitingAction,
    Succeeded,
    Failed,
    TimedOut,
}

impl ServiceDeployment {
    pub(crate) fn is_going(&self) -> bool {
        matches!(
            self.status,
            Status::Pending | Status::InProgress | Status::RollbackRequested | Status::RollbackInProgress
        )
    }

    /// Whether it goes back to what was there before.
    pub(crate) fn goes_back(&self) -> bool {
        self.rollback.is_some()
    }
}

/// Begins a deployment of `spec`: the keys of its revision and of its record. One that is under way ends.
pub(crate) fn begin(cx: &mut Context<'_>, service: &Service, spec: &Spec) -> (String, String) {
    end(cx, service, Status::Stopped, "Superseded by a newer service deployment.");
    let place = [service.cluster.as_str(), &service.name];
    let id = cx.ids.digits(19);
    let revision = key([place[0], place[1], &id]);
    let record = ServiceRevision {
        arn: cx.arn(&format!("service-revision/{}/{}/{id}", place[0], place[1])),
        service_arn: service.arn.clone(),
        cluster_arn: service.cluster_arn.clone(),
        spec: spec.clone(),
        images: Default::default(),
        created: cx.now,
    };
    cx.ecs.service_revisions.insert(revision.as_str(), record);
    let id = cx.ids.base32(21);
    let own = key([place[0], place[1], &id]);
    let first = service.completed.is_none();
    let shifts = service.deployment_configuration.shifts();
    let record = ServiceDeployment {
        arn: cx.arn(&format!("service-deployment/{}/{}/{id}", place[0], place[1])),
        service: super::service::key_of(place[0], place[1]),
        service_arn: service.arn.clone(),
        cluster_arn: service.cluster_arn.clone(),
        created: cx.now,
        updated: cx.now,
        finished: None,
        stopped: None,
        source: service.completed.iter().map(|completed| completed.revision.clone()).collect(),
        target: revision.clone(),
        status: Status::InProgress,
        status_reason: None,
        configuration: service.deployment_configuration.clone(),
        rollback: None,
        stage: shifts.then_some(Stage::ReconcileService),
        since: cx.now,
        hooks: Vec::new(),
        // Whoever is the first has nobody to share with.
        production: if first { 100.0 } else { 0.0 },
        test: if first { 100.0 } else { 0.0 },
    };
    let service_key = record.service.clone();
    cx.ecs.service_deployments.insert(own.as_str(), record);
    history::forget_old(cx, service, &service_key);
    (revision, own)
}

/// The service deployment that is under way.
pub(crate) fn current<'a>(cx: &'a Context<'_>, service: &Service) -> Option<&'a ServiceDeployment> {
    let own = &service.deployments.first()?.service_deployment;
    cx.ecs.service_deployments.get(own).filter(|it| it.is_going())
}

/// The deployment goes back to another one.
pub(super) fn roll_back(cx: &mut Context<'_>, back: &Deployment, reason: &str) {
    let now = cx.now;
    let Some(record) = cx.ecs.service_deployments.get_mut(&back.service_deployment) else { return };
    record.status = Status::RollbackInProgress;
    record.status_reason = Some(reason.to_owned());
    record.rollback = Some(Rollback { reason: reason.to_owned(), started: now, revision: back.revision.clone() });
    record.stage = record.stage.map(|_| Stage::CleanUp);
    (record.production, record.test) = (0.0, 0.0);
    record.hooks.clear();
    (record.updated, record.since) = (now, now);
}

/// What the primary deployment of a service was to do is done.
pub(super) fn complete(cx: &mut Context<'_>, service: &Service) {
    let rolled_back = current(cx, service).is_some_and(ServiceDeployment::goes_back);
    let status = if rolled_back { Status::RollbackSuccessful } else { Status::Successful };
    end(cx, service, status, "");
}

/// Ends the service deployment that is under way, if there is one.
pub(super) fn end(cx: &mut Context<'_>, service: &Service, status: Status, reason: &str) {
    let now = cx.now;
    let Some(own) = service.deployments.first().map(|primary| primary.service_deployment.clone()) else { return };
    let Some(record) = cx.ecs.service_deployments.get_mut(&own).filter(|it| it.is_going()) else { return };
    record.status = status;
    if !reason.is_empty() {
        record.status_reason = Some(reason.to_owned());
    }
    if status == Status::Successful {
        record.production = 100.0;
    }
    record.updated = now;
    record.finished = Some(now);
    record.stopped = (status == Status::Stopped).then_some(now);
    record.hooks.clear();
}
