//! GetMetricData. Expressions are not modelled.

use serde::{Deserialize, Serialize};

use super::metric::{self, Dimension, Statistic, invalid};
use crate::context::Context;
use crate::wire::{ApiError, Epoch};

/// The most queries in one request (AWS: CloudWatch API Reference, GetMetricData).
const MAX_QUERIES: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetMetricData {
    metric_data_queries: Vec<Query>,
    start_time: Epoch,
    end_time: Epoch,
    next_token: Option<String>,
    scan_by: Option<ScanBy>,
    max_datapoints: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    id: String,
    metric_stat: Option<MetricStat>,
    expression: Option<String>,
    label: Option<String>,
    return_data: Option<bool>,
    #[serde(rename = "Period")]
    _period: Option<i64>,
    #[serde(rename = "AccountId")]
    _account_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricStat {
    metric: MetricName,
    period: i64,
    stat: String,
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricName {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
enum ScanBy {
    TimestampDescending,
    TimestampAscending,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetricData {
    metric_data_results: Vec<MetricDataResult>,
    messages: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDataResult {
    id: String,
    label: String,
    timestamps: Vec<Epoch>,
    values: Vec<f64>,
    status_code: &'static str,
}

/// Newest first unless asked otherwise.
pub(crate) fn get_metric_data(cx: &mut Context<'_>, input: GetMetricData) -> Result<MetricData, ApiError> {
    if input.next_token.is_some() {
        return Err(ApiError::new("InvalidNextToken", "The next token specified is invalid."));
    }
    if input.metric_data_queries.len() > MAX_QUERIES {
        return Err(invalid("The collection MetricDataQueries must not have a size greater than 500."));
    }
    let time = (input.start_time.0.as_second(), input.end_time.0.as_second());
    if time.0 >= time.1 {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let mut metric_data_results = Vec::new();
    for query in input.metric_data_queries {
        let Query { id, metric_stat, expression, label, return_data, .. } = query;
        let Some(MetricStat { metric: asked, period, stat, unit }) = metric_stat else {
            let message = format!("The query '{id}' has no MetricStat; the local cloud does not model expressions");
            return Err(invalid(message));
        };
        if expression.is_some() {
            return Err(invalid(format!("The query '{id}' must have either a MetricStat or an expression")));
        }
        let (statistic, period) = (Statistic::parse(&stat)?, metric::check_period(period)?);
        let MetricName { namespace, metric_name, dimensions } = asked;
        // A unit that the metric was not counted in has no data.
        let fits = unit.is_none_or(|unit| metric::named(&metric_name).is_some_and(|(_, known)| known == unit));
        let data = metric::data(cx, (&namespace, &metric_name, &dimensions), time, period);
        let mut points: Vec<(Epoch, f64)> = data
            .iter()
            .filter(|_| fits)
            .filter_map(|(from, datum)| Some((epoch(*from)?, statistic.of(datum))))
            .collect();
        if input.scan_by != Some(ScanBy::TimestampAscending) {
            points.reverse();
        }
        points.truncate(input.max_datapoints.unwrap_or(usize::MAX));
        if return_data.unwrap_or(true) {
            let (timestamps, values) = points.into_iter().unzip();
            let label = label.unwrap_or(metric_name);
            metric_data_results.push(MetricDataResult { id, label, timestamps, values, status_code: "Complete" });
        }
    }
    Ok(MetricData { metric_data_results, messages: [] })
}

pub(super) fn epoch(second: i64) -> Option<Epoch> {
    jiff::Timestamp::from_second(second).ok().map(Epoch)
}
