//! EC2.

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

tables! {
    /// What EC2 keeps in one region.
    Tables {}
}

/// How EC2 is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "ec2",
    signing_name: "ec2",
    protocol: Protocol::Ec2 { version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {}
