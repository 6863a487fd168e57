//! What the data plane has seen: the only way from it back to the handlers.

use std::collections::{BTreeMap, BTreeSet};

use super::balancer::TargetFact;
use super::tasks::TaskFact;

/// What is known of running things. It is never stored: it ends with the processes.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Tasks by their ARN. A task that is missing has no process.
    pub(crate) tasks: BTreeMap<String, TaskFact>,
    /// Targets by their key in their table. A target that is missing has not been checked.
    pub(crate) targets: BTreeMap<String, TargetFact>,
    /// The names of the availability zones that are lost.
    pub(crate) lost_zones: BTreeSet<String>,
}
