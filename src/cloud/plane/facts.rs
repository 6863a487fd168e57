//! What the data plane has seen: the only way from it back to the handlers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::balancer::TargetFact;
use super::balancer::census::Census;
use super::balancer::certificates::Authority;
use super::balancer::endpoints::EndpointFact;
use super::balancer::metrics::Metrics;
use super::tasks::TaskFact;

/// What is known of running things. It is never stored: it ends with the processes.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Tasks by their ARN. A task that is missing has no process.
    pub(crate) tasks: BTreeMap<String, TaskFact>,
    /// Targets by their key in their table. A target that is missing has not been checked.
    pub(crate) targets: BTreeMap<String, TargetFact>,
    /// The names of the availability zones that are lost.
    pub(crate) lost_zones: BTreeSet<String>,
    /// Where the nodes of load balancers are on this machine, by the ids of their network interfaces.
    pub(crate) nodes: BTreeMap<String, IpAddr>,
    /// Where load balancers are reached.
    pub(crate) endpoints: Vec<EndpointFact>,
    /// What they have counted.
    pub(crate) metrics: Option<Arc<Metrics>>,
    /// Which requests they have seen.
    pub(crate) census: Option<Arc<Census>>,
    /// Who signs their certificates.
    pub(crate) authority: Option<Arc<Authority>>,
}
