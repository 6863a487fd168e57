//! Watches the entries of a prober and says what is to be done.

use super::{
    Alarm, Reason, Signal, Thresholds, Trigger, Verdict,
    control::Control,
    detector::Detector,
    wave::{Opinion, Wave},
};
use crate::probe::{Entry, Record, Stream};
use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

/// How many of the last probes tell whether the prober is starved when there is an alarm.
const RECENT: usize = 50;

/// The judge of one apply. The same entries always give the same signals.
#[derive(Clone, Debug)]
pub struct Judge {
    thresholds: Thresholds,
    now: Duration,
    service: Detector,
    streams: [Detector; Stream::ALL.len()],
    control: Control,
    /// Probes that count as failed already.
    provisional: HashSet<(Stream, u64)>,
    /// For each of the last probes, whether the prober was too late.
    recent: VecDeque<bool>,
    wave: Option<Wave>,
    alarm: Option<Alarm>,
    /// Whether there is a verdict on the alarm.
    settled: bool,
}

impl Judge {
    /// A judge that has seen nothing.
    pub fn new(thresholds: Thresholds) -> Self {
        Judge {
            now: Duration::ZERO,
            service: Detector::new(thresholds.service),
            streams: [Detector::new(thresholds.stream); Stream::ALL.len()],
            control: Control::default(),
            provisional: HashSet::new(),
            recent: VecDeque::with_capacity(RECENT),
            wave: None,
            alarm: None,
            settled: false,
            thresholds,
        }
    }

    /// What it decides by.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The alarm since the last wave started, if there was one.
    pub fn alarm(&self) -> Option<Alarm> {
        self.alarm
    }

    /// Takes the next entry; says what is to be done, mostly nothing.
    ///
    /// [`Entry::WaveStarted`] begins a wave: it ends an alarm, and the probes that were due later are the wave's.
    pub fn observe(&mut self, entry: &Entry) -> Vec<Signal> {
        self.now = self.now.max(entry.at());
        let mut signals = Vec::new();
        match entry {
            Entry::Probe(record) => self.probe(record, &mut signals),
            Entry::Provisional { stream, slot, due, sent, .. } if sent.saturating_sub(*due) <= self.thresholds.lag => {
                self.unanswered(*stream, *slot, *due, &mut signals);
            }
            Entry::WaveStarted { at, wave } => self.start(wave, *at),
            _ => {}
        }
        self.conclude(&mut signals);
        signals
    }

    fn start(&mut self, name: &str, at: Duration) {
        if self.alarm.take().is_some() {
            self.service = Detector::new(self.thresholds.service);
            self.streams = [Detector::new(self.thresholds.stream); Stream::ALL.len()];
        }
        self.settled = false;
        self.wave = Some(Wave::new(name, at, &self.thresholds));
    }

    fn probe(&mut self, record: &Record, signals: &mut Vec<Signal>) {
        let was_provisional = self.provisional.remove(&(record.stream, record.slot));
        let failed = record.outcome.failed();
        if record.outcome == crate::probe::Outcome::Off {
            return;
        }
        let late = failed.is_none() || record.lag() > self.thresholds.lag;
        self.remember(late);
        match failed {
            Some(failed) if record.stream == Stream::Control => {
                // Lateness here is no excuse: it only means that the prober is in trouble too.
                self.control.observe(failed, record.due);
            }
            Some(failed) if !late => {
                if !was_provisional {
                    self.detect(record.stream, failed, record.due, signals);
                }
                let slow = self.thresholds.slow;
                if let Some(wave) = self.undecided(record.due) {
                    wave.settle(record.stream, failed, was_provisional, record.due);
                    // What takes long is to take long.
                    if let Some(slow) = slow.filter(|_| !failed && record.stream != Stream::Long) {
                        wave.paced(record.latency() > slow.than, record.due);
                    }
                }
            }
            _ if record.stream != Stream::Control => {
                if let Some(wave) = self.undecided(record.due) {
                    wave.starve(record.stream);
                }
            }
            _ => {}
        }
    }

    fn unanswered(&mut self, stream: Stream, slot: u64, due: Duration, signals: &mut Vec<Signal>) {
        if stream == Stream::Control {
            self.control.observe(true, due);
            return;
        }
        self.provisional.insert((stream, slot));
        self.detect(stream, true, due, signals);
        if let Some(wave) = self.undecided(due) {
            wave.provisional(stream, due);
        }
    }

    /// The wave, if the probe due at `due` belongs to it and still matters.
    fn undecided(&mut self, due: Duration) -> Option<&mut Wave> {
        self.wave.as_mut().filter(|wave| wave.verdict.is_none() && wave.has(due))
    }

    fn remember(&mut self, late: bool) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(late);
    }

    fn detect(&mut self, stream: Stream, failed: bool, due: Duration, signals: &mut Vec<Signal>) {
        let service = self.service.observe(failed, due).map(|since| (Trigger::Service, since));
        let stream = self.streams[stream.index()].observe(failed, due).map(|since| (Trigger::Stream(stream), since));
        if let Some((trigger, since)) = service.or(stream) {
            self.raise(trigger, since, signals);
        }
    }

    fn raise(&mut self, trigger: Trigger, since: Duration, signals: &mut Vec<Signal>) {
        if self.alarm.is_none() {
            let alarm = Alarm { at: self.now, since, trigger };
            self.alarm = Some(alarm);
            signals.push(Signal::Halted(alarm));
        }
    }

    fn conclude(&mut self, signals: &mut Vec<Signal>) {
        let open = self.wave.as_ref().filter(|wave| wave.verdict.is_none());
        let opinion = open.and_then(|wave| wave.opinion(&self.thresholds));
        match opinion {
            Some(Opinion::Reject(since)) => self.raise(Trigger::Wave, since, signals),
            Some(Opinion::Slow(since)) => self.raise(Trigger::Latency, since, signals),
            _ => {}
        }
        let verdict = match (&self.alarm, self.settled) {
            (Some(_), true) => None,
            (Some(alarm), false) => self.blame(alarm),
            (None, _) => match (opinion, &self.wave) {
                (Some(Opinion::Promote), _) => Some(Verdict::Healthy),
                (Some(Opinion::Starved), _) => Some(Verdict::Inconclusive { reason: Reason::Starved }),
                (_, Some(wave)) if wave.verdict.is_none() && self.now >= wave.started + self.thresholds.patience => {
                    Some(Verdict::Inconclusive { reason: wave.out_of_time(&self.thresholds) })
                }
                _ => None,
            },
        };
        let Some(verdict) = verdict else { return };
        self.settled = self.alarm.is_some();
        if let Some(wave) = &mut self.wave {
            wave.verdict = Some(verdict);
        }
        signals.push(Signal::Verdict { wave: self.wave.as_ref().map(|wave| wave.name.clone()), verdict });
    }

    /// Whether an alarm is the service's fault, as soon as that can be said.
    fn blame(&self, alarm: &Alarm) -> Option<Verdict> {
        let inconclusive = |reason| Some(Verdict::Inconclusive { reason });
        let late = self.recent.iter().filter(|late| **late).count();
        if late as f64 > self.thresholds.starved.get() * self.recent.len() as f64 {
            return inconclusive(Reason::Starved);
        }
        match self.control.vouches(alarm.since) {
            Some(Ok(())) => Some(Verdict::Bad),
            Some(Err(reason)) => inconclusive(reason),
            None if self.now >= alarm.at + self.thresholds.control_patience => inconclusive(Reason::ControlSilent),
            None => None,
        }
    }
}
