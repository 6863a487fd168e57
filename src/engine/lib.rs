//! The engine: plans the difference between what a stack wants and what exists, and applies it.
//!
//! It knows no AWS: kinds of resources come to it through [`provider::Kind`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod apply;
pub mod check;
pub mod estimate;
pub mod fake;
mod fault;
pub mod history;
pub mod plan;
pub mod provider;
pub mod refresh;
pub mod render;
pub mod secret;
pub mod serve;
pub mod state;

pub use fault::{Fault, Result};
