//! The network: EC2's half of the kinds.

mod vpc;

pub use vpc::{Vpc, VpcOutputs, VpcRefs};

#[cfg(feature = "live")]
mod live;
