//! Servers that speak like AWS, and clients of them.

mod connection;
mod local_cloud;
mod moto;

pub(crate) use connection::connect;
pub(crate) use local_cloud::LocalCloud;
pub(crate) use moto::Moto;
