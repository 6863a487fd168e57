//! A random change as a plan.

use super::{GROUPS, Move, PARTS, Pair, Part, Stage};
use crate::{
    plan::{Observations, Operation, Phase, Plan, Step},
    provider::{Id, Identity, Observed, Status},
    state::{Object, Record, State},
};
use aws::{ec2, ecs, elbv2};
use model::{In, Percent, Port, Priority, Reference, Resource, Seconds, Weight};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn id(name: &str) -> String {
    format!("{name}-id")
}

/// A reference to an object that exists, or to one that a step makes.
fn to<T>(exists: bool, address: &str, output: &str, value: fn(String) -> T) -> In<T> {
    if exists {
        return In::Value(value(id(address)));
    }
    In::Reference(Reference { address: address.parse().unwrap(), output: output.to_owned() })
}

/// The resource that a part is in a stage; `old` is what exists before the plan.
fn resource(stage: &Stage, old: &Stage, part: Part) -> Option<(String, &'static str, Value)> {
    let group =
        |group: usize| to(old.groups[group], &format!("target_group.g{group}"), "arn", model::TargetGroupArn::new);
    let firewall = |name: &str| In::Value(model::SecurityGroupId::new(id(&format!("security_group.{name}"))));
    let json = |name: String, kind: &'static str, inputs: Value| Some((name, kind, inputs));
    if !stage.has(part) {
        return None;
    }
    match part {
        Part::Group(number) => {
            let vpc = In::Value(model::VpcId::new("vpc-1"));
            let it = elbv2::TargetGroup::new(vpc, Port::new(8080), elbv2::HealthCheck::new("/"));
            json(format!("target_group.g{number}"), "elbv2.target_group", serde_json::to_value(it).unwrap())
        }
        Part::Way(0, number) => {
            let it = ec2::SecurityGroupEgressRule {
                security_group: firewall("balancer"),
                ip_protocol: ec2::IpProtocol::tcp(Port::new(8080)),
                destination: ec2::Peer::SecurityGroup(firewall(&format!("tasks{number}"))),
                description: None,
            };
            let name = format!("security_group_egress_rule.w{number}");
            json(name, "ec2.security_group_egress_rule", serde_json::to_value(it).unwrap())
        }
        Part::Way(_, number) => {
            let it = ec2::SecurityGroupIngressRule {
                security_group: firewall(&format!("tasks{number}")),
                ip_protocol: ec2::IpProtocol::tcp(Port::new(8080)),
                source: ec2::Peer::SecurityGroup(firewall("balancer")),
                description: None,
            };
            let name = format!("security_group_ingress_rule.w{number}");
            json(name, "ec2.security_group_ingress_rule", serde_json::to_value(it).unwrap())
        }
        Part::Rule(number) => {
            let rule = stage.rules[number].as_ref()?;
            let listed = (0..GROUPS).filter_map(|it| Some((group(it), Weight::new(rule.weights[it]?))));
            let listed: Vec<_> = listed.collect();
            let action =
                if listed.is_empty() { elbv2::Action::respond(503, "") } else { elbv2::Action::weighted(listed) };
            let it = elbv2::ListenerRule {
                listener: In::Value(model::ListenerArn::new(id("listener.web"))),
                priority: Priority::try_from(i64::from(rule.priority)).unwrap(),
                conditions: [elbv2::Condition::path(["/api/*", "/*"][number])].into(),
                action,
            };
            json(format!("listener_rule.r{number}"), "elbv2.listener_rule", serde_json::to_value(it).unwrap())
        }
        Part::Service(number) => {
            let service = stage.services[number].as_ref()?;
            let registered = (0..GROUPS).filter(|it| service.groups[*it]).map(|it| ecs::ServiceLoadBalancer {
                target_group: group(it),
                container_name: "web".to_owned(),
                container_port: Port::new(8080),
            });
            let firewalls = (0..2).filter(|it| service.firewalls[*it]).map(|it| firewall(&format!("tasks{it}")));
            let it = ecs::Service {
                cluster: In::Value(model::ClusterArn::new("cluster")),
                task_definition: In::Value(model::TaskDefinitionArn::new("task")),
                desired_count: Some(service.count),
                capacity: ecs::Capacity::Fargate,
                platform_version: Some(format!("1.{}.0", service.revision)),
                deployment_configuration: ecs::DeploymentConfiguration {
                    minimum_healthy_percent: Percent::try_from(i64::from(service.minimum)).unwrap(),
                    maximum_percent: Percent::new(200),
                    circuit_breaker: ecs::CircuitBreaker::Rollback,
                },
                subnets: [In::Value(model::SubnetId::new("subnet-1"))].into(),
                security_groups: firewalls.collect(),
                assign_public_ip: false,
                load_balancers: registered.collect(),
                health_check_grace_period: Some(Seconds::new(60)),
                enable_execute_command: false,
                propagate_tags: ecs::PropagateTags::None,
                enable_ecs_managed_tags: false,
                availability_zone_rebalancing: None,
            };
            json(format!("service.s{number}"), "ecs.service", serde_json::to_value(it).unwrap())
        }
    }
}

