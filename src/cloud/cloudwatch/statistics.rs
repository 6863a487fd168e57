//! GetMetricStatistics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::epoch;
use super::metric::{self, Dimension, Statistic, invalid};
use crate::context::Context;
use crate::wire::{ApiError, Epoch};

/// The most points in one reply (AWS: CloudWatch API Reference, GetMetricStatistics).
const MAX_POINTS: i64 = 1440;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetMetricStatistics {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    start_time: Epoch,
    end_time: Epoch,
    period: i64,
    #[serde(default)]
    statistics: Vec<String>,
    #[serde(default)]
    extended_statistics: Vec<String>,
    unit: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetricStatistics {
    label: String,
    datapoints: Vec<Datapoint>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Datapoint {
    timestamp: Epoch,
    unit: &'static str,
    extended_statistics: Option<BTreeMap<String, f64>>,
    #[serde(flatten)]
    statistics: BTreeMap<String, f64>,
}

pub(crate) fn get_metric_statistics(
    cx: &mut Context<'_>,
    input: GetMetricStatistics,
) -> Result<MetricStatistics, ApiError> {
    let period = metric::check_period(input.period)?;
    let time = (input.start_time.0.as_second(), input.end_time.0.as_second());
    if time.0 >= time.1 {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    if (time.1 - time.0) / period > MAX_POINTS {
        let message = "You have requested more than 1,440 datapoints; increase Period or decrease the time.";
        return Err(ApiError::new("InvalidParameterCombination", message));
    }
    if input.statistics.is_empty() && input.extended_statistics.is_empty() {
        let message = "At least one of the parameters Statistics and ExtendedStatistics must be specified";
        return Err(ApiError::new("MissingParameter", message));
    }
    let parse = |names: &[String]| -> Result<Vec<(String, Statistic)>, ApiError> {
        names.iter().map(|name| Ok((name.clone(), Statistic::parse(name)?))).collect()
    };
    let (statistics, extended) = (parse(&input.statistics)?, parse(&input.extended_statistics)?);
    let unit = metric::named(&input.metric_name).map_or("None", |(_, unit)| unit);
    let fits = input.unit.is_none_or(|asked| asked == unit);
    let data = metric::data(cx, (&input.namespace, &input.metric_name, &input.dimensions), time, period);
    let datapoints = data.iter().filter(|_| fits).filter_map(|(from, datum)| {
        let values = |asked: &[(String, Statistic)]| -> BTreeMap<String, f64> {
            asked.iter().map(|(name, statistic)| (name.clone(), statistic.of(datum))).collect()
        };
        Some(Datapoint {
            timestamp: epoch(*from)?,
            unit,
            statistics: values(&statistics),
            extended_statistics: (!extended.is_empty()).then(|| values(&extended)),
        })
    });
    Ok(MetricStatistics { datapoints: datapoints.collect(), label: input.metric_name })
}
