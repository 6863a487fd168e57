//! What a judge says.

use super::Trigger;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// The verdict on a wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It may be built upon.
    Healthy,
    /// It must be taken back.
    Bad,
    /// Not known. Stay in the present state, which is safe, and measure again.
    Inconclusive {
        /// Why.
        reason: Reason,
    },
}

/// Why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The control endpoint failed too: the trouble may be the prober's own network.
    ControlBad,
    /// The control endpoint said nothing since the trouble began.
    ControlSilent,
    /// The prober came too late, or could not send, too often.
    Starved,
    /// Time ran out before there were enough probes, in all or of one stream.
    TooFewProbes,
    /// Time ran out with enough probes, but neither rate was excluded, or the wave's own bound was not reached.
    Undecided,
}

/// A rise of failures, or of latency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// When it was noticed.
    #[serde(with = "crate::micros", rename = "at_us")]
    pub at: Duration,
    /// When the first of the failed, or slow, probes was due that raised it.
    #[serde(with = "crate::micros", rename = "since_us")]
    pub since: Duration,
    /// What noticed it.
    pub trigger: Trigger,
}

/// What a judge wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Start nothing more, at once. A verdict follows as soon as the control endpoint has spoken.
    Halted(Alarm),
    /// The verdict on a wave. After a healthy one a bad one may still follow, until the next wave starts.
    Verdict {
        /// The wave that started last; `None` before the first.
        wave: Option<String>,
        /// The verdict.
        verdict: Verdict,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Healthy => formatter.write_str("healthy"),
            Verdict::Bad => formatter.write_str("bad"),
            Verdict::Inconclusive { reason } => write!(formatter, "inconclusive: {reason}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Reason::ControlBad => "the control endpoint fails too",
            Reason::ControlSilent => "the control endpoint is silent",
            Reason::Starved => "the prober could not keep up",
            Reason::TooFewProbes => "too few probes",
            Reason::Undecided => "the probes do not decide",
        })
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, since) = (self.at.as_secs_f64(), self.since.as_secs_f64());
        let what = if self.trigger == Trigger::Latency { "answers became slow" } else { "failures rose" };
        write!(formatter, "{what} at {since:.3} s, noticed at {at:.3} s by {}", self.trigger)
    }
}
