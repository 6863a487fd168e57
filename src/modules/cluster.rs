use aws::ecs::{self, CapacityProvider, CapacityProviderStrategyItem, ContainerInsights};
use model::Stack;
use std::collections::BTreeSet;

/// An ECS cluster on Fargate and Fargate Spot, with Container Insights.
#[derive(Clone, Debug)]
#[must_use = "a module declares nothing before `build`"]
pub struct Cluster {
    name: String,
    container_insights: ContainerInsights,
}

/// What [`Cluster::build`] has declared.
#[derive(Clone, Debug)]
pub struct ClusterRefs {
    /// The cluster.
    pub cluster: ecs::ClusterRefs,
}

impl Cluster {
    /// A cluster whose tasks run on Fargate unless they say otherwise.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), container_insights: ContainerInsights::Enabled }
    }

    /// How much CloudWatch collects about what runs in it.
    pub fn container_insights(self, container_insights: ContainerInsights) -> Self {
        Self { container_insights, ..self }
    }

    /// Declares the cluster.
    #[track_caller]
    pub fn build(self, stack: &mut Stack) -> ClusterRefs {
        let cluster = ecs::Cluster {
            container_insights: Some(self.container_insights),
            capacity_providers: BTreeSet::from([CapacityProvider::Fargate, CapacityProvider::FargateSpot]),
            default_capacity_provider_strategy: BTreeSet::from([CapacityProviderStrategyItem {
                capacity_provider: CapacityProvider::Fargate,
                weight: 1,
                base: 0,
            }]),
        };
        ClusterRefs { cluster: stack.add(&self.name, cluster) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn both_fargates_and_insights() {
        let mut stack = Stack::new("dev");
        Cluster::new("main").build(&mut stack);
        let document = stack.document(BTreeMap::new());
        assert_eq!(document.problems, []);
        let inputs = &document.resources[0].inputs;
        assert_eq!(inputs["capacity_providers"], json!(["FARGATE", "FARGATE_SPOT"]));
        assert_eq!(inputs["container_insights"], "enabled");
    }
}
