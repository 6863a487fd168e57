use crate::plan::Plan;
use std::collections::BinaryHeap;

/// Which step may begin: each as soon as those it waits for are done, the one with the longest path behind it
/// first. No levels, so nothing waits for what it does not need.
#[derive(Debug)]
pub struct Schedule {
    /// How many steps each one still waits for.
    waiting: Vec<usize>,
    /// Who waits for each step.
    dependents: Vec<Vec<usize>>,
    /// The number of steps on the longest path that begins with each step.
    path: Vec<usize>,
    /// Steps that may begin: longest path first, then in the order of the plan.
    ready: BinaryHeap<(usize, std::cmp::Reverse<usize>)>,
}

impl Schedule {
    /// The schedule of a plan of which no step is done.
    pub fn of(plan: &Plan) -> Self {
        let count = plan.steps.len();
        let mut dependents = vec![Vec::new(); count];
        for (index, step) in plan.steps.iter().enumerate() {
            for &earlier in &step.after {
                dependents[earlier].push(index);
            }
        }
        // All of `after` stands earlier in the plan, so one pass from the end is enough.
        let mut path = vec![1; count];
        for index in (0..count).rev() {
            path[index] += dependents[index].iter().map(|&dependent| path[dependent]).max().unwrap_or(0);
        }
        let waiting: Vec<usize> = plan.steps.iter().map(|step| step.after.len()).collect();
        let ready =
            (0..count).filter(|&step| waiting[step] == 0).map(|step| (path[step], std::cmp::Reverse(step))).collect();
        Self { waiting, dependents, path, ready }
    }

    /// Takes the next step that may begin.
    pub fn take(&mut self) -> Option<usize> {
        self.ready.pop().map(|(_, std::cmp::Reverse(step))| step)
    }

    /// Says that a step is done.
    pub fn done(&mut self, step: usize) {
        for &dependent in &self.dependents[step] {
            self.waiting[dependent] -= 1;
            if self.waiting[dependent] == 0 {
                self.ready.push((self.path[dependent], std::cmp::Reverse(dependent)));
            }
        }
    }
}
