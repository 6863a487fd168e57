use super::{
    State, StateError,
    disk::{Disk, Output, replace},
    line::{self, Header},
    lock::Lock,
    recover::{document_file, journal_file},
};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, mpsc},
};
use tokio::sync::oneshot;

/// What the writer is asked to do.
pub(super) enum Order {
    /// Adds a line to the journal.
    Append { line: String, done: Done },
    /// Writes the document, and begins the journal of its changes.
    Compact { state: Box<State>, done: Done },
}

/// Tells the one who waits how the order went.
pub(super) type Done = oneshot::Sender<Result<(), StateError>>;

/// The first failed write. After it nothing more is written: the end of the file is not known.
pub(super) type Failure = Arc<OnceLock<StateError>>;

/// Writes for all who record: whatever is waiting goes to disk in one write and one sync.
pub(super) struct Writer {
    pub(super) directory: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) journal: Box<dyn Output>,
    pub(super) lock: Lock,
    pub(super) failure: Failure,
}

impl Writer {
    /// Carries out orders, in their order, until nobody is left who could give any. Then the lock is released.
    pub(super) fn run(mut self, orders: &mpsc::Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let mut batch = Batch::default();
            for order in std::iter::once(order).chain(orders.try_iter()) {
                match order {
                    Order::Append { line, done } => {
                        batch.lines.push_str(&line);
                        batch.waiting.push(done);
                    }
                    Order::Compact { state, done } => {
                        self.commit(std::mem::take(&mut batch));
                        let result = self.attempt(|writer| writer.compact(&state));
                        tell(done, result);
                    }
                }
            }
            self.commit(batch);
        }
    }

    fn commit(&mut self, batch: Batch) {
        if batch.waiting.is_empty() {
            return;
        }
        let result = self.attempt(|writer| {
            let file = journal_file(&writer.directory);
            writer.journal.write(batch.lines.as_bytes()).map_err(StateError::io(&file))?;
            writer.journal.sync().map_err(StateError::io(&file))
        });
        for done in batch.waiting {
            tell(done, result.clone());
        }
    }

    fn compact(&mut self, state: &State) -> Result<(), StateError> {
        self.journal = compact(&*self.disk, &self.directory, state)?;
        Ok(())
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Self) -> Result<(), StateError>) -> Result<(), StateError> {
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        let result = self.lock.verify().and_then(|()| write(self));
        result.map_err(|error| self.failure.get_or_init(|| error).clone())
    }
}

#[derive(Default)]
struct Batch {
    lines: String,
    waiting: Vec<Done>,
}

/// Writes the document, and begins the journal of its changes.
///
/// The document is replaced first. When the machine stops between the two, the journal that is left is older than the
/// document, and is known to be in it by its serial.
pub(super) fn compact(
    disk: &dyn Disk,
    directory: &std::path::Path,
    state: &State,
) -> Result<Box<dyn Output>, StateError> {
    let mut json = serde_json::to_string_pretty(state).expect("a state holds nothing that JSON cannot");
    json.push('\n');
    replace(disk, &document_file(directory), json.as_bytes())?;
    begin(disk, directory, state)
}

/// Begins the journal of the changes of `state`, in the place of any other.
pub(super) fn begin(
    disk: &dyn Disk,
    directory: &std::path::Path,
    state: &State,
) -> Result<Box<dyn Output>, StateError> {
    let file = journal_file(directory);
    replace(disk, &file, line::write(&Header::of(state)).as_bytes())?;
    disk.append(&file).map_err(StateError::io(&file))
}

/// Whoever has stopped waiting needs no answer.
fn tell(done: Done, result: Result<(), StateError>) {
    drop(done.send(result));
}
