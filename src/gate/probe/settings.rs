//! What a prober is to do.

use super::{Stream, StreamPlan, Target, standard};
use std::{path::PathBuf, time::Duration};

/// The settings of one run. [`Settings::new`] gives sensible ones.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The service.
    pub main: Target,
    /// The test listener, for [`Stream::TestListener`].
    pub test: Option<Target>,
    /// An endpoint that the change does not touch, best on the same way from here as the service. When `None` the
    /// prober serves one itself on loopback, which shows that the prober works, but not that the network does.
    pub control: Option<Target>,
    /// A path that takes long to answer, for [`Stream::Long`].
    pub long: Option<LongRequest>,
    /// Probes a second to the service, split as [`standard`] says.
    pub rate: f64,
    /// Streams and their rates in place of the standard ones.
    pub streams: Option<Vec<StreamPlan>>,
    /// Decides when probes are due.
    pub seed: u64,
    /// How long after the time it was due a probe must be answered. Below a second, a SYN that is sent again cannot
    /// hide an outage.
    pub deadline: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// A probe that is unanswered for so long is a provisional failure: enough to halt, until it is settled.
    pub provisional_after: Duration,
    /// How many connections [`Stream::KeepAlive`] keeps.
    pub kept_connections: usize,
    /// Where the log of the run is written. It is created; an existing file is not touched.
    pub log: Option<PathBuf>,
    /// A name for the place from which is probed.
    pub vantage: String,
}

/// A request that takes long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongRequest {
    /// The path with its query, on the host of the service.
    pub path: String,
    /// How long the answer takes when all is well; the deadline is that much later.
    pub takes: Duration,
}

impl Settings {
    /// 50 probes a second to `main`, to be answered within 900 ms.
    pub fn new(main: Target) -> Self {
        Settings {
            main,
            test: None,
            control: None,
            long: None,
            rate: 50.0,
            streams: None,
            seed: 0,
            deadline: Duration::from_millis(900),
            connect_timeout: Duration::from_secs(1),
            provisional_after: Duration::from_millis(500),
            kept_connections: 4,
            log: None,
            vantage: "local".to_owned(),
        }
    }

    /// Writes the log of the run to a new file.
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        self.log = Some(path.into());
        self
    }

    /// Probes the test listener too.
    pub fn test(mut self, target: Target) -> Self {
        self.test = Some(target);
        self
    }

    /// Takes this endpoint for the control.
    pub fn control(mut self, target: Target) -> Self {
        self.control = Some(target);
        self
    }

    /// Probes with requests that take long too.
    pub fn long(mut self, path: impl Into<String>, takes: Duration) -> Self {
        self.long = Some(LongRequest { path: path.into(), takes });
        self
    }

    /// The streams that will run.
    pub fn plans(&self) -> Vec<StreamPlan> {
        let usual = || standard(self.rate, self.long.is_some(), self.test.is_some());
        self.streams.clone().unwrap_or_else(usual)
    }

    /// What cannot be done, in words.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !(self.rate > 0.0 && self.rate.is_finite()) {
            return Some("the rate must be positive");
        }
        let plans = self.plans();
        let has = |stream| plans.iter().any(|plan| plan.stream == stream);
        let twice = |plan: &StreamPlan| plans.iter().filter(|other| other.stream == plan.stream).count() > 1;
        if plans.iter().any(|plan| plan.slot < Duration::from_micros(100)) {
            return Some("a stream can send at most 10,000 probes a second");
        }
        if plans.iter().any(twice) {
            return Some("a stream is listed twice");
        }
        if has(Stream::Long) && self.long.is_none() {
            return Some("long requests need a path that takes long");
        }
        if has(Stream::TestListener) && self.test.is_none() {
            return Some("the stream to the test listener needs its URL");
        }
        if self.long.as_ref().is_some_and(|long| !long.path.starts_with('/')) {
            return Some("the path of long requests must begin with a slash");
        }
        if self.deadline.is_zero() || self.connect_timeout.is_zero() || self.provisional_after.is_zero() {
            return Some("time limits must be positive");
        }
        None
    }
}
