//! The way of a new connection: who may stop it, and why.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::acl;
use super::group::{Remote, Rule};
use super::route::{self, Hop};
use super::snapshot::{Interface, Subnet, Wanted};

/// An address that stands for the hosts of the internet that tasks talk to, of TEST-NET-1 (RFC 5737). A rule or a route
/// for less than the whole internet is not for it.
const INTERNET: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// The ways through the network of one region. Each is open, or says in one line why it is not.
#[derive(Clone, Copy)]
pub(super) struct Paths<'a> {
    pub(super) region: &'a Wanted,
    pub(super) lost_zones: &'a BTreeSet<String>,
}

/// No interface with this id exists.
pub(super) fn no_interface(id: &str) -> String {
    format!("there is no network interface {id}")
}

impl<'a> Paths<'a> {
    /// From a user in the internet to an interface.
    pub(super) fn of_client(self, client: Ipv4Addr, to: &str, port: u16) -> Result<(), String> {
        let to = self.interface(to)?;
        if !to.has_public_address {
            return Err(format!("{} has no public address, so that nobody in the internet reaches it", to.id));
        }
        match self.hop(to, client) {
            Some(Hop::InternetGateway) => (),
            Some(Hop::Nowhere(reason)) => return Err(format!("{} does not reach {client}: {reason}", to.subnet_id)),
            _ => return Err(format!("{} has no route to an internet gateway for {client}", to.subnet_id)),
        }
        let client = Remote { address: client, groups: &[] };
        self.enters(to, client.address, port, &acl::LINUX)?;
        self.comes_in(to, client, port)
    }

    /// From one interface to another.
    pub(super) fn between(self, from: &str, to: &str, port: u16) -> Result<(), String> {
        let (from, to) = (self.interface(from)?, self.interface(to)?);
        if from.id == to.id {
            return Ok(());
        }
        if from.vpc_id != to.vpc_id {
            return Err(format!("{} is in {} and {} in {}", from.id, from.vpc_id, to.id, to.vpc_id));
        }
        self.goes_out(from, to.remote(), port)?;
        for (here, there) in [(from, to), (to, from)] {
            if self.hop(here, there.address) != Some(&Hop::Local) {
                return Err(format!("{} has a route for {} that leads elsewhere", here.subnet_id, there.address));
            }
        }
        if from.subnet_id != to.subnet_id {
            self.leaves(from, to.address, port)?;
            self.enters(to, from.address, port, &from.ephemeral_ports)?;
        }
        self.comes_in(to, from.remote(), port)
    }

    /// From an interface into the internet.
    pub(super) fn to_internet(self, from: &str, port: u16) -> Result<(), String> {
        let from = self.interface(from)?;
        self.goes_out(from, Remote { address: INTERNET, groups: &[] }, port)?;
        self.leaves(from, INTERNET, port)?;
        let nat = match self.hop(from, INTERNET) {
            Some(Hop::InternetGateway) => return self.has_public_address(from),
            Some(Hop::NatGateway(interface)) => self.interface(interface)?,
            Some(Hop::Nowhere(reason)) => return Err(format!("{} reaches no internet: {reason}", from.subnet_id)),
            Some(Hop::Local) | None => return Err(format!("{} has no route to the internet", from.subnet_id)),
        };
        if nat.subnet_id != from.subnet_id {
            self.enters(nat, from.address, port, &from.ephemeral_ports)?;
        }
        self.leaves(nat, INTERNET, port)?;
        match self.hop(nat, INTERNET) {
            Some(Hop::InternetGateway) => self.has_public_address(nat),
            _ => Err(format!("{}, where the NAT gateway is, has no route to an internet gateway", nat.subnet_id)),
        }
    }

