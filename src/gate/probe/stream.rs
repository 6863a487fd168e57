//! The streams of probes, each of which sees what the others cannot.

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// A way to probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// S1: a new connection for each probe.
    NewConnection,
    /// S2: a pool of long-lived connections.
    KeepAlive,
    /// S3: requests that take long, so that one is under way at any time.
    Long,
    /// S4: each address of the load balancer in turn.
    EveryAddress,
    /// S5: with the cookies that earlier answers set.
    Sticky,
    /// S6: the listener that shows the new version before it takes traffic.
    TestListener,
    /// CTRL: an endpoint that the change does not touch.
    Control,
}

impl Stream {
    /// All of them.
    pub const ALL: [Stream; 7] = [
        Stream::NewConnection,
        Stream::KeepAlive,
        Stream::Long,
        Stream::EveryAddress,
        Stream::Sticky,
        Stream::TestListener,
        Stream::Control,
    ];

    /// S1 to S6, or CTRL.
    pub const fn code(self) -> &'static str {
        match self {
            Stream::NewConnection => "S1",
            Stream::KeepAlive => "S2",
            Stream::Long => "S3",
            Stream::EveryAddress => "S4",
            Stream::Sticky => "S5",
            Stream::TestListener => "S6",
            Stream::Control => "CTRL",
        }
    }

    /// Its place in [`Stream::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// How often a stream probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPlan {
    /// The stream.
    pub stream: Stream,
    /// The length of a slot; there is one probe in each.
    #[serde(with = "crate::micros", rename = "slot_us")]
    pub slot: Duration,
}

impl StreamPlan {
    /// So many probes a second, to a microsecond of the slot's length.
    ///
    /// # Panics
    /// When the rate is not positive.
    pub fn per_second(stream: Stream, rate: f64) -> Self {
        assert!(rate > 0.0, "a stream has a positive rate");
        StreamPlan { stream, slot: Duration::from_micros((1e6 / rate) as u64) }
    }

    /// Probes a second.
    pub fn rate(self) -> f64 {
        1.0 / self.slot.as_secs_f64()
    }
}

/// The usual split of `rate` probes a second: of 50 are 10 kept alive, 5 to every address, 2 long, 2 sticky, 1 to
/// the test listener, and the rest on new connections. The control endpoint gets 50 more, whatever the rate: without an
/// answer of it from after the trouble began an alarm says nothing about the service, and nothing is taken back. Two of
/// its probes are at most 40 ms apart.
pub fn standard(rate: f64, long: bool, test_listener: bool) -> Vec<StreamPlan> {
    let mut plans = vec![
        (Stream::KeepAlive, 10.0),
        (Stream::EveryAddress, 5.0),
        (Stream::Sticky, 2.0),
        (Stream::Long, if long { 2.0 } else { 0.0 }),
        (Stream::TestListener, if test_listener { 1.0 } else { 0.0 }),
    ];
    let others: f64 = plans.iter().map(|(_, of_50)| of_50).sum();
    plans.push((Stream::NewConnection, 50.0 - others));
    plans.sort_by_key(|(stream, _)| *stream);
    let mut plans: Vec<StreamPlan> = plans
        .into_iter()
        .filter(|(_, of_50)| *of_50 > 0.0)
        .map(|(stream, of_50)| StreamPlan::per_second(stream, of_50 * rate / 50.0))
        .collect();
    plans.push(StreamPlan::per_second(Stream::Control, 50.0));
    plans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_split_adds_up() {
        for (long, test_listener) in [(false, false), (true, false), (true, true)] {
            let plans = standard(50.0, long, test_listener);
            let service = plans.iter().filter(|plan| plan.stream != Stream::Control);
            let total: f64 = service.map(|plan| plan.rate()).sum();
            assert!((total - 50.0).abs() < 0.01, "{total}");
            assert_eq!(plans.iter().any(|plan| plan.stream == Stream::Long), long);
        }
        assert_eq!(standard(50.0, true, true)[0], StreamPlan::per_second(Stream::NewConnection, 30.0));
    }

    #[test]
    fn an_index_is_the_place_in_all() {
        for (index, stream) in Stream::ALL.into_iter().enumerate() {
            assert_eq!(stream.index(), index);
        }
    }
}
