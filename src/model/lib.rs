//! The vocabulary of rust-stack: what a stack, a resource, a reference and a typed value are.
//!
//! Pure data: this crate does no I/O, knows no clock and reads no environment. A stack program builds a
//! [`Stack`] and prints its [`Document`]; the engine reads that document. Nothing else passes between them.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
mod document;
mod ids;
mod reference;
mod resource;
mod rollout;
pub mod serving;
mod stack;
mod values;

pub use address::{Address, InvalidAddress};
pub use document::{Declaration, Document, FORMAT, Lifecycle, Moved, OutputValue, ReportedProblem, VERSION};
pub use ids::*;
pub use reference::{In, Part, Reference, Unresolved, references};
pub use resource::{
    Expand, Field, NoOutputs, NoRefs, OnChange, Outputs, Problem, Resource, Schema, Shift, undivided, union,
};
pub use rollout::Rollout;
pub use stack::{Options, Stack};
pub use values::{
    AccountId, Cidr, FargateSize, HttpMatcher, InvalidValue, LogRetention, Percent, Port, Priority, Seconds, Weight,
};
