//! The kept connections of the keep-alive stream.
//!
//! Written here and not taken from a library, because those send a request again, unasked, when a kept connection
//! turns out to be closed.

use super::{Connection, dial::Connected};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub(super) struct Pool {
    size: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: VecDeque<Kept>,
    /// Connections that are in use or being made.
    busy: usize,
    /// Connections made so far.
    made: u64,
}

struct Kept {
    connected: Connected,
    served: u32,
}

/// A place in the pool, for one probe. It is free again when dropped, whatever became of the probe.
pub(super) struct Place {
    pool: Arc<Pool>,
    /// What the probe goes over.
    pub(super) connection: Connection,
}

/// What a probe is to use.
pub(super) enum Use {
    /// A kept connection.
    Kept(Connected),
    /// A connection to be made, the one of this number.
    Make(u64),
}

impl Pool {
    pub(super) fn new(size: usize) -> Arc<Self> {
        Arc::new(Pool { size: size.max(1), state: Mutex::default() })
    }

    /// The kept connection that was idle longest. A new one while there are fewer than there should be, or when all
    /// are in use, since a probe never waits for another.
    pub(super) fn take(self: &Arc<Self>) -> (Place, Use) {
        let mut state = self.lock();
        let before = state.idle.len();
        state.idle.retain(|kept| !kept.connected.sender.is_closed());
        let closed = state.idle.len() < before;
        let enough = state.idle.len() + state.busy >= self.size;
        state.busy += 1;
        let kept = if enough { state.idle.pop_front() } else { None };
        let place = |connection| Place { pool: Arc::clone(self), connection };
        match kept {
            Some(Kept { connected, served }) => (place(Connection::Kept(served)), Use::Kept(connected)),
            None => {
                state.made += 1;
                let connection = if closed { Connection::Replaced } else { Connection::New };
                (place(connection), Use::Make(state.made - 1))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The kept connection turned out to be closed before anything was sent: another is to be made.
    pub(super) fn replace(&mut self) -> u64 {
        self.connection = Connection::Replaced;
        let mut state = self.pool.lock();
        state.made += 1;
        state.made - 1
    }

    /// Keeps the connection for later probes.
    pub(super) fn keep(self, connected: Connected) {
        let served = match self.connection {
            Connection::Kept(served) => served.saturating_add(1),
            Connection::New | Connection::Replaced => 1,
        };
        let mut state = self.pool.lock();
        if state.idle.len() < self.pool.size {
            state.idle.push_back(Kept { connected, served });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pool.lock().busy -= 1;
    }
}
