//! The engine: plans the difference between what a stack wants and what exists, and applies it.
//!
//! It knows no AWS: kinds of resources come to it through [`provider::Kind`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod fault;
pub mod provider;

pub use fault::{Fault, Result};
