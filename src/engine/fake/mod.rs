//! A cloud in memory, for tests, simulations and benchmarks.
//!
//! It holds any kind of resource, because it needs only a kind's data: [`Provider`](crate::provider::Provider) is implemented for all of them.
//! It is strict where clouds are: what is used cannot be deleted, names and unique fields are unique, fields that
//! call for a replacement cannot be changed, what is referred to must exist. Faults are injected by [`Fault`] and
//! counted calls, so that a crash can be placed before or after the effect of any one call.

mod death;
mod faults;
mod objects;
mod provider;
mod rehearsal;

pub use faults::{Injection, When};
pub use objects::FakeObject;
pub use rehearsal::{Memory, Rehearsal, Strays};

use crate::{
    Fault,
    provider::{Id, Tags},
};
use death::Death;
use faults::{Due, Faults};
use model::Schema;
use objects::Objects;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A cloud in memory.
#[derive(Debug, Default)]
pub struct FakeCloud {
    objects: Mutex<Objects>,
    faults: Mutex<Faults>,
    death: Death,
}

impl FakeCloud {
    /// Every object, in the order of creation.
    pub fn objects(&self) -> Vec<FakeObject> {
        self.lock().all().cloned().collect()
    }

    /// Puts a fault in the way of coming calls.
    pub fn inject(&self, injection: Injection) {
        self.faults().inject(injection);
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.faults().heal();
    }

    /// How many calls have been made.
    pub fn calls(&self) -> usize {
        self.faults().calls()
    }

    /// How many times each object reports itself as not ready before it is.
    pub fn slow(&self, reads: u32) {
        self.lock().slow(reads);
    }

    /// Changes a field of an object behind the engine's back.
    pub fn drift(&self, id: &Id, field: &str, value: Value) -> bool {
        self.lock().drift(id, field, value)
    }

    /// Whether another object uses this one, so that an API would not delete it.
    pub fn is_used(&self, id: &Id) -> bool {
        self.lock().is_used(id)
    }

    /// Deletes an object behind the engine's back.
    pub fn lose(&self, id: &Id) -> bool {
        self.lock().lose(id)
    }

    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one call, in which other calls may come in between: a fault before it, its effect, a fault after it. A crash never returns.
    async fn call<T>(
        &self,
        schema: &'static Schema,
        action: &'static str,
        effect: impl FnOnce(&mut Objects) -> Result<T, Fault> + Send,
    ) -> Result<T, Fault> {
        tokio::task::yield_now().await;
        let (before, after) = self.faults().on_call(schema.kind, action);
        if let Some(fault) = before {
            return Err(self.happen(fault).await);
        }
        let reply = effect(&mut self.lock());
        match after {
            Some(fault) => Err(self.happen(fault).await),
            None => reply,
        }
    }

    /// The fault; for a crash, never.
    async fn happen(&self, due: Due) -> Fault {
        match due.fault {
            Some(fault) => fault,
            None => self.death.die().await,
        }
    }
}

/// The tags of a new object and its name.
type Labels<'a> = (&'a str, &'a Tags);
