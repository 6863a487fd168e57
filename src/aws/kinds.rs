use crate::{ec2, live::Aws};
use engine::provider::Entry;

/// Every kind the engine can own, in the order of the folders.
pub const KINDS: &[Entry<Aws>] = &[Entry::of::<ec2::Vpc>()];
