//! Facts of kinds that do not exist yet, and others to begin from.

use model::serving::{Node, Service, Strategy};
use std::collections::BTreeSet;

/// A service of two tasks that deploys by starting new ones first.
pub(in crate::serve) fn service() -> Service {
    Service {
        task: Node::new("task"),
        desired: Some(2),
        minimum_percent: 100,
        maximum_percent: 200,
        subnets: BTreeSet::new(),
        public: false,
        security_groups: BTreeSet::new(),
        registrations: BTreeSet::new(),
        grace: Some(60),
        stops_failing: true,
        strategy: Strategy::Rolling,
        revision: String::new(),
        early_success: false,
        namespace: None,
        alarms: BTreeSet::new(),
        machines_drain: None,
    }
}
