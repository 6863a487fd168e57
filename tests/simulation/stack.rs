//! Stacks made from genes: small numbers that say what each resource is like, and always make a stack that is sound.

use aws::{
    ec2::{
        ElasticIp, IpProtocol, NatGateway, Route, RouteTable, RouteTableAssociation, RouteTarget, SecurityGroup,
        SecurityGroupIngressRule, Subnet, Vpc,
    },
    ecs::{
        Capacity, Cluster, Container, DeploymentConfiguration, PropagateTags, Service, ServiceLoadBalancer,
        TaskDefinition,
    },
    elbv2::{Action, Condition, HealthCheck, Listener, ListenerRule, LoadBalancer, Scheme, TargetGroup},
};
use model::{AvailabilityZone, Cidr, Document, FargateSize, In, Port, Priority, Stack, VpcId, Weight};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// How many resources a stack can have.
pub(super) const SLOTS: usize = KINDS.len();

/// The kind of each slot.
const KINDS: [&str; 28] = [
    "vpc",
    "vpc",
    "subnet",
    "subnet",
    "subnet",
    "security_group",
    "security_group",
    "security_group_ingress_rule",
    "security_group_ingress_rule",
    "elastic_ip",
    "elastic_ip",
    "nat_gateway",
    "nat_gateway",
    "route_table",
    "route",
    "route_table_association",
    "target_group",
    "target_group",
    "load_balancer",
    "listener",
    "listener_rule",
    "listener_rule",
    "listener_rule",
    "cluster",
    "task_definition",
    "service",
    "service",
    "elastic_ip",
];

/// What one resource is like.
#[derive(Clone, Debug)]
pub(super) struct Gene {
    present: bool,
    /// Which of its names it has.
    pub(super) name: u8,
    digits: [u8; 4],
}

/// Any gene; most are there.
pub(super) fn gene() -> impl Strategy<Value = Gene> {
    let present = prop::bool::weighted(0.85);
    (present, 0..2u8, any::<[u8; 4]>()).prop_map(|(present, name, digits)| Gene { present, name, digits })
}

fn name(slot: usize, name: u8) -> String {
    format!("{slot}-{}", char::from(b'a' + name))
}

/// The addresses between which the resource of a slot has moved, if it is there.
pub(super) fn moved(genes: &[Gene], slot: usize, from: u8, to: u8) -> Option<(String, String)> {
    let [from, to] = [from, to].map(|it| format!("{}.{}", KINDS[slot], name(slot, it)));
    document(genes).resources.iter().any(|resource| resource.address.as_str() == to).then_some((from, to))
}

/// The commands of a script that make it want the stack.
pub(super) fn commands(genes: &[Gene]) -> String {
    let mut commands = "clear\n".to_owned();
    for resource in document(genes).resources {
        let _ = writeln!(commands, "add {} {} {}", resource.kind, resource.address.name(), resource.inputs);
    }
    commands
}

