//! The command-line tool as its users meet it: the binary, in a project folder of its own.

mod access;
mod cloud;
mod disk_full;
mod end_to_end;
mod faults;
mod history;
mod interrupts;
mod kills;
mod local_bad_input;
mod local_looks;
mod lock;
mod naive;
mod outside;
mod programs;
mod project;
mod replacements;
mod saved_plans;
mod state_files;
mod terminal;
mod variables;

use cloud::Cloud;
pub(crate) use cloud::signature;
use project::{Finished, Project};
