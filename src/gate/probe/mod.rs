//! The open-loop prober: real requests at times that were set beforehand, each on its own, none sent twice.
//!
//! `schedule` says when, `stream` how, `exchange` carries one probe out over `dial` and `pool`, `classify` judges what
//! came of it, `journal` puts everything into one sequence of [`Entry`]s.

mod classify;
mod control;
mod dial;
mod entry;
mod exchange;
mod failure;
mod identity;
mod journal;
mod log;
mod pool;
mod prober;
mod record;
mod run;
mod schedule;
mod sender;
mod settings;
mod sticky;
mod stream;
mod target;
mod tls;

pub use entry::{Census, Entry, FORMAT, Header, VERSION};
pub use failure::{Failure, Missed, Outcome};
pub use identity::{Identity, Place};
pub use journal::{Subscription, SubscriptionEnded};
pub use log::{LogError, read};
pub use prober::{Prober, StartError};
pub use record::{Connection, Record};
pub use schedule::Schedule;
pub use settings::{LongRequest, Settings};
pub use stream::{Stream, StreamPlan, standard};
pub use target::{BadTarget, Role, Target};
pub use tls::TlsSetupError;

/// Carries the id of the prober's run; marks a request as a probe, for those who leave probes out of business figures.
pub const PROBE_HEADER: &str = "x-rust-stack-probe";

/// Carries the id of one probe, the same that [`Record::request_id`] tells.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
