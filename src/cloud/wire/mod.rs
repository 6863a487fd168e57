//! The wire: AWS's protocols in, AWS's protocols out.
//!
//! Between the two, every request and every reply is a tree of [`serde_json::Value`], so that one reader serves the
//! typed inputs of all protocols and one writer their outputs.

pub(crate) mod cbor;
mod credential;
mod error;
mod input;
mod query;
mod reply;
mod request;
mod time;
mod xml;

pub(crate) use error::ApiError;
pub(crate) use input::read_input;
#[cfg(test)]
pub(crate) use query::tree;
pub(crate) use reply::{Reply, failure, success};
pub(crate) use request::{Incoming, Refusal, parse};
pub(crate) use time::{Epoch, Iso};
