use super::{
    Event, State, StateError, Warning, check,
    disk::{Disk, Local},
    line::{self, Entry},
    lock::Lock,
    recover::{journal_file, recover},
    sound::Sound,
    writer::{Failure, Order, Writer, begin, compact},
};
use jiff::{Timestamp, Unit};
use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
};
use tokio::sync::oneshot;

/// The journal of a stack, open for writing and locked against others. Clones share it; the lock is released with
/// the last one.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Inner>);

struct Inner {
    ledger: Mutex<Ledger>,
    failure: Failure,
    warnings: Vec<Warning>,
    writer: Option<JoinHandle<()>>,
}

/// What must change together: an event's place in the file is its place in the history of the state.
struct Ledger {
    sound: Sound,
    seq: u64,
    /// `None` once the journal is being closed.
    orders: Option<mpsc::Sender<Order>>,
}

impl Journal {
    pub(super) fn open(directory: &Path, stack: &str, lineage: &str, command: &str) -> Result<Self, StateError> {
        Self::open_on(Arc::new(Local), directory, stack, lineage, command)
    }

    /// Takes the lock, repairs what a crash has left, and starts the writer. `lineage` is for a stack of which
    /// nothing was ever recorded.
    pub(super) fn open_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        stack: &str,
        lineage: &str,
        command: &str,
    ) -> Result<Self, StateError> {
        disk.create_directory(directory).map_err(StateError::io(directory))?;
        let lock = Lock::acquire(directory, stack, command)?;
        let recovered = recover(directory, stack)?;
        let mut warnings = recovered.warnings;
        warnings.extend(lock.taken_over().map(|owner| Warning::StaleLock { owner: Box::new(owner.clone()) }));

        let mut sound = if recovered.fresh { Sound::empty(stack, lineage) } else { recovered.sound };
        let file = journal_file(directory);
        let (journal, seq) = match recovered.journal {
            None => (begin(&*disk, directory, sound.state())?, 0),
            Some(tail) if tail.is_older => {
                sound.raise_serial();
                (compact(&*disk, directory, sound.state())?, 0)
            }
            Some(tail) => {
                tail.cut.map_or(Ok(()), |length| disk.cut(&file, length)).map_err(StateError::io(&file))?;
                (disk.append(&file).map_err(StateError::io(&file))?, tail.seq)
            }
        };

        let (orders, receiver) = mpsc::channel();
        let failure = Failure::default();
        let writer = Writer { directory: directory.to_owned(), disk, journal, lock, failure: failure.clone() };
        let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&receiver));
        Ok(Self(Arc::new(Inner {
            ledger: Mutex::new(Ledger { sound, seq, orders: Some(orders) }),
            failure,
            warnings,
            writer: Some(thread.map_err(StateError::io(directory))?),
        })))
    }

    /// Records an event. It takes its place in the journal at once, also if the future is dropped; the future ends
    /// when it is on disk. Events recorded at the same time share one write.
    ///
    /// An intent is awaited before the call is made. An outcome need not be: if its write fails, so does the next
    /// intent's, and if a crash loses it, the object is found again by its token.
    ///
    /// # Errors
    /// [`StateError::Unfit`] or [`StateError::Unsound`] when the event is wrong: nothing was written, and the
    /// journal can be used further. Any other error is final: later events fail with it too, and what is on disk is
    /// read with [`Store::open`](super::Store::open).
    pub fn record(&self, event: Event) -> impl Future<Output = Result<(), StateError>> + Send + use<> {
        let answer = self.submit(|ledger, done| {
            let at = Timestamp::now().round(Unit::Millisecond).expect("now is far from the end of time");
            let line = line::write(&Entry { seq: ledger.seq + 1, at, event: &event });
            ledger.sound.apply(event)?;
            ledger.seq += 1;
            Ok(Order::Append { line, done })
        });
        wait(answer)
    }

    /// Folds the journal into the document, as at the end of an apply. Does nothing when nothing was recorded since
    /// the last time.
    ///
    /// # Errors
    /// As [`Journal::record`].
    pub fn compact(&self) -> impl Future<Output = Result<(), StateError>> + Send + use<> {
        let nothing = self.ledger().seq == 0;
        let answer = (!nothing).then(|| {
            self.submit(|ledger, done| {
                let violations = check(ledger.sound.state());
                if !violations.is_empty() {
                    return Err(StateError::Unsound(violations));
                }
                ledger.sound.raise_serial();
                ledger.seq = 0;
                Ok(Order::Compact { state: Box::new(ledger.sound.state().clone()), done })
            })
        });
        async move {
            match answer {
                Some(answer) => wait(answer).await,
                None => Ok(()),
            }
        }
    }

    /// Looks at the state with every event recorded so far, those on their way to disk included.
    pub fn inspect<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self.ledger().sound.state())
    }

    /// A copy of the state; see [`Journal::inspect`].
    pub fn state(&self) -> State {
        self.inspect(State::clone)
    }

    /// What was found when the journal was opened.
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    fn submit(
        &self,
        order: impl FnOnce(&mut Ledger, oneshot::Sender<Result<(), StateError>>) -> Result<Order, StateError>,
    ) -> Result<oneshot::Receiver<Result<(), StateError>>, StateError> {
        let mut ledger = self.ledger();
        if let Some(failure) = self.0.failure.get() {
            return Err(failure.clone());
        }
        let (done, answer) = oneshot::channel();
        let order = order(&mut ledger, done)?;
        // If the writer is gone, `done` is gone with it, and `wait` says so.
        if let Some(orders) = &ledger.orders {
            drop(orders.send(order));
        }
        Ok(answer)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Only a closure given to `inspect` can panic here, and that has only looked.
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait(answer: Result<oneshot::Receiver<Result<(), StateError>>, StateError>) -> Result<(), StateError> {
    answer?.await.unwrap_or(Err(StateError::WriterGone))
}

impl Drop for Inner {
    /// Waits for the writer to have written everything and released the lock.
    fn drop(&mut self) {
        self.ledger.get_mut().unwrap_or_else(PoisonError::into_inner).orders = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has left its orders unanswered, and whoever waited for one knows.
            drop(writer.join());
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("warnings", &self.warnings).field("failure", &self.failure.get()).finish()
    }
}
