//! One probe.

use super::{Failure, Outcome, Stream};
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// What happened to one probe. All times count from the start of the prober.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream.
    pub slot: u64,
    /// When it was due.
    #[serde(with = "crate::micros", rename = "due_us")]
    pub due: Duration,
    /// When the prober began to send it; `None` when it did not.
    #[serde(default, with = "crate::micros::optional", rename = "sent_us", skip_serializing_if = "Option::is_none")]
    pub sent: Option<Duration>,
    /// When its outcome was known.
    #[serde(with = "crate::micros", rename = "done_us")]
    pub done: Duration,
    /// Where it was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// Where it was sent from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
    /// The connection that it went over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// Whether it was asked over HTTP/2.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub http2: bool,
    /// The status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Which of the expected markers the answer had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The connection of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// Made for this probe, or the first use of a connection to be kept.
    New,
    /// Kept from earlier probes; so many used it before.
    Kept(u32),
    /// Made because the server had closed a kept one while it was idle. That was seen before the probe was sent, as
    /// any client would, and is no failure.
    Replaced,
}

impl Record {
    /// From when it was due until its outcome was known.
    pub fn latency(&self) -> Duration {
        self.done.saturating_sub(self.due)
    }

    /// How late the prober itself was; the whole delay when it sent nothing.
    pub fn lag(&self) -> Duration {
        self.sent.unwrap_or(self.done).saturating_sub(self.due)
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<Failure> {
        match self.outcome {
            Outcome::Failed { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// The value of its [`REQUEST_ID_HEADER`](super::REQUEST_ID_HEADER) in the run `run`.
    pub fn request_id(&self, run: &str) -> String {
        request_id(run, self.stream, self.slot)
    }
}

pub(super) fn request_id(run: &str, stream: Stream, slot: u64) -> String {
    format!("{run}-{stream}-{slot}")
}
