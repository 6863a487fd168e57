use super::{
    Journal, State, StateError, Warning,
    recover::{Recovered, recover},
};
use std::path::{Path, PathBuf};

/// The recorded state of a stack as it was when it was read. Nothing is locked or written: this is enough to plan,
/// list and show.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    state: State,
    fresh: bool,
    warnings: Vec<Warning>,
}

impl Store {
    /// Reads the state of `stack` from its own folder, `directory`. A folder that is missing or empty holds the
    /// state of a stack of which nothing exists yet.
    ///
    /// # Errors
    /// [`StateError::Corrupt`], [`StateError::Newer`] or [`StateError::Io`].
    pub fn open(directory: &Path, stack: &str) -> Result<Self, StateError> {
        let Recovered { sound, fresh, warnings, .. } = recover(directory, stack)?;
        Ok(Self { directory: directory.to_owned(), state: sound.into_state(), fresh, warnings })
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The state, to keep.
    pub fn into_state(self) -> State {
        self.state
    }

    /// What was found on the way.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether nothing was ever recorded, so that the lineage is a new one.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Takes the lineage of a saved plan for that of the state, if nothing was ever recorded: the plan has put it
    /// into the tags of the objects to be made.
    pub fn assume_lineage(&mut self, lineage: &str) {
        if self.fresh {
            lineage.clone_into(&mut self.state.lineage);
        }
    }

    /// Locks the stack for `command` and opens its journal. The state is read again under the lock: whoever has
    /// planned on [`Store::state`] compares the [digest](State::digest) with that of [`Journal::state`].
    ///
    /// # Errors
    /// [`StateError::Locked`] when another process is changing the stack, and those of [`Store::open`].
    pub fn lock(&self, command: &str) -> Result<Journal, StateError> {
        Journal::open(&self.directory, &self.state.stack, &self.state.lineage, command)
    }
}
