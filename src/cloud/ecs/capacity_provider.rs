//! Capacity providers: those of Fargate, which are there without being made.

use serde::{Deserialize, Serialize};

use super::error::invalid_parameter;
use crate::context::Context;
use crate::tags::LowerTag;
use crate::wire::ApiError;

/// The providers that every account has.
const FARGATE: &[&str] = &["FARGATE", "FARGATE_SPOT"];

/// How one provider takes part in a strategy.
///
/// AWS: ECS API Reference, CapacityProviderStrategyItem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StrategyItem {
    pub(super) capacity_provider: String,
    #[serde(default)]
    pub(super) weight: u32,
    #[serde(default)]
    pub(super) base: u32,
}

/// Refuses providers that do not exist.
pub(super) fn check_providers(providers: &[String]) -> Result<(), ApiError> {
    match providers.iter().find(|provider| !FARGATE.contains(&provider.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(invalid_parameter(format!(
            "The specified capacity provider '{unknown}' was not found. Specify a valid name or ARN and try again."
        ))),
    }
}

/// Refuses a strategy that the rules of CapacityProviderStrategyItem do not allow, or that uses what the cluster lacks.
pub(super) fn check_strategy(strategy: &[StrategyItem], of_cluster: &[String]) -> Result<(), ApiError> {
    if strategy.iter().any(|item| item.weight > 1000 || item.base > 100_000) {
        return Err(invalid_parameter("A weight lies between 0 and 1000, and a base between 0 and 100000."));
    }
    if strategy.iter().any(|item| !of_cluster.contains(&item.capacity_provider)) {
        return Err(invalid_parameter(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated \
             with the cluster. Associate the capacity provider with the cluster and try again.",
        ));
    }
    if !strategy.is_empty() && strategy.iter().all(|item| item.weight == 0) {
        return Err(invalid_parameter(
            "The specified capacity provider strategy must contain at least one capacity provider with a weight \
             greater than zero.",
        ));
    }
    if strategy.iter().filter(|item| item.base > 0).count() > 1 {
        return Err(invalid_parameter("Only one capacity provider in a strategy can have a base defined."));
    }
    let twice = |item: &StrategyItem| {
        strategy.iter().filter(|other| other.capacity_provider == item.capacity_provider).count() > 1
    };
    match strategy.iter().any(twice) {
        true => Err(invalid_parameter("A capacity provider can be in a strategy only once.")),
        false => Ok(()),
    }
}

/// The provider of the next task: the base first, then the one that lacks most of its share.
pub(super) fn next(strategy: &[StrategyItem], running: impl Fn(&str) -> u32) -> Option<&str> {
    if let Some(item) = strategy.iter().find(|item| running(&item.capacity_provider) < item.base) {
        return Some(&item.capacity_provider);
    }
    let beyond_base = |item: &StrategyItem| running(&item.capacity_provider).saturating_sub(item.base);
    let load = |item: &StrategyItem| f64::from(beyond_base(item) + 1) / f64::from(item.weight);
    let weighted = strategy.iter().filter(|item| item.weight > 0);
    let least = weighted.min_by(|one, other| load(one).total_cmp(&load(other)))?;
    Some(&least.capacity_provider)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeCapacityProviders {
    #[serde(default)]
    capacity_providers: Vec<String>,
    #[serde(default, rename = "include")]
    _include: Vec<Include>,
    #[serde(rename = "maxResults")]
    _max_results: Option<i64>,
    #[serde(rename = "nextToken")]
    _next_token: Option<String>,
}

#[derive(Deserialize)]
enum Include {
    #[serde(rename = "TAGS")]
    Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribeCapacityProvidersResult {
    capacity_providers: Vec<CapacityProviderView>,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CapacityProviderView {
    capacity_provider_arn: String,
    name: String,
    status: &'static str,
    r#type: String,
    tags: Vec<LowerTag>,
}

#[derive(Serialize)]
struct Failure {
    arn: String,
    reason: &'static str,
}

/// There are too few for a second page, and they bear no tags.
///
/// AWS: ECS API Reference, DescribeCapacityProviders.
pub(crate) fn describe_capacity_providers(
    cx: &mut Context<'_>,
    input: DescribeCapacityProviders,
) -> Result<DescribeCapacityProvidersResult, ApiError> {
    let mut result = DescribeCapacityProvidersResult { capacity_providers: Vec::new(), failures: Vec::new() };
    let asked = match input.capacity_providers.is_empty() {
        true => FARGATE.iter().map(|name| (*name).to_owned()).collect(),
        false => input.capacity_providers,
    };
    for reference in asked {
        let name = reference.rsplit('/').next().unwrap_or(&reference);
        if FARGATE.contains(&name) {
            result.capacity_providers.push(CapacityProviderView {
                capacity_provider_arn: cx.arn(&format!("capacity-provider/{name}")),
                name: name.to_owned(),
                status: "ACTIVE",
                r#type: name.to_owned(),
                tags: Vec::new(),
            });
        } else {
            result.failures.push(Failure { arn: cx.arn(&format!("capacity-provider/{name}")), reason: "MISSING" });
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(capacity_provider: &str, weight: u32, base: u32) -> StrategyItem {
        StrategyItem { capacity_provider: capacity_provider.to_owned(), weight, base }
    }

    #[test]
    fn tasks_fill_the_base_and_then_follow_the_weights() {
        let strategy = [item("FARGATE", 1, 2), item("FARGATE_SPOT", 3, 0)];
        let mut counts = std::collections::BTreeMap::<String, u32>::new();
        for _ in 0..10 {
            let next = next(&strategy, |name| counts.get(name).copied().unwrap_or_default()).expect("there is one");
            *counts.entry(next.to_owned()).or_default() += 1;
        }
        assert_eq!((counts["FARGATE"], counts["FARGATE_SPOT"]), (4, 6));
    }

    #[test]
    fn strategies_are_checked() {
        let cluster = ["FARGATE".to_owned(), "FARGATE_SPOT".to_owned()];
        let check = |strategy: &[StrategyItem]| check_strategy(strategy, &cluster).is_ok();
        assert!(check(&[item("FARGATE", 1, 2), item("FARGATE_SPOT", 4, 0)]));
        assert!(!check(&[item("FARGATE", 0, 0)]));
        assert!(!check(&[item("FARGATE", 1, 1), item("FARGATE_SPOT", 1, 1)]));
        assert!(!check(&[item("OTHER", 1, 0)]));
    }
}
