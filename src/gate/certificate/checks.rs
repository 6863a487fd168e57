//! Looks for entries that contradict each other or the schedule.

use crate::probe::{Entry, Header, Identity, Outcome, Record, Role, Schedule, Stream};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

/// What an answer may be late without a contradiction: the time between a timer and the task that waits for it.
const SLACK: Duration = Duration::from_millis(250);

pub(super) struct Checks {
    header: Header,
    schedules: BTreeMap<Stream, Schedule>,
    seen: BTreeMap<Stream, HashSet<u64>>,
    markers: HashSet<String>,
    every_answer_accepted: bool,
    now: Duration,
    stopped: bool,
}

impl Checks {
    pub(super) fn new(header: Header) -> Self {
        let schedules = header.streams.iter().map(|plan| (plan.stream, Schedule::new(*plan, header.seed))).collect();
        let mut checks = Checks {
            schedules,
            seen: BTreeMap::new(),
            markers: HashSet::new(),
            every_answer_accepted: false,
            now: Duration::ZERO,
            stopped: false,
            header,
        };
        let identity = checks.header.identity.clone();
        checks.accept(&identity);
        checks
    }

    /// What is wrong with the next entry.
    pub(super) fn observe(&mut self, entry: &Entry) -> Vec<String> {
        let mut problems = Vec::new();
        if self.stopped {
            problems.push("it comes after the end of the run".to_owned());
        }
        if entry.at() < self.now {
            problems.push("it is older than the entry before it".to_owned());
        }
        self.now = self.now.max(entry.at());
        match entry {
            Entry::Started(_) => problems.push("a run starts once".to_owned()),
            Entry::Probe(record) => self.probe(record, &mut problems),
            Entry::Provisional { stream, slot, due, .. } => self.due(*stream, *slot, *due, &mut problems),
            Entry::Identity { role: Role::Main, identity, .. } => self.accept(identity),
            Entry::Stopped { .. } => self.stopped = true,
            _ => {}
        }
        problems
    }

    /// What is wrong with the log as a whole.
    pub(super) fn finish(self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.stopped {
            problems.push("the log has no end: the run was cut off".to_owned());
        }
        for (stream, slots) in &self.seen {
            // A stream probes in each slot from the first on, so the greatest number tells how many there are.
            let expected = slots.iter().max().map_or(0, |last| last + 1);
            let missing = expected - slots.len() as u64;
            // Probes under way when a run is cut off have no outcome.
            if missing > 0 && self.stopped {
                problems.push(format!("{missing} slots of {stream} have no outcome"));
            }
        }
        if self.stopped {
            problems.extend(self.ended_early());
        }
        problems
    }

    /// Streams whose last slots are not there.
    fn ended_early(&self) -> Vec<String> {
        let last_due = |(stream, schedule): (&Stream, &Schedule)| {
            let next = self.seen.get(stream).and_then(|slots| slots.iter().max()).map_or(0, |last| last + 1);
            // The run ended at most its longest deadline after the last probe was sent.
            let limit = self.header.deadline + self.header.long_takes + SLACK;
            (schedule.due(next) + limit < self.now).then(|| format!("{stream} has no probes after its slot {next}"))
        };
        self.schedules.iter().filter_map(last_due).collect()
    }

    fn probe(&mut self, record: &Record, problems: &mut Vec<String>) {
        if !self.seen.entry(record.stream).or_default().insert(record.slot) {
            problems.push(format!("slot {} of {} has two outcomes", record.slot, record.stream));
        }
        self.due(record.stream, record.slot, record.due, problems);
        if record.sent.is_some_and(|sent| sent < record.due || sent > record.done) {
            problems.push("it was not sent between the time it was due and its outcome".to_owned());
        }
        if record.outcome != Outcome::Answered {
            return;
        }
        if record.latency() > self.header.deadline + self.header.takes(record.stream) + SLACK {
            problems.push("it was answered after its deadline".to_owned());
        }
        if record.status.is_none_or(|status| status >= 500) {
            problems.push("its status is not that of an answer".to_owned());
        }
        let main = !matches!(record.stream, Stream::Control | Stream::TestListener);
        let known = record.marker.as_ref().map_or(self.every_answer_accepted, |marker| self.markers.contains(marker));
        if main && !known {
            problems.push("its marker was never accepted".to_owned());
        }
    }

    fn due(&self, stream: Stream, slot: u64, due: Duration, problems: &mut Vec<String>) {
        match self.schedules.get(&stream) {
            Some(schedule) if schedule.due(slot) == due => {}
            Some(_) => problems.push(format!("slot {slot} of {stream} was not due then")),
            None => problems.push(format!("the run has no stream {stream}")),
        }
    }

    fn accept(&mut self, identity: &Identity) {
        self.every_answer_accepted |= identity.accepted.is_empty();
        self.markers.extend(identity.accepted.iter().cloned());
    }
}
