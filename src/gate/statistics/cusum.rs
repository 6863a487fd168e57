//! Notices as soon as can be that a failure rate has risen, at a time that is not known beforehand.
//!
//! E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954); G. Lorden, "Procedures for reacting to a change
//! in distribution", Annals of Mathematical Statistics 42 (1971).

use super::{DesignError, Probability};
use serde::{Deserialize, Serialize};

/// What a [`Cusum`] looks for and how sure it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct CusumDesign {
    p0: Probability,
    p1: Probability,
    threshold: f64,
}

impl CusumDesign {
    /// Alarms when the failure rate has risen from `p0` to `p1` or more; `threshold`, h in the literature, is in
    /// nats of evidence.
    ///
    /// # Errors
    /// When the rates are not ordered, or the threshold is not positive.
    pub fn new(p0: Probability, p1: Probability, threshold: f64) -> Result<Self, DesignError> {
        if !(p0.is_proper() && p1.is_proper() && p0 < p1) {
            return Err(DesignError::Rates { p0, p1 });
        }
        if !(threshold > 0.0 && threshold.is_finite()) {
            return Err(DesignError::Threshold(threshold));
        }
        Ok(CusumDesign { p0, p1, threshold })
    }

    /// The rate when all is well.
    pub fn p0(self) -> Probability {
        self.p0
    }

    /// The rate that is looked for.
    pub fn p1(self) -> Probability {
        self.p1
    }

    /// The threshold in nats.
    pub fn threshold(self) -> f64 {
        self.threshold
    }

    /// The evidence of one failure in nats, positive.
    pub fn failure(self) -> f64 {
        (self.p1.get() / self.p0.get()).ln()
    }

    /// The evidence of one success in nats, negative.
    pub fn success(self) -> f64 {
        (-self.p1.get()).ln_1p() - (-self.p0.get()).ln_1p()
    }

    /// At least so many probes pass on average before a false alarm while the rate is p0 (Lorden).
    pub fn mean_probes_to_false_alarm(self) -> f64 {
        self.threshold.exp()
    }

    /// At most so likely is a false alarm within `probes` while the rate is p0: each probe begins a sequential test
    /// that crosses the threshold with a probability of at most e^-h.
    pub fn false_alarm_chance(self, probes: u64) -> Probability {
        Probability::clamped(probes as f64 * (-self.threshold).exp())
    }

    /// About so many probes pass on average from a change to the rate `rate` until the alarm; infinite when the
    /// evidence does not grow at that rate.
    pub fn mean_probes_to_alarm(self, rate: Probability) -> f64 {
        let drift = rate.get() * self.failure() + (1.0 - rate.get()) * self.success();
        if drift <= 0.0 { f64::INFINITY } else { (self.threshold / drift).max(self.failures_in_a_row() as f64) }
    }

    /// So many failures in a row always give the alarm.
    pub fn failures_in_a_row(self) -> u64 {
        (self.threshold / self.failure()).ceil() as u64
    }
}

/// The state of one detector. After an alarm it stays alarmed until [`Cusum::reset`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    design: CusumDesign,
    failure: f64,
    success: f64,
    evidence: f64,
    alarmed: bool,
}

impl Cusum {
    /// A detector that has seen nothing.
    pub fn new(design: CusumDesign) -> Self {
        Cusum { design, failure: design.failure(), success: design.success(), evidence: 0.0, alarmed: false }
    }

    /// What it looks for.
    pub fn design(&self) -> CusumDesign {
        self.design
    }

    /// Takes one probe; `true` when alarmed.
    pub fn observe(&mut self, failed: bool) -> bool {
        self.evidence = (self.evidence + if failed { self.failure } else { self.success }).max(0.0);
        self.alarmed |= self.evidence >= self.design.threshold;
        self.alarmed
    }

    /// Takes many successes in one step.
    pub fn observe_successes(&mut self, count: u64) {
        self.evidence = (self.evidence + count as f64 * self.success).max(0.0);
    }

    /// The evidence for a change, in nats. Zero while nothing speaks for one.
    pub fn evidence(&self) -> f64 {
        self.evidence
    }

    /// Whether the threshold was reached since the last reset.
    pub fn is_alarmed(&self) -> bool {
        self.alarmed
    }

    /// Forgets everything seen.
    pub fn reset(&mut self) {
        *self = Cusum::new(self.design);
    }
}

#[derive(Deserialize)]
struct Unchecked {
    p0: Probability,
    p1: Probability,
    threshold: f64,
}

impl TryFrom<Unchecked> for CusumDesign {
    type Error = DesignError;

    fn try_from(unchecked: Unchecked) -> Result<Self, DesignError> {
        CusumDesign::new(unchecked.p0, unchecked.p1, unchecked.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design() -> CusumDesign {
        CusumDesign::new(Probability::literal(1e-4), Probability::literal(1e-2), 1e7_f64.ln()).expect("a valid design")
    }

    #[test]
    fn rates_out_of_order_and_odd_thresholds_are_refused() {
        let (low, high) = (Probability::literal(1e-4), Probability::literal(1e-2));
        assert!(matches!(CusumDesign::new(high, low, 1.0), Err(DesignError::Rates { .. })));
        assert!(matches!(CusumDesign::new(Probability::ZERO, high, 1.0), Err(DesignError::Rates { .. })));
        assert!(matches!(CusumDesign::new(low, high, f64::NAN), Err(DesignError::Threshold(_))));
        assert!(serde_json::from_str::<CusumDesign>(r#"{"p0":0.5,"p1":0.1,"threshold":3}"#).is_err());
    }

    #[test]
    fn an_alarm_stays_until_reset() {
        let mut cusum = Cusum::new(design());
        let alarms: Vec<bool> = (0..4).map(|_| cusum.observe(true)).collect();
        assert_eq!(alarms, [false, false, false, true]);
        cusum.observe_successes(1_000_000);
        assert!(cusum.is_alarmed());
        cusum.reset();
        assert!(!cusum.is_alarmed());
    }

    #[test]
    fn many_successes_in_one_step_are_as_many_single_ones() {
        let (mut one, mut many) = (Cusum::new(design()), Cusum::new(design()));
        for cusum in [&mut one, &mut many] {
            cusum.observe(true);
            cusum.observe(true);
        }
        for _ in 0..300 {
            one.observe(false);
        }
        many.observe_successes(300);
        assert!((one.evidence() - many.evidence()).abs() < 1e-9);
    }
}
