use crate::{plan::Totals, state::Home};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Who changed what, when, and how it ended: `record.json`. A versioned format.
///
/// To change it: a reader refuses a newer [`VERSION`], so raise it whenever an older program would misread the record;
/// a new optional field needs only `#[serde(default)]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The number of the apply in its stack, from 1.
    pub number: u32,
    /// The stack.
    pub stack: String,
    /// What it was for.
    pub command: Command,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; `None` while it runs, and for ever when it was killed.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// The version of the program.
    pub rust_stack: String,
    /// Who ran it: `user@host`.
    pub operator: String,
    /// Where it worked.
    pub home: Home,
    /// The lineage of the state.
    pub lineage: String,
    /// The digest of the state that the plan was made from.
    pub base: String,
    /// How it ended; `None` as long as [`ended`](Self::ended) is.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// What the plan was to do.
    pub planned: Changes,
    /// What was done, once it has ended.
    #[serde(default)]
    pub done: Option<Changes>,
    /// The values the stack was built with.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// The images of containers, by the resource that names them.
    #[serde(default)]
    pub images: BTreeMap<String, String>,
    /// The apply whose stack this one went back to.
    #[serde(default)]
    pub reverts: Option<u32>,
    /// The apply that this one took up where it had stopped.
    #[serde(default)]
    pub resumes: Option<u32>,
    /// What people should know about the end, as a sentence.
    #[serde(default)]
    pub message: Option<String>,
}

/// The value of [`Record::format`].
pub const FORMAT: &str = "rust-stack-apply-record";
/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// What an apply was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// To make what the stack says.
    Apply,
    /// To leave nothing.
    Destroy,
    /// To bring out a new version of the application.
    Deploy,
    /// To go back to what an earlier apply made.
    Rollback,
    /// To finish what an interrupted apply began.
    Resume,
}

/// How an apply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything was done.
    Complete,
    /// Steps failed; those that wait for them were not begun.
    Incomplete,
    /// The user stopped it.
    Interrupted,
    /// The gate stopped it; what was done stands, in a state that is safe.
    Halted,
    /// The gate stopped it, and what was done was taken back.
    Reverted,
}

/// [`Outcome`], and what can be seen of an apply that has written none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// See [`Outcome::Complete`].
    Complete,
    /// See [`Outcome::Incomplete`].
    Incomplete,
    /// See [`Outcome::Interrupted`].
    Interrupted,
    /// See [`Outcome::Halted`].
    Halted,
    /// See [`Outcome::Reverted`].
    Reverted,
    /// It has not ended, and the process that ran it is gone.
    Killed,
    /// It has not ended yet.
    Running,
}

/// How many objects were made, changed in place and deleted; a replacement is one made and one deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Objects made.
    pub add: usize,
    /// Objects changed in place.
    pub change: usize,
    /// Objects deleted.
    pub remove: usize,
}

impl From<Totals> for Changes {
    fn from(Totals { add, change, destroy }: Totals) -> Self {
        Self { add, change, remove: destroy }
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            Outcome::Incomplete => Self::Incomplete,
            Outcome::Interrupted => Self::Interrupted,
            Outcome::Halted => Self::Halted,
            Outcome::Reverted => Self::Reverted,
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("+{} ~{} -{}", self.add, self.change, self.remove))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Resume => "resume",
        })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
            Self::Halted => "halted",
            Self::Reverted => "reverted",
            Self::Killed => "killed",
            Self::Running => "running",
        })
    }
}
