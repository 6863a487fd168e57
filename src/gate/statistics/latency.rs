//! Percentiles of latency.

use hdrhistogram::Histogram;
use std::time::Duration;

/// The longest latency that is told apart; longer ones count as this.
const LONGEST: Duration = Duration::from_secs(3600);

/// A histogram of latencies: microseconds up to an hour, to three significant digits.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// A histogram of nothing.
    pub fn new() -> Self {
        // The arguments are constants.
        let histogram = Histogram::new_with_max(LONGEST.as_micros() as u64, 3).expect("valid bounds");
        Latencies(histogram)
    }

    /// Takes one latency.
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that the share `quantile` of all stays within; `None` when there are none.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.0.value_at_quantile(quantile)))
    }

    /// The longest; `None` when there are none.
    pub fn longest(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.0.max()))
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Latencies::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_three_digits() {
        let mut latencies = Latencies::new();
        assert_eq!(latencies.quantile(0.5), None);
        for ms in 1..=1000 {
            latencies.record(Duration::from_millis(ms));
        }
        for (quantile, ms) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = latencies.quantile(quantile).expect("there are latencies").as_secs_f64() * 1000.0;
            assert!((found / ms - 1.0).abs() < 1e-3, "{quantile}: {found}");
        }
    }

    #[test]
    fn what_is_longer_than_an_hour_counts_as_an_hour() {
        let mut latencies = Latencies::new();
        latencies.record(Duration::MAX);
        let longest = latencies.longest().expect("there is one").as_secs_f64();
        assert!((longest / 3600.0 - 1.0).abs() < 1e-3, "{longest}");
    }
}
