//! How long the rest of an apply will take, by how long such steps took before. Pure.

use crate::plan::{Operation, Phase, Plan, Step};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// How long steps took lately, by kind and action. A versioned format; losing it loses nothing but estimates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    /// Always [`VERSION`]; another one is not read.
    pub version: u32,
    /// Seconds, the latest last, at most [`RECENT`] of each.
    seconds: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

/// The version of the format.
pub const VERSION: u32 = 1;
/// How many durations of each kind and action are kept.
pub const RECENT: usize = 9;

impl Default for Durations {
    fn default() -> Self {
        Self { version: VERSION, seconds: BTreeMap::new() }
    }
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not begun.
    Waiting,
    /// It has been going on for so long.
    Running(Duration),
    /// It is over.
    Done,
}

impl Durations {
    /// Takes in that a step was done in `elapsed`.
    pub fn took(&mut self, step: &Step, elapsed: Duration) {
        let actions = self.seconds.entry(step.kind.clone()).or_default();
        let recent = actions.entry(action(&step.operation).to_owned()).or_default();
        recent.push(elapsed.as_secs_f64());
        let surplus = recent.len().saturating_sub(RECENT);
        recent.drain(..surplus);
    }

    /// How long the rest of a plan takes: as long as its longest path, or as all its work when `parallelism` steps go on
    /// at one time, whichever is longer. `None` when nothing like it was ever done.
    pub fn remaining(&self, plan: &Plan, parallelism: usize, standing: impl Fn(usize) -> Standing) -> Option<Duration> {
        let typical = self.typical();
        let mut known = false;
        let mut ends = vec![0.0_f64; plan.steps.len()];
        let mut work = 0.0;
        for (index, step) in plan.steps.iter().enumerate() {
            let usual = typical.get(&(step.kind.as_str(), action(&step.operation))).copied();
            let left = match standing(index) {
                Standing::Done => 0.0,
                Standing::Waiting => usual.unwrap_or_default(),
                Standing::Running(elapsed) => (usual.unwrap_or_default() - elapsed.as_secs_f64()).max(0.0),
            };
            known |= usual.is_some() && standing(index) != Standing::Done;
            // All of `after` stands earlier in the plan.
            let begins = step.after.iter().map(|&earlier| ends[earlier]).fold(0.0, f64::max);
            ends[index] = begins + left;
            work += left;
        }
        let path = ends.into_iter().fold(0.0, f64::max);
        known.then(|| Duration::from_secs_f64(path.max(work / parallelism.max(1) as f64)))
    }

    /// The median of each kind and action.
    fn typical(&self) -> BTreeMap<(&str, &str), f64> {
        let each = self.seconds.iter().flat_map(|(kind, actions)| {
            actions.iter().filter_map(move |(action, seconds)| {
                let mut sorted = seconds.clone();
                sorted.sort_by(f64::total_cmp);
                Some(((kind.as_str(), action.as_str()), *sorted.get(sorted.len() / 2)?))
            })
        });
        each.collect()
    }
}

/// The word for what a step does.
pub fn action(operation: &Operation) -> &'static str {
    match operation {
        Operation::Create { .. } => "create",
        Operation::Update { phase: Phase::Whole, .. } => "update",
        Operation::Update { phase: Phase::Expand, .. } => "expand",
        Operation::Update { phase: Phase::Shift(_), .. } => "shift",
        Operation::Update { phase: Phase::Contract, .. } => "contract",
        Operation::Update { phase: Phase::Shrink, .. } => "shrink",
        Operation::Together { .. } => "together",
        Operation::Settle { .. } => "settle",
        Operation::Delete { .. } => "delete",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Id;

    fn deletion(kind: &str, after: &[usize]) -> Step {
        let operation = Operation::Delete { generation: 1, id: Id::new("one") };
        Step { address: None, kind: kind.to_owned(), operation, after: after.to_vec() }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A service takes 60 s to delete, a network 10 s.
    fn durations() -> Durations {
        let mut durations = Durations::default();
        for (kind, each) in [("service", [60, 600, 1]), ("network", [10, 10, 10])] {
            each.into_iter().for_each(|it| durations.took(&deletion(kind, &[]), seconds(it)));
        }
        durations
    }

    #[test]
    fn the_longest_path_counts_and_what_is_done_does_not() {
        let plan = Plan::of_steps(vec![deletion("service", &[]), deletion("network", &[0]), deletion("network", &[])]);
        let durations = durations();
        assert_eq!(durations.remaining(&plan, 10, |_| Standing::Waiting), Some(seconds(70)));
        assert_eq!(durations.remaining(&plan, 1, |_| Standing::Waiting), Some(seconds(80)));
        let begun = |step| if step == 0 { Standing::Running(seconds(25)) } else { Standing::Waiting };
        assert_eq!(durations.remaining(&plan, 10, begun), Some(seconds(45)));
        let late = |step| if step == 0 { Standing::Running(seconds(99)) } else { Standing::Waiting };
        assert_eq!(durations.remaining(&plan, 10, late), Some(seconds(10)));
        let done = |step| if step == 0 { Standing::Done } else { Standing::Waiting };
        assert_eq!(durations.remaining(&plan, 10, done), Some(seconds(10)));
    }

    #[test]
    fn without_experience_there_is_no_estimate() {
        let plan = Plan::of_steps(vec![deletion("bucket", &[])]);
        assert_eq!(durations().remaining(&plan, 10, |_| Standing::Waiting), None);
    }

    #[test]
    fn only_recent_durations_count() {
        let mut durations = durations();
        (0..RECENT).for_each(|_| durations.took(&deletion("service", &[]), seconds(5)));
        let plan = Plan::of_steps(vec![deletion("service", &[])]);
        assert_eq!(durations.remaining(&plan, 1, |_| Standing::Waiting), Some(seconds(5)));
    }
}
