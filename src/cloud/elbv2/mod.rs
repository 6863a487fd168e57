//! Elastic Load Balancing.

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

tables! {
    /// What Elastic Load Balancing keeps in one region.
    Tables {}
}

/// How Elastic Load Balancing is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "elbv2",
    signing_name: "elasticloadbalancing",
    protocol: Protocol::Query {
        version: "2015-12-01",
        namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {}
