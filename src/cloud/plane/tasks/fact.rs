//! What is known of the processes of a task.

use std::collections::BTreeMap;

use crate::ecs::ContainerHealth;

/// What is known of one task's processes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TaskFact {
    /// By the container's name.
    pub(crate) containers: BTreeMap<String, ContainerFact>,
}

/// What is known of one container's process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContainerFact {
    /// It has not been started yet.
    Waiting,
    /// It cannot be started; why, in AWS's words.
    Refused(String),
    /// It runs, with what its health check says.
    Running { health: ContainerHealth },
    /// It has ended, or was never started and will not be any more: then it has no exit code.
    Ended { exit_code: Option<i32>, reason: Option<String> },
}

impl TaskFact {
    /// Whether no process is left and none will come.
    pub(crate) fn has_ended(&self) -> bool {
        let over = |it: &ContainerFact| matches!(it, ContainerFact::Ended { .. } | ContainerFact::Refused(_));
        self.containers.values().all(over)
    }
}
