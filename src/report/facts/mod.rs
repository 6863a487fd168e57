//! Everything there is to show about one apply, from all of its files, on one time axis.

mod axis;
mod capacity;
mod certificate;
mod moments;
mod steps;
mod traffic;
mod waves;

pub use capacity::{Capacity, Healthy};
pub use certificate::{Tested, tested};
pub(crate) use certificate::{total, worst};
pub use moments::{Moment, MomentKind, Remark};
pub use steps::{Bar, Progress};
pub use traffic::{Bin, FailedProbe, Traffic};
pub use waves::Wave;

use axis::Axis;
use engine::history::{Applied, Ending, Paths, Record};
use gate::certificate::Certificate;
use jiff::Timestamp;
use std::time::Duration;

/// Everything there is to show about one apply. All times in it count from [`origin`](Self::origin).
#[derive(Clone, Debug)]
pub struct Report {
    /// The number of the apply.
    pub number: u32,
    /// Its record, if it can be read.
    pub record: Option<Record>,
    /// How it ended, if that is known.
    pub ending: Option<Ending>,
    /// Its files.
    pub paths: Paths,
    /// The moment from which all times count: the apply or its prober began, whichever was first.
    pub origin: Option<Timestamp>,
    /// The last time of all.
    pub span: Duration,
    /// The waves, in order.
    pub waves: Vec<Wave>,
    /// The steps, in the order of the plan; those of the way back last.
    pub steps: Vec<Bar>,
    /// What happened to the apply as a whole.
    pub moments: Vec<Moment>,
    /// What was said meanwhile: events of ECS, weights, notes.
    pub remarks: Vec<Remark>,
    /// How many targets served, by service or target group.
    pub capacity: Vec<Capacity>,
    /// The probes, if there is a log of them.
    pub traffic: Option<Traffic>,
    /// What the probes prove, if that was certified.
    pub certificate: Option<Certificate>,
    /// The same of each further URL that was probed.
    pub further: Vec<Certificate>,
    /// The plan as people saw it.
    pub plan: Option<String>,
    /// The proof as people saw it.
    pub proof: Option<String>,
    /// The plan that led back, as people saw it.
    pub undo: Option<String>,
    /// What is missing or damaged, as sentences.
    pub problems: Vec<String>,
}

impl Report {
    /// Puts together everything there is about `applied`. Reads the log of the probes and the certificate; what cannot be
    /// read is told in [`problems`](Self::problems).
    pub fn of(applied: Applied) -> Self {
        let Applied { summary, plan, proof, undo, events, mut problems } = applied;
        let record = summary.record.ok();
        let certificate = certificate::read(&summary.paths.certificate(), &mut problems);
        let further = certificate::further(&summary.paths, &mut problems);
        let samples = traffic::read(&summary.paths.probes(), &mut problems);

        let begun = record.as_ref().map(|record| record.started).or(events.first().map(|line| line.at));
        let axis = Axis::new(begun, samples.as_ref().map(|samples| samples.started));
        let ended = record.as_ref().and_then(|record| record.ended).map(|ended| axis.at(ended));
        let last = [ended, events.last().map(|line| axis.event(line)), samples.as_ref().map(|it| axis.probe(it.last))];
        let span = last.into_iter().flatten().max().unwrap_or_default();

        let steps = steps::bars(&events, &axis);
        Self {
            number: summary.number,
            ending: summary.ending,
            paths: summary.paths,
            origin: axis.origin,
            span,
            waves: waves::waves(&events, certificate.as_ref(), &axis),
            steps,
            moments: moments::moments(&events, &axis),
            remarks: moments::remarks(&events, &axis),
            capacity: capacity::capacity(&events, &axis),
            traffic: samples.map(|samples| samples.traffic(&axis, span)),
            certificate,
            further,
            plan,
            proof,
            undo,
            problems,
            record,
        }
    }

    /// Every certificate, of the first URL first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificate.iter().chain(&self.further)
    }

    /// The steps that belong to no wave.
    pub fn outside_waves(&self) -> impl Iterator<Item = &Bar> {
        let in_wave = |bar: &Bar| self.waves.iter().any(|wave| wave.has(bar));
        self.steps.iter().filter(move |bar| !in_wave(bar))
    }

    /// The moment of that kind that came first.
    pub fn moment(&self, kind: MomentKind) -> Option<&Moment> {
        self.moments.iter().find(|moment| moment.kind == kind)
    }

    /// How long the apply took, once it has ended.
    pub fn took(&self) -> Option<Duration> {
        let record = self.record.as_ref()?;
        record.ended?.duration_since(record.started).try_into().ok()
    }
}
