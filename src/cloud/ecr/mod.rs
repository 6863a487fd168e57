//! ECR.

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

tables! {
    /// What ECR keeps in one region.
    Tables {}
}

/// How ECR is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "ecr",
    signing_name: "ecr",
    protocol: Protocol::Json { target: "AmazonEC2ContainerRegistry_V20150921" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {}
