//! Tasks as processes.

use super::Facts;
use super::driver::Shared;
use crate::context::Context;

/// What is known of one task's processes.
#[derive(Debug, Clone)]
pub(crate) struct TaskFact {}

/// A task that there should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {}

/// The tasks of this region that there should be.
pub(crate) fn wanted(_cx: &Context<'_>) -> Vec<Wanted> {
    Vec::new()
}

/// All tasks there are.
#[derive(Debug)]
pub(crate) struct Tasks {}

impl Tasks {
    pub(crate) fn new(_shared: Shared) -> Self {
        Tasks {}
    }

    /// Tells what became of the processes.
    pub(crate) fn report(&self, _facts: &mut Facts) {}

    /// Hands over what the processes have written since the last time.
    pub(crate) fn deliver(&mut self, _cx: &mut Context<'_>) {}

    /// Starts and ends processes until there are those that should be.
    pub(crate) fn reconcile(&mut self, _wanted: Vec<Wanted>) {}

    /// Ends every process.
    pub(crate) async fn stop(self) {}
}
