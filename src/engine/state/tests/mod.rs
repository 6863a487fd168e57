//! The files, as a whole: what survives, what is refused, who may write.

mod commit;
mod crash;
mod damage;
mod fuse;
mod locking;

use super::{Journal, StateError, Store, disk::Disk, fixture::history};
use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// The journal of the stack `dev` on another disk than the local one.
fn open(disk: Arc<dyn Disk>, directory: &Path) -> Result<Journal, StateError> {
    Journal::open_on(disk, directory, "dev", "l", "a test")
}

fn lock(directory: &Path) -> Result<Journal, StateError> {
    Store::open(directory, "dev")?.lock("a test")
}

/// Takes the lock that nobody holds. A process that another test starts at this moment has inherited it until it becomes
/// its own program, so one that was given back a moment ago may seem to be held.
fn lock_when_free(take: impl Fn() -> Result<Journal, StateError>) -> Journal {
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        match take() {
            Err(StateError::Locked { .. }) if Instant::now() < patience => thread::yield_now(),
            taken => return taken.expect("nobody else is here"),
        }
    }
}

/// A folder in which [`history`] was recorded.
async fn recorded() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let journal = lock(directory.path()).expect("nobody else is here");
    for event in history() {
        journal.record(event).await.expect("it fits");
    }
    directory
}
