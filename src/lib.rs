//! The library that stack programs depend on.
//!
//! A stack program is a small program that describes environments and prints the resource graph of one of them; the
//! command-line tool builds and runs it, and does the rest. It needs neither an AWS SDK nor the engine:
//!
//! ```toml
//! rust-stack = { version = "0.1", default-features = false }
//! serde = { version = "1", features = ["derive"] }
//! ```
//!
//! ```no_run
//! use rust_stack::prelude::*;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Variables {
//!     region: Region,
//!     cidr: Cidr,
//! }
//!
//! fn main() -> ExitCode {
//!     rust_stack::run(stack)
//! }
//!
//! fn stack(name: &str, variables: &Variables) -> Stack {
//!     let mut stack = Stack::new(name);
//!     Network::new("main", &variables.region, variables.cidr).build(&mut stack);
//!     stack
//! }
//! ```

mod stack_program;

pub use model;
pub use modules::{self, aws};
pub use stack_program::{Diagnostic, Failure, run};

/// What a stack program needs: `use rust_stack::prelude::*`.
///
/// The modules stand in it by their names, the resource kinds under theirs: `aws::ecs::Service`.
pub mod prelude {
    pub use crate::aws;
    pub use model::{
        Address, CertificateArn, Cidr, FargateSize, In, LogRetention, Options, Percent, Port, Priority, Problem,
        Seconds, SecretArn, Stack, Weight, join, serving::Probe,
    };
    pub use modules::{
        Cluster, ClusterRefs, Https, Image, ImageIdentifier, Nat, Network, NetworkRefs, Region, Registry, RegistryRefs,
        Rollout, Service, ServiceRefs, Traffic, TrafficPath, TrafficRefs,
    };
    pub use serde::{Deserialize, Serialize};
    pub use std::process::ExitCode;
}
