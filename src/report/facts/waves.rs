use super::{axis::Axis, steps::Bar};
use engine::history::{HistoryEvent, Line, Part, Verdict};
use gate::{
    certificate::{Certificate, WaveClaim},
    verdict,
};
use std::time::Duration;

/// A wave: its steps, when it ran, and what requests said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Its name.
    pub name: String,
    /// Of which plan.
    pub part: Part,
    /// Its steps, by their place in that plan, from 0.
    pub steps: Vec<usize>,
    /// What in it cannot be taken back, and why.
    pub irreversible: Option<String>,
    /// When its steps could begin.
    pub begun: Option<Duration>,
    /// When its steps were done, so that requests decided from then on.
    pub applied: Option<Duration>,
    /// When the verdict was acted on.
    pub judged: Option<Duration>,
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// Why, as a sentence.
    pub why: Option<String>,
    /// What the certificate says of it.
    pub claim: Option<WaveClaim>,
}

impl Wave {
    /// Whether a step belongs to it.
    pub fn has(&self, bar: &Bar) -> bool {
        self.part == bar.part && self.steps.contains(&bar.index)
    }

    /// From the first trouble to the alarm, when there was one.
    pub fn time_to_halt(&self) -> Option<Duration> {
        let alarm = self.claim.as_ref()?.alarm.as_ref()?;
        Some(alarm.at.saturating_sub(alarm.since))
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            part: Part::Change,
            steps: Vec::new(),
            irreversible: None,
            begun: None,
            applied: None,
            judged: None,
            verdict: None,
            why: None,
            claim: None,
        }
    }

    /// Takes over what the certificate says, where the events say nothing.
    fn claimed(&mut self, claim: &WaveClaim, axis: &Axis) {
        self.applied = self.applied.or(Some(axis.probe(claim.started)));
        self.judged = self.judged.or(claim.ended.map(|ended| axis.probe(ended)));
        if let (None, Some(acted_on)) = (self.verdict, claim.acted_on) {
            self.verdict = Some(match acted_on {
                verdict::Verdict::Healthy => Verdict::Healthy,
                verdict::Verdict::Bad => Verdict::Bad,
                verdict::Verdict::Inconclusive { reason } => {
                    self.why = self.why.take().or(Some(reason.to_string()));
                    Verdict::Inconclusive
                }
            });
        }
        self.claim = Some(claim.clone());
    }
}

pub(super) fn waves(events: &[Line], certificate: Option<&Certificate>, axis: &Axis) -> Vec<Wave> {
    let mut waves: Vec<Wave> = Vec::new();
    let mut since = Since::default();
    for line in events {
        let at = Some(axis.event(line));
        match &line.event {
            HistoryEvent::StepBegun { part, step } => since.begin(*part, *step, axis.event(line)),
            HistoryEvent::WaveBegun { wave, part, steps, irreversible } => waves.push(Wave {
                part: *part,
                steps: steps.clone(),
                irreversible: irreversible.clone(),
                begun: at,
                ..Wave::named(wave)
            }),
            HistoryEvent::WaveApplied { wave } => {
                let (wave, since) = (last(&mut waves, wave), std::mem::take(&mut since));
                wave.applied = at;
                if wave.begun.is_none() {
                    (wave.part, wave.steps, wave.begun) = (since.part, since.steps, since.begun);
                }
            }
            HistoryEvent::WaveJudged { wave, verdict, why } => {
                let wave = last(&mut waves, wave);
                (wave.judged, wave.verdict, wave.why) = (at, Some(*verdict), why.clone());
            }
            _ => (),
        }
    }
    // A wave may be tried again under the same name, so claims belong to waves in their order.
    for claim in certificate.into_iter().flat_map(|certificate| &certificate.waves) {
        match waves.iter_mut().find(|wave| wave.name == claim.wave && wave.claim.is_none()) {
            Some(wave) => wave.claimed(claim, axis),
            None => {
                let mut wave = Wave::named(&claim.wave);
                wave.claimed(claim, axis);
                waves.push(wave);
            }
        }
    }
    waves
}

/// What was begun since the last wave: where nothing says when a wave begins, these are its steps.
#[derive(Default)]
struct Since {
    part: Part,
    steps: Vec<usize>,
    begun: Option<Duration>,
}

impl Since {
    fn begin(&mut self, part: Part, step: usize, at: Duration) {
        if part != self.part {
            *self = Self { part, ..Self::default() };
        }
        self.steps.push(step);
        self.begun = self.begun.or(Some(at));
    }
}

/// The wave of that name that began last.
fn last<'a>(waves: &'a mut Vec<Wave>, name: &str) -> &'a mut Wave {
    let index = waves.iter().rposition(|wave| wave.name == name).unwrap_or_else(|| {
        waves.push(Wave::named(name));
        waves.len() - 1
    });
    &mut waves[index]
}
