//! Compares a canary with the rest of a service that is not clean itself.
//!
//! Given how many requests failed in all, how they fall on canary and control tells whether the canary is worse; how
//! often requests fail does not matter. The evidence is an e-value (Dirichlet against a point null, M. Lindon,
//! A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022): it may be looked at after every
//! failure.

use super::{BetaPrior, Probability};
use statrs::function::beta::ln_beta;

/// A comparison of failures on a canary with failures elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Canary {
    share: Probability,
    a: f64,
    b: f64,
}

/// A canary that takes nothing or everything cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a canary takes more than nothing and less than all of the requests, not {0}")]
pub struct NoControl(pub Probability);

impl Canary {
    /// A canary that takes `share` of the requests.
    ///
    /// # Errors
    /// When there is no canary or no control.
    pub fn new(share: Probability) -> Result<Self, NoControl> {
        if share.is_proper() { Ok(Canary { share, a: 1.0, b: 1.0 }) } else { Err(NoControl(share)) }
    }

    /// Over which shares of failures to average: uniform by default.
    pub fn prior(self, prior: BetaPrior) -> Self {
        let (a, b) = prior.parameters();
        Canary { a, b, ..self }
    }

    /// The natural logarithm of the evidence that failures do not fall on canary and control by their shares of
    /// the requests.
    pub fn log_evidence(self, canary_failures: u64, control_failures: u64) -> f64 {
        let (canary, control) = (canary_failures as f64, control_failures as f64);
        ln_beta(self.a + canary, self.b + control)
            - ln_beta(self.a, self.b)
            - canary * self.share.get().ln()
            - control * (-self.share.get()).ln_1p()
    }

    /// Whether the canary is worse than the control. The chance that this ever becomes true of a canary that is like
    /// the control is at most `alpha`.
    pub fn is_worse(self, canary_failures: u64, control_failures: u64, alpha: Probability) -> bool {
        let failures = (canary_failures + control_failures) as f64;
        let more_than_its_share = canary_failures as f64 > self.share.get() * failures;
        more_than_its_share && self.log_evidence(canary_failures, control_failures) >= -alpha.get().ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::tables::Random;

    const ALPHA: Probability = Probability::literal(0.01);

    #[test]
    fn a_canary_needs_a_control() {
        assert!(Canary::new(Probability::ZERO).is_err());
        assert!(Canary::new(Probability::ONE).is_err());
    }

    #[test]
    fn a_worse_canary_is_found_and_a_better_one_is_not_worse() {
        let canary = Canary::new(Probability::literal(0.1)).expect("a canary");
        assert!(canary.is_worse(5, 1, ALPHA), "{}", canary.log_evidence(5, 1));
        assert!(!canary.is_worse(1, 9, ALPHA));
        assert!(!canary.is_worse(0, 200, ALPHA), "fewer failures than its share");
        assert!(canary.log_evidence(0, 200) > 0.0, "though they do not fall by the shares");
    }

    #[test]
    fn the_evidence_is_a_martingale_when_canary_and_control_are_alike() {
        // Over all ways ten failures can fall, the evidence times its probability sums to one.
        let share = 0.2_f64;
        let canary = Canary::new(Probability::literal(share)).expect("a canary");
        let expected: f64 = (0..=10)
            .map(|k| {
                let ways = statrs::function::factorial::binomial(10, k);
                let chance = ways * share.powi(k as i32) * (1.0 - share).powi(10 - k as i32);
                chance * canary.log_evidence(k, 10 - k).exp()
            })
            .sum();
        assert!((expected - 1.0).abs() < 1e-9, "{expected}");
    }

    #[test]
    fn looking_after_every_failure_keeps_to_alpha() {
        let canary = Canary::new(Probability::literal(0.2)).expect("a canary");
        let mut random = Random::new(5);
        let runs = 2_000;
        let wrong = (0..runs)
            .filter(|_| {
                let mut failures = [0, 0];
                (0..500).any(|_| {
                    failures[usize::from(!random.happens(0.2))] += 1;
                    canary.is_worse(failures[0], failures[1], ALPHA)
                })
            })
            .count();
        assert!(wrong <= runs / 100, "{wrong} of {runs}");
    }
}
