//! Servers that speak like AWS, clients of them, and stacks that live there.

mod connection;
mod environment;
mod local_cloud;
mod moto;

pub(crate) use connection::connect;
pub(crate) use environment::{Environment, complete};
pub(crate) use local_cloud::LocalCloud;
pub(crate) use moto::Moto;
