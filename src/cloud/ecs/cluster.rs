//! Clusters.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::capacity_provider::{StrategyItem, check_providers, check_strategy};
use super::cluster_view::ClusterView;
use super::error::{cluster_not_found, invalid_parameter, unsupported};
use super::{account_setting, page, reference, service, task};
use crate::context::Context;
use crate::iam;
use crate::table::{Record, key};
use crate::tags::{LowerTag, Tags};
use crate::wire::ApiError;

/// How long a deleted cluster can still be described. AWS says "may remain discoverable for a period of time".
const REMEMBERED: Duration = Duration::from_secs(3600);

/// A cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) status: Status,
    pub(super) container_insights: ContainerInsights,
    pub(super) configuration: Option<Configuration>,
    pub(super) capacity_providers: Vec<String>,
    pub(super) default_strategy: Vec<StrategyItem>,
    pub(super) tags: Tags,
    pub(super) deleted: Option<Timestamp>,
}

impl Record for Cluster {
    /// AWS only remembers those that are inactive.
    fn made_by_aws(&self) -> bool {
        self.status == Status::Inactive
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Active,
    Inactive,
}

/// How much CloudWatch Container Insights collects. Nothing is collected here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ContainerInsights {
    Enhanced,
    Enabled,
    #[default]
    Disabled,
}

/// AWS: ECS API Reference, ClusterSetting.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    pub(super) name: SettingName,
    pub(super) value: ContainerInsights,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SettingName {
    ContainerInsights,
}

