//! From times to places along the axis.

use std::time::Duration;

/// The axis of time, as wide as the page allows: places on it are percentages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    span: Duration,
}

impl Scale {
    pub(super) fn new(span: Duration) -> Self {
        Self { span: span.max(Duration::from_millis(1)) }
    }

    /// The share of the axis before `at`, from 0 to 1.
    pub(super) fn share(self, at: Duration) -> f64 {
        (at.as_secs_f64() / self.span.as_secs_f64()).min(1.0)
    }

    /// The place of `at`: a percentage, as CSS has it.
    pub(super) fn place(self, at: Duration) -> String {
        format!("{:.3}%", self.share(at) * 100.0)
    }

    /// How long the way from one time to another is.
    pub(super) fn width(self, from: Duration, to: Duration) -> String {
        format!("{:.3}%", (self.share(to) - self.share(from)).max(0.0) * 100.0)
    }

    /// Round times along the axis, at most ten.
    pub(super) fn ticks(self) -> Vec<Duration> {
        const STEPS: [u64; 15] = [
            100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
            3_600_000,
        ];
        let fits = |&&step: &&u64| self.span.as_millis() / u128::from(step) <= 9;
        let step = STEPS.iter().find(fits).copied().unwrap_or(self.span.as_millis() as u64 / 9);
        (0..=9).map(|tick| Duration::from_millis(step * tick)).filter(|tick| *tick <= self.span).collect()
    }
}

/// A round time: `0`, `20 s`, `1:30`, `2:00 h`.
pub(super) fn tick(at: Duration) -> String {
    match at.as_millis() {
        0 => "0".to_owned(),
        millis @ 1..10_000 if millis % 1000 != 0 => format!("{:.1} s", at.as_secs_f64()),
        1..60_000 => format!("{} s", at.as_secs()),
        60_000..3_600_000 => format!("{}:{:02} min", at.as_secs() / 60, at.as_secs() % 60),
        _ => format!("{}:{:02} h", at.as_secs() / 3600, at.as_secs() / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for seconds in [0, 1, 7, 31, 95, 600, 5_000, 100_000] {
            let ticks = Scale::new(Duration::from_secs(seconds)).ticks();
            assert!((1..=10).contains(&ticks.len()), "{seconds} s: {ticks:?}");
        }
        let scale = Scale::new(Duration::from_secs(90));
        let ticks: Vec<String> = scale.ticks().into_iter().map(tick).collect();
        assert_eq!(
            ticks,
            ["0", "10 s", "20 s", "30 s", "40 s", "50 s", "1:00 min", "1:10 min", "1:20 min", "1:30 min"]
        );
    }

    #[test]
    fn what_is_beyond_the_end_stands_at_the_end() {
        let scale = Scale::new(Duration::from_secs(10));
        assert_eq!(scale.place(Duration::from_secs(11)), "100.000%");
        assert_eq!(scale.width(Duration::from_secs(5), Duration::from_secs(20)), "50.000%");
    }
}
