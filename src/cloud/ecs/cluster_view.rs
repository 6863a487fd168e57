//! Clusters as replies show them.

use serde::{Deserialize, Serialize};

use super::capacity_provider::StrategyItem;
use super::cluster::{Cluster, Configuration, Setting, SettingName, Status};
use super::reference::{self, Failure};
use super::{service, task};
use crate::context::Context;
use crate::table::key;
use crate::tags::LowerTag;
use crate::wire::ApiError;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterView {
    cluster_arn: String,
    cluster_name: String,
    status: Status,
    registered_container_instances_count: u32,
    running_tasks_count: usize,
    pending_tasks_count: usize,
    active_services_count: usize,
    statistics: Vec<Statistic>,
    tags: Vec<LowerTag>,
    settings: Vec<Setting>,
    configuration: Option<Configuration>,
    capacity_providers: Vec<String>,
    default_capacity_provider_strategy: Vec<StrategyItem>,
}

#[derive(Serialize)]
struct Statistic {
    name: &'static str,
    value: String,
}

/// What Describe leaves out unless it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Include {
    Attachments,
    Configurations,
    Settings,
    Statistics,
    Tags,
}

impl ClusterView {
    /// With everything that the replies to writes have.
    pub(super) fn full(cx: &Context<'_>, cluster: &Cluster) -> Self {
        Self::new(cx, cluster, &[Include::Configurations, Include::Settings, Include::Tags])
    }

    fn new(cx: &Context<'_>, cluster: &Cluster, include: &[Include]) -> Self {
        let inside = key([cluster.name.as_str()]);
        let tasks =
            |status: task::Status| cx.ecs.tasks.prefix(&inside).filter(move |(_, it)| it.last_status == status).count();
        let services = |status: service::Status| {
            cx.ecs.services.prefix(&inside).filter(move |(_, it)| it.status == status).count()
        };
        let pending =
            tasks(task::Status::Provisioning) + tasks(task::Status::Pending) + tasks(task::Status::Activating);
        let running = tasks(task::Status::Running);
        let statistic = |name, value: usize| Statistic { name, value: value.to_string() };
        let statistics = vec![
            statistic("runningEC2TasksCount", 0),
            statistic("runningFargateTasksCount", running),
            statistic("pendingEC2TasksCount", 0),
            statistic("pendingFargateTasksCount", pending),
            statistic("activeEC2ServiceCount", 0),
            statistic("activeFargateServiceCount", services(service::Status::Active)),
            statistic("drainingEC2ServiceCount", 0),
            statistic("drainingFargateServiceCount", services(service::Status::Draining)),
        ];
        let includes = |one| include.contains(&one);
        let setting = Setting { name: SettingName::ContainerInsights, value: cluster.container_insights };
        ClusterView {
            cluster_arn: cluster.arn.clone(),
            cluster_name: cluster.name.clone(),
            status: cluster.status,
            registered_container_instances_count: 0,
            running_tasks_count: running,
            pending_tasks_count: pending,
            active_services_count: services(service::Status::Active),
            statistics: if includes(Include::Statistics) { statistics } else { Vec::new() },
            tags: if includes(Include::Tags) { cluster.tags.lower() } else { Vec::new() },
            settings: if includes(Include::Settings) { vec![setting] } else { Vec::new() },
            configuration: cluster.configuration.clone().filter(|_| includes(Include::Configurations)),
            capacity_providers: cluster.capacity_providers.clone(),
            default_capacity_provider_strategy: cluster.default_strategy.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeClusters {
    #[serde(default)]
    clusters: Vec<String>,
    #[serde(default)]
    include: Vec<Include>,
}

#[derive(Serialize)]
pub(crate) struct DescribeClustersResult {
    clusters: Vec<ClusterView>,
    failures: Vec<Failure>,
}

/// AWS: ECS API Reference, DescribeClusters. Those that were deleted lately are told of as inactive.
pub(crate) fn describe_clusters(
    cx: &mut Context<'_>,
    input: DescribeClusters,
) -> Result<DescribeClustersResult, ApiError> {
    let names = match input.clusters.as_slice() {
        [] => vec![reference::cluster_name(None)?],
        given => given.iter().map(|it| reference::cluster_name(Some(it))).collect::<Result<_, _>>()?,
    };
    let mut result = DescribeClustersResult { clusters: Vec::new(), failures: Vec::new() };
    for name in names {
        match cx.ecs.clusters.get(&name) {
            Some(cluster) => result.clusters.push(ClusterView::new(cx, cluster, &input.include)),
            None => result.failures.push(Failure::missing(cx, &format!("cluster/{name}"))),
        }
    }
    Ok(result)
}
