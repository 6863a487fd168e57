//! When a service is seen to serve again.

use gate::probe::{Entry, Stream};
use std::{collections::VecDeque, time::Duration};

/// The requests that were answered well and were due after the last one that was not. What hung when the service did not
/// serve yet fails long after it does: so what counts is when requests were due, not when they came to an end.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// The time of the prober.
    pub(super) now: Duration,
    /// When those were due, in that order, at most the last [`CLEAN`] of them.
    good: VecDeque<Duration>,
}

/// So many good answers without a bad one show that a service serves: if one request in twenty still failed, that would
/// happen with a chance below 1 % (0.95^90).
const CLEAN: usize = 90;

impl Served {
    /// Takes one entry of the prober into account.
    pub(super) fn observe(&mut self, entry: &Entry) {
        self.now = entry.at();
        match entry {
            Entry::Probe(record) if record.stream != Stream::Control => match record.outcome.failed() {
                Some(true) => self.failed(record.due),
                Some(false) => self.answered(record.due),
                None => {}
            },
            Entry::Provisional { stream, due, .. } if *stream != Stream::Control => self.failed(*due),
            _ => {}
        }
    }

    /// Whether [`CLEAN`] requests that were due later than `asked` were answered well, and none failed meanwhile.
    pub(super) fn since(&self, asked: Duration) -> bool {
        self.good.len() == CLEAN && self.good.front().is_some_and(|first| *first > asked)
    }

    fn answered(&mut self, due: Duration) {
        let place = self.good.partition_point(|good| *good <= due);
        self.good.insert(place, due);
        if self.good.len() > CLEAN {
            self.good.pop_front();
        }
    }

    fn failed(&mut self, due: Duration) {
        self.good.retain(|good| *good > due);
    }
}

#[cfg(test)]
mod tests {
    use super::{CLEAN, Served};
    use std::time::Duration;

    fn at(number: usize) -> Duration {
        Duration::from_millis(10 * number as u64)
    }

    fn served(numbers: std::ops::Range<usize>) -> Served {
        let mut served = Served::default();
        numbers.for_each(|number| served.answered(at(number)));
        served
    }

    #[test]
    fn as_many_good_answers_as_are_asked_for() {
        assert!(!served(1..CLEAN).since(Duration::ZERO));
        assert!(served(1..CLEAN + 1).since(Duration::ZERO));
    }

    #[test]
    fn answers_from_before_it_was_asked_do_not_count() {
        assert!(!served(1..CLEAN + 5).since(at(5)));
        assert!(served(1..CLEAN + 6).since(at(5)));
    }

    #[test]
    fn a_request_that_hung_before_does_not_hold_up_what_is_served_since() {
        let mut served = served(10..CLEAN + 10);
        served.failed(at(9));
        assert!(served.since(at(9)));
    }

    #[test]
    fn a_long_request_from_before_does_not_hold_it_up_either() {
        let mut served = served(10..CLEAN + 10);
        served.answered(at(3));
        assert!(served.since(at(9)));
    }

    #[test]
    fn a_failure_in_between_begins_the_count_anew() {
        let mut served = served(10..CLEAN + 10);
        served.failed(at(50));
        assert!(!served.since(at(9)));
        (CLEAN + 10..CLEAN + 50).for_each(|number| served.answered(at(number)));
        assert!(!served.since(at(9)));
        served.answered(at(CLEAN + 50));
        assert!(served.since(at(9)));
    }
}
