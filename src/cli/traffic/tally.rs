//! Counts probes as they are settled. Pure: time is that of the entries.

use gate::{
    certificate::{Bounds, Method},
    probe::{Entry, Failure, Outcome, Stream},
    statistics::{Counts, Latencies},
};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// How many seconds the strip shows.
const STRIP: usize = 60;
/// Over how many seconds the rate is taken.
const RATE: usize = 5;

/// What has been seen so far of the probes to the service; those to the control endpoint are left out.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    now: Duration,
    counts: Counts,
    latencies: Latencies,
    failures: BTreeMap<Failure, u64>,
    markers: BTreeMap<String, u64>,
    missed: u64,
    /// The last seconds by the time their probes were due, the newest at the end.
    seconds: VecDeque<Second>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Second {
    number: u64,
    settled: u32,
    failed: u32,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            now: Duration::ZERO,
            counts: Counts::default(),
            latencies: Latencies::new(),
            failures: BTreeMap::new(),
            markers: BTreeMap::new(),
            missed: 0,
            seconds: VecDeque::new(),
        }
    }

    /// Takes one entry in. Whether a probe failed by it.
    pub(crate) fn observe(&mut self, entry: &Entry) -> Option<Failure> {
        self.now = self.now.max(entry.at());
        let Entry::Probe(record) = entry else { return None };
        if record.stream == Stream::Control {
            return None;
        }
        let Some(failed) = record.outcome.failed() else {
            self.missed += u64::from(matches!(record.outcome, Outcome::Missed { .. }));
            return None;
        };
        self.counts.add(failed);
        if record.stream != Stream::Long {
            self.latencies.record(record.latency());
        }
        if let Some(marker) = &record.marker {
            *self.markers.entry(marker.clone()).or_default() += 1;
        }
        let failure = record.failure();
        if let Some(failure) = failure {
            *self.failures.entry(failure).or_default() += 1;
        }
        if let Some(second) = self.second(record.due.as_secs()) {
            second.settled += 1;
            second.failed += u32::from(failed);
        }
        failure
    }

    /// The counts of a second; `None` when it is too long ago to be shown.
    fn second(&mut self, number: u64) -> Option<&mut Second> {
        let next = self.seconds.back().map_or(number, |last| last.number + 1);
        for number in next..=number {
            self.seconds.push_back(Second { number, ..Second::default() });
        }
        while self.seconds.len() > STRIP {
            self.seconds.pop_front();
        }
        self.seconds.iter_mut().rev().find(|second| second.number == number)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    pub(crate) fn missed(&self) -> u64 {
        self.missed
    }

    pub(crate) fn failures(&self) -> &BTreeMap<Failure, u64> {
        &self.failures
    }

    pub(crate) fn markers(&self) -> &BTreeMap<String, u64> {
        &self.markers
    }

    pub(crate) fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// What the counts prove, however often one looks.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds::of(self.counts, &Method::default())
    }

    /// Probes settled a second, over the last whole seconds.
    pub(crate) fn rate(&self) -> f64 {
        let whole = self.seconds.iter().rev().skip(1).take(RATE);
        let (seconds, settled) = whole.fold((0, 0), |(seconds, settled), it| (seconds + 1, settled + it.settled));
        if seconds == 0 { 0.0 } else { f64::from(settled) / f64::from(seconds) }
    }

    /// A mark for each of the last seconds: `▇` when every probe was answered, `▒` when some failed, `x` when all did,
    /// a dot when there was none.
    pub(crate) fn strip(&self) -> String {
        let mark = |second: &Second| match (second.settled, second.failed) {
            (0, _) => '·',
            (_, 0) => '▇',
            (settled, failed) if settled == failed => 'x',
            _ => '▒',
        };
        self.seconds.iter().map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate::probe::Record;

    fn probe(due: u64, failure: Option<Failure>) -> Entry {
        let due = Duration::from_millis(due);
        Entry::Probe(Record {
            stream: Stream::NewConnection,
            slot: 0,
            due,
            sent: Some(due),
            done: due + Duration::from_millis(3),
            address: None,
            from: None,
            connection: None,
            http2: false,
            status: None,
            marker: None,
            outcome: match failure {
                None => Outcome::Answered,
                Some(failure) => Outcome::Failed { failure, detail: None },
            },
        })
    }

    #[test]
    fn seconds_without_probes_leave_a_gap() {
        let mut tally = Tally::new();
        let refused = Some(Failure::Refused);
        for (due, failure) in [(100, None), (200, None), (1100, None), (1200, refused), (3500, refused)] {
            assert_eq!(tally.observe(&probe(due, failure)), failure);
        }
        assert_eq!(tally.strip(), "▇▒·x");
        assert_eq!((tally.counts().probes(), tally.counts().failures()), (5, 2));
        assert_eq!(tally.failures().get(&Failure::Refused), Some(&2));
    }

    #[test]
    fn the_strip_forgets_what_is_long_ago() {
        let mut tally = Tally::new();
        (0..200).for_each(|second| {
            tally.observe(&probe(second * 1000, None));
        });
        // A probe that was due before the strip begins is counted all the same.
        tally.observe(&probe(1000, Some(Failure::Deadline)));
        assert_eq!(tally.strip().chars().count(), STRIP);
        assert_eq!(tally.counts().failures(), 1);
        assert!((tally.rate() - 1.0).abs() < f64::EPSILON);
    }
}
