//! The bound that may be looked at after every probe.
//!
//! For a rate p the likelihood of what was seen, averaged over a beta distribution of rates and divided by the
//! likelihood at p, is a martingale if p is true. By Ville's inequality it ever exceeds 1 / alpha with a probability
//! of at most alpha, so all rates at which it does can be excluded, however often one looks (H. Robbins, "Statistical
//! methods related to the law of the iterated logarithm", 1970; S. R. Howard et al., "Time-uniform, nonparametric,
//! nonasymptotic confidence sequences", 2021).

use super::{Counts, Probability, solve};
use serde::{Deserialize, Serialize};
use statrs::function::beta::ln_beta;

/// The beta distribution over which rates are averaged. A choice, not an assumption: the bound holds whatever it is,
/// and is tight where most of its mass lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct BetaPrior {
    a: f64,
    b: f64,
}

/// A parameter of a beta distribution is not positive, or not finite.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the parameters of a beta distribution are positive and finite, and ({a}, {b}) are not")]
pub struct NotABetaDistribution {
    /// The first parameter.
    pub a: f64,
    /// The second parameter.
    pub b: f64,
}

impl BetaPrior {
    /// All rates alike.
    pub const UNIFORM: BetaPrior = BetaPrior { a: 1.0, b: 1.0 };
    /// For services that are expected to fail one request in a thousand or fewer; the default.
    pub const RARE: BetaPrior = BetaPrior { a: 0.5, b: 500.0 };
    /// To certify 99.9 % in as few clean probes as can be: 3,245, against 2,995 at a single look.
    pub const THREE_NINES: BetaPrior = BetaPrior { a: 0.5, b: 5_000.0 };

    /// The distribution Beta(`a`, `b`).
    ///
    /// # Errors
    /// When a parameter is not positive and finite.
    pub fn new(a: f64, b: f64) -> Result<Self, NotABetaDistribution> {
        let proper = |x: f64| x > 0.0 && x.is_finite();
        if proper(a) && proper(b) { Ok(BetaPrior { a, b }) } else { Err(NotABetaDistribution { a, b }) }
    }

    /// Its two parameters.
    pub fn parameters(self) -> (f64, f64) {
        (self.a, self.b)
    }

    /// The natural logarithm of the evidence against the failure rate `rate`; rates with more than ln(1 / alpha)
    /// are excluded. Infinite when what was seen is impossible at `rate`.
    pub fn log_evidence(self, counts: Counts, rate: Probability) -> f64 {
        let (failures, successes) = (counts.failures() as f64, counts.successes() as f64);
        let times = |n: f64, ln: f64| if n == 0.0 { 0.0 } else { n * ln };
        ln_beta(self.a + failures, self.b + successes)
            - ln_beta(self.a, self.b)
            - times(failures, rate.get().ln())
            - times(successes, (-rate.get()).ln_1p())
    }

    /// The upper bound on the failure rate that holds at every number of probes at once with confidence 1 - `alpha`.
    /// 1 without probes.
    pub fn upper_bound(self, counts: Counts, alpha: Probability) -> Probability {
        let Some(observed) = counts.failure_rate() else { return Probability::ONE };
        let enough = -alpha.get().ln();
        // Above the observed rate the evidence only grows with the rate.
        let excluded = |rate| self.log_evidence(counts, Probability::clamped(rate)) >= enough;
        Probability::clamped(solve::least(observed.get(), 1.0, excluded))
    }
}

impl Default for BetaPrior {
    fn default() -> Self {
        BetaPrior::RARE
    }
}

#[derive(Deserialize)]
struct Unchecked {
    a: f64,
    b: f64,
}

impl TryFrom<Unchecked> for BetaPrior {
    type Error = NotABetaDistribution;

    fn try_from(unchecked: Unchecked) -> Result<Self, NotABetaDistribution> {
        BetaPrior::new(unchecked.a, unchecked.b)
    }
}
