//! Decides between two failure rates with as few probes as can be.
//!
//! A. Wald, "Sequential tests of statistical hypotheses", Annals of Mathematical Statistics 16 (1945).

use super::{Counts, DesignError, Probability};
use serde::{Deserialize, Serialize};

/// The two rates, and how often the decision may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct SprtDesign {
    p0: Probability,
    p1: Probability,
    alpha: Probability,
    beta: Probability,
}

/// What the probes so far allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The rate is p0 rather than p1.
    Promote,
    /// The rate is p1 rather than p0.
    Reject,
    /// More probes are needed.
    Continue,
}

impl SprtDesign {
    /// Promotes at the failure rate `p0` and rejects at `p1`. `alpha` is the chance to reject at `p0`, `beta` the
    /// chance to promote at `p1`.
    ///
    /// # Errors
    /// When the rates are not ordered, or the chances are a half or more.
    pub fn new(p0: Probability, p1: Probability, alpha: Probability, beta: Probability) -> Result<Self, DesignError> {
        if !(p0.is_proper() && p1.is_proper() && p0 < p1) {
            return Err(DesignError::Rates { p0, p1 });
        }
        let small = |error: Probability| error.is_proper() && error.get() < 0.5;
        if !(small(alpha) && small(beta)) {
            return Err(DesignError::Errors { alpha, beta });
        }
        Ok(SprtDesign { p0, p1, alpha, beta })
    }

    /// The same rates with both errors divided among `waves` (Bonferroni), so that the errors of all waves
    /// together keep to the design.
    pub fn over_waves(self, waves: u32) -> Self {
        SprtDesign { alpha: self.alpha.divided_by(waves), beta: self.beta.divided_by(waves), ..self }
    }

    /// The rate to promote at.
    pub fn p0(self) -> Probability {
        self.p0
    }

    /// The rate to reject at.
    pub fn p1(self) -> Probability {
        self.p1
    }

    /// The evidence at which it rejects, in nats: A = ln((1 - beta) / alpha).
    pub fn reject_at(self) -> f64 {
        ((1.0 - self.beta.get()) / self.alpha.get()).ln()
    }

    /// The evidence at which it promotes, in nats, negative: B = ln(beta / (1 - alpha)).
    pub fn promote_at(self) -> f64 {
        (self.beta.get() / (1.0 - self.alpha.get())).ln()
    }

    /// The evidence for p1 against p0 in nats.
    pub fn evidence(self, counts: Counts) -> f64 {
        counts.failures() as f64 * self.failure() + counts.successes() as f64 * self.success()
    }

    /// About so many probes are needed at the rate p0 until it promotes (Wald's approximation).
    pub fn mean_probes_to_promote(self) -> f64 {
        let (alpha, p0) = (self.alpha.get(), self.p0.get());
        let evidence = alpha * self.reject_at() + (1.0 - alpha) * self.promote_at();
        evidence / (p0 * self.failure() + (1.0 - p0) * self.success())
    }

    /// About so many probes are needed at the rate p1 until it rejects (Wald's approximation).
    pub fn mean_probes_to_reject(self) -> f64 {
        let (beta, p1) = (self.beta.get(), self.p1.get());
        let evidence = (1.0 - beta) * self.reject_at() + beta * self.promote_at();
        evidence / (p1 * self.failure() + (1.0 - p1) * self.success())
    }

    /// So many probes without a failure promote.
    pub fn clean_probes_to_promote(self) -> u64 {
        (self.promote_at() / self.success()).ceil() as u64
    }

    fn failure(self) -> f64 {
        (self.p1.get() / self.p0.get()).ln()
    }

    fn success(self) -> f64 {
        (-self.p1.get()).ln_1p() - (-self.p0.get()).ln_1p()
    }
}

/// The state of one test: only counts, so that a probe that turns out otherwise can be taken back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sprt {
    design: SprtDesign,
    counts: Counts,
}

impl Sprt {
    /// A test that has seen nothing.
    pub fn new(design: SprtDesign) -> Self {
        Sprt { design, counts: Counts::default() }
    }

    /// Takes one probe and decides.
    pub fn observe(&mut self, failed: bool) -> Decision {
        self.counts.add(failed);
        self.decision()
    }

    /// Takes back one probe that was observed.
    pub fn take_back(&mut self, failed: bool) {
        self.counts.take_back(failed);
    }

    /// What was observed.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What the probes so far allow. The test is over once this is not [`Decision::Continue`]: what is observed
    /// after that is not covered by the error probabilities.
    pub fn decision(&self) -> Decision {
        let evidence = self.design.evidence(self.counts);
        if evidence >= self.design.reject_at() {
            Decision::Reject
        } else if evidence <= self.design.promote_at() {
            Decision::Promote
        } else {
            Decision::Continue
        }
    }
}

#[derive(Deserialize)]
struct Unchecked {
    p0: Probability,
    p1: Probability,
    alpha: Probability,
    beta: Probability,
}

impl TryFrom<Unchecked> for SprtDesign {
    type Error = DesignError;

    fn try_from(unchecked: Unchecked) -> Result<Self, DesignError> {
        SprtDesign::new(unchecked.p0, unchecked.p1, unchecked.alpha, unchecked.beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_half_are_refused() {
        let p = Probability::literal;
        assert!(matches!(SprtDesign::new(p(0.02), p(0.001), p(0.1), p(0.1)), Err(DesignError::Rates { .. })));
        assert!(matches!(SprtDesign::new(p(0.001), p(0.02), p(0.5), p(0.1)), Err(DesignError::Errors { .. })));
    }

    #[test]
    fn more_waves_need_more_probes_each() {
        let p = Probability::literal;
        let one = SprtDesign::new(p(0.001), p(0.02), p(1e-3), p(1e-3)).expect("a valid design");
        assert!(one.over_waves(10).clean_probes_to_promote() > one.clean_probes_to_promote());
        assert_eq!(one.over_waves(1), one);
    }
}
