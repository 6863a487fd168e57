//! What a service deployment deploys: a revision of the service, with the images that its tasks run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::read::key_in;
use crate::context::Context;
use crate::ecs::capacity_provider::StrategyItem;
use crate::ecs::error::invalid_parameter;
use crate::ecs::reference::Failure;
use crate::ecs::service::{LaunchType, LoadBalancer, NetworkConfiguration, Spec};
use crate::ecs::task_definition;
use crate::table::Record;
use crate::wire::{ApiError, Epoch};

/// A revision of a service. Nothing about it changes but its images, which the first task finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceRevision {
    pub(crate) arn: String,
    pub(super) service_arn: String,
    pub(super) cluster_arn: String,
    pub(super) spec: Spec,
    /// The digests of the images that its tasks run, by container.
    pub(crate) images: BTreeMap<String, String>,
    pub(super) created: Timestamp,
}

impl Record for ServiceRevision {
    fn made_by_aws(&self) -> bool {
        true
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeServiceRevisions {
    service_revision_arns: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revisions {
    service_revisions: Vec<RevisionView>,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevisionView {
    service_revision_arn: String,
    service_arn: String,
    cluster_arn: String,
    task_definition: String,
    capacity_provider_strategy: Option<Vec<StrategyItem>>,
    launch_type: Option<LaunchType>,
    platform_version: Option<String>,
    platform_family: Option<&'static str>,
    load_balancers: Vec<LoadBalancer>,
    network_configuration: Option<NetworkConfiguration>,
    container_images: Vec<ContainerImage>,
    guard_duty_enabled: bool,
    created_at: Epoch,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerImage {
    container_name: String,
    image_digest: Option<String>,
    image: String,
}

/// AWS: ECS API Reference, DescribeServiceRevisions: at most twenty.
pub(crate) fn describe_service_revisions(
    cx: &mut Context<'_>,
    input: DescribeServiceRevisions,
) -> Result<Revisions, ApiError> {
    if !(1..=20).contains(&input.service_revision_arns.len()) {
        return Err(invalid_parameter("serviceRevisionArns must have 1 to 20 elements."));
    }
    let mut reply = Revisions { service_revisions: Vec::new(), failures: Vec::new() };
    for arn in &input.service_revision_arns {
        match cx.ecs.service_revisions.get(&key_in(arn, "service-revision")?) {
            Some(revision) => reply.service_revisions.push(view(cx, revision)),
            None => reply.failures.push(Failure::missing_arn(arn)),
        }
    }
    Ok(reply)
}

fn view(cx: &Context<'_>, revision: &ServiceRevision) -> RevisionView {
    let spec = &revision.spec;
    let definition = task_definition::find(cx, &spec.task_definition_arn).ok().flatten();
    let images = definition.into_iter().flat_map(|it| &it.containers).map(|container| ContainerImage {
        container_name: container.name.clone(),
        image_digest: revision.images.get(&container.name).cloned(),
        image: container.image.clone(),
    });
    RevisionView {
        service_revision_arn: revision.arn.clone(),
        service_arn: revision.service_arn.clone(),
        cluster_arn: revision.cluster_arn.clone(),
        task_definition: spec.task_definition_arn.clone(),
        capacity_provider_strategy: Some(spec.capacity_provider_strategy.clone()).filter(|it| !it.is_empty()),
        launch_type: spec.launch_type,
        platform_version: spec.platform_version.clone(),
        platform_family: spec.on_fargate().then_some("Linux"),
        load_balancers: spec.load_balancers.clone(),
        network_configuration: spec
            .network
            .clone()
            .map(|network| NetworkConfiguration { awsvpc_configuration: Some(network) }),
        container_images: images.collect(),
        guard_duty_enabled: false,
        created_at: Epoch(revision.created),
    }
}
