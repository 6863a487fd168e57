//! Who reaches whom at one moment: through security groups, and to the internet.

use super::Moment;
use crate::serve::{
    addresses::Peers,
    reason::{Lack, Reason},
    world::dangling,
};
use model::{
    Cidr,
    serving::{Direction, Fact, LoadBalancer, Node, Passage, Peer, Route, Service},
};
use std::collections::BTreeSet;

/// Names the network of tasks and load balancer for one question of who reaches whom.
pub(super) struct Ends<'m> {
    pub(super) load_balancer: &'m LoadBalancer,
    pub(super) service: &'m Service,
}

/// How what stands in a subnet gets to the internet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WayOut {
    /// Under its own public address, if it has one. AWS: VPC User Guide, "Enable internet access for a VPC using an
    /// internet gateway".
    Direct,
    /// Under that of a NAT gateway.
    Translated,
}

impl Moment<'_> {
    pub(super) fn reaches(&self, ends: &Ends<'_>, direction: Direction, port: u16, strict: bool) -> Result<(), Lack> {
        let (own, others) = match direction {
            Direction::Egress => (&ends.load_balancer.security_groups, &ends.service.security_groups),
            Direction::Ingress => (&ends.service.security_groups, &ends.load_balancer.security_groups),
        };
        let subnets = match direction {
            Direction::Egress => &ends.service.subnets,
            Direction::Ingress => &ends.load_balancer.subnets,
        };
        let peers = self.peers(own, direction, port, strict);
        let by_group = peers.groups.iter().any(|group| others.contains(group));
        let blocks: Vec<Option<Cidr>> = subnets.iter().map(|node| Some(self.subnet(node)?.cidr)).collect();
        let everywhere = peers.contain(&Cidr::ANYWHERE);
        let by_address = everywhere
            || !blocks.is_empty() && blocks.iter().all(|block| block.is_some_and(|block| peers.contain(&block)));
        if by_group || by_address {
            return Ok(());
        }
        let unknown = own.iter().find(|group| self.world.find(group).is_none() && dangling(group).is_none());
        let names = own.iter().map(|group| self.world.name(group)).collect::<Vec<_>>().join(", ");
        match unknown {
            Some(group) => Err(Lack::Unknown(format!("the rules of {group}, which is not in this stack"))),
            None => Err(Lack::Passage { groups: names, direction: direction == Direction::Ingress, port }),
        }
    }

    /// Whom security groups let in or out at a port.
    pub(in crate::serve) fn peers(
        &self,
        groups: &BTreeSet<Node>,
        direction: Direction,
        port: u16,
        strict: bool,
    ) -> Peers {
        let mut peers = Peers::default();
        for group in groups {
            if let (Direction::Egress, Some(Fact::SecurityGroup { open_egress: true })) = (direction, self.at(group)) {
                peers.add(&Cidr::ANYWHERE);
            }
            if self.world.find(group).is_some_and(|object| !self.is_present(object)) {
                continue;
            }
            for (object, fact) in self.parts(group) {
                let Fact::Passage(Passage { security_group, direction: way, peer, ports }) = fact else { continue };
                let fits = security_group == group && *way == direction && ports.contain(port);
                if !fits || (strict && !self.works(object)) {
                    continue;
                }
                match peer {
                    Peer::Cidr(block) => peers.add(block),
                    Peer::SecurityGroup(peer) => {
                        peers.groups.insert(peer.clone());
                    }
                    Peer::Opaque(_) => (),
                }
            }
        }
        peers
    }

    /// Whether what is there has been seen to work: it was there before the plan, or a settling step came after it.
    fn works(&self, object: usize) -> bool {
        let version = &self.world.objects[object].versions[self.at[object]];
        version.step.is_none_or(|step| self.settled.contains(step))
    }

    /// The way of a subnet to the internet.
    pub(super) fn way_out(&self, subnet: &Node) -> Option<WayOut> {
        let way = |route: &Route| if route.direct { WayOut::Direct } else { WayOut::Translated };
        self.routes_out(subnet).find(|route| self.leads(route)).map(way)
    }

    /// Whether what has a public address in a subnet is reached by it.
    pub(in crate::serve) fn leads_directly(&self, subnet: &Node) -> bool {
        self.routes_out(subnet).any(|route| route.direct && self.leads(route))
    }

    /// The routes to everywhere in the table of a subnet.
    fn routes_out(&self, subnet: &Node) -> impl Iterator<Item = &Route> {
        let table = self.parts(subnet).find_map(|(_, fact)| match fact {
            Fact::Association { subnet: of, table } if of == subnet => Some(table),
            _ => None,
        });
        let table = table.filter(|table| self.exists(table)).into_iter();
        let routes = table.flat_map(|table| self.parts(table).map(move |(_, fact)| (table, fact)));
        routes.filter_map(|(table, fact)| match fact {
            Fact::Route(route) if route.table == *table && route.destination == Cidr::ANYWHERE => Some(route),
            _ => None,
        })
    }

    /// Whether the gateway of a route is there, and leads on: a NAT gateway stands in a subnet that leads out itself.
    fn leads(&self, route: &Route) -> bool {
        match self.at(&route.target) {
            Some(Fact::Gateway(gateway)) => {
                gateway.address.as_ref().is_none_or(|address| self.exists(address))
                    && gateway.subnet.as_ref().is_none_or(|own| self.leads_directly(own))
            }
            Some(_) => false,
            None => self.world.find(&route.target).is_none() && self.exists(&route.target),
        }
    }

    /// Whether clients reach the nodes of a load balancer at a port.
    ///
    /// # Errors
    /// Why not.
    pub(in crate::serve) fn admits(
        &self,
        load_balancer: &LoadBalancer,
        port: u16,
        clients: &Peers,
    ) -> Result<(), Reason> {
        if let Some(gone) = load_balancer.subnets.iter().find(|subnet| !self.exists(subnet)) {
            return Err(Reason::Entrance(Lack::Subnet(self.world.name(gone))));
        }
        if !self.peers(&load_balancer.security_groups, Direction::Ingress, port, true).cover(clients) {
            let groups: Vec<_> = load_balancer.security_groups.iter().map(|group| self.world.name(group)).collect();
            let lack = Lack::Passage { groups: groups.join(", "), direction: true, port };
            return Err(Reason::Entrance(lack));
        }
        Ok(())
    }
}
