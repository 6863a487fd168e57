//! ListMetrics.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::metric::{Dimension, NAMESPACE, combinations};
use crate::context::Context;
use crate::plane::balancer::metrics::Metric;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ListMetrics {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<DimensionFilter>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DimensionFilter {
    name: String,
    value: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metrics {
    metrics: BTreeSet<Listed>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    namespace: &'static str,
    metric_name: &'static str,
    dimensions: Vec<Dimension>,
}

/// The metrics that have data, all in one page.
pub(crate) fn list_metrics(cx: &mut Context<'_>, input: ListMetrics) -> Result<Metrics, ApiError> {
    if input.next_token.is_some() {
        return Err(ApiError::new("InvalidParameterValue", "Invalid nextToken"));
    }
    let known = cx.facts.and_then(|facts| facts.metrics.as_ref()).map(|metrics| metrics.places()).unwrap_or_default();
    let here = known.into_iter().filter(|(place, _)| place.region == cx.region);
    let all = here.flat_map(|(place, metrics)| {
        let listed = metrics.into_iter().flat_map(move |metric| {
            let name = Metric::ALL.iter().find(|(known, ..)| *known == metric).map(|(_, name, _)| *name);
            let combinations = combinations(&place, metric).into_iter();
            combinations
                .filter_map(move |dimensions| Some(Listed { namespace: NAMESPACE, metric_name: name?, dimensions }))
        });
        listed.collect::<Vec<_>>()
    });
    let wanted = |listed: &Listed| {
        input.namespace.as_deref().is_none_or(|namespace| namespace == listed.namespace)
            && input.metric_name.as_deref().is_none_or(|name| name == listed.metric_name)
            && input.dimensions.iter().all(|filter| {
                let fits = |it: &Dimension| {
                    it.name == filter.name && filter.value.as_ref().is_none_or(|value| *value == it.value)
                };
                listed.dimensions.iter().any(fits)
            })
    };
    Ok(Metrics { metrics: all.filter(wanted).collect() })
}
