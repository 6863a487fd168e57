//! Gives the verdicts again.

use super::{Bounds, Method, WaveClaim};
use crate::{
    probe::{Entry, Failure, Record, Stream},
    statistics::Counts,
    verdict::{Alarm, Judge, Signal, Verdict},
};
use std::{collections::BTreeMap, time::Duration};

#[derive(Default)]
pub(super) struct Waves {
    judge: Option<Judge>,
    waves: Vec<Counted>,
}

struct Counted {
    name: String,
    started: Duration,
    ended: Option<Duration>,
    acted_on: Option<Verdict>,
    verdicts: Vec<Verdict>,
    alarm: Option<Alarm>,
    counts: Counts,
    failures: BTreeMap<Failure, u64>,
}

impl Waves {
    pub(super) fn observe(&mut self, entry: &Entry) {
        match entry {
            Entry::Judging { thresholds, .. } => self.judge = Some(Judge::new((**thresholds).clone())),
            Entry::WaveStarted { at, wave } => self.waves.push(Counted {
                name: wave.clone(),
                started: *at,
                ended: None,
                acted_on: None,
                verdicts: Vec::new(),
                alarm: None,
                counts: Counts::default(),
                failures: BTreeMap::new(),
            }),
            Entry::WaveEnded { at, wave, verdict } => {
                if let Some(counted) = self.waves.iter_mut().rev().find(|counted| counted.name == *wave) {
                    (counted.ended, counted.acted_on) = (Some(*at), Some(*verdict));
                }
            }
            Entry::Probe(record) => self.probe(record),
            _ => {}
        }
        let signals = self.judge.as_mut().map(|judge| judge.observe(entry)).unwrap_or_default();
        let Some(counted) = self.waves.last_mut() else { return };
        for signal in signals {
            match signal {
                Signal::Halted(alarm) => counted.alarm = Some(alarm),
                Signal::Verdict { verdict, .. } => counted.verdicts.push(verdict),
            }
        }
    }

    fn probe(&mut self, record: &Record) {
        let Some(counted) = self.waves.last_mut().filter(|counted| counted.ended.is_none()) else { return };
        let Some(failed) = record.outcome.failed() else { return };
        if record.stream != Stream::Control && record.due >= counted.started {
            counted.counts.add(failed);
            if let Some(failure) = record.failure() {
                *counted.failures.entry(failure).or_default() += 1;
            }
        }
    }

    pub(super) fn claims(self, method: &Method) -> Vec<WaveClaim> {
        let claim = |counted: Counted| WaveClaim {
            wave: counted.name,
            started: counted.started,
            ended: counted.ended,
            acted_on: counted.acted_on,
            verdicts: counted.verdicts,
            alarm: counted.alarm,
            service: Bounds::of(counted.counts, method),
            failures: counted.failures,
        };
        self.waves.into_iter().map(claim).collect()
    }
}
