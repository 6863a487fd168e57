//! Network, Registry, Traffic, Cluster and Service: typed building blocks with good defaults.
//!
//! A module is a builder. Its constructor takes what it cannot do without, its methods change the defaults, and
//! `build` declares the resources in a stack and returns the references that the next module takes:
//!
//! ```
//! use rust_stack_modules::{Cluster, ImageIdentifier, Nat, Network, Region, Registry, Service, Traffic};
//! use model::{Port, Stack};
//!
//! # fn main() -> Result<(), model::InvalidValue> {
//! const PORT: Port = Port::new(8080);
//! let mut stack = Stack::new("dev");
//! let network = Network::new("main", &Region::new("us-east-1")?, "10.0.0.0/16".parse()?)
//!     .nat(Nat::Single)
//!     .build(&mut stack);
//! let images = Registry::new("app").build(&mut stack);
//! let traffic = Traffic::new("web", &network).port(PORT).health("/health").build(&mut stack);
//! let cluster = Cluster::new("main").build(&mut stack);
//! Service::new("web", &cluster, &network, &traffic)
//!     .image(images.image(&ImageIdentifier::new("v1")?))
//!     .build(&mut stack);
//! stack.output("url", traffic.url("/"));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing fails: what is wrong is collected in the stack, with the line of the stack program that called `build`.

mod cluster;
mod image;
mod network;
mod region;
mod registry;
mod rollout;
mod service;
mod traffic;

pub use aws;
pub use cluster::{Cluster, ClusterRefs};
pub use image::{Image, ImageIdentifier};
pub use network::{Nat, Network, NetworkRefs};
pub use region::Region;
pub use registry::{Registry, RegistryRefs};
pub use rollout::Rollout;
pub use service::{NoImage, Service, ServiceRefs};
pub use traffic::{Https, Traffic, TrafficPath, TrafficRefs};
