//! What security groups let through.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use ipnet::Ipv4Net;

/// The rules of a security group for TCP over IPv4. A connection that one rule lets through is let through.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) ingress: Vec<Rule>,
    pub(super) egress: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) ports: RangeInclusive<u16>,
    pub(super) peers: Peers,
}

/// Who may be at the other end.
#[derive(Debug, Clone)]
pub(super) enum Peers {
    /// Whoever has an address in one of these.
    Blocks(Vec<Ipv4Net>),
    /// The interfaces with this security group, by their private addresses.
    Group(String),
}

/// The other end of a connection, as a rule sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remote<'a> {
    pub(super) address: Ipv4Addr,
    /// The security groups that it has; none outside the VPC.
    pub(super) groups: &'a [String],
}

impl Rule {
    pub(super) fn admits(&self, remote: Remote<'_>, port: u16) -> bool {
        self.ports.contains(&port)
            && match &self.peers {
                Peers::Blocks(blocks) => blocks.iter().any(|block| block.contains(&remote.address)),
                Peers::Group(group) => remote.groups.contains(group),
            }
    }
}
