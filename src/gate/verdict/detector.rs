//! A CUSUM that remembers when the trouble began.

use crate::{
    probe::Stream,
    statistics::{Cusum, CusumDesign},
};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// What noticed a rise of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The CUSUM over all streams to the service.
    Service,
    /// The CUSUM of one stream.
    Stream(Stream),
    /// The sequential test of the wave.
    Wave,
    /// The latency of the wave's probes.
    Latency,
}

impl fmt::Display for Trigger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trigger::Service => formatter.write_str("all streams together"),
            Trigger::Stream(stream) => write!(formatter, "stream {stream}"),
            Trigger::Wave => formatter.write_str("the test of the wave"),
            Trigger::Latency => formatter.write_str("the latency of the wave"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Detector {
    cusum: Cusum,
    since: Duration,
}

impl Detector {
    pub(super) fn new(design: CusumDesign) -> Self {
        Detector { cusum: Cusum::new(design), since: Duration::ZERO }
    }

    /// Takes a probe that was due at `due`. The time since when there is trouble, once there is enough evidence.
    pub(super) fn observe(&mut self, failed: bool, due: Duration) -> Option<Duration> {
        if failed && self.cusum.evidence() == 0.0 {
            self.since = due;
        }
        self.cusum.observe(failed).then_some(self.since)
    }
}
