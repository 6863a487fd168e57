//! The data plane: what the control plane has recorded, done for real.
//!
//! Tasks are processes, load balancers are proxies, and security groups are judged on each new connection. The
//! [`driver`] goes round: it tells the world what the parts have seen ([`Facts`]), lets the world's time pass, takes from
//! the world what there should be, and hands that to the parts, each of which makes it so. No part sees the tables but
//! in its own `wanted`, and no handler sees a process but through [`Facts`].
//!
//! Without a data plane ([`crate::Config::plane`]) tasks and targets become ready by time.

mod addresses;
pub(crate) mod balancer;
mod driver;
mod facts;
pub(crate) mod faults;
pub(crate) mod network;
mod settings;
pub(crate) mod tasks;

pub(crate) use addresses::Addresses;
pub(crate) use driver::Plane;
pub(crate) use facts::Facts;
pub use settings::{ImageProgram, PlaneSettings, SecretValues, SeedImage};
