//! How much of the history of a service is kept.
//!
//! AWS: ECS Developer Guide, "View service history using Amazon ECS service deployments": the deployments of the last 90 days.

use std::collections::BTreeSet;

use super::ServiceDeployment;
use crate::context::Context;
use crate::ecs::service::{Deployment, Service};

/// How many deployments of a service are kept, those that began last: somebody who rehearses a change makes more of them in a
/// day than others in 90.
const KEPT: usize = 100;

/// Forgets the deployments of a service that are over and older than the newest ones, and the revisions that no other one is
/// about.
pub(super) fn forget_old(cx: &mut Context<'_>, service: &Service, key: &str) {
    let used: Vec<&Deployment> = service.deployments.iter().chain(&service.completed).collect();
    let is_used = |own: &str| used.iter().any(|deployment| deployment.service_deployment == own);
    let over = |(own, it): &(&str, &ServiceDeployment)| !it.is_going() && !is_used(own);
    let mut over: Vec<_> =
        cx.ecs.service_deployments.prefix(key).filter(over).map(|(own, it)| (it.created, own.to_owned())).collect();
    over.sort();
    let surplus = over.len().saturating_sub(KEPT);
    if surplus == 0 {
        return;
    }
    for (_, own) in over.into_iter().take(surplus) {
        cx.ecs.service_deployments.remove(&own);
    }
    let mut known: BTreeSet<&String> = used.iter().map(|deployment| &deployment.revision).collect();
    for (_, it) in cx.ecs.service_deployments.prefix(key) {
        known.extend(it.source.iter().chain([&it.target]).chain(it.rollback.iter().map(|rollback| &rollback.revision)));
    }
    let unknown = cx.ecs.service_revisions.prefix(key).filter(|(revision, _)| !known.contains(&(*revision).to_owned()));
    let unknown: Vec<String> = unknown.map(|(revision, _)| revision.to_owned()).collect();
    unknown.iter().for_each(|revision| drop(cx.ecs.service_revisions.remove(revision)));
}

/// Forgets all of them: the service is forgotten.
pub(in crate::ecs) fn forget_all(cx: &mut Context<'_>, key: &str) {
    cx.ecs.service_deployments.remove_prefix(key);
    cx.ecs.service_revisions.remove_prefix(key);
}
