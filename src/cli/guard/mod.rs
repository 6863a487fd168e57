//! Watches over an apply with real requests: measures what is normal, judges each wave, halts, and takes back what was
//! bad.

mod apply;
mod change;
mod execute;
mod judge;
mod outcome;
mod permit;
mod policy;
mod probing;
mod question;
mod sentry;
mod served;
mod wanted;

pub(crate) use change::{Change, GateOptions};
use judge::Guard;
pub(crate) use permit::permit;
pub(crate) use question::Question;
pub(crate) use wanted::{Order, Wanted};
