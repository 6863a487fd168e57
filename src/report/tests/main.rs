//! The reports about made-up applies: what is in them, and what a browser makes of them.

#![allow(clippy::print_stderr, clippy::unwrap_used, missing_docs)]

mod browser;
mod content;
mod fixture;
mod gaps;
