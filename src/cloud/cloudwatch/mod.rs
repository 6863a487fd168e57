//! CloudWatch: what load balancers have counted, in the namespace `AWS/ApplicationELB`. Nothing else has metrics here.
//!
//! It keeps no tables: the numbers are the data plane's, and end with it.

mod data;
mod list;
mod metric;
mod statistics;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};

/// How CloudWatch is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "cloudwatch",
    signing_name: "monitoring",
    protocol: Protocol::Json { target: "GraniteServiceVersion20100801" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    GetMetricData => data::get_metric_data, unmodelled ["LabelOptions"];
    GetMetricStatistics => statistics::get_metric_statistics;
    ListMetrics => list::list_metrics, unmodelled ["RecentlyActive", "IncludeLinkedAccounts", "OwningAccount"];
}
