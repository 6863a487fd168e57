//! The tests of the whole, in one binary: the engine with the real kinds on the cloud in memory.

#![allow(missing_docs, clippy::print_stderr)]

mod crash_sweep;
mod rehearse;
mod script;
mod scripts;
mod simulation;
mod stack_program;
