//! The failure modes F1 to F37 that a data plane can show: each test makes a change in the order that loses requests and
//! sees them lost, and in the order that loses none. Requests are counted by their ids at the client, at the load
//! balancer and at the tasks. Which mode is where stands in the README, "Failure modes".

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "the counts are shown with --nocapture")]

#[allow(dead_code, reason = "it is shared with other tests")]
#[path = "../client/mod.rs"]
mod client;
mod support;

mod draining;
mod groups;
mod hidden;
mod listeners;
mod places;
mod replacing;
mod rolling;
mod security;
