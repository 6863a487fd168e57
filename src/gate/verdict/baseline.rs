//! What is normal, before anything is changed.

use super::{Policy, Thresholds};
use crate::{
    probe::{Entry, Failure, Stream},
    statistics::{Counts, DesignError, Latencies, Probability, exact},
};
use std::{collections::BTreeMap, time::Duration};

/// How sure it must be that the service fails already, to say so before the time is over.
const SURE: Probability = Probability::literal(1e-6);

/// Measures the service before the change.
#[derive(Clone, Debug)]
pub struct Baseline {
    policy: Policy,
    started: Option<Duration>,
    now: Duration,
    counts: Counts,
    control: Counts,
    failures: BTreeMap<Failure, u64>,
    latencies: Latencies,
    starved: u64,
}

/// Why a change must not start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BaselineError {
    /// No probe was answered.
    #[error(
        "the prober cannot reach the service: none of {probes} probes was answered ({failure}); nothing was changed"
    )]
    Unreachable {
        /// The probes.
        probes: u64,
        /// What became of most of them.
        failure: Failure,
    },
    /// The service fails already.
    #[error(
        "the service fails before anything is changed: {} of {} probes, most with \"{failure}\"; nothing was changed",
        .counts.failures(), .counts.probes()
    )]
    Failing {
        /// The probes and the failures.
        counts: Counts,
        /// The commonest failure.
        failure: Failure,
    },
    /// The control endpoint fails already.
    #[error("the control endpoint fails: {} of {} probes; nothing was changed", .0.failures(), .0.probes())]
    Control(Counts),
    /// There are too few probes yet to know.
    #[error("{probes} probes are too few to know what is normal; {needed} are needed")]
    TooFewProbes {
        /// The probes so far.
        probes: u64,
        /// How many there must be.
        needed: u64,
    },
    /// The prober itself cannot keep up.
    #[error("the prober could not keep up: {starved} of {probes} probes were late or not sent; nothing was changed")]
    Starved {
        /// Late or unsent probes.
        starved: u64,
        /// All probes.
        probes: u64,
    },
    /// The policy contradicts itself.
    #[error(transparent)]
    Policy(DesignError),
}

impl Baseline {
    /// A baseline of nothing.
    pub fn new(policy: &Policy) -> Self {
        Baseline {
            policy: policy.clone(),
            started: None,
            now: Duration::ZERO,
            counts: Counts::default(),
            control: Counts::default(),
            failures: BTreeMap::new(),
            latencies: Latencies::new(),
            starved: 0,
        }
    }

    /// Takes the next entry.
    pub fn observe(&mut self, entry: &Entry) {
        self.now = self.now.max(entry.at());
        self.started.get_or_insert(entry.at());
        let Entry::Probe(record) = entry else { return };
        let late = record.lag() > self.policy.lag;
        match record.outcome.failed() {
            Some(failed) if record.stream == Stream::Control => self.control.add(failed),
            Some(_) if late => self.starved += 1,
            Some(failed) => {
                self.counts.add(failed);
                // What takes long is to take long.
                if record.stream != Stream::Long {
                    self.latencies.record(record.latency());
                }
                if let Some(failure) = record.failure() {
                    *self.failures.entry(failure).or_default() += 1;
                }
            }
            None if record.outcome == crate::probe::Outcome::Off => {}
            None => self.starved += 1,
        }
    }

    /// Whether enough was measured, or the service surely fails.
    pub fn is_complete(&self) -> bool {
        let lasted = self.started.is_some_and(|started| self.now - started >= self.policy.baseline);
        let enough = lasted && (self.counts.probes() + self.starved >= self.policy.baseline_probes);
        enough || exact::lower_bound(self.counts, SURE) > self.policy.failing_above
    }

    /// The probes to the service so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The latencies of the probes to the service, but for those that are to take long. A deadline should be three times their 99th percentile or more.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// The thresholds for a change of `waves` waves.
    ///
    /// # Errors
    /// When the change must not start.
    pub fn thresholds(&self, waves: u32) -> Result<Thresholds, BaselineError> {
        let (probes, needed) = (self.counts.probes(), self.policy.baseline_probes);
        let commonest = self.failures.iter().max_by_key(|(_, count)| **count).map(|(failure, _)| *failure);
        let rate = self.counts.failure_rate().unwrap_or(Probability::ZERO);
        if let (Some(failure), true) = (commonest, rate > self.policy.failing_above && self.is_complete()) {
            return Err(if self.counts.successes() == 0 {
                BaselineError::Unreachable { probes, failure }
            } else {
                BaselineError::Failing { counts: self.counts, failure }
            });
        }
        let all = probes + self.starved;
        if self.starved as f64 > self.policy.starved.get() * all as f64 {
            return Err(BaselineError::Starved { starved: self.starved, probes: all });
        }
        if probes < needed {
            return Err(BaselineError::TooFewProbes { probes, needed });
        }
        if self.control.failure_rate().is_some_and(|rate| rate > self.policy.failing_above) {
            return Err(BaselineError::Control(self.control));
        }
        let slow = self.latencies.quantile(0.99).map(|usual| self.policy.slow(usual, waves));
        Ok(Thresholds { slow, ..self.policy.thresholds(rate, waves)? })
    }
}
