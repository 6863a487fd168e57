use crate::{Fault, provider::Id, state::StateError};
use std::time::Duration;

/// Who is told what happens during an apply.
pub trait Observer: Send + Sync {
    /// Takes notice. Called from the middle of the apply, so it must be quick.
    fn notice(&self, progress: Progress<'_>);
}

/// Something that happened during an apply. Steps are named by their place in the plan.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step begins.
    Begun {
        /// Which.
        step: usize,
    },
    /// A step has made its call and waits for it to become true.
    Waiting {
        /// Which.
        step: usize,
        /// For what, in the cloud's words.
        reason: &'a str,
    },
    /// A call failed and will be made again.
    Retrying {
        /// Which step.
        step: usize,
        /// Why it failed.
        fault: &'a Fault,
        /// When it is made again.
        after: Duration,
    },
    /// A step is done.
    Done {
        /// Which.
        step: usize,
        /// The object, if there is one now.
        id: Option<Id>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step failed.
    Failed {
        /// Which.
        step: usize,
        /// Why.
        failure: &'a Failure,
        /// How long it took.
        elapsed: Duration,
    },
}

/// Why a step failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// The cloud refused, or could not.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// What users see does not allow to go on.
    #[error("halted: {0}")]
    Halted(#[from] super::Halt),
    /// It did not become true in time.
    #[error("not {what} after {} s{}", after.as_secs(), if last.is_empty() { String::new() } else { format!("; last seen: {last}") })]
    TimedOut {
        /// What was waited for: `ready`, `gone`.
        what: &'static str,
        /// How long.
        after: Duration,
        /// What was last seen, in the cloud's words.
        last: String,
    },
    /// The object is gone although nobody here deleted it.
    #[error("the object {0} does not exist any more")]
    Vanished(Id),
    /// The object became ready again, but not as it was wanted: ECS has rolled a deployment back, for example.
    #[error("it is ready, but the change did not last: {} {} as before", fields.join(", "), if fields.len() == 1 { "is" } else { "are" })]
    Reverted {
        /// The fields that are not as they were wanted.
        fields: Vec<String>,
    },
    /// Somebody else has changed it since the plan was made.
    #[error("nothing was written: somebody else has changed {} since the plan was made; plan again", fields.join(", "))]
    Taken {
        /// The fields that are not as they were left.
        fields: Vec<String>,
    },
    /// There is no such kind in this version.
    #[error("there is no kind `{0}` in this version of rust-stack")]
    UnknownKind(String),
    /// The state could not be recorded. This ends the apply.
    #[error(transparent)]
    State(#[from] StateError),
}

/// An observer that takes no notice.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&self, _: Progress<'_>) {}
}
