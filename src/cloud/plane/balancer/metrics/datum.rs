//! Values taken together.

use std::collections::BTreeMap;
use std::time::Duration;

/// Times are counted in classes, each 2^(1/8) times as long as the one before; the first one ends here, in seconds.
const FIRST_CLASS: f64 = 10e-6;
const CLASSES_PER_OCTAVE: f64 = 8.0;

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
    /// How many response times fell into which class.
    pub(crate) classes: BTreeMap<u8, u32>,
}

impl Sum {
    pub(super) const NONE: Self = Sum { count: 0, sum: 0.0, minimum: f32::INFINITY, maximum: f32::NEG_INFINITY };

    pub(super) fn of(value: f32) -> Self {
        Sum { count: 1, sum: value, minimum: value, maximum: value }
    }

    pub(super) fn add(&mut self, other: Sum) {
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }
}

/// The class of a time.
pub(super) fn class_of(time: Duration) -> u8 {
    ((time.as_secs_f64() / FIRST_CLASS).log2() * CLASSES_PER_OCTAVE).ceil().clamp(0.0, 255.0) as u8
}

impl Datum {
    pub(super) const NONE: Self = Datum { sum: Sum::NONE, classes: BTreeMap::new() };

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_near() {
        let mut datum = Datum::NONE;
        for milliseconds in 1..=1000 {
            let time = Duration::from_millis(milliseconds);
            datum.sum.add(Sum::of(time.as_secs_f32()));
            *datum.classes.entry(class_of(time)).or_default() += 1;
        }
        assert_eq!(datum.sum.count, 1000);
        for (percentage, exact) in [(50.0, 0.5), (90.0, 0.9), (99.0, 0.99)] {
            let found = datum.percentile(percentage);
            assert!((found / exact - 1.0).abs() < 0.05, "p{percentage}: {found}");
        }
        assert_eq!(datum.percentile(100.0), 1.0);
    }
}
