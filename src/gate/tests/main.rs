//! The prober against real servers on loopback.
#![allow(missing_docs, clippy::unwrap_used)]

mod answers;
mod connections;
mod log;
mod loops;
mod outage;
mod secure;
mod streams;
mod support;
mod trial;
