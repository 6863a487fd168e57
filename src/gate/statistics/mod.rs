//! What can be concluded from counts of probes, as pure functions: no I/O, no clock, no randomness.
//!
//! Bounds at a time fixed beforehand are in [`exact`] and [`wilson`]; a bound that may be looked at after every probe
//! is in [`anytime`]. [`Cusum`] notices a change at an unknown time, [`Sprt`] decides between two rates.

pub mod anytime;
pub mod burn;
pub mod canary;
mod counts;
pub mod cusum;
pub mod exact;
pub mod gap;
mod latency;
mod probability;
mod solve;
pub mod sprt;
pub mod wilson;

pub use anytime::BetaPrior;
pub use canary::Canary;
pub use counts::{Counts, MoreFailuresThanProbes};
pub use cusum::{Cusum, CusumDesign};
pub use gap::{Gap, GapCaveat, Spacing};
pub use latency::Latencies;
pub use probability::{NotAProbability, Probability};
pub use sprt::{Decision, Sprt, SprtDesign};

/// Why two rates cannot be told apart by a test.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// The rates must be ordered and strictly between 0 and 1, or a likelihood ratio is infinite.
    #[error("the failure rates must satisfy 0 < p0 < p1 < 1, and {p0} and {p1} do not")]
    Rates {
        /// The rate when all is well.
        p0: Probability,
        /// The rate to be noticed.
        p1: Probability,
    },
    /// A threshold that is not positive alarms at once or never.
    #[error("the threshold must be positive and finite, and {0} is not")]
    Threshold(f64),
    /// Errors of a half or more are no test.
    #[error("the error probabilities must satisfy 0 < alpha, beta < 0.5, and {alpha} and {beta} do not")]
    Errors {
        /// The chance to reject what is good.
        alpha: Probability,
        /// The chance to promote what is bad.
        beta: Probability,
    },
}

#[cfg(test)]
pub(crate) mod tables;
