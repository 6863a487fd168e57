//! What probes see, for people: counted while it happens, and summed up at the end.

mod summary;
mod tally;
mod target;
mod view;
mod watcher;

pub(crate) use summary::{meets, summary};
pub(crate) use tally::Tally;
pub(crate) use target::{local_target, plain as plain_target, target};
pub(crate) use view::View;
pub(crate) use watcher::{Watcher, certificate};
