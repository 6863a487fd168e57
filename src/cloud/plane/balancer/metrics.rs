//! What load balancers count, second by second, for an hour: it is what CloudWatch tells.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "CloudWatch metrics for your Application Load Balancer".

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How many seconds are kept.
const KEPT: usize = 3600;

/// Times are counted in classes, each 2^(1/8) times as long as the one before; the first one ends here, in seconds.
const FIRST_CLASS: f64 = 10e-6;
const CLASSES_PER_OCTAVE: f64 = 8.0;

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

/// What was counted in one place.
#[derive(Debug, Default)]
pub(crate) struct Series {
    seconds: Mutex<VecDeque<Second>>,
}

#[derive(Debug)]
struct Second {
    /// Since 1970.
    at: i64,
    sums: Vec<(Metric, Sum)>,
    /// How many response times fell into which class.
    classes: Vec<(u8, u32)>,
}

/// Values taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sum {
    pub(crate) count: u32,
    pub(crate) sum: f32,
    pub(crate) minimum: f32,
    pub(crate) maximum: f32,
}

/// What a metric was in one period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Datum {
    pub(crate) sum: Sum,
    pub(crate) classes: BTreeMap<u8, u32>,
}

impl Sum {
    fn of(value: f32) -> Self {
        Sum { count: 1, sum: value, minimum: value, maximum: value }
    }

    fn add(&mut self, other: Sum) {
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }
}

impl Datum {
    /// The value below which this percentage of the response times lies, in seconds, within five percent.
    pub(crate) fn percentile(&self, percentage: f64) -> f64 {
        let all: u32 = self.classes.values().sum();
        let wanted = (f64::from(all) * percentage / 100.0).ceil();
        let mut seen = 0.0;
        for (class, count) in &self.classes {
            seen += f64::from(*count);
            if seen >= wanted && percentage < 100.0 {
                // The middle of the class, but no value that did not occur.
                let middle = FIRST_CLASS * ((f64::from(*class) - 0.5) / CLASSES_PER_OCTAVE).exp2();
                return middle.clamp(self.sum.minimum.into(), self.sum.maximum.into());
            }
        }
        self.sum.maximum.into()
    }
}

impl Metrics {
    /// Where to count what happens in a place.
    pub(super) fn series(&self, place: Place) -> Arc<Series> {
        Arc::clone(lock(&self.series).entry(place).or_default())
    }

    /// Forgets places in which nothing was counted for an hour.
    pub(super) fn forget_old(&self, now: Timestamp) {
        let oldest = now.as_second() - i64::try_from(KEPT).unwrap_or(i64::MAX);
        lock(&self.series).retain(|_, series| {
            Arc::strong_count(series) > 1 || lock(&series.seconds).back().is_some_and(|last| last.at > oldest)
        });
    }

    /// The metrics of each place that is known.
    pub(crate) fn places(&self) -> Vec<(Place, Vec<Metric>)> {
        let series = lock(&self.series);
        let places = series.iter().map(|(place, series)| {
            let seconds = lock(&series.seconds);
            let mut metrics: Vec<Metric> =
                seconds.iter().flat_map(|second| second.sums.iter().map(|(metric, _)| *metric)).collect();
            metrics.sort_unstable();
            metrics.dedup();
            (place.clone(), metrics)
        });
        places.collect()
    }

