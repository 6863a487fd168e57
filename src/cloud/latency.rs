//! How long things take: at once, or as long as AWS takes times a scale.
//!
//! Nothing runs in the background for this. A record holds the time at which it changes, and each
//! request reads it with the request's own `now`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The time profile of a local cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latency {
    /// Everything that AWS does asynchronously is done when the reply is sent.
    Instant,
    /// Things take the time that AWS documents or that users report, times the scale.
    Aws,
}

impl FromStr for Latency {
    type Err = String;

    /// Reads `instant` or `aws`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "instant" => Ok(Latency::Instant),
            "aws" => Ok(Latency::Aws),
            other => Err(format!("the latency profiles are instant and aws, not {other:?}")),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Latency::Instant => "instant",
            Latency::Aws => "aws",
        })
    }
}

/// How long a process of this machine may take until it listens, however fast time goes: an interpreter that starts beside
/// two dozen others on two busy cores.
const PROCESS_START: Duration = Duration::from_secs(3);

/// How long something lasts here that allows for the start of a process and lasts `on_aws` on AWS: times the scale, but no
/// shorter than a start takes, unless AWS does not wait so long either.
pub(crate) fn with_a_start(on_aws: Duration, time_scale: f64) -> Duration {
    on_aws.mul_f64(time_scale).max(for_a_start(on_aws))
}

/// The least that something lasts here that lasts `on_aws` on AWS and allows for a start.
pub(crate) fn for_a_start(on_aws: Duration) -> Duration {
    on_aws.min(PROCESS_START)
}

/// A latency profile with its scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) latency: Latency,
    pub(crate) time_scale: f64,
}

impl Pace {
    /// How long something takes here that takes `on_aws` on AWS.
    pub(crate) fn duration(self, on_aws: Duration) -> Duration {
        match self.latency {
            Latency::Instant => Duration::ZERO,
            Latency::Aws => on_aws.mul_f64(self.time_scale),
        }
    }

    /// How long something takes here that AWS is told in seconds, such as an interval, a timeout or a delay, and that
    /// the data plane does: the scale holds under every profile.
    pub(crate) fn scaled(self, on_aws: Duration) -> Duration {
        on_aws.mul_f64(self.time_scale)
    }

    /// When something that starts at `start` and takes `on_aws` on AWS is done here.
    pub(crate) fn after(self, start: Timestamp, on_aws: Duration) -> Timestamp {
        let duration = SignedDuration::try_from(self.duration(on_aws)).unwrap_or(SignedDuration::MAX);
        start.saturating_add(duration).unwrap_or(Timestamp::MAX)
    }
}

/// A value that changes once, at a known time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timed<S> {
    /// What it was before `at`, if it was something else.
    before: Option<S>,
    after: S,
    at: Timestamp,
}

impl<S> Timed<S> {
    /// `before` until `at`, `after` from then on.
    pub(crate) fn changing(before: S, after: S, at: Timestamp) -> Self {
        Timed { before: Some(before), after, at }
    }

    /// The value at `now`.
    pub(crate) fn at(&self, now: Timestamp) -> &S {
        match &self.before {
            Some(before) if now < self.at => before,
            _ => &self.after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timed_value_changes_at_its_time() {
        let start = Timestamp::UNIX_EPOCH;
        let pace = Pace { latency: Latency::Aws, time_scale: 0.5 };
        let done = pace.after(start, Duration::from_secs(100));
        assert_eq!(done, Timestamp::from_second(50).expect("a valid time"));
        let state = Timed::changing("pending", "available", done);
        assert_eq!(*state.at(start), "pending");
        assert_eq!(*state.at(done), "available");
    }

    #[test]
    fn a_process_gets_the_time_that_a_start_takes() {
        let here = |seconds, time_scale| with_a_start(Duration::from_secs(seconds), time_scale).as_secs_f64();
        assert_eq!((here(0, 0.02), here(2, 0.02), here(60, 0.02)), (0.0, 2.0, 3.0));
        assert_eq!((here(300, 0.02), here(2, 1.0), here(60, 1.0)), (6.0, 2.0, 60.0));
    }

    #[test]
    fn instant_takes_no_time() {
        let pace = Pace { latency: Latency::Instant, time_scale: 1.0 };
        assert_eq!(pace.after(Timestamp::UNIX_EPOCH, Duration::from_secs(100)), Timestamp::UNIX_EPOCH);
    }
}