/// What is there all the time: the load balancer, its listener, and the security groups.
fn fixed() -> Vec<(String, &'static str, Value)> {
    let group = |name: &str, default_egress| {
        let vpc = In::Value(model::VpcId::new("vpc-1"));
        let it = ec2::SecurityGroup { vpc, description: name.to_owned(), default_egress };
        (format!("security_group.{name}"), "ec2.security_group", serde_json::to_value(it).unwrap())
    };
    let balancer = In::Value(model::SecurityGroupId::new(id("security_group.balancer")));
    let open = ec2::SecurityGroupIngressRule {
        security_group: balancer.clone(),
        ip_protocol: ec2::IpProtocol::tcp(Port::new(80)),
        source: ec2::Peer::ANYWHERE,
        description: None,
    };
    let subnets = ["subnet-1", "subnet-2"].map(|it| In::Value(model::SubnetId::new(it)));
    let load_balancer = elbv2::LoadBalancer::new(elbv2::Scheme::Internal, subnets, [balancer]);
    let arn = In::Value(model::LoadBalancerArn::new(id("load_balancer.web")));
    let listener = elbv2::Listener::http(arn, Port::new(80), elbv2::Action::respond(404, ""));
    let json = |name: &str, kind, value| (name.to_owned(), kind, value);
    vec![
        group("balancer", false),
        group("tasks0", true),
        group("tasks1", true),
        json(
            "security_group_ingress_rule.open",
            "ec2.security_group_ingress_rule",
            serde_json::to_value(open).unwrap(),
        ),
        json("load_balancer.web", elbv2::LoadBalancer::SCHEMA.kind, serde_json::to_value(load_balancer).unwrap()),
        json("listener.web", elbv2::Listener::SCHEMA.kind, serde_json::to_value(listener).unwrap()),
    ]
}

pub(super) struct Asked {
    pub(super) plan: Plan,
    pub(super) recorded: State,
    pub(super) observed: Observations,
}

pub(super) fn asked(pair: &Pair) -> Asked {
    let (mut recorded, mut observed) = (State::new("dev", "lineage"), Observations::default());
    let existing = PARTS.iter().filter_map(|part| resource(&pair.before, &pair.before, *part));
    for (name, kind, inputs) in fixed().into_iter().chain(existing) {
        let id = id(&name);
        let outputs = json!({ "arn": id, "id": id });
        let object = Object {
            generation: 1,
            id: Id::new(&id),
            identity: Identity::default(),
            inputs: inputs.clone(),
            outputs: outputs.clone(),
            ready: true,
            dependencies: BTreeSet::new(),
        };
        let mut record = Record::new(kind);
        (record.generation, record.current) = (1, Some(object));
        recorded.resources.insert(name.parse().unwrap(), record);
        observed.insert(Observed { id: Id::new(id), inputs, outputs, tags: None, status: Status::Ready });
    }
    let steps = pair.moves.iter().zip(&pair.waits).map(|(it, waits)| step(pair, *it, waits)).collect();
    Asked { plan: Plan::of_steps(steps), recorded, observed }
}

fn step(pair: &Pair, it: Move, waits: &BTreeSet<usize>) -> Step {
    let after = waits.iter().copied().collect();
    let Move::Change(part) = it else {
        let operation = Operation::Settle { addresses: Vec::new(), bake: None, before: "the rest".to_owned() };
        return Step { address: None, kind: String::new(), operation, after };
    };
    let old = resource(&pair.before, &pair.before, part);
    let new = resource(&pair.after, &pair.before, part);
    let (name, kind, _) = old.clone().or(new.clone()).unwrap();
    let (dependencies, lifecycle) = (BTreeSet::new(), model::Lifecycle::default());
    let operation = match (old, new) {
        (None, Some((.., inputs))) => Operation::Create {
            generation: 1,
            identity: Identity::default(),
            inputs,
            dependencies,
            lifecycle,
            supersedes: None,
        },
        (_, Some((.., inputs))) => {
            Operation::Update { inputs, fields: Vec::new(), phase: Phase::Whole, tags: None, dependencies, lifecycle }
        }
        (_, None) => Operation::Delete { generation: 1, id: Id::new(id(&name)) },
    };
    Step { address: Some(name.parse().unwrap()), kind: kind.to_owned(), operation, after }
}
