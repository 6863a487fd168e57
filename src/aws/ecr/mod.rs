//! Container images.

mod lifecycle;
mod repository;

pub use lifecycle::{
    CountType, CountUnit, LifecycleAction, LifecyclePolicy, LifecycleRule, LifecycleSelection, StorageClass, TagStatus,
};
pub use repository::{Encryption, ImageTagMutability, Repository, RepositoryOutputs, RepositoryRefs};
