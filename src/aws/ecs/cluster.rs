use super::{CapacityProvider, CapacityProviderStrategyItem, capacity};
use crate::words::words;
use derive::{Outputs, Resource};
use model::{ClusterArn, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where services and tasks live together.
///
/// AWS: ECS API Reference, CreateCluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ecs.cluster", outputs = ClusterOutputs, check)]
pub struct Cluster {
    /// Whether CloudWatch collects metrics of the containers. A new cluster gets the account's default.
    pub container_insights: Option<ContainerInsights>,
    /// What its tasks may run on.
    #[unordered]
    pub capacity_providers: BTreeSet<CapacityProvider>,
    /// What tasks run on that say nothing else.
    #[unordered]
    pub default_capacity_provider_strategy: BTreeSet<CapacityProviderStrategyItem>,
}

words! {
    /// How much CloudWatch Container Insights collects.
    /// AWS: ECS API Reference, ClusterSetting.
    ContainerInsights {
        /// Metrics of clusters, services, tasks and containers, with curated dashboards.
        Enhanced = "enhanced",
        /// Metrics of clusters and services.
        Enabled = "enabled",
        /// Nothing.
        Disabled = "disabled",
    }
}

impl Cluster {
    fn problems(&self) -> Vec<Problem> {
        let field = "default_capacity_provider_strategy";
        let mut problems = capacity::problems(field, &self.default_capacity_provider_strategy);
        let used = self.default_capacity_provider_strategy.iter().map(|item| &item.capacity_provider);
        if used.into_iter().any(|provider| !self.capacity_providers.contains(provider)) {
            problems.push(Problem::new(field, "every capacity provider used stands in `capacity_providers`, too"));
        }
        problems
    }
}

/// What ECS tells about a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct ClusterOutputs {
    /// `arn:aws:ecs:..:cluster/..`
    pub arn: ClusterArn,
    /// The name.
    pub name: String,
}

#[cfg(feature = "live")]
mod live {
    use super::{Cluster, ClusterOutputs, ContainerInsights};
    use crate::{
        ecs::{
            CapacityProvider, CapacityProviderStrategyItem,
            live::{from_tags, only_missing, retag, to_tags},
        },
        live::prelude::*,
    };
    use aws_sdk_ecs::types::{self, ClusterField, ClusterSetting, ClusterSettingName};
    use model::ClusterArn;

    impl Provider<Aws> for Cluster {
        const BATCH: usize = 100;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let clusters = describe(aws, ids.iter().map(Id::to_string).collect()).await?;
            clusters.iter().filter(|cluster| cluster.status() != Some("INACTIVE")).map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            // CreateCluster returns an existing cluster of that name as if it had made it.
            let same_name = describe(aws, vec![new.name.clone()]).await?;
            if same_name.iter().any(|cluster| cluster.status() != Some("INACTIVE")) {
                return Err(Fault::Exists(new.name.clone()));
            }
            let reply = aws
                .ecs
                .create_cluster()
                .cluster_name(&new.name)
                .set_settings(self.container_insights.map(settings))
                .set_capacity_providers(Some(self.providers()))
                .set_default_capacity_provider_strategy(Some(self.strategy()?))
                .set_tags(Some(to_tags(&new.tags)))
                .send()
                .await
                .or_fault()?;
            Ok(Id::new(reply.cluster().and_then(|cluster| cluster.cluster_arn()).or_missing("clusterArn")?))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let same_name = describe(aws, vec![new.name.clone()]).await?;
            let ours = same_name.iter().filter(|cluster| {
                cluster.status() != Some("INACTIVE") && from_tags(cluster.tags()).get(TOKEN_TAG) == Some(&new.token)
            });
            only(ours.filter_map(|cluster| cluster.cluster_arn()).map(Id::new))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let (cluster, old) = (live.id.as_str(), &live.inputs);
            if let Some(insights) = self.container_insights
                && Some(insights) != old.container_insights
            {
                let call = aws.ecs.update_cluster().cluster(cluster);
                call.set_settings(Some(settings(insights))).send().await.or_fault()?;
            }
            if self.capacity_providers != old.capacity_providers
                || self.default_capacity_provider_strategy != old.default_capacity_provider_strategy
            {
                let call = aws.ecs.put_cluster_capacity_providers().cluster(cluster);
                call.set_capacity_providers(Some(self.providers()))
                    .set_default_capacity_provider_strategy(Some(self.strategy()?))
                    .send()
                    .await
                    .or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.ecs.delete_cluster().cluster(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id, set, remove).await
        }
    }

    impl Cluster {
        fn providers(&self) -> Vec<String> {
            self.capacity_providers.iter().map(|provider| provider.as_str().to_owned()).collect()
        }

        fn strategy(&self) -> Result<Vec<types::CapacityProviderStrategyItem>> {
            self.default_capacity_provider_strategy.iter().map(CapacityProviderStrategyItem::to_api).collect()
        }
    }

    async fn describe(aws: &Aws, clusters: Vec<String>) -> Result<Vec<types::Cluster>> {
        let call = aws.ecs.describe_clusters().set_clusters(Some(clusters));
        let reply = call.include(ClusterField::Settings).include(ClusterField::Tags).send().await.or_fault()?;
        only_missing(reply.failures())?;
        Ok(reply.clusters.unwrap_or_default())
    }

    fn live(cluster: &types::Cluster) -> Result<Live<Cluster>> {
        let arn = cluster.cluster_arn().or_missing("clusterArn")?;
        let insights = cluster.settings().iter().find(|it| it.name() == Some(&ClusterSettingName::ContainerInsights));
        let strategy = cluster.default_capacity_provider_strategy().iter();
        Ok(Live {
            id: Id::new(arn),
            inputs: Cluster {
                container_insights: insights.map(|it| parsed("containerInsights", it.value())).transpose()?,
                capacity_providers: cluster
                    .capacity_providers()
                    .iter()
                    .map(|it| CapacityProvider::from_api(it))
                    .collect(),
                default_capacity_provider_strategy: strategy
                    .map(CapacityProviderStrategyItem::from_api)
                    .collect::<Result<_>>()?,
            },
            outputs: ClusterOutputs {
                arn: ClusterArn::new(arn),
                name: cluster.cluster_name().or_missing("clusterName")?.to_owned(),
            },
            tags: Some(from_tags(cluster.tags())),
            status: match (cluster.status().unwrap_or_default(), cluster.attachments_status()) {
                ("ACTIVE", Some("UPDATE_IN_PROGRESS")) => {
                    Status::Pending("its capacity providers are being updated".to_owned())
                }
                ("ACTIVE", _) => Status::Ready,
                ("DEPROVISIONING", _) => Status::Deleting,
                ("FAILED", _) => Status::Failed("its capacity providers could not be set up".to_owned()),
                (other, _) => Status::Pending(other.to_owned()),
            },
        })
    }

    fn settings(insights: ContainerInsights) -> Vec<ClusterSetting> {
        let setting = ClusterSetting::builder().name(ClusterSettingName::ContainerInsights);
        vec![setting.value(insights.as_str()).build()]
    }
}
