//! Which step comes after which, and the waves between the steps that settle.

use crate::plan::{Operation, Step};
use fixedbitset::FixedBitSet;
use std::collections::HashMap;

/// The order of the steps of a plan.
pub(super) struct Order {
    /// Each step and all that comes before it.
    pub(super) before: Vec<FixedBitSet>,
    /// The number of the wave of each step, from 0.
    pub(super) wave: Vec<usize>,
    /// Which steps settle.
    pub(super) settles: Vec<bool>,
}

impl Order {
    /// `of_step` are the objects of each step: one object changes step by step, in the order of the plan.
    pub(super) fn of(steps: &[Step], of_step: &[Vec<usize>]) -> Self {
        let settles: Vec<bool> = steps.iter().map(|step| matches!(step.operation, Operation::Settle { .. })).collect();
        let mut order = Self { before: Vec::with_capacity(steps.len()), wave: Vec::new(), settles };
        // The step that changed each object last.
        let mut last: HashMap<usize, usize> = HashMap::new();
        for (index, step) in steps.iter().enumerate() {
            let mut before = FixedBitSet::with_capacity(steps.len());
            before.insert(index);
            let mut wave = 0;
            let same: Vec<usize> = of_step[index].iter().filter_map(|object| last.insert(*object, index)).collect();
            for &earlier in step.after.iter().chain(&same).filter(|earlier| **earlier < index) {
                before.union_with(&order.before[earlier]);
                let barrier = order.settles[earlier];
                wave = wave.max(order.wave[earlier] + usize::from(barrier));
            }
            order.before.push(before);
            order.wave.push(wave);
        }
        order
    }

    /// Whether `earlier` is done whenever `later` begins.
    pub(super) fn precedes(&self, earlier: usize, later: usize) -> bool {
        earlier != later && self.before[later].contains(earlier)
    }

    /// How many waves there are.
    pub(super) fn waves(&self) -> usize {
        self.wave.iter().max().map_or(0, |last| last + 1)
    }
}