/// The stack. What would need something that is not there is not there either.
pub(super) fn document(genes: &[Gene]) -> Document {
    let mut stack = Stack::new("dev");
    let kinds = |kind: &'static str| {
        let slots = genes.iter().enumerate().filter(move |(slot, gene)| gene.present && KINDS[*slot] == kind);
        slots.map(|(slot, gene)| (name(slot, gene.name), gene.digits))
    };
    let mut vpcs = Vec::new();
    for (name, [cidr, dns, ..]) in kinds("vpc") {
        let cidr_block = block(&format!("10.{}.0.0/16", cidr % 3));
        let vpc = Vpc { cidr_block, enable_dns_support: true, enable_dns_hostnames: dns % 2 == 0 };
        vpcs.push(stack.add(&name, vpc).id());
    }
    let (mut subnets, mut blocks) = (Vec::new(), BTreeSet::new());
    for (name, [vpc, cidr, zone, public]) in kinds("subnet") {
        let Some(vpc) = pick(&vpcs, vpc) else { continue };
        // Two subnets of one network may exchange their addresses, but not share them.
        let Some(number) = (0..4).map(|more| (cidr % 4 + more) % 4).find(|it| blocks.insert((vpc.clone(), *it))) else {
            continue;
        };
        let subnet = Subnet {
            vpc,
            cidr_block: block(&format!("10.9.{number}.0/24")),
            availability_zone: AvailabilityZone::new(format!("us-east-1{}", char::from(b'a' + zone % 3))).into(),
            map_public_ip_on_launch: public % 2 == 0,
        };
        let vpc = subnet.vpc.clone();
        subnets.push((vpc, stack.add(&name, subnet).id()));
    }
    let mut groups = Vec::new();
    for (name, [vpc, description, ..]) in kinds("security_group") {
        let Some(vpc) = pick(&vpcs, vpc) else { continue };
        let description = format!("number {}", description % 2);
        let group = SecurityGroup { vpc: vpc.clone(), description, default_egress: false };
        groups.push((vpc, stack.add(&name, group).id()));
    }
    let mut rules = BTreeSet::new();
    for (name, [group, source, port, description]) in kinds("security_group_ingress_rule") {
        let (Some((_, security_group)), Some((_, source))) = (pick(&groups, group), pick(&groups, source)) else {
            continue;
        };
        let port = Port::new(80 + u16::from(port % 2));
        if rules.insert((security_group.clone(), source.clone(), port)) {
            let description = Some(format!("number {}", description % 2));
            let ip_protocol = IpProtocol::tcp(port);
            let rule = SecurityGroupIngressRule { security_group, ip_protocol, source: source.into(), description };
            stack.add(&name, rule);
        }
    }
    let addresses: Vec<_> =
        kinds("elastic_ip").map(|(name, _)| stack.add(&name, ElasticIp {}).allocation_id()).collect();
    let (mut gateways, mut held) = (Vec::new(), BTreeSet::new());
    for (name, [subnet, address, ..]) in kinds("nat_gateway") {
        let (Some((_, subnet)), Some(elastic_ip)) = (pick(&subnets, subnet), pick(&addresses, address)) else {
            continue;
        };
        if held.insert(elastic_ip.clone()) {
            gateways.push(stack.add(&name, NatGateway { subnet, elastic_ip }).id());
        }
    }
    let mut tables = Vec::new();
    for (name, [vpc, ..]) in kinds("route_table") {
        let Some(vpc) = pick(&vpcs, vpc) else { continue };
        tables.push(stack.add(&name, RouteTable { vpc }).id());
    }
    for (name, [table, gateway, destination, _]) in kinds("route") {
        let (Some(route_table), Some(gateway)) = (pick(&tables, table), pick(&gateways, gateway)) else { continue };
        let destination_cidr_block = if destination % 2 == 0 { Cidr::ANYWHERE } else { block("10.200.0.0/16") };
        stack.add(&name, Route { route_table, destination_cidr_block, target: RouteTarget::NatGateway(gateway) });
    }
    for (name, [subnet, table, ..]) in kinds("route_table_association") {
        let (Some((_, subnet)), Some(route_table)) = (pick(&subnets, subnet), pick(&tables, table)) else { continue };
        stack.add(&name, RouteTableAssociation { subnet, route_table });
    }
    let mut targets = Vec::new();
    for (name, [vpc, port, path, _]) in kinds("target_group") {
        let Some(vpc) = pick(&vpcs, vpc) else { continue };
        let health = HealthCheck::new(format!("/health{}", path % 2));
        targets.push(stack.add(&name, TargetGroup::new(vpc, Port::new(8080 + u16::from(port % 2)), health)).arn());
    }
    let mut balancers = Vec::new();
    for (name, [scheme, subnet, group, _]) in kinds("load_balancer") {
        let Some(vpc) = pick(&vpcs, scheme / 4) else { continue };
        let (subnets, groups) = (some(&of(&subnets, &vpc), subnet, 2), some(&of(&groups, &vpc), group, 1));
        if subnets.len() >= 2 && !groups.is_empty() {
            let scheme = if scheme % 4 == 0 { Scheme::Internal } else { Scheme::InternetFacing };
            balancers.push(stack.add(&name, LoadBalancer::new(scheme, subnets, groups)).arn());
        }
    }
    let mut listeners = Vec::new();
    for (name, [port, target, fixed, _]) in kinds("listener") {
        let Some(balancer) = balancers.first().cloned() else { continue };
        let action = match pick(&targets, target).filter(|_| fixed % 2 == 0) {
            Some(target) => Action::forward(target),
            None => Action::respond(404, "Not found"),
        };
        let listener = Listener::http(balancer, Port::new(80 + u16::from(port % 2)), action);
        listeners.push(stack.add(&name, listener).arn());
    }
    let mut priorities = BTreeSet::new();
    for (name, [target, weight, priority, path]) in kinds("listener_rule") {
        let (Some(listener), false) = (listeners.first().cloned(), targets.is_empty()) else { continue };
        // The rules of a listener may exchange their places, but not share them.
        let numbers = (0..4).map(|more| 100 + u16::from((priority % 4 + more) % 4));
        let Some(number) = numbers.into_iter().find(|number| priorities.insert(*number)) else { continue };
        let targets = some(&targets, target, 1).into_iter().zip([weight, weight / 16]);
        let rule = ListenerRule {
            listener,
            priority: Priority::new(number),
            conditions: BTreeSet::from([Condition::path(format!("/{}/*", path % 2))]),
            action: Action::weighted(targets.map(|(target, weight)| (target, Weight::new(u16::from(weight % 4))))),
        };
        stack.add(&name, rule);
    }
    let clusters: Vec<_> = kinds("cluster")
        .map(|(name, _)| {
            let (capacity_providers, default_capacity_provider_strategy) = (BTreeSet::new(), BTreeSet::new());
            let cluster = Cluster { container_insights: None, capacity_providers, default_capacity_provider_strategy };
            stack.add(&name, cluster).arn()
        })
        .collect();
    let definitions: Vec<_> = kinds("task_definition")
        .map(|(name, [image, ..])| {
            let container = Container::new(format!("app:v{}", image % 3));
            stack.add(&name, TaskDefinition::new(FargateSize::CPU_256_MIB_512, "web", container)).arn()
        })
        .collect();
    for (name, [count, subnet, group, target]) in kinds("service") {
        let (Some(cluster), Some(task_definition)) = (clusters.first().cloned(), definitions.first().cloned()) else {
            continue;
        };
        let Some(vpc) = pick(&vpcs, count / 4) else { continue };
        let (subnets, groups) = (some(&of(&subnets, &vpc), subnet, 1), some(&of(&groups, &vpc), group, 1));
        if subnets.is_empty() || groups.is_empty() {
            continue;
        }
        let load_balancers = some(&targets, target, 1).into_iter().map(|target_group| ServiceLoadBalancer {
            target_group,
            container_name: "web".to_owned(),
            container_port: Port::new(8080 + u16::from(count / 128)),
        });
        let service = Service {
            cluster,
            task_definition,
            desired_count: Some(u32::from(count % 3)),
            capacity: Capacity::Fargate,
            platform_version: None,
            deployment_configuration: DeploymentConfiguration::default(),
            subnets: subnets.into_iter().collect(),
            security_groups: groups.into_iter().collect(),
            assign_public_ip: false,
            load_balancers: load_balancers.collect(),
            health_check_grace_period: None,
            enable_execute_command: false,
            propagate_tags: PropagateTags::None,
            enable_ecs_managed_tags: false,
            availability_zone_rebalancing: None,
        };
        stack.add(&name, service);
    }
    stack.document(BTreeMap::new())
}

fn block(text: &str) -> Cidr {
    text.parse().expect("it is a CIDR block")
}

/// Those that lie in a network.
fn of<T: Clone>(choices: &[(In<VpcId>, In<T>)], vpc: &In<VpcId>) -> Vec<In<T>> {
    choices.iter().filter(|(lies_in, _)| lies_in == vpc).map(|(_, choice)| choice.clone()).collect()
}

fn pick<T: Clone>(choices: &[T], digit: u8) -> Option<T> {
    choices.get(usize::from(digit) % choices.len().max(1)).cloned()
}

/// Some of them, at least `least` where there are so many.
fn some<T: Clone>(choices: &[In<T>], digit: u8, least: usize) -> Vec<In<T>> {
    let chosen = |index: &usize| index < &least || digit & (1 << (index % 8)) != 0;
    let rotated = choices.iter().cycle().skip(usize::from(digit >> 4) % choices.len().max(1)).take(choices.len());
    rotated.enumerate().filter(|(index, _)| chosen(index)).map(|(_, choice)| choice.clone()).collect()
}
