//! What load balancers count: it is what CloudWatch tells. How long it is kept, [`series`] says.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "CloudWatch metrics for your Application Load Balancer".

mod datum;
mod series;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub(crate) use self::datum::{Datum, Sum};
pub(crate) use self::series::Series;

/// A metric in the namespace `AWS/ApplicationELB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    ActiveConnectionCount,
    ClientTlsNegotiationErrorCount,
    HealthyHostCount,
    Elb3xx,
    Elb4xx,
    Elb500,
    Elb502,
    Elb503,
    Elb504,
    Elb5xx,
    Target2xx,
    Target3xx,
    Target4xx,
    Target5xx,
    FixedResponseCount,
    RedirectCount,
    NewConnectionCount,
    RejectedConnectionCount,
    RequestCount,
    TargetConnectionErrorCount,
    TargetResponseTime,
    UnHealthyHostCount,
}

impl Metric {
    /// Every metric with its name and unit, by name.
    pub(crate) const ALL: [(Metric, &'static str, &'static str); 22] = [
        (Metric::ActiveConnectionCount, "ActiveConnectionCount", "Count"),
        (Metric::ClientTlsNegotiationErrorCount, "ClientTLSNegotiationErrorCount", "Count"),
        (Metric::Elb3xx, "HTTPCode_ELB_3XX_Count", "Count"),
        (Metric::Elb4xx, "HTTPCode_ELB_4XX_Count", "Count"),
        (Metric::Elb500, "HTTPCode_ELB_500_Count", "Count"),
        (Metric::Elb502, "HTTPCode_ELB_502_Count", "Count"),
        (Metric::Elb503, "HTTPCode_ELB_503_Count", "Count"),
        (Metric::Elb504, "HTTPCode_ELB_504_Count", "Count"),
        (Metric::Elb5xx, "HTTPCode_ELB_5XX_Count", "Count"),
        (Metric::FixedResponseCount, "HTTP_Fixed_Response_Count", "Count"),
        (Metric::HealthyHostCount, "HealthyHostCount", "Count"),
        (Metric::NewConnectionCount, "NewConnectionCount", "Count"),
        (Metric::RedirectCount, "HTTP_Redirect_Count", "Count"),
        (Metric::RejectedConnectionCount, "RejectedConnectionCount", "Count"),
        (Metric::RequestCount, "RequestCount", "Count"),
        (Metric::Target2xx, "HTTPCode_Target_2XX_Count", "Count"),
        (Metric::Target3xx, "HTTPCode_Target_3XX_Count", "Count"),
        (Metric::Target4xx, "HTTPCode_Target_4XX_Count", "Count"),
        (Metric::Target5xx, "HTTPCode_Target_5XX_Count", "Count"),
        (Metric::TargetConnectionErrorCount, "TargetConnectionErrorCount", "Count"),
        (Metric::TargetResponseTime, "TargetResponseTime", "Seconds"),
        (Metric::UnHealthyHostCount, "UnHealthyHostCount", "Count"),
    ];
}

/// Where something was counted: by a node, for a target group if one was chosen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) region: String,
    /// The end of its ARN, as in `app/web/50dc6c495c0c9188`.
    pub(crate) load_balancer: String,
    pub(crate) zone: String,
    /// The end of its ARN, as in `targetgroup/web/73e2d6bc24d8a067`.
    pub(crate) group: Option<String>,
}

/// Everything that was counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    series: Mutex<BTreeMap<Place, Arc<Series>>>,
}

impl Metrics {
    /// Where to count what happens in a place.
    pub(super) fn series(&self, place: Place) -> Arc<Series> {
        Arc::clone(lock(&self.series).entry(place).or_default())
    }

    /// Forgets places of which nothing is kept any more.
    pub(super) fn forget_old(&self, now: Timestamp) {
        let in_use = |series: &Arc<Series>| Arc::strong_count(series) > 1;
        lock(&self.series).retain(|_, series| in_use(series) || series.is_kept(now.as_second()));
    }

    /// The metrics of each place that is known.
    pub(crate) fn places(&self) -> Vec<(Place, Vec<Metric>)> {
        lock(&self.series).iter().map(|(place, series)| (place.clone(), series.metrics())).collect()
    }

    /// A metric over the places that `wanted` takes, from `start` to before `end`, by the starts of periods; times in
    /// seconds since 1970. Periods without a value are left out.
    pub(crate) fn data(
        &self,
        metric: Metric,
        wanted: impl Fn(&Place) -> bool,
        time: (i64, i64),
        period: i64,
    ) -> BTreeMap<i64, Datum> {
        let mut data = BTreeMap::new();
        for (_, series) in lock(&self.series).iter().filter(|(place, _)| wanted(place)) {
            series.add_to(&mut data, metric, time, period);
        }
        data
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(zone: &str) -> Place {
        let (region, load_balancer) = ("us-east-1".to_owned(), "app/web/1".to_owned());
        Place { region, load_balancer, zone: zone.to_owned(), group: None }
    }

    #[test]
    fn counts_add_up_over_places() {
        let metrics = Metrics::default();
        for zone in ["a", "b"] {
            let series = metrics.series(place(zone));
            for _ in 0..5 {
                series.count(Metric::RequestCount);
            }
        }
        let total = |wanted: &dyn Fn(&Place) -> bool| {
            let data = metrics.data(Metric::RequestCount, wanted, (0, i64::MAX), 60);
            data.values().map(|datum| datum.sum.sum).sum::<f32>()
        };
        assert_eq!((total(&|_| true), total(&|place| place.zone == "a")), (10.0, 5.0));
        assert_eq!(metrics.places()[0].1, [Metric::RequestCount]);
    }
}
