//! One wave under judgement.

use super::{Reason, Thresholds, Verdict};
use crate::{
    probe::Stream,
    statistics::{Counts, Decision, Sprt},
};
use std::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct Wave {
    pub(super) name: String,
    pub(super) started: Duration,
    pub(super) verdict: Option<Verdict>,
    sprt: Sprt,
    first_failure: Option<Duration>,
    /// Answered probes, the slow ones as failures.
    pace: Counts,
    first_slow: Option<Duration>,
    settled: [u64; Stream::ALL.len()],
    /// Streams of the service that have a probe due in this wave, answered or not.
    seen: [bool; Stream::ALL.len()],
    starved: u64,
}

/// What a wave's own probes say.
pub(super) enum Opinion {
    Promote,
    /// With the time its first failed probe was due.
    Reject(Duration),
    /// With the time its first slow probe was due.
    Slow(Duration),
    Starved,
}

impl Wave {
    pub(super) fn new(name: &str, started: Duration, thresholds: &Thresholds) -> Self {
        Wave {
            name: name.to_owned(),
            started,
            verdict: None,
            sprt: Sprt::new(thresholds.wave),
            first_failure: None,
            pace: Counts::default(),
            first_slow: None,
            settled: Default::default(),
            seen: Default::default(),
            starved: 0,
        }
    }

    /// Whether a probe belongs to this wave: only one that was due after its changes were done.
    pub(super) fn has(&self, due: Duration) -> bool {
        due >= self.started
    }

    /// A probe that is not settled counts as failed until it is.
    pub(super) fn provisional(&mut self, stream: Stream, due: Duration) {
        self.seen[stream.index()] = true;
        self.count(true, due);
    }

    /// A probe was settled, that perhaps counted as failed before.
    pub(super) fn settle(&mut self, stream: Stream, failed: bool, was_provisional: bool, due: Duration) {
        self.seen[stream.index()] = true;
        self.settled[stream.index()] += 1;
        if was_provisional {
            self.sprt.take_back(true);
        }
        self.count(failed, due);
    }

    /// A probe was answered, slowly or not.
    pub(super) fn paced(&mut self, slow: bool, due: Duration) {
        self.pace.add(slow);
        if slow {
            self.first_slow.get_or_insert(due);
        }
    }

    /// The prober could not probe as it should.
    pub(super) fn starve(&mut self, stream: Stream) {
        self.seen[stream.index()] = true;
        self.starved += 1;
    }

    fn count(&mut self, failed: bool, due: Duration) {
        self.sprt.observe(failed);
        if failed && self.first_failure.is_none() {
            self.first_failure = Some(due);
        }
    }

    /// What the probes so far say, if they say anything.
    pub(super) fn opinion(&self, thresholds: &Thresholds) -> Option<Opinion> {
        match self.sprt.decision() {
            Decision::Continue => None,
            Decision::Reject => Some(Opinion::Reject(self.first_failure.unwrap_or(self.started))),
            Decision::Promote if !self.every_stream_has(thresholds.stream_probes) => None,
            Decision::Promote if !self.is_certified(thresholds) => None,
            Decision::Promote if self.is_starved(thresholds) => Some(Opinion::Starved),
            Decision::Promote if thresholds.slow.is_some_and(|slow| slow.is_exceeded(self.pace)) => {
                Some(Opinion::Slow(self.first_slow.unwrap_or(self.started)))
            }
            Decision::Promote => Some(Opinion::Promote),
        }
    }

    /// Why there is still no verdict when time has run out.
    pub(super) fn out_of_time(&self, thresholds: &Thresholds) -> Reason {
        if self.is_starved(thresholds) {
            Reason::Starved
        } else if self.sprt.counts().probes() < thresholds.wave.clean_probes_to_promote()
            || !self.every_stream_has(thresholds.stream_probes)
        {
            Reason::TooFewProbes
        } else {
            Reason::Undecided
        }
    }

    fn every_stream_has(&self, probes: u64) -> bool {
        self.seen.iter().zip(self.settled).all(|(seen, settled)| !seen || settled >= probes)
    }

    fn is_certified(&self, thresholds: &Thresholds) -> bool {
        thresholds
            .certify
            .is_none_or(|certify| certify.prior.upper_bound(self.sprt.counts(), certify.alpha) <= certify.below)
    }

    fn is_starved(&self, thresholds: &Thresholds) -> bool {
        let all = self.sprt.counts().probes() + self.starved;
        self.starved as f64 > thresholds.starved.get() * all as f64
    }
}
