//! Where routes lead.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// A route of a subnet.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) destination: Ipv4Net,
    pub(super) hop: Hop,
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hop {
    /// Within the VPC.
    Local,
    /// Into the internet.
    InternetGateway,
    /// To a NAT gateway that is available, by the id of its interface.
    NatGateway(String),
    /// Nowhere: says what stands in the way.
    Nowhere(String),
}

/// Where packets to `address` go: the route with the longest prefix decides.
///
/// AWS: Amazon VPC User Guide, "Route priority".
pub(super) fn hop(routes: &[Route], address: Ipv4Addr) -> Option<&Hop> {
    let matching = routes.iter().filter(|route| route.destination.contains(&address));
    matching.max_by_key(|route| route.destination.prefix_len()).map(|route| &route.hop)
}
