//! What an object does for the requests that a stack serves, in words that no cloud owns.
//!
//! A kind says it in one function (`#[resource(serving)]` and `fn facts(&self) -> Vec<Fact>`), for recorded, observed
//! and planned inputs alike. The engine puts the facts of all objects together to one graph, from a listener down to
//! the tasks, and proves on it that a plan keeps every path complete. What a kind cannot say in these words it says as
//! something opaque (an [`Action::Opaque`], a [`Peer::Opaque`]): that proves nothing, and is never taken for safe.

mod network;
mod node;
mod probe;
mod service;
mod traffic;

pub use network::{Direction, Gateway, Passage, Peer, Ports, Route, Subnet};
pub use node::Node;
pub use probe::Probe;
pub use service::{Registration, Scaling, Service, Strategy, Task};
pub use traffic::{Action, Listener, LoadBalancer, Match, Rule, TargetGroup};

use crate::Resource;
use serde_json::Value;
use std::collections::BTreeSet;

/// One thing that an object does for serving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It takes connections from clients.
    LoadBalancer(LoadBalancer),
    /// It is a port of a load balancer.
    Listener(Listener),
    /// It sends some of a listener's requests somewhere.
    Rule(Rule),
    /// It is a set of targets.
    TargetGroup(TargetGroup),
    /// It keeps tasks running and registered.
    Service(Service),
    /// It is what a task consists of.
    Task(Task),
    /// It decides which connections get through, by its passages.
    SecurityGroup {
        /// Whether it lets everything out.
        open_egress: bool,
    },
    /// It lets some connections through a security group.
    Passage(Passage),
    /// It is a range of addresses in one zone.
    Subnet(Subnet),
    /// It leads from a route table to somewhere.
    Route(Route),
    /// It gives a subnet its route table.
    Association {
        /// The subnet.
        subnet: Node,
        /// The route table.
        table: Node,
    },
    /// It is where routes lead to.
    Gateway(Gateway),
    /// It lets a role do something.
    Permission {
        /// The role.
        role: Node,
        /// What it allows, one text for each statement.
        grants: BTreeSet<String>,
    },
    /// It lets another writer decide how many tasks run.
    Scaling(Scaling),
    /// It watches a deployment, which is rolled back when it is in alarm.
    Alarm {
        /// Whether it could be in alarm or without data right now.
        quiet: bool,
    },
}

impl Fact {
    /// Every other object that the fact speaks of.
    pub fn nodes(&self) -> Vec<&Node> {
        let mut found = Vec::new();
        match self {
            Self::LoadBalancer(it) => found.extend(it.subnets.iter().chain(&it.security_groups)),
            Self::Listener(it) => {
                found.extend([&it.load_balancer].into_iter().chain(&it.certificate).chain(it.action.groups()));
            }
            Self::Rule(it) => found.extend([&it.listener].into_iter().chain(it.action.groups())),
            Self::TargetGroup(_) | Self::SecurityGroup { .. } | Self::Subnet(_) | Self::Alarm { .. } => (),
            Self::Service(it) => {
                found.push(&it.task);
                found.extend(it.subnets.iter().chain(&it.security_groups).chain(&it.alarms).chain(&it.namespace));
                found.extend(it.registrations.iter().map(|registration| &registration.target_group));
            }
            Self::Task(it) => found.extend(it.needs()),
            Self::Passage(it) => {
                found.push(&it.security_group);
                if let Peer::SecurityGroup(group) = &it.peer {
                    found.push(group);
                }
            }
            Self::Route(it) => found.extend([&it.table, &it.target]),
            Self::Association { subnet, table } => found.extend([subnet, table]),
            Self::Gateway(it) => found.extend(it.subnet.iter().chain(&it.address)),
            Self::Permission { role, .. } => found.push(role),
            Self::Scaling(it) => found.push(&it.service),
        }
        found
    }

    /// The same fact, its nodes renamed.
    #[must_use]
    pub fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        match self {
            Self::LoadBalancer(it) => Self::LoadBalancer(it.renamed(name)),
            Self::Listener(it) => Self::Listener(it.renamed(name)),
            Self::Rule(it) => Self::Rule(it.renamed(name)),
            Self::Service(it) => Self::Service(it.renamed(name)),
            Self::Task(it) => Self::Task(it.renamed(name)),
            Self::Passage(it) => Self::Passage(it.renamed(name)),
            Self::Route(it) => Self::Route(it.renamed(name)),
            Self::Association { subnet, table } => Self::Association { subnet: name(subnet), table: name(table) },
            Self::Gateway(it) => Self::Gateway(it.renamed(name)),
            Self::Permission { role, grants } => Self::Permission { role: name(role), grants },
            Self::Scaling(it) => Self::Scaling(Scaling { service: name(it.service), ..it }),
            Self::TargetGroup(_) | Self::SecurityGroup { .. } | Self::Subnet(_) | Self::Alarm { .. } => self,
        }
    }
}

/// How the facts of an object are read from its inputs; stands in [`Schema::serving`](crate::Schema::serving).
pub type Serving = fn(inputs: &Value) -> Result<Vec<Fact>, String>;

/// The [`Serving`] of a kind that says something: its inputs read as `R`.
///
/// # Errors
/// When the inputs are none of `R`; nothing is then known of the object.
pub fn facts<R: Resource>(inputs: &Value) -> Result<Vec<Fact>, String> {
    R::deserialize(inputs).map(|resource| resource.serving()).map_err(|error| error.to_string())
}

/// The [`Serving`] of a kind that does nothing for serving but exist.
///
/// # Errors
/// None.
pub fn nothing(_: &Value) -> Result<Vec<Fact>, String> {
    Ok(Vec::new())
}

/// Every one of a set, renamed.
fn renamed(nodes: BTreeSet<Node>, name: &impl Fn(Node) -> Node) -> BTreeSet<Node> {
    nodes.into_iter().map(name).collect()
}
