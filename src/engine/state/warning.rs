use super::Owner;
use std::{fmt, path::PathBuf};

/// Something the user should know of, that did not stand in the way.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// The last line of the journal was half written. What it announces was never done, because nothing is done
    /// before its line is on disk whole.
    TornLine {
        /// The journal.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A process of this host that no longer runs had left its lock; it was taken over.
    StaleLock {
        /// The process.
        owner: Box<Owner>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornLine { file, line } => {
                write!(f, "{}:{line} was half written when a command was killed and is left out", file.display())
            }
            Self::StaleLock { owner } => write!(f, "took over the lock left behind {owner}, which no longer runs"),
        }
    }
}
