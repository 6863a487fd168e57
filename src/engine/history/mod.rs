//! What every apply leaves behind, for people and for the next plan.
//!
//! The folder of a stack holds `history/<NNNN>/`, one folder for each apply, numbered from 1:
//!
//! | file | what it is | written |
//! |---|---|---|
//! | `record.json` | who, when, what for, how it ended: [`Record`] | at the begin, and anew at the end |
//! | `document.json` | the stack as it was wanted, so that a rollback can plan towards it | at the begin |
//! | `plan.json`, `plan.txt` | the plan, and what people saw of it | at the begin |
//! | `proof.json`, `proof.txt` | the proof of availability, and what people saw of it | at the begin |
//! | `events.jsonl` | what happened, one [`Line`] each | as it happens |
//! | `probes.jsonl`, `certificate.json` | the log of the probes and what they prove; the gate's own formats | by the gate |
//! | `probes-2.jsonl`, `certificate-2.json`, .. | the same of a second URL, and so on | by the gate |
//!
//! A folder appears at once and whole. [`History`] reads, a [`Recording`] writes. Nothing here is needed to go on after
//! a crash: that is the state's part. Secrets stand in none of these files, only their digests; see [`restore`].

mod event;
mod folder;
mod micros;
mod reading;
mod record;
mod recording;
mod retention;
mod secrets;
mod step;

#[cfg(test)]
mod tests;

pub use event::{HistoryEvent, Line, Part, Verdict};
pub use folder::{History, Paths};
pub use reading::{Applied, Summary};
pub use record::{Changes, Command, Ending, FORMAT, Outcome, Record, VERSION};
pub use recording::{Closing, Opening, Proof, Recording, Tee};
pub use retention::Retention;
pub use secrets::{Withheld, restore};
pub use step::PlannedStep;
