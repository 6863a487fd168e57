use super::{Node, renamed};
use std::collections::{BTreeMap, BTreeSet};

/// Takes connections from clients, on a node in each of its subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Where its nodes stand.
    pub subnets: BTreeSet<Node>,
    /// What it accepts and may send.
    pub security_groups: BTreeSet<Node>,
    /// How long it keeps an idle connection, in seconds; `None` when that is not managed.
    pub idle_timeout: Option<u32>,
    /// Whether clients come from the internet.
    pub public: bool,
}

/// A port of a load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The load balancer.
    pub load_balancer: Node,
    /// The port.
    pub port: u16,
    /// How clients speak.
    pub protocol: String,
    /// The certificate it shows.
    pub certificate: Option<Node>,
    /// What becomes of requests that no rule takes.
    pub action: Action,
}

/// Takes the requests of a listener that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The listener.
    pub listener: Node,
    /// Its place; the lowest is judged first.
    pub priority: u32,
    /// What a request must be: all of these.
    pub conditions: BTreeSet<Match>,
    /// What becomes of the request.
    pub action: Action,
}

/// A condition: one property of a request, and patterns of which one must fit. `*` stands for any text and `?` for any
/// character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// A property, such as `host-header` or `path-pattern`, and its patterns.
    Patterns {
        /// The property.
        property: String,
        /// The patterns.
        patterns: BTreeSet<String>,
    },
    /// Something these words cannot tell; it may take any request.
    Opaque(String),
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A target of one of these groups answers, by weight.
    Forward {
        /// The groups and their weights.
        groups: BTreeMap<Node, u16>,
        /// For how many seconds a client stays with a group, whatever its weight.
        sticky: Option<u32>,
    },
    /// The load balancer answers itself, or sends the client elsewhere.
    Answer,
    /// Something these words cannot tell.
    Opaque(String),
}

/// Targets that serve the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// How long a target that is taken out may finish its requests, in seconds; `None` when not managed.
    pub deregistration_delay: Option<u32>,
    /// The time between two checks, in seconds.
    pub check_interval: u32,
    /// How many good checks make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// How many failed checks make a target unhealthy.
    pub unhealthy_threshold: u32,
    /// For how many seconds a client stays with a target.
    pub sticky: Option<u32>,
    /// For how many seconds the share of a new target rises; `None`: it gets the full share at once.
    pub slow_start: Option<u32>,
}

impl Action {
    /// The groups it may send requests to.
    pub fn groups(&self) -> impl Iterator<Item = &Node> {
        let groups = match self {
            Self::Forward { groups, .. } => Some(groups.keys()),
            Self::Answer | Self::Opaque(_) => None,
        };
        groups.into_iter().flatten()
    }

    fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        match self {
            Self::Forward { groups, sticky } => {
                let groups = groups.into_iter().map(|(group, weight)| (name(group), weight)).collect();
                Self::Forward { groups, sticky }
            }
            other => other,
        }
    }
}

impl LoadBalancer {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        let (subnets, security_groups) = (renamed(self.subnets, name), renamed(self.security_groups, name));
        Self { subnets, security_groups, ..self }
    }
}

impl Listener {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        let (load_balancer, certificate) = (name(self.load_balancer), self.certificate.map(name));
        Self { load_balancer, certificate, action: self.action.renamed(name), ..self }
    }
}

impl Rule {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        Self { listener: name(self.listener), action: self.action.renamed(name), ..self }
    }
}
