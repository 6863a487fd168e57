//! What can be changed about a cluster.

use serde::Deserialize;

use super::capacity_provider::{StrategyItem, check_providers, check_strategy};
use super::cluster::{self, Cluster, ClusterResult, Configuration, ServiceConnectDefaults, Setting};
use super::cluster_view::ClusterView;
use super::error::cluster_not_found;
use super::service;
use crate::context::Context;
use crate::table::key;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateCluster {
    cluster: String,
    #[serde(default)]
    settings: Vec<Setting>,
    configuration: Option<Configuration>,
    service_connect_defaults: Option<ServiceConnectDefaults>,
}

/// What is not given keeps its value (AWS: ECS API Reference, UpdateCluster).
pub(crate) fn update_cluster(cx: &mut Context<'_>, input: UpdateCluster) -> Result<ClusterResult, ApiError> {
    cluster::check_service_connect(input.service_connect_defaults.as_ref())?;
    update(cx, &input.cluster, |cluster| {
        if let Some(setting) = input.settings.last() {
            cluster.container_insights = setting.value;
        }
        cluster.configuration = input.configuration.or(cluster.configuration.take());
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateClusterSettings {
    cluster: String,
    settings: Vec<Setting>,
}

/// AWS: ECS API Reference, UpdateClusterSettings.
pub(crate) fn update_cluster_settings(
    cx: &mut Context<'_>,
    input: UpdateClusterSettings,
) -> Result<ClusterResult, ApiError> {
    update(cx, &input.cluster, |cluster| {
        if let Some(setting) = input.settings.last() {
            cluster.container_insights = setting.value;
        }
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutClusterCapacityProviders {
    cluster: String,
    capacity_providers: Vec<String>,
    default_capacity_provider_strategy: Vec<StrategyItem>,
}

/// AWS: ECS API Reference, PutClusterCapacityProviders.
pub(crate) fn put_cluster_capacity_providers(
    cx: &mut Context<'_>,
    input: PutClusterCapacityProviders,
) -> Result<ClusterResult, ApiError> {
    check_providers(&input.capacity_providers)?;
    check_strategy(&input.default_capacity_provider_strategy, &input.capacity_providers)?;
    let name = cluster::find(cx, Some(&input.cluster))?.name.clone();
    let services = key([name.as_str()]);
    let mut used = cx.ecs.services.prefix(&services).filter(|(_, service)| service.status != service::Status::Inactive);
    let lost = |item: &StrategyItem| !input.capacity_providers.contains(&item.capacity_provider);
    let uses_lost =
        |service: &service::Service| service.specs().any(|spec| spec.capacity_provider_strategy.iter().any(lost));
    if used.any(|(_, service)| uses_lost(service)) {
        let message = "The specified capacity provider is in use and cannot be removed.";
        return Err(ApiError::new("ResourceInUseException", message));
    }
    drop(used);
    update(cx, &name, |cluster| {
        cluster.capacity_providers = input.capacity_providers;
        cluster.default_strategy = input.default_capacity_provider_strategy;
    })
}

fn update(cx: &mut Context<'_>, reference: &str, change: impl FnOnce(&mut Cluster)) -> Result<ClusterResult, ApiError> {
    let name = cluster::find(cx, Some(reference))?.name.clone();
    let cluster = cx.ecs.clusters.get_mut(&name).ok_or_else(cluster_not_found)?;
    change(cluster);
    let cluster = cluster.clone();
    Ok(ClusterResult { cluster: ClusterView::full(cx, &cluster) })
}
