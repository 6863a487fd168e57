//! What is tested from outside the crates, in one program.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::print_stderr)]

mod app;
mod aws_cli;
mod calls;
mod cli;
mod conformance;
mod crash_sweep;
mod dependencies;
mod moto;
mod rehearse;
mod script;
mod scripts;
mod simulation;
mod stack_program;
mod support;
mod terraform;
