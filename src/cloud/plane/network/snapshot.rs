//! What the tables say of a region's network, indexed for judging.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::acl::{self, Acl};
use super::group::{Group, Peers, Rule};
use super::route::{Hop, Route};
use crate::context::Context;
use crate::ec2::nat_gateway::{NatGateway, State};
use crate::ec2::network_acl_entry::RuleAction;
use crate::ec2::network_interface::{self, InterfaceType, NetworkInterface};
use crate::ec2::permission::Peer;
use crate::ec2::prefix_list;
use crate::ec2::route::Target;
use crate::ec2::route_table::RouteTable;

/// Who manages the interfaces of load balancers' nodes.
const BALANCER: &str = "amazon-elb";

/// What the network of one region is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// By id.
    pub(super) interfaces: BTreeMap<String, Interface>,
    /// The ids of the VPCs.
    pub(super) vpcs: BTreeSet<String>,
    /// By id.
    pub(super) groups: BTreeMap<String, Group>,
    /// By id.
    pub(super) subnets: BTreeMap<String, Subnet>,
}

#[derive(Debug, Clone)]
pub(super) struct Interface {
    pub(super) id: String,
    pub(super) vpc_id: String,
    pub(super) subnet_id: String,
    pub(super) zone: String,
    pub(super) address: Ipv4Addr,
    pub(super) has_public_address: bool,
    /// `None` where EC2 knows no security groups: a NAT gateway's lets everything through.
    pub(super) groups: Option<Vec<String>>,
    /// The ports from which it connects.
    pub(super) ephemeral_ports: RangeInclusive<u16>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Subnet {
    pub(super) routes: Vec<Route>,
    pub(super) acl: Acl,
}

/// The network of this region as it stands in the tables.
pub(crate) fn wanted(cx: &Context<'_>) -> Wanted {
    Wanted {
        vpcs: cx.ec2.vpcs.iter().map(|(id, _)| id.to_owned()).collect(),
        interfaces: network_interface::existing(cx)
            .map(|it| (it.network_interface_id.clone(), interface(it)))
            .collect(),
        groups: groups(cx),
        subnets: subnets(cx),
    }
}

fn interface(interface: &NetworkInterface) -> Interface {
    let is_nat = interface.interface_type == InterfaceType::NatGateway;
    let takes_all = is_nat || interface.requester_id == BALANCER;
    Interface {
        id: interface.network_interface_id.clone(),
        vpc_id: interface.vpc_id.clone(),
        subnet_id: interface.subnet_id.clone(),
        zone: interface.availability_zone.clone(),
        address: interface.private_ip_address,
        has_public_address: interface.public_address.is_some(),
        groups: (!is_nat).then(|| interface.security_groups.clone()),
        ephemeral_ports: if takes_all { acl::BALANCER_OR_NAT } else { acl::LINUX },
    }
}

fn groups(cx: &Context<'_>) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for rule in cx.ec2.security_group_rules.values() {
        let Some(ports) = rule.specification.traffic.tcp_ports() else { continue };
        let peers = match &rule.specification.peer {
            Peer::Ipv4(block) => Peers::Blocks(vec![*block]),
            Peer::PrefixList(id) => Peers::Blocks(prefix_list::blocks(cx.region, id)),
            Peer::SecurityGroup(id) => Peers::Group(id.clone()),
            Peer::Ipv6(_) => continue,
        };
        let group = groups.entry(rule.group_id.clone()).or_default();
        let direction = if rule.is_egress { &mut group.egress } else { &mut group.ingress };
        direction.push(Rule { ports, peers });
    }
    groups
}

fn subnets(cx: &Context<'_>) -> BTreeMap<String, Subnet> {
    let mut subnets: BTreeMap<String, Subnet> = BTreeMap::new();
    for acl in cx.ec2.network_acls.values() {
        let direction = |egress: bool| {
            let mut entries: Vec<_> = acl.entries.iter().filter(|entry| entry.egress == egress).collect();
            entries.sort_by_key(|entry| entry.rule_number);
            let entry = |entry: &crate::ec2::network_acl_entry::Entry| {
                // An IPv6 block matches nothing here.
                let (block, ports) = (entry.block.parse().ok()?, entry.tcp_ports()?);
                Some(acl::Entry { allows: entry.rule_action == RuleAction::Allow, block, ports })
            };
            entries.into_iter().filter_map(entry).collect()
        };
        let of_subnet = Acl { id: acl.network_acl_id.clone(), ingress: direction(false), egress: direction(true) };
        for association in &acl.associations {
            subnets.entry(association.subnet_id.clone()).or_default().acl = of_subnet.clone();
        }
    }
    let mut main: BTreeMap<&str, Vec<Route>> = BTreeMap::new();
    let mut associated: BTreeMap<&str, Vec<Route>> = BTreeMap::new();
    for table in cx.ec2.route_tables.values() {
        let routes = routes(cx, table);
        for association in &table.associations {
            match &association.subnet_id {
                Some(subnet_id) => associated.insert(subnet_id, routes.clone()),
                None => main.insert(&table.vpc_id, routes.clone()),
            };
        }
    }
    for subnet in cx.ec2.subnets.values() {
        let routes = associated.get(subnet.subnet_id.as_str()).or_else(|| main.get(subnet.vpc_id.as_str()));
        subnets.entry(subnet.subnet_id.clone()).or_default().routes = routes.cloned().unwrap_or_default();
    }
    subnets
}

fn routes(cx: &Context<'_>, table: &RouteTable) -> Vec<Route> {
    let local = cx.ec2.vpcs.get(&table.vpc_id).map(|vpc| Route { destination: vpc.cidr_block, hop: Hop::Local });
    let others = table.routes.iter().map(|route| {
        let id = &table.route_table_id;
        Route { destination: route.destination_cidr_block, hop: hop(cx, id, &table.vpc_id, &route.target) }
    });
    local.into_iter().chain(others).collect()
}

fn hop(cx: &Context<'_>, table: &str, vpc_id: &str, target: &Target) -> Hop {
    let blackhole = |id: &str| Hop::Nowhere(format!("its route in {table} is a blackhole: {id} is gone"));
    match target {
        Target::Gateway(id) => {
            let attached = cx.ec2.internet_gateways.get(id).and_then(|gateway| gateway.vpc_id.as_deref());
            if attached == Some(vpc_id) { Hop::InternetGateway } else { blackhole(id) }
        }
        Target::NatGateway(id) => match cx.ec2.nat_gateways.get(id) {
            None => blackhole(id),
            Some(gateway) => nat_gateway(cx, gateway),
        },
        Target::NetworkInterface(id) => {
            Hop::Nowhere(format!("its route in {table} leads to {id}, which forwards nothing"))
        }
    }
}

fn nat_gateway(cx: &Context<'_>, gateway: &NatGateway) -> Hop {
    let state = gateway.state(cx.now);
    match gateway.network_interface_id().filter(|_| state == State::Available) {
        Some(interface_id) => Hop::NatGateway(interface_id.to_owned()),
        None => {
            let state = format!("{state:?}").to_ascii_lowercase();
            Hop::Nowhere(format!("the NAT gateway {} is {state}", gateway.nat_gateway_id))
        }
    }
}