    /// A metric over the places that `wanted` takes, from `start` to before `end`, by the starts of periods; times in
    /// seconds since 1970. Periods without a value are left out.
    pub(crate) fn data(
        &self,
        metric: Metric,
        wanted: impl Fn(&Place) -> bool,
        (start, end): (i64, i64),
        period: i64,
    ) -> BTreeMap<i64, Datum> {
        let mut data: BTreeMap<i64, Datum> = BTreeMap::new();
        let mut levels: BTreeMap<(i64, i64), Sum> = BTreeMap::new();
        for (_, series) in lock(&self.series).iter().filter(|(place, _)| wanted(place)) {
            for second in lock(&series.seconds).iter().filter(|second| start <= second.at && second.at < end) {
                let Some((_, sum)) = second.sums.iter().find(|(found, _)| *found == metric) else { continue };
                let from = second.at.div_euclid(period) * period;
                if metric.is_level() {
                    // What several nodes say at one time is the same thing.
                    levels.entry((from, second.at)).and_modify(|level| level.add(*sum)).or_insert(*sum);
                    continue;
                }
                let datum = data.entry(from).or_insert_with(|| Datum {
                    sum: Sum { count: 0, sum: 0.0, minimum: f32::INFINITY, maximum: f32::NEG_INFINITY },
                    classes: BTreeMap::new(),
                });
                datum.sum.add(*sum);
                if metric == Metric::TargetResponseTime {
                    for (class, count) in &second.classes {
                        *datum.classes.entry(*class).or_default() += count;
                    }
                }
            }
        }
        for ((from, _), level) in levels {
            data.entry(from)
                .and_modify(|datum| datum.sum.add(level))
                .or_insert(Datum { sum: level, classes: BTreeMap::new() });
        }
        data
    }
}

impl Metric {
    /// Whether it tells how many there are instead of how often something happened.
    fn is_level(self) -> bool {
        matches!(self, Metric::HealthyHostCount | Metric::UnHealthyHostCount)
    }
}

impl Series {
    /// Counts one.
    pub(super) fn count(&self, metric: Metric) {
        self.add(metric, 1.0, None);
    }

    /// Notes how many there are, once a second.
    pub(super) fn level(&self, metric: Metric, value: usize) {
        let now = Timestamp::now().as_second();
        let noted = lock(&self.seconds)
            .back()
            .is_some_and(|last| last.at == now && last.sums.iter().any(|(found, _)| *found == metric));
        if !noted {
            self.add(metric, value as f32, None);
        }
    }

    /// Notes how long a target took from the end of the request to the header of its answer.
    pub(super) fn response_time(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let class = ((seconds / FIRST_CLASS).log2() * CLASSES_PER_OCTAVE).ceil().clamp(0.0, 255.0);
        self.add(Metric::TargetResponseTime, seconds as f32, Some(class as u8));
    }

    fn add(&self, metric: Metric, value: f32, class: Option<u8>) {
        let now = Timestamp::now().as_second();
        let mut seconds = lock(&self.seconds);
        if seconds.back().is_none_or(|last| last.at < now) {
            if seconds.len() == KEPT {
                seconds.pop_front();
            }
            seconds.push_back(Second { at: now, sums: Vec::new(), classes: Vec::new() });
        }
        let Some(second) = seconds.back_mut() else { return };
        match second.sums.iter_mut().find(|(found, _)| *found == metric) {
            Some((_, sum)) => sum.add(Sum::of(value)),
            None => second.sums.push((metric, Sum::of(value))),
        }
        if let Some(class) = class {
            match second.classes.iter_mut().find(|(found, _)| *found == class) {
                Some((_, count)) => *count += 1,
                None => second.classes.push((class, 1)),
            }
        }
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

    #[test]
    fn percentiles_are_near() {
        let series = Series::default();
        for milliseconds in 1..=1000 {
            series.response_time(Duration::from_millis(milliseconds));
        }
        let metrics = Metrics::default();
        lock(&metrics.series).insert(place("a"), Arc::new(series));
        // A test that runs over the turn of a second has two of them.
        let data = metrics.data(Metric::TargetResponseTime, |_| true, (0, i64::MAX), 1_000_000_000);
        let datum = data.values().next().expect("there is one");
        assert_eq!(datum.sum.count, 1000);
        for (percentage, exact) in [(50.0, 0.5), (90.0, 0.9), (99.0, 0.99)] {
            let found = datum.percentile(percentage);
            assert!((found / exact - 1.0).abs() < 0.05, "p{percentage}: {found}");
        }
        assert_eq!(datum.percentile(100.0), 1.0);
    }
}
