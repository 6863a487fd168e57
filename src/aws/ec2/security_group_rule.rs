//! What the ingress and egress rules of security groups have in common.

#[cfg(feature = "live")]
pub(super) mod live;

use super::description;
use model::{
    Cidr, In, Port, Problem, SecurityGroupId,
    serving::{self, Direction, Fact, Passage, Ports},
};
use serde::{Deserialize, Serialize};

/// The protocol of a security group rule and, where it has any, its ports.
///
/// AWS: EC2 API Reference, IpPermission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IpProtocol {
    /// Every protocol and port (`-1`).
    All,
    /// TCP to the ports from the first to the last.
    Tcp {
        /// The first port.
        from_port: Port,
        /// The last port.
        to_port: Port,
    },
    /// UDP to the ports from the first to the last.
    Udp {
        /// The first port.
        from_port: Port,
        /// The last port.
        to_port: Port,
    },
    /// Something else that somebody has made of the rule, in EC2's words (`icmp 8 to -1`): read, never declared.
    Other(String),
}

/// The other end of the connections that a security group rule lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// A block of addresses.
    CidrIpv4(Cidr),
    /// Whatever bears a security group, by its private address.
    SecurityGroup(In<SecurityGroupId>),
    /// An IPv6 block or a prefix list that somebody has put in its place: read, never declared.
    Other(String),
}

impl IpProtocol {
    /// TCP to one port.
    pub const fn tcp(port: Port) -> Self {
        Self::Tcp { from_port: port, to_port: port }
    }

    /// UDP to one port.
    pub const fn udp(port: Port) -> Self {
        Self::Udp { from_port: port, to_port: port }
    }
}

impl Peer {
    /// Every IPv4 address.
    pub const ANYWHERE: Self = Self::CidrIpv4(Cidr::ANYWHERE);
}

impl From<Cidr> for Peer {
    fn from(cidr: Cidr) -> Self {
        Self::CidrIpv4(cidr)
    }
}

impl From<In<SecurityGroupId>> for Peer {
    fn from(group: In<SecurityGroupId>) -> Self {
        Self::SecurityGroup(group)
    }
}

/// A rule without its direction.
pub(super) struct Rule {
    pub(super) security_group: In<SecurityGroupId>,
    pub(super) ip_protocol: IpProtocol,
    pub(super) peer: Peer,
    pub(super) description: Option<String>,
}

impl Rule {
    pub(super) fn facts(&self, direction: Direction) -> Vec<Fact> {
        let ports = match &self.ip_protocol {
            IpProtocol::All => Ports::All,
            IpProtocol::Tcp { from_port, to_port } => Ports::Range(from_port.get(), to_port.get()),
            IpProtocol::Udp { .. } | IpProtocol::Other(_) => Ports::None,
        };
        let peer = match &self.peer {
            Peer::CidrIpv4(block) => serving::Peer::Cidr(*block),
            Peer::SecurityGroup(group) => serving::Peer::SecurityGroup(group.into()),
            Peer::Other(text) => serving::Peer::Opaque(text.clone()),
        };
        vec![Fact::Passage(Passage { security_group: (&self.security_group).into(), direction, peer, ports })]
    }

    /// The problems of a rule whose peer stands in the field `peer`.
    pub(super) fn problems(&self, peer: &str) -> Vec<Problem> {
        let protocol = match &self.ip_protocol {
            IpProtocol::Tcp { from_port, to_port } | IpProtocol::Udp { from_port, to_port } if from_port > to_port => {
                Some(format!("the first port, {from_port}, comes after the last, {to_port}"))
            }
            IpProtocol::Other(_) => Some("a rule is for all protocols, for TCP or for UDP".to_owned()),
            _ => None,
        };
        let peer = matches!(self.peer, Peer::Other(_))
            .then(|| Problem::new(peer, "a rule names an IPv4 block or a security group"));
        let description = self.description.as_deref().and_then(description::problem);
        protocol
            .map(|message| Problem::new("ip_protocol", message))
            .into_iter()
            .chain(peer)
            .chain(description)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_rules_are_refused() {
        let problems = |ip_protocol, peer, description: Option<&str>| {
            let security_group = SecurityGroupId::new("sg-1").into();
            let rule = Rule { security_group, ip_protocol, peer, description: description.map(ToOwned::to_owned) };
            rule.problems("source").into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        let backwards = IpProtocol::Tcp { from_port: Port::new(2), to_port: Port::new(1) };
        assert!(problems(IpProtocol::tcp(Port::new(80)), Peer::ANYWHERE, Some("web")).is_empty());
        assert_eq!(problems(backwards, Peer::Other("pl-1".to_owned()), None), ["ip_protocol", "source"]);
        assert_eq!(problems(IpProtocol::All, Peer::ANYWHERE, Some("it's")), ["description"]);
    }
}
