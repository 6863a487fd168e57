//! Metrics by their names and dimensions, and statistics of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::plane::balancer::metrics::{Datum, Metric, Place};
use crate::wire::ApiError;

pub(super) const NAMESPACE: &str = "AWS/ApplicationELB";

const LOAD_BALANCER: &str = "LoadBalancer";
const TARGET_GROUP: &str = "TargetGroup";
const ZONE: &str = "AvailabilityZone";

/// A dimension as it stands in requests and replies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Dimension {
    pub(super) name: String,
    pub(super) value: String,
}

/// A statistic of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    Percentile(f64),
}

impl Statistic {
    /// AWS: CloudWatch User Guide, "CloudWatch statistics definitions". Trimmed means and their like are not modelled.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let percentile = || text.strip_prefix('p')?.parse().ok().filter(|it| (0.0..=100.0).contains(it));
        match text {
            "SampleCount" => Ok(Statistic::SampleCount),
            "Sum" => Ok(Statistic::Sum),
            "Average" => Ok(Statistic::Average),
            "Minimum" => Ok(Statistic::Minimum),
            "Maximum" => Ok(Statistic::Maximum),
            _ => percentile().map(Statistic::Percentile).ok_or_else(|| {
                invalid(format!("The statistic '{text}' is not valid, or the local cloud does not model it"))
            }),
        }
    }

    pub(super) fn of(self, datum: &Datum) -> f64 {
        let sum = datum.sum;
        match self {
            Statistic::SampleCount => sum.count.into(),
            Statistic::Sum => sum.sum.into(),
            Statistic::Average => f64::from(sum.sum) / f64::from(sum.count.max(1)),
            Statistic::Minimum => sum.minimum.into(),
            Statistic::Maximum => sum.maximum.into(),
            Statistic::Percentile(percentage) => datum.percentile(percentage),
        }
    }
}

/// The name of a metric and the unit of its values.
pub(super) fn named(name: &str) -> Option<(Metric, &'static str)> {
    Metric::ALL.iter().find(|(_, known, _)| *known == name).map(|(metric, _, unit)| (*metric, *unit))
}

/// Refuses periods that AWS refuses, in seconds. Those below a minute give data here, and on AWS only for metrics of
/// high resolution (AWS: CloudWatch API Reference, MetricStat, `Period`).
pub(super) fn check_period(period: i64) -> Result<i64, ApiError> {
    if [1, 5, 10, 20, 30].contains(&period) || (period > 0 && period % 60 == 0) {
        return Ok(period);
    }
    Err(invalid("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60"))
}

/// A metric in a time, by the starts of periods in seconds since 1970. A metric that is not there has no data.
pub(super) fn data(
    cx: &Context<'_>,
    (namespace, name, dimensions): (&str, &str, &[Dimension]),
    time: (i64, i64),
    period: i64,
) -> BTreeMap<i64, Datum> {
    let metrics = cx.facts.and_then(|facts| facts.metrics.as_ref());
    let (Some(metrics), Some((metric, _)), true) = (metrics, named(name), namespace == NAMESPACE) else {
        return BTreeMap::new();
    };
    let mut asked: Vec<&Dimension> = dimensions.iter().collect();
    asked.sort();
    let wanted = |place: &Place| {
        place.region == cx.region
            && combinations(place, metric).iter().any(|known| known.iter().collect::<Vec<_>>() == asked)
    };
    metrics.data(metric, wanted, time, period)
}

/// The dimensions under which a metric of a place is told, each combination sorted.
///
/// AWS: Elastic Load Balancing, Application Load Balancers, "CloudWatch metrics for your Application Load Balancer".
pub(super) fn combinations(place: &Place, metric: Metric) -> BTreeSet<Vec<Dimension>> {
    let dimension = |name: &str, value: &str| Dimension { name: name.to_owned(), value: value.to_owned() };
    let load_balancer = dimension(LOAD_BALANCER, &place.load_balancer);
    let zone = dimension(ZONE, &place.zone);
    let counts_hosts = matches!(metric, Metric::HealthyHostCount | Metric::UnHealthyHostCount);
    let mut combinations = vec![vec![load_balancer.clone()], vec![load_balancer.clone(), zone.clone()]];
    if counts_hosts {
        combinations.clear();
    }
    if let Some(group) = &place.group {
        let group = dimension(TARGET_GROUP, group);
        combinations.push(vec![load_balancer.clone(), group.clone()]);
        combinations.push(vec![load_balancer, group, zone]);
    }
    combinations.iter_mut().for_each(|combination| combination.sort());
    combinations.into_iter().collect()
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", message)
}
