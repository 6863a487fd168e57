mod plan;
#[cfg(test)]
mod tests;

use crate::Region;
use aws::ec2::{
    ElasticIp, ElasticIpRefs, InternetGateway, NatGateway, NatGatewayRefs, Route, RouteTable, RouteTableAssociation,
    RouteTarget, Subnet, SubnetRefs, Vpc, VpcRefs,
};
use model::{Cidr, In, Options, Stack, SubnetId};
use plan::{Blocks, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A VPC with a public and a private subnet in each of several Availability Zones.
///
/// Every subnet has a route table of its own, so that routes can change one zone at a time.
#[derive(Clone, Debug)]
#[must_use = "a module declares nothing before `build`"]
pub struct Network {
    name: String,
    region: Region,
    cidr: Cidr,
    letters: Vec<char>,
    blocks: Blocks,
    nat: Nat,
    protect: bool,
}

/// How what stands in private subnets reaches the internet, from where tasks pull their images and to where they
/// send their logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// Not at all. Tasks then stand in the public subnets under public addresses of their own, which their security
    /// group shields.
    None,
    /// Through one NAT gateway. When its zone fails, the tasks of all zones are cut off.
    #[default]
    Single,
    /// Through one NAT gateway in each zone.
    PerZone,
}

/// What [`Network::build`] has declared.
#[derive(Clone, Debug)]
pub struct NetworkRefs {
    /// The VPC.
    pub vpc: VpcRefs,
    /// The Region it lies in.
    pub region: Region,
    /// The subnets with a route to the internet gateway, one in each zone.
    pub public_subnets: Vec<SubnetRefs>,
    /// The subnets that nothing reaches from outside, one in each zone.
    pub private_subnets: Vec<SubnetRefs>,
    /// The addresses under which the NAT gateways are seen.
    pub elastic_ips: Vec<ElasticIpRefs>,
    nat: Nat,
}

impl Network {
    /// A network of the addresses `cidr`, over the zones a, b and c of `region`, with one NAT gateway.
    pub fn new(name: impl Into<String>, region: &Region, cidr: Cidr) -> Self {
        Self {
            name: name.into(),
            region: region.clone(),
            cidr,
            letters: plan::first_letters(3),
            blocks: Blocks::default(),
            nat: Nat::default(),
            protect: false,
        }
    }

    /// Over the first so many zones of the region; 1 to 8. A load balancer needs two.
    pub fn zones(self, count: u8) -> Self {
        Self { letters: plan::first_letters(count), ..self }
    }

    /// Over the zones of these letters, where an account does not have a, b, c: `['a', 'c', 'd']` for Tokyo.
    pub fn zones_of(self, letters: impl IntoIterator<Item = char>) -> Self {
        Self { letters: letters.into_iter().collect(), ..self }
    }

    /// The addresses of the public subnets, one block for each zone. Otherwise the network divides its own into
    /// sixteen blocks, of which a zone always gets the same two.
    pub fn public_cidrs(mut self, cidrs: impl IntoIterator<Item = Cidr>) -> Self {
        self.blocks.public = Some(cidrs.into_iter().collect());
        self
    }

    /// The addresses of the private subnets, one block for each zone.
    pub fn private_cidrs(mut self, cidrs: impl IntoIterator<Item = Cidr>) -> Self {
        self.blocks.private = Some(cidrs.into_iter().collect());
        self
    }

    /// How what stands in private subnets reaches the internet.
    pub fn nat(self, nat: Nat) -> Self {
        Self { nat, ..self }
    }

    /// Refuses every plan that would give up the VPC or the addresses under which its NAT gateways are known.
    pub fn protect(self) -> Self {
        Self { protect: true, ..self }
    }

    /// Declares the network.
    #[track_caller]
    pub fn build(self, stack: &mut Stack) -> NetworkRefs {
        let (zones, problems) = plan::zones(self.cidr, &self.letters, &self.blocks);
        for problem in problems {
            stack.problem(format!("network.{}", self.name), problem);
        }
        let vpc = Vpc { cidr_block: self.cidr, enable_dns_support: true, enable_dns_hostnames: true };
        let vpc = stack.add_with(&self.name, vpc, self.kept());
        let gateway = stack.add(&self.name, InternetGateway { vpc: vpc.id() });

        let mut public_subnets = Vec::new();
        for zone in &zones {
            let route = RouteTarget::InternetGateway(gateway.id());
            public_subnets.push(self.subnet(stack, &vpc, zone, "public", zone.public, Some(route)));
        }
        let mut elastic_ips = Vec::new();
        let mut nat_gateways: Vec<NatGatewayRefs> = Vec::new();
        for (zone, subnet) in zones.iter().zip(&public_subnets).take(self.nat_gateways(zones.len())) {
            let name = format!("{}-{}", self.name, zone.letter);
            let elastic_ip = stack.add_with(&name, ElasticIp {}, self.kept());
            let nat = NatGateway { subnet: subnet.id(), elastic_ip: elastic_ip.allocation_id() };
            nat_gateways.push(stack.add_with(&name, nat, Options::new().depends_on(gateway.address())));
            elastic_ips.push(elastic_ip);
        }
        let mut private_subnets = Vec::new();
        for (index, zone) in zones.iter().enumerate() {
            let nat = nat_gateways.get(index).or(nat_gateways.first());
            let route = nat.map(|nat| RouteTarget::NatGateway(nat.id()));
            private_subnets.push(self.subnet(stack, &vpc, zone, "private", zone.private, route));
        }
        NetworkRefs { vpc, region: self.region, public_subnets, private_subnets, elastic_ips, nat: self.nat }
    }

    /// A subnet, its route table and the route by which it reaches what is outside the VPC.
    #[track_caller]
    fn subnet(
        &self,
        stack: &mut Stack,
        vpc: &VpcRefs,
        zone: &Zone,
        tier: &str,
        cidr_block: Cidr,
        default: Option<RouteTarget>,
    ) -> SubnetRefs {
        let name = format!("{}-{tier}-{}", self.name, zone.letter);
        let availability_zone = self.region.zone(zone.letter).into();
        let subnet = Subnet { vpc: vpc.id(), cidr_block, availability_zone, map_public_ip_on_launch: false };
        let subnet = stack.add(&name, subnet);
        let table = stack.add(&name, RouteTable { vpc: vpc.id() });
        if let Some(target) = default {
            let route = Route { route_table: table.id(), destination_cidr_block: Cidr::ANYWHERE, target };
            stack.add(&name, route);
        }
        stack.add(&name, RouteTableAssociation { subnet: subnet.id(), route_table: table.id() });
        subnet
    }

    fn nat_gateways(&self, zones: usize) -> usize {
        match self.nat {
            Nat::None => 0,
            Nat::Single => 1,
            Nat::PerZone => zones,
        }
    }

    fn kept(&self) -> Options {
        if self.protect { Options::new().prevent_destroy() } else { Options::new() }
    }
}

impl NetworkRefs {
    /// Where tasks stand.
    pub fn task_subnets(&self) -> BTreeSet<In<SubnetId>> {
        let subnets = if self.tasks_are_public() { &self.public_subnets } else { &self.private_subnets };
        subnets.iter().map(SubnetRefs::id).collect()
    }

    /// Whether tasks need public addresses to reach the internet, because there is no NAT gateway.
    pub fn tasks_are_public(&self) -> bool {
        self.nat == Nat::None
    }
}
