//! What load balancers there should be, taken from the tables.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use jiff::Timestamp;

use crate::context::Context;
use crate::ec2::network_interface;
use crate::elbv2::{
    self, ActionKind, Balancing, Condition, HealthCheck, LoadBalancer, LoadBalancerState, Routing, Zone,
};

/// A load balancer that there should be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) dns_name: String,
    pub(crate) region: String,
    pub(crate) vpc_id: String,
    /// One in each zone that is enabled.
    pub(crate) nodes: Vec<Place>,
    /// One in each zone that was enabled not long ago: DNS does not name it any more, and clients that know it are served.
    pub(crate) leaving: Vec<Place>,
    pub(crate) routing: Routing,
    pub(crate) listeners: Vec<Listener>,
    /// The target groups that its rules forward to.
    pub(crate) groups: Vec<Group>,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) zone: String,
    /// The id of its network interface.
    pub(crate) interface: String,
    /// Its private address.
    pub(crate) address: Ipv4Addr,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listener {
    pub(crate) arn: String,
    pub(crate) port: u16,
    /// The ARNs of its certificates, the default one first; empty if it speaks HTTP.
    pub(crate) certificates: Vec<String>,
    pub(crate) shows_server: bool,
    /// In the order in which they are tried. The last one has no conditions.
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) arn: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) action: ActionKind,
}

/// A target group that is used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) arn: String,
    pub(crate) vpc_id: String,
    pub(crate) balancing: Balancing,
    pub(crate) check: HealthCheck,
    pub(crate) targets: Vec<Target>,
}

/// A target in a zone that its load balancer is enabled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its key in the table of targets.
    pub(crate) key: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) zone: Option<String>,
    /// The id of the network interface that has the address, if one has.
    pub(crate) interface: Option<String>,
    pub(crate) registered: Timestamp,
    /// From when on it is checked.
    pub(crate) checked_from: Timestamp,
    /// Since when it is drained.
    pub(crate) deregistered: Option<Timestamp>,
}

impl Wanted {
    /// Where nodes serve, whether or not DNS names them.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.nodes.iter().chain(&self.leaving)
    }
}

/// The load balancers of this region that there should be.
pub(crate) fn wanted(cx: &Context<'_>) -> Vec<Wanted> {
    let active = cx.elbv2.load_balancers.values().filter(|it| *it.state.at(cx.now) == LoadBalancerState::Active);
    let wanted = active.map(|load_balancer| {
        let places = |zones: &[Zone]| -> Vec<Place> {
            let places = zones.iter().filter_map(|zone| {
                let interface = elbv2::interface_in(cx, zone)?;
                Some(Place {
                    zone: zone.zone_name.clone(),
                    interface: interface.network_interface_id.clone(),
                    address: interface.private_ip_address,
                })
            });
            places.collect()
        };
        let listeners = listeners(cx, &load_balancer.arn);
        Wanted {
            arn: load_balancer.arn.clone(),
            name: load_balancer.name.clone(),
            dns_name: load_balancer.dns_name.clone(),
            region: cx.region.to_owned(),
            vpc_id: load_balancer.vpc_id.clone(),
            nodes: places(&load_balancer.zones),
            leaving: places(&load_balancer.leaving),
            routing: elbv2::routing(load_balancer),
            groups: groups(cx, load_balancer, &listeners),
            listeners,
        }
    });
    wanted.collect()
}

fn listeners(cx: &Context<'_>, load_balancer_arn: &str) -> Vec<Listener> {
    let listeners = cx.elbv2.listeners.values().filter(|it| it.load_balancer_arn == load_balancer_arn);
    let listeners = listeners.map(|listener| Listener {
        arn: listener.arn.clone(),
        port: listener.port,
        certificates: match &listener.tls {
            Some(tls) => std::iter::once(&tls.certificate).chain(&listener.certificates).cloned().collect(),
            None => Vec::new(),
        },
        shows_server: elbv2::shows_server(listener),
        rules: rules(cx, &listener.arn),
    });
    listeners.collect()
}

fn rules(cx: &Context<'_>, listener_arn: &str) -> Vec<Rule> {
    let mut rules: Vec<_> = cx.elbv2.rules.values().filter(|rule| rule.listener_arn == listener_arn).collect();
    rules.sort_by_key(|rule| rule.priority.unwrap_or(u16::MAX));
    let rules = rules.into_iter().map(|rule| Rule {
        arn: rule.arn.clone(),
        conditions: rule.conditions.clone(),
        action: rule.action.kind.clone(),
    });
    rules.collect()
}

fn groups(cx: &Context<'_>, load_balancer: &LoadBalancer, listeners: &[Listener]) -> Vec<Group> {
    let actions = listeners.iter().flat_map(|listener| &listener.rules).map(|rule| &rule.action);
    let forwards = actions.filter_map(|action| match action {
        ActionKind::Forward(forward) => Some(forward),
        ActionKind::Redirect(_) | ActionKind::FixedResponse(_) => None,
    });
    let used: BTreeSet<&str> =
        forwards.flat_map(|forward| &forward.target_groups).map(|group| group.target_group_arn.as_str()).collect();
    let groups = used.into_iter().filter_map(|arn| cx.elbv2.target_groups.get(arn)).map(|group| Group {
        arn: group.arn.clone(),
        vpc_id: group.vpc_id.clone(),
        balancing: elbv2::balancing(group),
        check: group.health_check.clone(),
        targets: targets(cx, load_balancer, &group.arn, &group.vpc_id, group.used_since),
    });
    groups.collect()
}

fn targets(
    cx: &Context<'_>,
    load_balancer: &LoadBalancer,
    group_arn: &str,
    vpc_id: &str,
    used_since: Option<Timestamp>,
) -> Vec<Target> {
    let targets = elbv2::of_group(cx, group_arn).into_iter();
    let targets = targets.filter(|(_, target)| elbv2::is_used(load_balancer, target)).filter_map(|(key, target)| {
        // There are no IPv6 addresses in VPCs here.
        let IpAddr::V4(address) = target.address else { return None };
        let since = used_since.map_or(target.registered, |used| used.max(target.registered));
        Some(Target {
            key,
            address,
            port: target.port,
            interface: interface_of(cx, vpc_id, address),
            zone: target.zone,
            registered: target.registered,
            checked_from: cx.pace.after(since, elbv2::REGISTRATION),
            deregistered: target.deregistered,
        })
    });
    targets.collect()
}

/// The id of the network interface that has this address.
fn interface_of(cx: &Context<'_>, vpc_id: &str, address: Ipv4Addr) -> Option<String> {
    let mut interfaces = network_interface::existing(cx);
    let owner = interfaces.find(|interface| interface.vpc_id == vpc_id && interface.private_ip_address == address);
    owner.map(|interface| interface.network_interface_id.clone())
}
