//! What the engine remembers: the state document, the journal that keeps it true through a crash, and the lock.
//!
//! The folder of a stack holds `state.json`, the document as it was last compacted, and `journal.jsonl`, every
//! change since. Together they are the state. [`Store`] reads it, without a lock; [`Journal`] changes it.

mod apply;
mod digest;
pub(crate) mod disk;
mod document;
mod error;
mod event;
mod index;
mod integrity;
mod journal;
mod line;
mod lock;
mod recover;
mod sound;
mod store;
mod warning;
mod writer;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use document::{FORMAT, Home, Object, Pending, Record, State, Superseded, VERSION};
pub use error::StateError;
pub use event::Event;
pub use integrity::{Violation, check};
pub use journal::Journal;
pub use lock::{Owner, unlock};
pub use store::Store;
pub use warning::Warning;
