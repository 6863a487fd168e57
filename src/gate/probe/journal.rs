//! Puts everything that happens into one order, the same for the log and for all who listen.

use super::{Entry, LogError, log::Writer};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

/// How many entries a subscriber may be behind: about a quarter of an hour at 50 probes a second.
const BACKLOG: usize = 1 << 16;

/// Where entries go.
pub(super) struct Journal {
    start: Instant,
    state: Mutex<State>,
}

struct State {
    last: Duration,
    stopped: bool,
    subscribers: Vec<mpsc::Sender<Arc<Entry>>>,
    writer: Option<Writer>,
}

/// The entries of a run from the time of the subscription on.
#[derive(Debug)]
pub struct Subscription(mpsc::Receiver<Arc<Entry>>);

/// No more entries come: the prober has stopped, or the subscriber was too far behind to be kept. Entries are never
/// left out in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no more entries come from the prober")]
pub struct SubscriptionEnded;

impl Subscription {
    /// The next entry.
    ///
    /// # Errors
    /// When no more come.
    pub async fn next(&mut self) -> Result<Arc<Entry>, SubscriptionEnded> {
        self.0.recv().await.ok_or(SubscriptionEnded)
    }

    /// The next entry if there is one already.
    pub fn try_next(&mut self) -> Option<Arc<Entry>> {
        self.0.try_recv().ok()
    }
}

impl Journal {
    /// A journal whose times count from now, written to a new file at `log`.
    pub(super) fn start(log: Option<&Path>) -> Result<Self, LogError> {
        let writer = log.map(Writer::create).transpose()?;
        let state = State { last: Duration::ZERO, stopped: false, subscribers: Vec::new(), writer };
        Ok(Journal { start: Instant::now(), state: Mutex::new(state) })
    }

    /// The time now, in whole microseconds as the log has them.
    pub(super) fn now(&self) -> Duration {
        micros(self.start.elapsed())
    }

    /// The moment `at`.
    pub(super) fn instant(&self, at: Duration) -> Instant {
        self.start + at
    }

    /// Adds the entry that `make` makes of the time. Nothing is added after [`Entry::Stopped`].
    pub(super) fn add(&self, make: impl FnOnce(Duration) -> Entry) {
        let mut state = self.lock();
        if state.stopped {
            return;
        }
        // Taken under the lock, so that times never decrease.
        let at = self.now().max(state.last);
        let entry = Arc::new(make(at));
        state.last = at;
        state.stopped = matches!(*entry, Entry::Stopped { .. });
        if let Some(writer) = &state.writer {
            writer.write(Arc::clone(&entry));
        }
        // A subscriber that has gone, or is too far behind, is dropped.
        state.subscribers.retain(|subscriber| subscriber.try_send(Arc::clone(&entry)).is_ok());
        if state.stopped {
            state.subscribers.clear();
        }
    }

    pub(super) fn subscribe(&self) -> Subscription {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        let mut state = self.lock();
        if !state.stopped {
            state.subscribers.push(sender);
        }
        Subscription(receiver)
    }

    /// Waits until all entries so far are in the file.
    pub(super) async fn flush(&self) -> Result<(), LogError> {
        let flushed: Option<oneshot::Receiver<_>> = self.lock().writer.as_ref().map(Writer::flush);
        match flushed {
            Some(flushed) => flushed.await.unwrap_or(Err(LogError::WriterGone)),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn micros(duration: Duration) -> Duration {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
