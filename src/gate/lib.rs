//! Measures the availability of a service with real requests, and decides fast whether a change may go on.
//!
//! The crate is usable alone and knows nothing of what is being changed. It has four parts:
//!
//! | part | what it is | I/O |
//! |---|---|---|
//! | [`statistics`] | bounds, sequential tests, the gap claim, latency percentiles | none |
//! | [`probe`] | the open-loop prober and its log of [`Entry`](probe::Entry)s | sockets, one file |
//! | [`verdict`] | healthy, bad or inconclusive, wave by wave: a state machine over entries | none |
//! | [`certificate`] | what was proven, and how to recompute it from the log | none |
//!
//! # How the parts fit together
//!
//! The [`Prober`](probe::Prober) makes one sequence of [`Entry`](probe::Entry)s: probes, provisional failures, marks.
//! The log file, each subscriber and so the [`Judge`](verdict::Judge) see the same entries in the same order, which is
//! why a [`Certificate`](certificate::Certificate) can be recomputed from the log, verdicts included.
//!
//! ```no_run
//! use gate::probe::{Entry, Identity, Prober, Settings, Target};
//! use gate::verdict::{Baseline, Judge, Policy, Signal};
//! # use rust_stack_gate as gate;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let target = Target::new("http://127.0.0.1:8080/")?.identity(Identity::body(["v1"]));
//! let prober = Prober::start(Settings::new(target).log("probes.jsonl")).await?;
//! let mut entries = prober.subscribe();
//!
//! // Before the change: what is normal here?
//! let mut baseline = Baseline::new(&Policy::default());
//! while !baseline.is_complete() {
//!     baseline.observe(&*entries.next().await?);
//! }
//! let mut judge = Judge::new(baseline.thresholds(3)?);
//! prober.judge(judge.thresholds());
//!
//! // Each wave: change something, then go on when it is promoted and back when it is bad.
//! prober.identity(gate::probe::Role::Main, Identity::body(["v1", "v2"]));
//! prober.wave_started("shift 1 %");
//! 'wave: loop {
//!     for signal in judge.observe(&*entries.next().await?) {
//!         match signal {
//!             Signal::Halted(alarm) => eprintln!("start nothing more: {alarm}"),
//!             Signal::Verdict { wave: Some(wave), verdict } => {
//!                 prober.wave_ended(&wave, verdict);
//!                 break 'wave;
//!             }
//!             Signal::Verdict { wave: None, .. } => {}
//!         }
//!     }
//! }
//! prober.stop().await?;
//! # Ok(()) }
//! ```
//!
//! A certificate is then `Certificate::from_log(log, &Method::default())`, and `verify(&certificate, log)` lists
//! everything in it that the log does not bear out.

pub mod certificate;
mod micros;
pub mod probe;
pub mod statistics;
pub mod verdict;
