use super::{Home, Owner, Violation};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why the state could not be read, locked or written. Cloneable, because one failed write fails every event that
/// shared it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    /// A file is not what this program wrote. A crash never causes this.
    #[error("{}{} is damaged: {message}", file.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// The line, from 1, where it is known.
        line: Option<usize>,
        /// What is wrong with it.
        message: String,
    },
    /// A newer program wrote the file.
    #[error("{} has format version {found}, and this program reads up to version {supported}", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version this program can read.
        supported: u32,
    },
    /// The objects of the stack are somewhere else.
    #[error("the stack exists in {recorded}, but the credentials and settings in use lead to {present}")]
    Foreign {
        /// Where they are.
        recorded: Box<Home>,
        /// Where the present credentials and settings lead.
        present: Box<Home>,
    },
    /// Another command is changing the stack.
    #[error("the stack `{stack}` is locked {}", owner.as_ref().map_or("by another process".to_owned(), ToString::to_string))]
    Locked {
        /// The stack.
        stack: String,
        /// Who holds the lock; `None` in the moment before the owner has written its name.
        owner: Option<Box<Owner>>,
        /// Whether the owner is known to be alive: it then runs on this host.
        alive: bool,
    },
    /// `unlock` was given an id that is not the lock's.
    #[error("the stack `{stack}` is not locked with the id {id}{}", owner.as_ref().map(|owner| format!(" but {owner}")).unwrap_or_default())]
    NotLocked {
        /// The stack.
        stack: String,
        /// The id that was given.
        id: String,
        /// Who holds the lock instead, if anyone does.
        owner: Option<Box<Owner>>,
    },
    /// Somebody removed this process's lock while it was working.
    #[error("the lock on the stack `{stack}` was taken away while this command was working")]
    LockLost {
        /// The stack.
        stack: String,
    },
    /// The event does not follow from the state. Nothing was written.
    #[error("the event cannot be recorded: {0}")]
    Unfit(String),
    /// The change would break the state. Nothing was written.
    #[error("the change would break the state: {}", list(.0))]
    Unsound(Vec<Violation>),
    /// The thread that writes the journal has panicked, so it is not known whether the event is on disk.
    #[error("the writer of the journal has stopped without an answer")]
    WriterGone,
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
}

impl StateError {
    /// What the user can do about it, as a sentence.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Corrupt { file, .. } if file.ends_with("lock.json") => {
                Some(format!("Make sure that no command is working on the stack, then remove {}.", file.display()))
            }
            Self::Corrupt { file, .. } => Some(format!(
                "An interrupted write never looks like this. Restore {} and the files next to it from version control \
                 or a backup.",
                file.display()
            )),
            Self::Newer { .. } => Some("Install the newest version of rust-stack.".to_owned()),
            Self::Foreign { .. } => Some("Use the profile, region and endpoint of the stack.".to_owned()),
            Self::Locked { stack, owner, alive } => owner.as_ref().map(|owner| {
                let first = if *alive {
                    format!("Wait for it, or interrupt process {}: it then saves and unlocks.", owner.pid)
                } else {
                    format!(
                        "Wait for it. Make sure on {} that process {} is gone before you unlock.",
                        owner.host, owner.pid
                    )
                };
                format!("{first} To remove a lock that is left behind: rust-stack unlock {stack} --id {}", owner.id)
            }),
            Self::NotLocked { stack, owner, .. } => {
                owner.as_ref().map(|owner| format!("To remove it: rust-stack unlock {stack} --id {}", owner.id))
            }
            Self::LockLost { .. } => {
                Some("Nothing was written after that. Run the command again: it finds what was made.".to_owned())
            }
            Self::Unfit(_) | Self::Unsound(_) | Self::WriterGone => None,
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Some(
                    "Free some space (or raise the limit) and run the command again: what was recorded is kept."
                        .to_owned(),
                ),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("The user running the command must be able to write to the state folder.".to_owned())
                }
                _ => None,
            },
        }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn corrupt(file: &Path, line: impl Into<Option<usize>>, message: impl Into<String>) -> Self {
        Self::Corrupt { file: file.to_owned(), line: line.into(), message: message.into() }
    }
}

/// Violations as one line.
pub(super) fn list(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
