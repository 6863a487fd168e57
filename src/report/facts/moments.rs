use super::axis::Axis;
use engine::history::{HistoryEvent, Line};
use std::time::Duration;

/// Something that happened to the apply as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Duration,
    /// What.
    pub kind: MomentKind,
    /// Why, or more about it; may be empty.
    pub text: String,
}

/// What can happen to an apply as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// The gate wanted nothing more to begin.
    Halted,
    /// The way back began.
    Reverting,
    /// The old way was seen to serve again.
    Reverted,
    /// The user wanted it to stop.
    Interrupted,
}

impl MomentKind {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Halted => "halted",
            Self::Reverting => "reverting",
            Self::Reverted => "reverted",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Something that was said meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// When.
    pub at: Duration,
    /// About what; may be empty.
    pub about: String,
    /// What.
    pub text: String,
}

pub(super) fn moments(events: &[Line], axis: &Axis) -> Vec<Moment> {
    let moment = |line: &Line| {
        let (kind, text) = match &line.event {
            HistoryEvent::Halted { why, .. } => (MomentKind::Halted, why.clone()),
            HistoryEvent::Reverting { why } => (MomentKind::Reverting, why.clone()),
            HistoryEvent::Reverted => (MomentKind::Reverted, String::new()),
            HistoryEvent::Interrupted { gracefully: true } => {
                (MomentKind::Interrupted, "what was in flight could end".to_owned())
            }
            HistoryEvent::Interrupted { gracefully: false } => (MomentKind::Interrupted, "at once".to_owned()),
            _ => return None,
        };
        Some(Moment { at: axis.event(line), kind, text })
    };
    events.iter().filter_map(moment).collect()
}

pub(super) fn remarks(events: &[Line], axis: &Axis) -> Vec<Remark> {
    let remark = |line: &Line| {
        let (at, about, text) = match &line.event {
            HistoryEvent::Service { service, message, happened } => {
                (axis.at(*happened), service.clone(), message.clone())
            }
            HistoryEvent::Weights { of, weights } => {
                let weights: Vec<String> = weights.iter().map(|(group, weight)| format!("{group} {weight}")).collect();
                (axis.event(line), of.clone(), format!("weights are {}", weights.join(", ")))
            }
            HistoryEvent::Baseline { probes, failures } => {
                (axis.event(line), String::new(), format!("Before any change {failures} of {probes} probes failed."))
            }
            HistoryEvent::StepRetrying { step, why, .. } => {
                (axis.event(line), format!("step {}", step + 1), format!("is tried again: {why}"))
            }
            HistoryEvent::Note { message } => (axis.event(line), String::new(), message.clone()),
            _ => return None,
        };
        Some(Remark { at, about, text })
    };
    let mut remarks: Vec<Remark> = events.iter().filter_map(remark).collect();
    remarks.sort_by_key(|remark| remark.at);
    remarks
}
