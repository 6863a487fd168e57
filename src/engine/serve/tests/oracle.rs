//! Random changes in random orders, judged by the proof and by an oracle: a plain simulation that visits every state
//! one by one, in words of its own, and shares nothing with the proof but the inputs of the objects.
//!
//! `RUST_STACK_PAIRS=100000 cargo test -p rust-stack-engine --release random_pairs` judges as many pairs.

use super::fixture::KINDS;
use crate::{
    plan::{FORMAT, Mode, Observations, Operation, Phase, Plan, Step, VERSION},
    provider::{Id, Identity, Observed, Schemas, Status},
    serve::{Question, prove},
    state::{Home, Object, Record, State},
};
use aws::{ec2, ecs, elbv2};
use model::{Document, In, Percent, Port, Priority, Reference, Resource, Seconds, Weight};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const GROUPS: usize = 3;

/// Everything that varies.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stage {
    /// Target groups.
    groups: [bool; GROUPS],
    /// The rule for `/api/*`, and the one for everything.
    rules: [Option<Rule>; 2],
    services: [Option<Service>; 2],
    /// From the load balancer to the tasks' security group 0 or 1: the way out, and the way in.
    ways: [[bool; 2]; 2],
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    priority: u16,
    /// `None`: not listed. All `None`: a fixed answer.
    weights: [Option<u16>; GROUPS],
}

#[derive(Clone, Debug, PartialEq)]
struct Service {
    groups: [bool; GROUPS],
    firewalls: [bool; 2],
    count: u32,
    minimum: u32,
    revision: u8,
}

/// One thing that varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Group(usize),
    Way(usize, usize),
    Rule(usize),
    Service(usize),
}

const PARTS: [Part; 11] = [
    Part::Group(0),
    Part::Group(1),
    Part::Group(2),
    Part::Way(0, 0),
    Part::Way(0, 1),
    Part::Way(1, 0),
    Part::Way(1, 1),
    Part::Rule(0),
    Part::Rule(1),
    Part::Service(0),
    Part::Service(1),
];

/// What a step does: to one part, or it settles.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Move {
    Change(Part),
    Settle,
}

/// A random change and the order in which it is made.
struct Pair {
    before: Stage,
    after: Stage,
    moves: Vec<Move>,
    waits: Vec<BTreeSet<usize>>,
}

impl Stage {
    fn has(&self, part: Part) -> bool {
        match part {
            Part::Group(group) => self.groups[group],
            Part::Way(way, firewall) => self.ways[way][firewall],
            Part::Rule(rule) => self.rules[rule].is_some(),
            Part::Service(service) => self.services[service].is_some(),
        }
    }

    fn same(&self, other: &Self, part: Part) -> bool {
        match part {
            Part::Rule(rule) => self.rules[rule] == other.rules[rule],
            Part::Service(service) => self.services[service] == other.services[service],
            part => self.has(part) == other.has(part),
        }
    }

    fn take(&mut self, from: &Self, part: Part) {
        match part {
            Part::Group(group) => self.groups[group] = from.groups[group],
            Part::Way(way, firewall) => self.ways[way][firewall] = from.ways[way][firewall],
            Part::Rule(rule) => self.rules[rule].clone_from(&from.rules[rule]),
            Part::Service(service) => self.services[service].clone_from(&from.services[service]),
        }
    }

    /// The groups that a part names.
    fn names(&self, part: Part) -> Vec<usize> {
        let named = |group: &usize| match part {
            Part::Rule(rule) => self.rules[rule].as_ref().is_some_and(|it| it.weights[*group].is_some()),
            Part::Service(service) => self.services[service].as_ref().is_some_and(|it| it.groups[*group]),
            _ => false,
        };
        (0..GROUPS).filter(named).collect()
    }
}

// --- The generator ----------------------------------------------------------------------------------------------

