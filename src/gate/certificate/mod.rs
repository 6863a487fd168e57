//! What a run of the prober proves, as a document that anyone can recompute from the log.
//!
//! `tally` counts, `waves` gives the verdicts again, `gaps` finds the longest silence, `checks` looks for entries that
//! contradict each other or the schedule.

mod checks;
mod compare;
mod document;
mod gaps;
mod reading;
mod tally;
mod verify;
mod waves;

pub use document::{
    Bounds, Certificate, FORMAT, Gaps, Limits, LogDigest, Method, Percentiles, StreamClaim, VERSION, WaveClaim,
};
pub use reading::CertificateError;
pub use verify::{Finding, verify};

#[cfg(test)]
mod tests;
