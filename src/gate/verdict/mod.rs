//! Whether a change may go on: a state machine that is fed with the entries of a prober and knows no clock of its own,
//! so that a log gives the same verdicts again.
//!
//! [`Baseline`] measures what is normal and gives the [`Thresholds`]; the [`Judge`] watches for a rise of failures
//! ([`Signal::Halted`], at once) and gives a [`Verdict`] on each wave.

mod baseline;
mod control;
mod detector;
mod judge;
mod outcome;
mod policy;
mod slow;
mod wave;

pub use baseline::{Baseline, BaselineError};
pub use detector::Trigger;
pub use judge::Judge;
pub use outcome::{Alarm, Reason, Signal, Verdict};
pub use policy::{Certify, Policy, Thresholds};
pub use slow::Slow;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trials;
