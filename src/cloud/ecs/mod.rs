//! ECS.

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

tables! {
    /// What ECS keeps in one region.
    Tables {}
}

/// How ECS is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "ecs",
    signing_name: "ecs",
    protocol: Protocol::Json { target: "AmazonEC2ContainerServiceV20141113" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {}
