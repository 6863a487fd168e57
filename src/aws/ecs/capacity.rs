use model::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How one capacity provider takes part in a strategy.
///
/// AWS: ECS API Reference, CapacityProviderStrategyItem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CapacityProviderStrategyItem {
    /// Where the tasks run.
    pub capacity_provider: CapacityProvider,
    /// Its share of the tasks, once every base is satisfied, among the weights of all items; 0 to 1000.
    pub weight: u16,
    /// How many tasks run there before the weights count; 0 to 100000, and not 0 in one item at most.
    pub base: u32,
}

/// Where tasks run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CapacityProvider {
    /// Fargate.
    #[serde(rename = "FARGATE")]
    Fargate,
    /// Fargate on spare capacity: cheaper, and AWS may stop a task after a warning of two minutes.
    #[serde(rename = "FARGATE_SPOT")]
    FargateSpot,
    /// Another one of the account, by its name.
    #[serde(untagged)]
    Named(String),
}

/// The rules that the strategy in `field` breaks.
pub(super) fn problems(field: &str, strategy: &BTreeSet<CapacityProviderStrategyItem>) -> Vec<Problem> {
    let providers: BTreeSet<_> = strategy.iter().map(|item| &item.capacity_provider).collect();
    [
        (strategy.iter().any(|item| item.weight > 1000), "a weight lies between 0 and 1000"),
        (strategy.iter().any(|item| item.base > 100_000), "a base lies between 0 and 100000"),
        (strategy.iter().filter(|item| item.base > 0).count() > 1, "only one capacity provider can have a base"),
        (
            !strategy.is_empty() && strategy.iter().all(|item| item.weight == 0),
            "at least one capacity provider needs a weight above 0",
        ),
        (providers.len() < strategy.len(), "a capacity provider stands in a strategy only once"),
    ]
    .into_iter()
    .filter(|(broken, _)| *broken)
    .map(|(_, message)| Problem::new(field, message))
    .collect()
}

#[cfg(feature = "live")]
mod live {
    use super::{CapacityProvider, CapacityProviderStrategyItem};
    use crate::{ecs::live::number, live::prelude::*};
    use aws_sdk_ecs::types;

    impl CapacityProvider {
        /// As the API has it.
        pub(crate) fn as_str(&self) -> &str {
            match self {
                Self::Fargate => "FARGATE",
                Self::FargateSpot => "FARGATE_SPOT",
                Self::Named(name) => name,
            }
        }

        pub(crate) fn from_api(name: &str) -> Self {
            match name {
                "FARGATE" => Self::Fargate,
                "FARGATE_SPOT" => Self::FargateSpot,
                name => Self::Named(name.to_owned()),
            }
        }
    }

    impl CapacityProviderStrategyItem {
        pub(crate) fn to_api(&self) -> Result<types::CapacityProviderStrategyItem> {
            types::CapacityProviderStrategyItem::builder()
                .capacity_provider(self.capacity_provider.as_str())
                .weight(self.weight.into())
                .base(number("base", self.base)?)
                .build()
                .map_err(|error| Fault::Inputs(error.to_string()))
        }

        pub(crate) fn from_api(item: &types::CapacityProviderStrategyItem) -> Result<Self> {
            Ok(Self {
                capacity_provider: CapacityProvider::from_api(item.capacity_provider()),
                weight: number("weight", item.weight())?,
                base: number("base", item.base())?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(capacity_provider: CapacityProvider, weight: u16, base: u32) -> CapacityProviderStrategyItem {
        CapacityProviderStrategyItem { capacity_provider, weight, base }
    }

    #[test]
    fn a_strategy_has_one_base_and_some_weight() {
        use CapacityProvider::{Fargate, FargateSpot};
        let broken = |items: &[_]| problems("capacity", &items.iter().cloned().collect()).len();
        assert_eq!(broken(&[item(Fargate, 1, 2), item(FargateSpot, 4, 0)]), 0);
        assert_eq!(broken(&[]), 0);
        assert_eq!(broken(&[item(Fargate, 1, 2), item(FargateSpot, 4, 1)]), 1);
        assert_eq!(broken(&[item(Fargate, 0, 0)]), 1);
        assert_eq!(broken(&[item(Fargate, 1, 0), item(Fargate, 2, 0)]), 1);
    }

    #[test]
    fn names_are_those_of_the_api() {
        for (provider, json) in [
            (CapacityProvider::FargateSpot, r#""FARGATE_SPOT""#),
            (CapacityProvider::Named("asg".to_owned()), r#""asg""#),
        ] {
            assert_eq!(serde_json::to_string(&provider).unwrap(), json);
            assert_eq!(serde_json::from_str::<CapacityProvider>(json).unwrap(), provider);
        }
    }
}
