//! Where load balancers are reached on this machine, for people and for programs.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

/// Where a load balancer is reached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EndpointFact {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) dns_name: String,
    pub(crate) region: String,
    pub(crate) listeners: Vec<ListenerFact>,
    pub(crate) nodes: Vec<NodeFact>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ListenerFact {
    pub(crate) port: u16,
    /// `HTTP` or `HTTPS`.
    pub(crate) protocol: String,
    /// Through the load balancer's name; absent if no port could be had for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// Where its nodes listen for it, those of lost zones among them.
    pub(crate) addresses: Vec<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct NodeFact {
    pub(crate) zone: String,
    /// Whether the zone is lost.
    pub(crate) lost: bool,
    pub(crate) address: Option<IpAddr>,
    /// One for each listener that is open.
    pub(crate) urls: Vec<String>,
    pub(crate) problems: Vec<String>,
}
