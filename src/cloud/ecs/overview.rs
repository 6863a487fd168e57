//! How many tasks run, for whoever wants to see it at a glance.

use serde::Serialize;

use super::service::Status;
use crate::context::Context;

/// The tasks of a service, or those of a cluster that are of none.
#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    region: String,
    cluster: String,
    /// Absent for tasks that are of no service.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// How many there should be.
    desired: usize,
    running: usize,
    pending: usize,
}

/// Every service that is not inactive, and every cluster in which there are tasks that are of none.
pub(crate) fn overview(cx: &Context<'_>) -> Vec<Overview> {
    let services = cx.ecs.services.values().filter(|service| service.status != Status::Inactive);
    let services =
        services.map(|service| tasks(cx, &service.cluster, Some(&service.name), Some(service.desired_count as usize)));
    let alone = cx.ecs.clusters.values().map(|cluster| tasks(cx, &cluster.name, None, None));
    services.chain(alone.filter(|alone| alone.desired > 0)).collect()
}

/// The tasks of a service, or those of none; `desired` where it is not simply as many as there are.
fn tasks(cx: &Context<'_>, cluster: &str, service: Option<&String>, desired: Option<usize>) -> Overview {
    let own = || cx.ecs.tasks.values().filter(|task| task.cluster == cluster && task.service.as_ref() == service);
    let running = own().filter(|task| task.is_running()).count();
    let pending = own().filter(|task| task.is_pending()).count();
    Overview {
        region: cx.region.to_owned(),
        cluster: cluster.to_owned(),
        service: service.cloned(),
        desired: desired.unwrap_or(running + pending),
        running,
        pending,
    }
}
