//! Why a path does not serve, or would not for long.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is wrong with a path in one state. It stands in the plan document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The load balancer is not there.
    LoadBalancer,
    /// Clients do not reach the load balancer.
    Entrance(Lack),
    /// Nothing listens at the port.
    Listener(u16),
    /// Requests go by a rule that is not theirs, neither before the plan nor after it.
    Misrouted(String),
    /// The load balancer answers itself, or no group has a weight.
    Answered(String),
    /// A group with a weight is not there.
    Group(String),
    /// A group with a weight has no healthy target.
    Empty {
        /// The group.
        group: String,
        /// Why, for the service that has or had targets in it.
        why: Lack,
    },
    /// Too few targets are healthy.
    Few {
        /// How many are.
        healthy: u32,
        /// How many must be.
        needed: u32,
    },
    /// It serves, but a task that ends is not replaced.
    NotReplaced {
        /// The service.
        service: String,
        /// What is missing.
        lack: Lack,
    },
    /// A target that is taken out does not get the time to finish its requests.
    Drain {
        /// The group.
        group: String,
        /// What it gets, in seconds.
        delay: u32,
        /// What it takes, in seconds.
        needed: u32,
    },
    /// It cannot be told.
    Unknown(String),
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// A service.
    Service(String),
    /// Tasks: a deployment of the service may stop all of them.
    Tasks(String),
    /// The registration of a service in the group.
    Registration(String),
    /// A passage through security groups.
    Passage {
        /// The groups that do not let it through.
        groups: String,
        /// Whether it is the way in.
        direction: bool,
        /// The port.
        port: u16,
    },
    /// A subnet.
    Subnet(String),
    /// A route of a subnet to the internet.
    Route(String),
    /// A public address for what stands in a subnet whose route takes nothing else.
    PublicAddress(String),
    /// A way out for tasks, by which images are pulled.
    Egress,
    /// A task definition.
    Task(String),
    /// A role.
    Role(String),
    /// What a role may do.
    Grant(String),
    /// A log group.
    LogGroup(String),
    /// A secret.
    Secret(String),
    /// A repository.
    Images(String),
    /// It cannot be told.
    Unknown(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoadBalancer => f.write_str("the load balancer is not there"),
            Self::Entrance(lack) => write!(f, "clients do not reach the load balancer: {lack}"),
            Self::Listener(port) => write!(f, "nothing listens at port {port}"),
            Self::Misrouted(rule) => write!(f, "{rule} takes requests that are not meant for it"),
            Self::Answered(by) => write!(f, "{by} sends requests to no target"),
            Self::Group(group) => write!(f, "{group} gets requests and is not there"),
            Self::Empty { group, why } => write!(f, "{group} gets requests and has no healthy target: {why}"),
            Self::Few { healthy, needed } => write!(f, "{healthy} of {needed} needed targets are healthy"),
            Self::NotReplaced { service, lack } => write!(f, "a task of {service} that ends is not replaced: {lack}"),
            Self::Drain { group, delay, needed } => {
                write!(f, "{group} gives a target {delay} s to finish its requests, and {needed} s are needed")
            }
            Self::Unknown(what) => write!(f, "it is not known {what}"),
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(service) => write!(f, "{service} is not there"),
            Self::Tasks(service) => write!(f, "a deployment of {service} may stop all its tasks"),
            Self::Registration(service) if service.is_empty() => f.write_str("no service is registered with it"),
            Self::Registration(service) => write!(f, "{service} is not registered with it any more"),
            Self::Passage { groups, direction: true, port } => {
                write!(f, "{groups} does not let connections to port {port} in")
            }
            Self::Passage { groups, direction: false, port } => {
                write!(f, "{groups} does not let connections to port {port} out")
            }
            Self::Subnet(subnet) => write!(f, "{subnet} is not there"),
            Self::Route(subnet) => write!(f, "{subnet} has no route to the internet"),
            Self::PublicAddress(subnet) => {
                write!(
                    f,
                    "the internet gateway of {subnet} takes only what has a public address, and its tasks have none"
                )
            }
            Self::Egress => f.write_str("its security groups do not let HTTPS out"),
            Self::Task(task) => write!(f, "{task} is not there"),
            Self::Role(role) => write!(f, "{role} is not there"),
            Self::Grant(role) => write!(f, "{role} may not do what it may before and after"),
            Self::LogGroup(group) => write!(f, "{group} is not there"),
            Self::Secret(secret) => write!(f, "{secret} is not there"),
            Self::Images(repository) => write!(f, "{repository} is not there"),
            Self::Unknown(what) => f.write_str(what),
        }
    }
}
