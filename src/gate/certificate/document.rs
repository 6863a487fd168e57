//! The certificate: a versioned JSON format.
//!
//! A reader refuses fields that it does not know, since it could not verify them; so a new field raises [`VERSION`].

use crate::{
    probe::{Census, Failure, Stream, StreamPlan},
    statistics::{BetaPrior, Counts, Gap, Latencies, Probability, exact},
    verdict::{Alarm, Verdict},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// The name of the format.
pub const FORMAT: &str = "rust-stack-certificate";

/// The version of the format.
pub const VERSION: u32 = 1;

/// What was measured and what that proves. Rates are of the probes to the service, the control endpoint left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The id of the prober's run.
    pub run: String,
    /// When it started.
    pub started: Timestamp,
    /// How long it lasted.
    #[serde(with = "crate::micros", rename = "lasted_us")]
    pub lasted: Duration,
    /// Whether the log ends as it should and not in the middle.
    pub complete: bool,
    /// What was probed.
    pub url: String,
    /// The test listener that was probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_url: Option<String>,
    /// The control endpoint; absent when it was the prober's own, on loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_url: Option<String>,
    /// The name of the place from which was probed.
    pub vantage: String,
    /// The addresses from which was probed.
    pub vantage_addresses: BTreeSet<IpAddr>,
    /// Decides when each probe was due.
    pub seed: u64,
    /// The streams and their slots.
    pub schedule: Vec<StreamPlan>,
    /// The time limits.
    pub limits: Limits,
    /// How the bounds are calculated.
    pub method: Method,
    /// What all streams to the service together prove.
    pub service: Bounds,
    /// Each stream.
    pub streams: BTreeMap<Stream, StreamClaim>,
    /// Failures to the service by kind.
    pub failures: BTreeMap<Failure, u64>,
    /// Answers of the service by the marker they had.
    pub markers: BTreeMap<String, u64>,
    /// The longest outage that could have escaped; absent when no probe made a new connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Gaps>,
    /// Each wave.
    pub waves: Vec<WaveClaim>,
    /// What the load balancer counted over the same time, as it said; it cannot be recomputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub census: Option<Census>,
    /// The log that all of this was calculated from.
    pub log: LogDigest,
}

/// The time limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How long after the time it was due a probe had to be answered.
    #[serde(with = "crate::micros", rename = "deadline_us")]
    pub deadline: Duration,
    /// How long a connection could take.
    #[serde(with = "crate::micros", rename = "connect_timeout_us")]
    pub connect_timeout: Duration,
    /// After how long an unanswered probe was a provisional failure.
    #[serde(with = "crate::micros", rename = "provisional_after_us")]
    pub provisional_after: Duration,
    /// How much longer long requests had.
    #[serde(with = "crate::micros", rename = "long_takes_us")]
    pub long_takes: Duration,
}

/// How the bounds are calculated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// The chance that a bound is wrong.
    pub alpha: Probability,
    /// What the anytime-valid bound averages over.
    pub prior: BetaPrior,
}

impl Default for Method {
    /// 95 %, for services that rarely fail.
    fn default() -> Self {
        Method { alpha: Probability::literal(0.05), prior: BetaPrior::RARE }
    }
}

/// What counts prove.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The probes and how many of them failed.
    pub counts: Counts,
    /// The failure rate is at most this, had one looked just once. For comparison with others.
    pub exact_upper_bound: Probability,
    /// The failure rate is at most this, however often one looked. The claim.
    pub anytime_upper_bound: Probability,
}

impl Bounds {
    /// What `counts` prove by `method`.
    pub fn of(counts: Counts, method: &Method) -> Self {
        Bounds {
            counts,
            exact_upper_bound: exact::upper_bound(counts, method.alpha),
            anytime_upper_bound: method.prior.upper_bound(counts, method.alpha),
        }
    }
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamClaim {
    /// Probes sent and failed.
    pub counts: Counts,
    /// Slots in which the prober could not probe.
    pub missed: u64,
    /// Slots in which the stream was switched off.
    pub off: u64,
    /// From the time they were due until their outcome was known, of all probes that were sent.
    pub latency: Option<Percentiles>,
    /// The longest time by which the prober was late.
    #[serde(with = "crate::micros", rename = "longest_lag_us")]
    pub longest_lag: Duration,
}

/// Percentiles of latency, to three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Percentiles {
    /// The median.
    #[serde(with = "crate::micros", rename = "p50_us")]
    pub p50: Duration,
    /// 90 % are at most this.
    #[serde(with = "crate::micros", rename = "p90_us")]
    pub p90: Duration,
    /// 99 % are at most this.
    #[serde(with = "crate::micros", rename = "p99_us")]
    pub p99: Duration,
    /// 99.9 % are at most this.
    #[serde(with = "crate::micros", rename = "p999_us")]
    pub p999: Duration,
    /// The longest.
    #[serde(with = "crate::micros", rename = "longest_us")]
    pub longest: Duration,
}

impl Percentiles {
    /// Those of `latencies`; `None` when there are none.
    pub fn of(latencies: &Latencies) -> Option<Self> {
        Some(Percentiles {
            p50: latencies.quantile(0.5)?,
            p90: latencies.quantile(0.9)?,
            p99: latencies.quantile(0.99)?,
            p999: latencies.quantile(0.999)?,
            longest: latencies.longest()?,
        })
    }
}

/// The longest full outage that could have escaped the stream that makes a new connection for each probe. An outage
/// that is shorter may have passed between two probes; a longer one has failed at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaps {
    /// Of all addresses at once.
    pub service: Gap,
    /// Of each address alone, from its first probe to the end of the run.
    pub addresses: BTreeMap<SocketAddr, Gap>,
}

/// One wave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaveClaim {
    /// Its name.
    pub wave: String,
    /// When its changes were done.
    #[serde(with = "crate::micros", rename = "started_us")]
    pub started: Duration,
    /// When the verdict was acted on; absent when the run ended before.
    #[serde(default, with = "crate::micros::optional", rename = "ended_us", skip_serializing_if = "Option::is_none")]
    pub ended: Option<Duration>,
    /// The verdict that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_on: Option<Verdict>,
    /// The verdicts that the log gives, in order.
    pub verdicts: Vec<Verdict>,
    /// The alarm that was raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// What the probes prove that were due in the wave and settled before it ended.
    pub service: Bounds,
    /// Failures among them by kind.
    pub failures: BTreeMap<Failure, u64>,
}

/// Identifies a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogDigest {
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// How many lines it has.
    pub lines: u64,
    /// How many bytes it has.
    pub bytes: u64,
}