fn stage(dice: &mut StdRng) -> Stage {
    let mut stage = Stage { groups: [true, dice.random_bool(0.7), dice.random_bool(0.4)], ..Stage::default() };
    let existing: Vec<usize> = (0..GROUPS).filter(|group| stage.groups[*group]).collect();
    let pick = |dice: &mut StdRng| existing[dice.random_range(0..existing.len())];
    for rule in 0..2 {
        if rule == 1 || dice.random_bool(0.5) {
            let mut weights = [None; GROUPS];
            if dice.random_bool(0.9) {
                weights[pick(dice)] = Some(100);
                if dice.random_bool(0.4) {
                    weights[pick(dice)] = Some([0, 50][dice.random_range(0..2)]);
                }
            }
            let priority = [10, 30][rule] + 40 * u16::from(dice.random_bool(0.15) && rule == 0);
            stage.rules[rule] = Some(Rule { priority, weights });
        }
    }
    for service in 0..2 {
        if service == 0 || dice.random_bool(0.5) {
            let mut groups = [false; GROUPS];
            groups[pick(dice)] = true;
            groups[pick(dice)] |= dice.random_bool(0.6);
            groups[pick(dice)] |= dice.random_bool(0.4);
            let first = dice.random_bool(0.6);
            stage.services[service] = Some(Service {
                groups,
                firewalls: [first, !first || dice.random_bool(0.3)],
                count: dice.random_range(1..4),
                minimum: [0, 50, 100, 100, 100][dice.random_range(0..5)],
                revision: dice.random_range(0..2),
            });
        }
    }
    stage.ways = [(); 2].map(|()| [(); 2].map(|()| dice.random_bool(0.8)));
    stage
}

fn pair(dice: &mut StdRng) -> Pair {
    let before = stage(dice);
    let mut after = before.clone();
    let other = stage(dice);
    // Some parts change, the others stay; a part may name only groups that are there.
    for part in PARTS {
        if dice.random_bool(0.45) {
            after.take(&other, part);
        }
    }
    for part in PARTS {
        for group in after.names(part) {
            after.groups[group] = true;
        }
    }
    let mut changed: Vec<Part> = PARTS.into_iter().filter(|part| !before.same(&after, *part)).collect();
    let careful = dice.random_bool(0.6);
    for index in (1..changed.len()).rev() {
        changed.swap(index, dice.random_range(0..=index));
    }
    // Groups are made first: whoever names one needs it.
    changed.sort_by_key(|part| {
        let rank = match (before.has(*part), after.has(*part)) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        if careful { (rank, !matches!(part, Part::Group(_))) } else { (0, !matches!(part, Part::Group(_)) || rank > 0) }
    });
    let mut moves: Vec<Move> = Vec::new();
    let mut waits: Vec<BTreeSet<usize>> = Vec::new();
    let strict = dice.random_bool(0.4);
    let mut last_rank = 0;
    for part in changed {
        let rank = u8::from(before.has(part)) + u8::from(before.has(part) && !after.has(part));
        let settles = if careful { rank != last_rank } else { dice.random_bool(0.15) };
        last_rank = rank;
        if settles && !moves.is_empty() {
            let all = dice.random_bool(0.85);
            waits.push((0..moves.len()).filter(|_| all || dice.random_bool(0.5)).collect());
            moves.push(Move::Settle);
        }
        let new = |group: &usize| !before.groups[*group];
        let needs: Vec<usize> = after.names(part).into_iter().filter(new).collect();
        let mut after_steps: BTreeSet<usize> = (0..moves.len())
            .filter(|earlier| match moves[*earlier] {
                Move::Change(Part::Group(group)) => needs.contains(&group),
                Move::Change(_) => strict || dice.random_bool(0.3),
                Move::Settle => careful || dice.random_bool(0.5),
            })
            .collect();
        if strict && let Some(last) = moves.len().checked_sub(1) {
            after_steps.insert(last);
        }
        waits.push(after_steps);
        moves.push(Move::Change(part));
    }
    Pair { before, after, moves, waits }
}

// --- The oracle -------------------------------------------------------------------------------------------------

impl Pair {
    /// Each step and all that comes before it.
    fn closure(&self) -> Vec<u32> {
        let mut closures = Vec::new();
        for (index, waits) in self.waits.iter().enumerate() {
            closures.push(waits.iter().fold(1 << index, |all: u32, step| all | closures[*step]));
        }
        closures
    }

    /// Whether any request is answered before and after, and anything changes.
    fn serves(&self) -> bool {
        let closures = self.closure();
        let all = (1_u32 << self.moves.len()) - 1;
        let answered = |request| {
            [0, all].iter().all(|done| {
                let state = Simulated::new(self, &closures, *done, 0, 0);
                Simulated { unproven: [[false; 2]; 2], ..state }.answers(request)
            })
        };
        !self.moves.is_empty() && (answered(Request::Api) || answered(Request::Other))
    }