    /// The interface with this id, unless its zone is lost.
    fn interface(self, id: &str) -> Result<&'a Interface, String> {
        let interface = self.region.interfaces.get(id).ok_or_else(|| no_interface(id))?;
        match self.lost_zones.contains(&interface.zone) {
            true => Err(format!("the zone {} of {id} is lost", interface.zone)),
            false => Ok(interface),
        }
    }

    fn subnet(self, interface: &Interface) -> Option<&'a Subnet> {
        self.region.subnets.get(&interface.subnet_id)
    }

    fn hop(self, from: &Interface, address: Ipv4Addr) -> Option<&'a Hop> {
        route::hop(&self.subnet(from)?.routes, address)
    }

    fn has_public_address(self, interface: &Interface) -> Result<(), String> {
        match interface.has_public_address {
            true => Ok(()),
            false => Err(format!("{} has no public address, which an internet gateway needs", interface.id)),
        }
    }

    /// Whether the security groups of `to` let a connection in.
    fn comes_in(self, to: &Interface, from: Remote<'_>, port: u16) -> Result<(), String> {
        let admitted = self.admits(to, from, port, |id| self.region.groups.get(id).map(|group| &group.ingress[..]));
        admitted.map_err(|groups| {
            format!("no ingress rule of {groups} lets {} in at TCP port {port} of {}", from.address, to.id)
        })
    }

    /// Whether the security groups of `from` let a connection out.
    fn goes_out(self, from: &Interface, to: Remote<'_>, port: u16) -> Result<(), String> {
        let admitted = self.admits(from, to, port, |id| self.region.groups.get(id).map(|group| &group.egress[..]));
        let place = if to.address == INTERNET { "the internet".to_owned() } else { to.address.to_string() };
        admitted
            .map_err(|groups| format!("no egress rule of {groups} lets {} out to {place} at TCP port {port}", from.id))
    }

    /// Whether a rule of one of an interface's groups lets a connection through; if not, which groups there are.
    fn admits(
        self,
        interface: &Interface,
        remote: Remote<'_>,
        port: u16,
        rules: impl Fn(&str) -> Option<&'a [Rule]>,
    ) -> Result<(), String> {
        let Some(groups) = &interface.groups else { return Ok(()) };
        let mut rules = groups.iter().filter_map(|id| rules(id)).flatten();
        match rules.any(|rule| rule.admits(remote, port)) {
            true => Ok(()),
            false if groups.is_empty() => Err("no security group at all".to_owned()),
            false => Err(groups.join(", ")),
        }
    }

    /// Whether the network ACL of `to`'s subnet lets a connection in and its answers out.
    fn enters(self, to: &Interface, from: Ipv4Addr, port: u16, answers: &RangeInclusive<u16>) -> Result<(), String> {
        let Some(Subnet { acl, .. }) = self.subnet(to) else { return Ok(()) };
        if !acl::allow(&acl.ingress, from, &(port..=port)) {
            return Err(format!("{} keeps TCP port {port} from {from} out of {}", acl.id, to.subnet_id));
        }
        match acl::allow(&acl.egress, from, answers) {
            true => Ok(()),
            false => Err(format!("{} keeps answers to {from} in {}: {}", acl.id, to.subnet_id, ports(answers))),
        }
    }

    /// Whether the network ACL of `from`'s subnet lets a connection out and its answers in.
    fn leaves(self, from: &Interface, to: Ipv4Addr, port: u16) -> Result<(), String> {
        let Some(Subnet { acl, .. }) = self.subnet(from) else { return Ok(()) };
        if !acl::allow(&acl.egress, to, &(port..=port)) {
            return Err(format!("{} keeps TCP port {port} to {to} in {}", acl.id, from.subnet_id));
        }
        let answers = &from.ephemeral_ports;
        match acl::allow(&acl.ingress, to, answers) {
            true => Ok(()),
            false => Err(format!("{} keeps answers from {to} out of {}: {}", acl.id, from.subnet_id, ports(answers))),
        }
    }
}

impl Interface {
    /// As rules of the other end see it.
    fn remote(&self) -> Remote<'_> {
        Remote { address: self.address, groups: self.groups.as_deref().unwrap_or_default() }
    }
}

fn ports(range: &RangeInclusive<u16>) -> String {
    format!("TCP ports {} to {} must be let through", range.start(), range.end())
}
