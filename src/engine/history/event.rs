use super::step::PlannedStep;
use crate::{apply::Progress, provider::Id};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, time::Duration};

/// A line of `events.jsonl`: something that happened, and when. Not a versioned format by itself: a reader passes over
/// events and fields that it does not know, so events may be added, and none may change its meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When, by the wall clock.
    pub at: Timestamp,
    /// When, from the begin of the apply, by a clock that nobody sets.
    #[serde(with = "super::micros", rename = "offset_us")]
    pub offset: Duration,
    /// What.
    #[serde(flatten)]
    pub event: HistoryEvent,
}

/// Something that happened during an apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HistoryEvent {
    /// What is going to be done.
    Planned {
        /// Which plan.
        #[serde(default)]
        part: Part,
        /// Its steps, by which later events name them.
        steps: Vec<PlannedStep>,
    },
    /// A step begins.
    StepBegun {
        /// Of which plan.
        #[serde(default)]
        part: Part,
        /// Its place in the plan, from 0.
        step: usize,
    },
    /// A step has made its call and waits for it to become true.
    StepWaiting {
        /// Of which plan.
        #[serde(default)]
        part: Part,
        /// Its place in the plan, from 0.
        step: usize,
        /// For what, in the cloud's words.
        reason: String,
    },
    /// A call of a step failed and will be made again.
    StepRetrying {
        /// Of which plan.
        #[serde(default)]
        part: Part,
        /// Its place in the plan, from 0.
        step: usize,
        /// Why it failed.
        why: String,
        /// When it is made again.
        #[serde(with = "super::micros", rename = "after_us")]
        after: Duration,
    },
    /// A step is done.
    StepDone {
        /// Of which plan.
        #[serde(default)]
        part: Part,
        /// Its place in the plan, from 0.
        step: usize,
        /// The object, if there is one now.
        id: Option<Id>,
        /// How long it took.
        #[serde(with = "super::micros", rename = "elapsed_us")]
        elapsed: Duration,
    },
    /// A step failed.
    StepFailed {
        /// Of which plan.
        #[serde(default)]
        part: Part,
        /// Its place in the plan, from 0.
        step: usize,
        /// Why.
        why: String,
        /// How long it took.
        #[serde(with = "super::micros", rename = "elapsed_us")]
        elapsed: Duration,
    },
    /// What is normal has been measured before anything changes.
    Baseline {
        /// How many probes were sent.
        probes: u64,
        /// How many of them failed.
        failures: u64,
    },
    /// The steps of a wave may begin.
    WaveBegun {
        /// Its name, the same that stands in the certificate.
        wave: String,
        /// Of which plan.
        #[serde(default)]
        part: Part,
        /// Its steps, by their place in the plan, from 0.
        steps: Vec<usize>,
        /// What in it cannot be taken back, and why.
        #[serde(default)]
        irreversible: Option<String>,
    },
    /// The steps of a wave are done, and requests now decide about it.
    WaveApplied {
        /// Its name.
        wave: String,
    },
    /// The verdict on a wave.
    WaveJudged {
        /// Its name.
        wave: String,
        /// The verdict.
        verdict: Verdict,
        /// Why, as a sentence.
        #[serde(default)]
        why: Option<String>,
    },
    /// The gate wants nothing more to begin.
    Halted {
        /// The wave that was under way, if one was.
        wave: Option<String>,
        /// Why, as a sentence.
        why: String,
    },
    /// The undo plan begins.
    Reverting {
        /// Why, as a sentence.
        why: String,
    },
    /// The undo plan is done, and requests have shown that the old way serves.
    Reverted,
    /// How many targets serve.
    Capacity {
        /// The service or target group.
        of: String,
        /// Targets that are healthy.
        healthy: u32,
        /// Targets that are registered and not yet, or no longer, healthy; those that drain are not among them.
        #[serde(default)]
        unhealthy: u32,
        /// Targets that finish their requests and get no new ones.
        #[serde(default)]
        draining: u32,
        /// The fewest healthy targets that the plan allows.
        #[serde(default)]
        at_least: Option<u32>,
    },
    /// Traffic is shared otherwise from now on.
    Weights {
        /// The listener or rule.
        of: String,
        /// The weight of each target group.
        weights: BTreeMap<String, u32>,
    },
    /// An event of an ECS service.
    Service {
        /// The service.
        service: String,
        /// What happened, in ECS's words.
        message: String,
        /// When ECS says it happened.
        happened: Timestamp,
    },
    /// The user wants it to stop.
    Interrupted {
        /// Whether what was in flight could still end.
        gracefully: bool,
    },
    /// Something that people should know.
    Note {
        /// A sentence.
        message: String,
    },
    /// An event of a newer version.
    #[serde(other)]
    Unknown,
}

/// Which of the plans of an apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The change that was wanted.
    #[default]
    Change,
    /// The way back.
    Undo,
}

/// The verdict on a wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may be built upon.
    Healthy,
    /// It must be taken back.
    Bad,
    /// Not known.
    Inconclusive,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Bad => "bad",
            Self::Inconclusive => "inconclusive",
        })
    }
}

impl HistoryEvent {
    /// What the engine says of a step of `part`, of which `before` steps stand before those of the plan at hand.
    pub(super) fn of(part: Part, before: usize, progress: &Progress<'_>) -> Self {
        match progress {
            Progress::Begun { step } => Self::StepBegun { part, step: before + step },
            Progress::Waiting { step, reason } => {
                Self::StepWaiting { part, step: before + step, reason: (*reason).to_owned() }
            }
            Progress::Retrying { step, fault, after } => {
                Self::StepRetrying { part, step: before + step, why: fault.to_string(), after: *after }
            }
            Progress::Done { step, id, elapsed } => {
                Self::StepDone { part, step: before + step, id: id.clone(), elapsed: *elapsed }
            }
            Progress::Failed { step, failure, elapsed } => {
                Self::StepFailed { part, step: before + step, why: failure.to_string(), elapsed: *elapsed }
            }
        }
    }
}