/// How `ExecuteCommand` and storage are set up; kept and read back.
///
/// AWS: ECS API Reference, ClusterConfiguration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Configuration {
    execute_command_configuration: Option<ExecuteCommandConfiguration>,
    managed_storage_configuration: Option<ManagedStorageConfiguration>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExecuteCommandConfiguration {
    kms_key_id: Option<String>,
    logging: Option<ExecuteCommandLogging>,
    log_configuration: Option<ExecuteCommandLogConfiguration>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ExecuteCommandLogging {
    None,
    Default,
    Override,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExecuteCommandLogConfiguration {
    cloud_watch_log_group_name: Option<String>,
    cloud_watch_encryption_enabled: Option<bool>,
    s3_bucket_name: Option<String>,
    s3_encryption_enabled: Option<bool>,
    s3_key_prefix: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ManagedStorageConfiguration {
    kms_key_id: Option<String>,
    fargate_ephemeral_storage_kms_key_id: Option<String>,
}

/// A default namespace for Service Connect, which is not modelled.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceConnectDefaults {
    namespace: String,
}

/// Refuses a namespace; an empty one takes the default away, and there is none.
pub(super) fn check_service_connect(defaults: Option<&ServiceConnectDefaults>) -> Result<(), ApiError> {
    match defaults.is_some_and(|defaults| !defaults.namespace.is_empty()) {
        true => Err(unsupported("The local cloud does not model Service Connect.")),
        false => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateCluster {
    cluster_name: Option<String>,
    #[serde(default)]
    tags: Vec<LowerTag>,
    #[serde(default)]
    settings: Vec<Setting>,
    configuration: Option<Configuration>,
    #[serde(default)]
    capacity_providers: Vec<String>,
    #[serde(default)]
    default_capacity_provider_strategy: Vec<StrategyItem>,
    service_connect_defaults: Option<ServiceConnectDefaults>,
}

#[derive(Serialize)]
pub(crate) struct ClusterResult {
    pub(super) cluster: ClusterView,
}

/// AWS: ECS API Reference, CreateCluster. An active cluster of the same name and settings is given as if it were new.
pub(crate) fn create_cluster(cx: &mut Context<'_>, input: CreateCluster) -> Result<ClusterResult, ApiError> {
    let name = reference::cluster_name(input.cluster_name.as_deref())?;
    if name.is_empty() || name.len() > 255 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return Err(invalid_parameter(
            "Invalid cluster name: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens \
             are allowed.",
        ));
    }
    check_service_connect(input.service_connect_defaults.as_ref())?;
    check_providers(&input.capacity_providers)?;
    check_strategy(&input.default_capacity_provider_strategy, &input.capacity_providers)?;
    let insights = input.settings.last().map_or_else(|| account_setting::container_insights(cx), |it| it.value);
    let cluster = Cluster {
        arn: cx.arn(&format!("cluster/{name}")),
        name,
        status: Status::Active,
        container_insights: insights,
        configuration: input.configuration,
        capacity_providers: input.capacity_providers,
        default_strategy: input.default_capacity_provider_strategy,
        tags: Tags::new(input.tags).map_err(|error| invalid_parameter(error.to_string()))?,
        deleted: None,
    };
    if let Some(existing) = cx.ecs.clusters.get(&cluster.name).filter(|existing| existing.status == Status::Active) {
        let same = existing.container_insights == cluster.container_insights
            && existing.configuration == cluster.configuration
            && existing.capacity_providers == cluster.capacity_providers
            && existing.default_strategy == cluster.default_strategy;
        return match same {
            true => Ok(ClusterResult { cluster: ClusterView::full(cx, existing) }),
            false => Err(invalid_parameter(
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            )),
        };
    }
    iam::ensure_service_linked_role(cx, "ecs.amazonaws.com");
    let view = ClusterView::full(cx, &cluster);
    cx.ecs.clusters.insert(cluster.name.clone(), cluster);
    Ok(ClusterResult { cluster: view })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteCluster {
    cluster: String,
}

/// AWS: ECS API Reference, DeleteCluster.
pub(crate) fn delete_cluster(cx: &mut Context<'_>, input: DeleteCluster) -> Result<ClusterResult, ApiError> {
    let now = cx.now;
    let name = find(cx, Some(&input.cluster))?.name.clone();
    let inside = key([name.as_str()]);
    if cx.ecs.services.prefix(&inside).any(|(_, service)| service.status != service::Status::Inactive) {
        let message = "The Cluster cannot be deleted while Services are active.";
        return Err(ApiError::new("ClusterContainsServicesException", message));
    }
    if cx.ecs.tasks.prefix(&inside).any(|(_, task)| task.last_status != task::Status::Stopped) {
        let message = "The Cluster cannot be deleted while Tasks are active.";
        return Err(ApiError::new("ClusterContainsTasksException", message));
    }
    cx.ecs.services.remove_prefix(&inside);
    cx.ecs.tasks.remove_prefix(&inside);
    let cluster = cx.ecs.clusters.get_mut(&name).ok_or_else(cluster_not_found)?;
    cluster.status = Status::Inactive;
    cluster.deleted = Some(now);
    cluster.capacity_providers.clear();
    cluster.default_strategy.clear();
    let cluster = cluster.clone();
    Ok(ClusterResult { cluster: ClusterView::full(cx, &cluster) })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListClusters {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListClustersResult {
    cluster_arns: Vec<String>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListClusters.
pub(crate) fn list_clusters(cx: &mut Context<'_>, input: ListClusters) -> Result<ListClustersResult, ApiError> {
    let active = cx.ecs.clusters.values().filter(|cluster| cluster.status == Status::Active);
    let page = page::page(active, |cluster| &cluster.name, input.max_results, input.next_token.as_deref())?;
    let cluster_arns = page.items.into_iter().map(|cluster| cluster.arn.clone()).collect();
    Ok(ListClustersResult { cluster_arns, next_token: page.next_token })
}

/// The active cluster that a request names.
pub(super) fn find<'a>(cx: &'a Context<'_>, reference: Option<&str>) -> Result<&'a Cluster, ApiError> {
    let name = reference::cluster_name(reference)?;
    let cluster = cx.ecs.clusters.get(&name).filter(|cluster| cluster.status == Status::Active);
    cluster.ok_or_else(cluster_not_found)
}

/// Forgets the clusters that were deleted long ago.
pub(super) fn forget(cx: &mut Context<'_>) {
    let long_ago =
        |cluster: &Cluster| cluster.deleted.is_some_and(|deleted| super::elapsed(deleted, cx.now) >= REMEMBERED);
    let names: Vec<String> = cx.ecs.clusters.values().filter(|it| long_ago(it)).map(|it| it.name.clone()).collect();
    for name in names {
        cx.ecs.clusters.remove(&name);
    }
}
