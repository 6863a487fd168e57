use super::Node;
use crate::Cidr;

/// Lets some connections through a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The group it belongs to.
    pub security_group: Node,
    /// In or out.
    pub direction: Direction,
    /// Who stands at the other end.
    pub peer: Peer,
    /// Where connections arrive.
    pub ports: Ports,
}

/// In or out of what bears the security group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Connections from the peer.
    Ingress,
    /// Connections to the peer.
    Egress,
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A block of addresses.
    Cidr(Cidr),
    /// Whatever bears this group.
    SecurityGroup(Node),
    /// Something these words cannot tell; it lets nobody through that counts.
    Opaque(String),
}

/// The ports of TCP connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// All of them.
    All,
    /// From the first to the last.
    Range(u16, u16),
    /// None: another protocol.
    None,
}

/// A range of addresses in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// The zone.
    pub zone: String,
    /// The addresses.
    pub cidr: Cidr,
}

/// Leads from a route table to somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The table.
    pub table: Node,
    /// The addresses it is for.
    pub destination: Cidr,
    /// Where it leads.
    pub target: Node,
    /// Whether it leads to the internet as it is, and so only takes what has a public address.
    pub direct: bool,
}

/// Where routes lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The subnet it stands in, if it is of a kind that stands in one and needs that one's routes.
    pub subnet: Option<Node>,
    /// The address under which those behind it are seen.
    pub address: Option<Node>,
}

impl Ports {
    /// Whether a connection to `port` gets through.
    pub fn contain(self, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Range(first, last) => (first..=last).contains(&port),
            Self::None => false,
        }
    }
}

impl Passage {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        let peer = match self.peer {
            Peer::SecurityGroup(group) => Peer::SecurityGroup(name(group)),
            other => other,
        };
        Self { security_group: name(self.security_group), peer, ..self }
    }
}

impl Route {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        Self { table: name(self.table), target: name(self.target), ..self }
    }
}

impl Gateway {
    pub(super) fn renamed(self, name: &impl Fn(Node) -> Node) -> Self {
        Self { subnet: self.subnet.map(name), address: self.address.map(name) }
    }
}
