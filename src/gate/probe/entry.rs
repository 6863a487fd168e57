//! The log of a run: one sequence of entries, which everything else is concluded from.
//!
//! A versioned format, one JSON object a line. A reader ignores fields that it does not know; an entry that it does not
//! know is an error, and so a new kind of entry raises [`VERSION`].

use super::{Identity, Record, Role, Stream, StreamPlan};
use crate::verdict::{Thresholds, Verdict};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The name of the format.
pub const FORMAT: &str = "rust-stack-probe-log";

/// The version of the format.
pub const VERSION: u32 = 1;

/// One line of the log. Times count from the start of the prober; those of entries never decrease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The first entry.
    Started(Header),
    /// The outcome of a probe is known.
    Probe(Record),
    /// A probe has waited so long for its answer that it counts as failed until it is settled.
    Provisional {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// The stream of the probe.
        stream: Stream,
        /// The number of the probe in its stream.
        slot: u64,
        /// When the probe was due.
        #[serde(with = "crate::micros", rename = "due_us")]
        due: Duration,
        /// When the prober began to send it.
        #[serde(with = "crate::micros", rename = "sent_us")]
        sent: Duration,
    },
    /// Other answers are accepted from now on. Probes that are under way are judged by this too.
    Identity {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// From which target.
        role: Role,
        /// Who may answer.
        identity: Identity,
    },
    /// A stream was switched on or off.
    Switched {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// The stream.
        stream: Stream,
        /// Whether it probes from now on.
        on: bool,
    },
    /// Verdicts are given from now on, by these thresholds.
    Judging {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// The thresholds.
        thresholds: Box<Thresholds>,
    },
    /// A wave of the change is done and is to be judged.
    WaveStarted {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// The name of the wave.
        wave: String,
    },
    /// The verdict on a wave was acted on.
    WaveEnded {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// The name of the wave.
        wave: String,
        /// The verdict.
        verdict: Verdict,
    },
    /// Time passes, so that whoever reads the entries notices even when no probe ends.
    Tick {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
    },
    /// What the load balancer counted meanwhile.
    Census {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
        /// The counts.
        census: Census,
    },
    /// The last entry: no probe is under way any more.
    Stopped {
        /// When.
        #[serde(with = "crate::micros", rename = "at_us")]
        at: Duration,
    },
}

/// What is known when a run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The id of the run, with which the ids of its requests begin.
    pub run: String,
    /// The wall-clock time from which all times count.
    pub started: Timestamp,
    /// The URL of the service.
    pub url: String,
    /// The URL of the test listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_url: Option<String>,
    /// The URL of the control endpoint; `None` when the prober served it itself on loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_url: Option<String>,
    /// The streams and their slots.
    pub streams: Vec<StreamPlan>,
    /// Decides when within its slot each probe is due.
    pub seed: u64,
    /// Who may answer at first.
    pub identity: Identity,
    /// How long after the time it was due a probe must be answered.
    #[serde(with = "crate::micros", rename = "deadline_us")]
    pub deadline: Duration,
    /// How long a connection may take.
    #[serde(with = "crate::micros", rename = "connect_timeout_us")]
    pub connect_timeout: Duration,
    /// After how long an unanswered probe is a provisional failure.
    #[serde(with = "crate::micros", rename = "provisional_after_us")]
    pub provisional_after: Duration,
    /// How long an answer to a long request takes when all is well.
    #[serde(with = "crate::micros", rename = "long_takes_us")]
    pub long_takes: Duration,
    /// The name of the place from which was probed.
    pub vantage: String,
}

/// The load balancer's own counts over the time of the run: metrics of the namespace AWS/ApplicationELB, which come
/// once a minute ("CloudWatch metrics for your Application Load Balancer").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Census {
    /// Requests that a target answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_count: Option<u64>,
    /// 5xx made by the load balancer.
    #[serde(rename = "HTTPCode_ELB_5XX_Count", skip_serializing_if = "Option::is_none")]
    pub http_code_elb_5xx_count: Option<u64>,
    /// 5xx made by targets.
    #[serde(rename = "HTTPCode_Target_5XX_Count", skip_serializing_if = "Option::is_none")]
    pub http_code_target_5xx_count: Option<u64>,
    /// Connections to targets that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_connection_error_count: Option<u64>,
    /// Connections refused because the load balancer had as many as it can have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_connection_count: Option<u64>,
    /// Connections of clients whose TLS handshake failed.
    #[serde(rename = "ClientTLSNegotiationErrorCount", skip_serializing_if = "Option::is_none")]
    pub client_tls_negotiation_error_count: Option<u64>,
}

impl Entry {
    /// When it was made, from the start of the prober.
    pub fn at(&self) -> Duration {
        match self {
            Entry::Started(_) => Duration::ZERO,
            Entry::Probe(record) => record.done,
            Entry::Provisional { at, .. }
            | Entry::Identity { at, .. }
            | Entry::Switched { at, .. }
            | Entry::Judging { at, .. }
            | Entry::WaveStarted { at, .. }
            | Entry::WaveEnded { at, .. }
            | Entry::Tick { at }
            | Entry::Census { at, .. }
            | Entry::Stopped { at } => *at,
        }
    }
}

impl Header {
    /// How much longer than others an answer to a probe of `stream` may take.
    pub fn takes(&self, stream: Stream) -> Duration {
        if stream == Stream::Long { self.long_takes } else { Duration::ZERO }
    }
}
