//! Watches over an apply with real requests: measures what is normal, judges each wave, halts, and takes back what was
//! bad.

mod apply;
mod change;
mod execute;
mod judge;
mod outcome;
mod policy;
mod probing;

pub(crate) use change::{Change, GateOptions};
use judge::Guard;
