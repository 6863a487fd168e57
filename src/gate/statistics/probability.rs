//! A number between 0 and 1.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A probability or a share: a number from 0 to 1, never NaN.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

/// The number is below 0, above 1, or not a number.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a probability lies between 0 and 1, and {0} does not")]
pub struct NotAProbability(pub f64);

impl Probability {
    /// Cannot happen.
    pub const ZERO: Probability = Probability(0.0);
    /// Is certain.
    pub const ONE: Probability = Probability(1.0);

    /// Checks `value`.
    ///
    /// # Errors
    /// When it is not between 0 and 1.
    pub fn new(value: f64) -> Result<Self, NotAProbability> {
        if (0.0..=1.0).contains(&value) { Ok(Probability(value)) } else { Err(NotAProbability(value)) }
    }

    /// A constant of the program's own.
    ///
    /// # Panics
    /// When it is not between 0 and 1: at compile time in a `const`.
    pub const fn literal(value: f64) -> Self {
        assert!(value >= 0.0 && value <= 1.0, "a probability lies between 0 and 1");
        Probability(value)
    }

    /// The result of a calculation, whose rounding may have left the interval.
    pub(crate) fn clamped(value: f64) -> Self {
        debug_assert!(!value.is_nan(), "a calculation of a probability gave NaN");
        Probability(value.clamp(0.0, 1.0))
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// One less this.
    pub fn complement(self) -> Self {
        Probability(1.0 - self.0)
    }

    /// An equal share for each of `parts`: Bonferroni's correction when this is an error probability.
    pub fn divided_by(self, parts: u32) -> Self {
        Probability(self.0 / f64::from(parts.max(1)))
    }

    /// Neither impossible nor certain.
    pub(crate) fn is_proper(self) -> bool {
        self.0 > 0.0 && self.0 < 1.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = NotAProbability;

    fn try_from(value: f64) -> Result<Self, NotAProbability> {
        Probability::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> f64 {
        probability.0
    }
}

impl fmt::Display for Probability {
    /// In percent, with as many digits as it takes to tell it from 0 % and 100 %.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let distance = self.0.min(1.0 - self.0) * 100.0;
        let digits = if distance <= 0.0 { 0 } else { (1.0 - distance.log10().floor()).clamp(1.0, 9.0) as usize };
        write!(formatter, "{:.digits$} %", self.0 * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_from_0_to_1() {
        assert_eq!(Probability::new(1.5), Err(NotAProbability(1.5)));
        assert!(Probability::new(f64::NAN).is_err());
        assert!(serde_json::from_str::<Probability>("-0.1").is_err());
        assert_eq!(serde_json::from_str::<Probability>("0.25").ok(), Some(Probability(0.25)));
    }

    #[test]
    fn shown_in_percent() {
        assert_eq!(Probability(0.0).to_string(), "0 %");
        assert_eq!(Probability(1.0).to_string(), "100 %");
        assert_eq!(Probability(0.819).to_string(), "81.9 %");
        assert_eq!(Probability(0.99987).to_string(), "99.987 %");
    }
}