    /// Whether both requests, as far as they are answered before and after, are answered in every state.
    fn is_safe(&self) -> bool {
        let closures = self.closure();
        let all = (1_u32 << self.moves.len()) - 1;
        let rest = |done: u32| Simulated::new(self, &closures, done, 0, 0);
        for request in [Request::Api, Request::Other] {
            let ends = [rest(0), Simulated { unproven: [[false; 2]; 2], ..rest(all) }];
            let ends = ends.map(|state| state.rule(request).filter(|_| state.answers(request)));
            let [Some(first), Some(last)] = ends else { continue };
            for done in 0..=all {
                if (0..self.moves.len()).any(|step| done & (1 << step) != 0 && closures[step] & !done != 0) {
                    continue;
                }
                let begun: Vec<usize> = (0..2).filter(|service| self.may_deploy(*service, &closures, done)).collect();
                // Each service that may be in deployment is not, or is with only old tasks, or with only new ones.
                for choice in 0..3_u32.pow(begun.len() as u32) {
                    let digit = |place: usize| choice / 3_u32.pow(place as u32) % 3;
                    let of = |wanted: u32| {
                        (0..begun.len()).filter(|it| digit(*it) == wanted).fold(0, |all, it| all | 1 << begun[it])
                    };
                    let state = Simulated::new(self, &closures, done, of(1), of(2));
                    let fair = state.rule(request).is_some_and(|rule| rule == first || rule == last);
                    if !fair || !state.answers(request) {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn may_deploy(&self, service: usize, closures: &[u32], done: u32) -> bool {
        let step = self.moves.iter().position(|it| *it == Move::Change(Part::Service(service)));
        let (Some(step), Some(before), Some(after)) =
            (step, &self.before.services[service], &self.after.services[service])
        else {
            return false;
        };
        let restarts =
            (before.groups, before.firewalls, before.revision) != (after.groups, after.firewalls, after.revision);
        restarts && done & (1 << step) == 0 && closures[step] & !done == 1 << step
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Request {
    Api,
    Other,
}

/// One state.
struct Simulated<'a> {
    pair: &'a Pair,
    now: Stage,
    /// Ways that may not work yet.
    unproven: [[bool; 2]; 2],
    old: u32,
    new: u32,
}

impl<'a> Simulated<'a> {
    /// `old` and `new` are the services in deployment of which only old tasks are left, or only new ones are there.
    fn new(pair: &'a Pair, closures: &[u32], done: u32, old: u32, new: u32) -> Self {
        let mut now = pair.before.clone();
        let mut seen = 0;
        for (step, it) in pair.moves.iter().enumerate().filter(|(step, _)| done & (1 << step) != 0) {
            match it {
                Move::Settle => seen |= closures[step],
                Move::Change(part) => {
                    now.take(&pair.after, *part);
                    // Its tasks have been seen healthy.
                    if matches!(part, Part::Service(_)) && pair.after.has(*part) {
                        seen |= closures[step];
                    }
                }
            }
        }
        let mut unproven = [[false; 2]; 2];
        for (step, it) in pair.moves.iter().enumerate() {
            if let Move::Change(Part::Way(way, firewall)) = it {
                unproven[*way][*firewall] = !pair.before.ways[*way][*firewall] && seen & (1 << step) == 0;
            }
        }
        Self { pair, now, unproven, old, new }
    }

    fn rule(&self, request: Request) -> Option<usize> {
        let fits = |rule: &usize| *rule == 1 || request == Request::Api;
        let rules = (0..2).filter(fits).filter_map(|rule| Some((self.now.rules[rule].as_ref()?.priority, rule)));
        rules.min().map(|(_, rule)| rule)
    }

    fn answers(&self, request: Request) -> bool {
        let Some(rule) = self.rule(request).and_then(|rule| self.now.rules[rule].as_ref()) else { return false };
        let mut groups = (0..GROUPS).filter(|group| rule.weights[*group].is_some_and(|weight| weight > 0)).peekable();
        groups.peek().is_some() && groups.all(|group| self.now.groups[group] && self.healthy(group) > 0)
    }

    fn healthy(&self, group: usize) -> u32 {
        (0..2).map(|service| self.healthy_of(service, group)).sum()
    }

    fn healthy_of(&self, service: usize, group: usize) -> u32 {
        let Some(now) = &self.now.services[service] else { return 0 };
        let serves = |it: &Service, strictly: bool| it.groups[group] && self.reaches(it, strictly);
        let in_deployment = (self.old | self.new) & (1 << service) != 0;
        let (true, Some(next)) = (in_deployment, &self.pair.after.services[service]) else {
            return if serves(now, true) { now.count } else { 0 };
        };
        let count = now.count.min(next.count);
        let kept = (count * now.minimum).div_ceil(100).min((count * next.minimum).div_ceil(100));
        // New tasks take the place of old ones only when they get healthy, which takes a way to them.
        if self.new & (1 << service) != 0 && self.reaches(next, false) {
            return if next.groups[group] { kept } else { 0 };
        }
        if serves(now, true) { kept } else { 0 }
    }

    fn reaches(&self, service: &Service, strictly: bool) -> bool {
        (0..2).all(|way| {
            (0..2).any(|firewall| {
                let works = self.now.ways[way][firewall] && !(strictly && self.unproven[way][firewall]);
                service.firewalls[firewall] && works
            })
        })
    }
}

// --- The same as a plan -----------------------------------------------------------------------------------------

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

struct Asked {
    plan: Plan,
    recorded: State,
    observed: Observations,
}

fn asked(pair: &Pair) -> Asked {
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
    let plan = Plan {
        format: FORMAT.to_owned(),
        version: VERSION,
        stack: "dev".to_owned(),
        lineage: "lineage".to_owned(),
        mode: Mode::Apply,
        home: Home { account: "1".repeat(12), region: "us-east-1".to_owned(), endpoint: None },
        base: String::new(),
        learnt: Vec::new(),
        drift: Vec::new(),
        changes: Vec::new(),
        steps,
        outputs: BTreeMap::new(),
        outputs_after: BTreeMap::new(),
        variables: BTreeMap::new(),
        variables_after: BTreeMap::new(),
        notes: Vec::new(),
    };
    Asked { plan, recorded, observed }
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

#[test]
fn random_pairs_are_never_called_safe_when_they_are_not() {
    let pairs = std::env::var("RUST_STACK_PAIRS").ok().and_then(|it| it.parse().ok()).unwrap_or(3_000);
    let schemas: Schemas = KINDS.iter().map(|entry| (entry.schema.kind, entry.schema)).collect();
    let desired: Document = model::Stack::new("dev").document(BTreeMap::new());
    let (mut safe, mut false_unsafe) = (0, 0);
    for seed in 0..pairs {
        let mut dice = StdRng::seed_from_u64(seed);
        // Only what serves before and after can be lost.
        let pair = std::iter::repeat_with(|| pair(&mut dice)).find(Pair::serves).unwrap();
        let Asked { plan, recorded, observed } = asked(&pair);
        let question = Question {
            plan: &plan,
            desired: &desired,
            recorded: &recorded,
            observed: &observed,
            schemas: &schemas,
            foreign: &[],
        };
        let proof = prove(&question);
        let called_safe = proof.breaks.is_empty() && proof.unproven.is_empty();
        let is_safe = pair.is_safe();
        assert!(
            is_safe || !called_safe,
            "seed {seed} is called safe:\n{:#?}\n{:#?}\n{:?} {:?}\n{:#?}",
            pair.before,
            pair.after,
            pair.moves,
            pair.waits,
            proof
        );
        safe += u64::from(is_safe);
        false_unsafe += u64::from(is_safe && !called_safe);
        if is_safe && !called_safe && std::env::var_os("RUST_STACK_SHOW").is_some() {
            let text = crate::render::proof(&proof, &plan);
            panic!(
                "seed {seed} is safe:\n{:#?}\n{:#?}\n{:?} {:?}\n{text}\n{:#?}",
                pair.before, pair.after, pair.moves, pair.waits, proof.breaks
            );
        }
    }
    let share = |part: u64| part as f64 * 100.0 / pairs as f64;
    let text = format!(
        "{pairs} pairs, {:.1} % safe, {false_unsafe} ({:.2} %) falsely called unsafe",
        share(safe),
        share(false_unsafe)
    );
    assert!((10.0..90.0).contains(&share(safe)), "{text}");
    assert!(share(false_unsafe) <= 2.0, "{text}");
}
