//! How sure a judge has to be.

use super::{BaselineError, Slow};
use crate::statistics::{BetaPrior, CusumDesign, DesignError, Probability, SprtDesign};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is wanted of a gate, before anything is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// How long the baseline is measured at least.
    pub baseline: Duration,
    /// How many probes a baseline has at least.
    pub baseline_probes: u64,
    /// A service that fails more often than this before the change is not changed.
    pub failing_above: Probability,
    /// How often requests fail at least when all is well; more if the baseline shows more.
    pub normal: Probability,
    /// The failure rate that halts.
    pub halt: Probability,
    /// Nats of evidence that halt, all streams of probes to the service taken together: ln 10^7, so that at the
    /// normal rate 10^7 probes pass on average without a false alarm.
    pub halt_threshold: f64,
    /// The same for one stream. Higher, since there are several.
    pub stream_threshold: f64,
    /// The failure rate at which a wave is promoted.
    pub promote: Probability,
    /// The failure rate at which a wave is rejected.
    pub reject: Probability,
    /// The chance that a good wave is rejected, over all waves.
    pub alpha: Probability,
    /// The chance that a bad wave is promoted, over all waves.
    pub beta: Probability,
    /// What each wave must prove besides.
    pub certify: Option<Certify>,
    /// How long a wave may take to be decided.
    pub patience: Duration,
    /// How long the control endpoint may take to answer in an alarm.
    pub control_patience: Duration,
    /// A probe that is sent later than this after it was due says nothing.
    pub lag: Duration,
    /// The share of probes that may be so late, or not sent at all.
    pub starved: Probability,
    /// How many probes of each stream a wave needs.
    pub stream_probes: u64,
    /// A probe is slow that takes so many times as long as 99 of 100 did before the change,
    pub slow_times: u32,
    /// and longer than this. What is faster nobody feels.
    pub slow_least: Duration,
    /// A wave is rejected in which surely more than this share of the probes is slow.
    pub slow_share: Probability,
}

/// A bound that a wave has to prove by its own probes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certify {
    /// The failure rate that has to be excluded.
    pub below: Probability,
    /// The chance that it is excluded wrongly.
    pub alpha: Probability,
    /// What the anytime-valid bound averages over.
    pub prior: BetaPrior,
}

impl Certify {
    /// 99.9 % with confidence 95 %: about 65 seconds at 50 probes a second, if none fails.
    pub const THREE_NINES: Certify = Certify {
        below: Probability::literal(0.001),
        alpha: Probability::literal(0.05),
        prior: BetaPrior::THREE_NINES,
    };
}

impl Default for Policy {
    /// Promotes a clean wave in about 8 seconds at 50 probes a second (0.1 % against 2 %).
    fn default() -> Self {
        Policy {
            baseline: Duration::from_secs(60),
            baseline_probes: 500,
            failing_above: Probability::literal(0.01),
            normal: Probability::literal(1e-4),
            halt: Probability::literal(1e-2),
            halt_threshold: 1e7_f64.ln(),
            stream_threshold: 3e7_f64.ln(),
            promote: Probability::literal(0.001),
            reject: Probability::literal(0.02),
            alpha: Probability::literal(1e-3),
            beta: Probability::literal(1e-3),
            certify: None,
            patience: Duration::from_secs(60),
            control_patience: Duration::from_secs(1),
            lag: Duration::from_millis(100),
            starved: Probability::literal(0.1),
            stream_probes: 3,
            slow_times: 3,
            slow_least: Duration::from_millis(100),
            slow_share: Probability::literal(0.05),
        }
    }
}

impl Policy {
    /// Each wave must also prove `certify` by its own probes.
    pub fn certify(mut self, certify: Certify) -> Self {
        self.certify = Some(certify);
        self.patience = self.patience.max(Duration::from_secs(240));
        self
    }

    /// The thresholds when `measured` of all requests fail before the change, which has `waves` waves.
    ///
    /// A service that fails now and then is not halted for what it did before: the rates that halt and reject stay at
    /// least five times above the measured one.
    ///
    /// # Errors
    /// When the rates of this policy contradict each other.
    pub fn thresholds(&self, measured: Probability, waves: u32) -> Result<Thresholds, DesignError> {
        let least = |rate: Probability, times: f64| Probability::clamped(rate.get().max(measured.get() * times));
        let normal = least(self.normal, 1.0);
        let halt = least(self.halt, 5.0);
        let sprt = SprtDesign::new(least(self.promote, 1.0), least(self.reject, 5.0), self.alpha, self.beta)?;
        Ok(Thresholds {
            service: CusumDesign::new(normal, halt, self.halt_threshold)?,
            stream: CusumDesign::new(normal, halt, self.stream_threshold)?,
            wave: sprt.over_waves(waves),
            certify: self.certify,
            patience: self.patience,
            control_patience: self.control_patience,
            lag: self.lag,
            starved: self.starved,
            stream_probes: self.stream_probes,
            slow: None,
        })
    }

    /// What is slow when 99 of 100 probes were answered in `usual` before the change, which has `waves` waves.
    pub(super) fn slow(&self, usual: Duration, waves: u32) -> Slow {
        Slow {
            than: self.slow_least.max(usual.saturating_mul(self.slow_times)),
            share: self.slow_share,
            alpha: Probability::clamped(self.alpha.get() / f64::from(waves.max(1))),
        }
    }
}

/// Everything that a [`Judge`](super::Judge) decides by. Stands in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Halts by the probes of all streams to the service.
    pub service: CusumDesign,
    /// Halts by the probes of one stream.
    pub stream: CusumDesign,
    /// Promotes or rejects a wave; its errors are those of one wave.
    pub wave: SprtDesign,
    /// What a wave must prove besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certify: Option<Certify>,
    /// How long a wave may take to be decided.
    #[serde(with = "crate::micros", rename = "patience_us")]
    pub patience: Duration,
    /// How long the control endpoint may take to answer in an alarm.
    #[serde(with = "crate::micros", rename = "control_patience_us")]
    pub control_patience: Duration,
    /// A probe that is sent later than this after it was due says nothing.
    #[serde(with = "crate::micros", rename = "lag_us")]
    pub lag: Duration,
    /// The share of probes that may be so late, or not sent at all.
    pub starved: Probability,
    /// How many probes of each stream a wave needs.
    pub stream_probes: u64,
    /// When a wave is rejected for being slow; never, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
}

impl From<DesignError> for BaselineError {
    fn from(error: DesignError) -> Self {
        BaselineError::Policy(error)
    }
}
