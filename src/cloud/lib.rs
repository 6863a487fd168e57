//! A local AWS endpoint on loopback.
//!
//! [`Server`] answers the AWS CLI, the SDKs and Terraform as AWS would for the services in its table
//! of services; the README beside this file says what is modelled, what is only accepted and what is refused.
//!
//! A request goes through `server` (HTTP), `wire` (protocols), `dispatch` (one transaction on the
//! `world`) and one handler in a service's folder.

mod admin;
mod config;
mod context;
mod dispatch;
mod endpoint;
mod faults;
mod ids;
mod latency;
mod operation;
mod paging;
mod plane;
mod server;
mod services;
mod storage;
mod table;
mod tags;
#[cfg(test)]
mod testing;
mod validate;
mod wire;
mod world;

mod cloudwatch;
mod ec2;
mod ecr;
mod ecs;
mod elbv2;
mod iam;
mod logs;
mod sts;

pub use config::{Access, AccessLog, Config, ConfigError, NoticeLog};
pub use latency::Latency;
pub use plane::{ImageProgram, PlaneSettings, SecretValues, SeedImage};
pub use server::{RunError, Server, StartError};
pub use services::{Unmodelled, unmodelled};
pub use storage::StorageError;
