use engine::history::Line;
use jiff::Timestamp;
use std::time::Duration;

/// Puts the times of the apply and those of its prober on one axis that begins with whichever began first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) origin: Option<Timestamp>,
    /// From the origin to the begin of the apply.
    apply: Duration,
    /// From the origin to the begin of the prober.
    prober: Duration,
}

impl Axis {
    pub(super) fn new(apply: Option<Timestamp>, prober: Option<Timestamp>) -> Self {
        let origin = [apply, prober].into_iter().flatten().min();
        let since = |at: Option<Timestamp>| origin.zip(at).map_or(Duration::ZERO, |(origin, at)| between(origin, at));
        Self { origin, apply: since(apply), prober: since(prober) }
    }

    /// A moment by the wall clock.
    pub(super) fn at(&self, at: Timestamp) -> Duration {
        self.origin.map_or(Duration::ZERO, |origin| between(origin, at))
    }

    pub(super) fn event(&self, line: &Line) -> Duration {
        self.apply + line.offset
    }

    /// A time that counts from the start of the prober.
    pub(super) fn probe(&self, at: Duration) -> Duration {
        self.prober.saturating_add(at)
    }
}

/// Nothing when `to` is before `from`: clocks are set now and then.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
