use super::axis::Axis;
use engine::history::{HistoryEvent, Line, Part, PlannedStep};
use std::{collections::BTreeMap, time::Duration};

/// A step: what it is, and from when to when it ran.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Of which plan.
    pub part: Part,
    /// Its place in that plan, from 0.
    pub index: usize,
    /// What it does; empty when that was not recorded.
    pub planned: PlannedStep,
    /// When it began.
    pub begun: Option<Duration>,
    /// When its call was made and it began to wait.
    pub waiting: Option<Duration>,
    /// When it ended.
    pub ended: Option<Duration>,
    /// How far it came.
    pub progress: Progress,
    /// What it waited for last, in the cloud's words.
    pub awaited: Option<String>,
    /// How many calls were made again.
    pub retries: usize,
}

/// How far a step came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was not begun.
    NotBegun,
    /// It was begun and nothing is known of its end.
    Unfinished,
    /// It is done.
    Done,
    /// It failed; why.
    Failed(String),
}

impl Bar {
    /// What it does to what, in words.
    pub fn title(&self) -> String {
        let PlannedStep { verb, address, .. } = &self.planned;
        match address {
            Some(address) => format!("{verb} {address}"),
            None if verb.is_empty() => format!("step {}", self.index + 1),
            None => verb.clone(),
        }
    }

    /// How long it ran.
    pub fn took(&self) -> Option<Duration> {
        Some(self.ended?.saturating_sub(self.begun?))
    }
}

pub(super) fn bars(events: &[Line], axis: &Axis) -> Vec<Bar> {
    let mut bars: BTreeMap<(Part, usize), Bar> = BTreeMap::new();
    for line in events {
        let at = axis.event(line);
        match &line.event {
            HistoryEvent::Planned { part, steps } => {
                for (index, planned) in steps.iter().enumerate() {
                    bar(&mut bars, *part, index).planned = planned.clone();
                }
            }
            HistoryEvent::StepBegun { part, step } => {
                let bar = bar(&mut bars, *part, *step);
                (bar.begun, bar.progress) = (Some(at), Progress::Unfinished);
            }
            HistoryEvent::StepWaiting { part, step, reason } => {
                let bar = bar(&mut bars, *part, *step);
                bar.waiting = bar.waiting.or(Some(at));
                bar.awaited = Some(reason.clone());
            }
            HistoryEvent::StepRetrying { part, step, .. } => bar(&mut bars, *part, *step).retries += 1,
            HistoryEvent::StepDone { part, step, .. } => {
                let bar = bar(&mut bars, *part, *step);
                (bar.ended, bar.progress) = (Some(at), Progress::Done);
            }
            HistoryEvent::StepFailed { part, step, why, .. } => {
                let bar = bar(&mut bars, *part, *step);
                (bar.ended, bar.progress) = (Some(at), Progress::Failed(why.clone()));
            }
            _ => (),
        }
    }
    bars.into_values().collect()
}

fn bar(bars: &mut BTreeMap<(Part, usize), Bar>, part: Part, index: usize) -> &mut Bar {
    bars.entry((part, index)).or_insert_with(|| Bar {
        part,
        index,
        planned: PlannedStep { verb: String::new(), address: None, detail: String::new() },
        begun: None,
        waiting: None,
        ended: None,
        progress: Progress::NotBegun,
        awaited: None,
        retries: 0,
    })
}
