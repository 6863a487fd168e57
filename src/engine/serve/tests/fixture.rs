//! A stack like this repository's own, applied to the cloud in memory, and plans that change it.

use crate::{
    fake::{FakeCloud, Rehearsal},
    plan::{Mode, Observations, Operation, Plan, Request, plan, resolve},
    provider::{Entry, Id, Observed, Schemas, Status},
    refresh::refresh,
    serve::{Proof, Question, prove},
    state::{Home, Object, Record, State},
};
use aws::{ec2, ecr, ecs, elbv2, iam, logs};
use model::{
    Document, Port, Seconds, Stack,
    serving::{Fact, Node},
};
use modules::{Cluster, Image, ImageIdentifier, Nat, Network, Region, Registry, Service, Traffic, TrafficRefs};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

pub(super) const KINDS: &[Entry<FakeCloud>] = &[
    Entry::of::<ec2::ElasticIp>(),
    Entry::of::<ec2::InternetGateway>(),
    Entry::of::<ec2::NatGateway>(),
    Entry::of::<ec2::Route>(),
    Entry::of::<ec2::RouteTable>(),
    Entry::of::<ec2::RouteTableAssociation>(),
    Entry::of::<ec2::SecurityGroup>(),
    Entry::of::<ec2::SecurityGroupEgressRule>(),
    Entry::of::<ec2::SecurityGroupIngressRule>(),
    Entry::of::<ec2::Subnet>(),
    Entry::of::<ec2::Vpc>(),
    Entry::of::<ecr::Repository>(),
    Entry::of::<ecs::Cluster>(),
    Entry::of::<ecs::Service>(),
    Entry::of::<ecs::TaskDefinition>(),
    Entry::of::<elbv2::Listener>(),
    Entry::of::<elbv2::ListenerRule>(),
    Entry::of::<elbv2::LoadBalancer>(),
    Entry::of::<elbv2::TargetGroup>(),
    Entry::of::<iam::Role>(),
    Entry::of::<iam::RolePolicy>(),
    Entry::of::<iam::RolePolicyAttachment>(),
    Entry::of::<logs::LogGroup>(),
];

/// The development environment, declared as `stacks/dev.rs` does.
pub(super) fn stack() -> Stack {
    stack_with(3, Nat::Single)
}

/// The same in so many zones, whose tasks reach the internet like this.
pub(super) fn stack_with(zones: u8, nat: Nat) -> Stack {
    stack_and(zones, nat, |_, _, _| ())
}

/// The same with something else behind its load balancer.
pub(super) fn stack_and(
    zones: u8,
    nat: Nat,
    more: impl FnOnce(&mut Stack, &TrafficRefs, &dyn Fn(&str, &TrafficRefs) -> Service<Image>),
) -> Stack {
    let mut stack = Stack::new("dev");
    let region = Region::new("us-east-1").unwrap();
    let network = Network::new("main", &region, "10.0.0.0/16".parse().unwrap()).zones(zones).nat(nat).build(&mut stack);
    let images = Registry::new("app").build(&mut stack);
    let traffic = Traffic::new("web", &network)
        .port(const { Port::new(8080) })
        .health("/health")
        .max_request(Seconds::new(10))
        .build(&mut stack);
    let cluster = Cluster::new("main").build(&mut stack);
    let service = |name: &str, traffic: &TrafficRefs| {
        Service::new(name, &cluster, &network, traffic)
            .image(images.image(&ImageIdentifier::new("v1").unwrap()))
            .count(2)
            .starts_within(Seconds::new(15))
    };
    service("web", &traffic).build(&mut stack);
    more(&mut stack, &traffic, &service);
    stack.serves(traffic.probe("/health").at_least(2));
    stack
}

pub(super) fn document() -> Document {
    stack().document(BTreeMap::new())
}

/// A stack that has been applied, and the plan of a change of it.
pub(super) struct Case {
    pub(super) plan: Plan,
    pub(super) desired: Document,
    pub(super) recorded: State,
    pub(super) observed: Observations,
    pub(super) schemas: Schemas,
    pub(super) foreign: Vec<(Node, Fact)>,
}

impl Case {
    /// Applies `before`, then plans `after`.
    pub(super) fn new(before: &Document, after: &Document, mode: Mode) -> Self {
        Self::with(before, after, mode, |_| ())
    }

    /// The same, with something happening to the cloud in between.
    pub(super) fn with(before: &Document, after: &Document, mode: Mode, meanwhile: impl FnOnce(&Rehearsal)) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut rehearsal = Rehearsal::new("dev", KINDS);
            let plan = rehearsal.plan(before, Mode::Apply).await.unwrap();
            let outcome = rehearsal.apply(&plan).await.unwrap();
            assert!(outcome.is_complete(), "{:?}", outcome.failed);
            meanwhile(&rehearsal);
            let recorded = rehearsal.record.state();
            let observed = refresh(&rehearsal.kinds, &recorded, Duration::ZERO).await.unwrap();
            let plan = rehearsal.plan(after, mode).await.unwrap();
            let schemas = rehearsal.kinds.schemas();
            Self { plan, desired: after.clone(), recorded, observed, schemas, foreign: Vec::new() }
        })
    }

    /// The same without a cloud, for large stacks: everything is as an apply of `before` would have left it.
    pub(super) fn made(before: &Document, after: &Document) -> Self {
        const OUTPUTS: [&str; 8] = ["id", "arn", "name", "uri", "dns_name", "allocation_id", "public_ip", "family"];
        let schemas: Schemas = KINDS.iter().map(|entry| (entry.schema.kind, entry.schema)).collect();
        let home = Home { account: "1".repeat(12), region: "us-east-1".to_owned(), endpoint: None };
        let planned = |desired: &Document, recorded: &State, observed: &Observations| {
            let (schemas, home) = (&schemas, &home);
            plan(&Request { desired, recorded, observed, schemas, home, mode: Mode::Apply, seed: "made" }).unwrap()
        };
        let (mut recorded, mut observed) = (State::new("dev", "lineage"), Observations::default());
        for step in planned(before, &recorded, &observed).steps {
            let Operation::Create { generation, identity, inputs, dependencies, lifecycle, .. } = step.operation else {
                continue;
            };
            let address = step.address.unwrap();
            let inputs = resolve(&inputs, &|reference| {
                recorded.resources.get(&reference.address)?.current.as_ref()?.outputs.get(&reference.output)
            });
            let outputs = OUTPUTS.map(|name| (name.to_owned(), Value::from(format!("{address}/{name}"))));
            let (id, outputs) = (Id::new(address.as_str()), Value::Object(outputs.into_iter().collect()));
            let tags = schemas[step.kind.as_str()].taggable.then(|| identity.tags.clone());
            let seen = Observed {
                id: id.clone(),
                inputs: inputs.clone(),
                outputs: outputs.clone(),
                tags,
                status: Status::Ready,
            };
            observed.insert(seen);
            let mut record = Record::new(step.kind);
            let object = Object { generation, id, identity, inputs, outputs, ready: true, dependencies };
            (record.generation, record.current, record.lifecycle) = (generation, Some(object), lifecycle);
            recorded.resources.insert(address, record);
        }
        let plan = planned(after, &recorded, &observed);
        Self { plan, desired: after.clone(), recorded, observed, schemas, foreign: Vec::new() }
    }

    /// Plans the change once more.
    pub(super) fn replan(&self) -> Plan {
        let Self { desired, recorded, observed, schemas, plan: Plan { home, .. }, .. } = self;
        plan(&Request { desired, recorded, observed, schemas, home, mode: Mode::Apply, seed: "made" }).unwrap()
    }

    pub(super) fn prove(&self) -> Proof {
        self.prove_plan(&self.plan)
    }

    pub(super) fn prove_plan(&self, plan: &Plan) -> Proof {
        prove(&Question {
            plan,
            desired: &self.desired,
            recorded: &self.recorded,
            observed: &self.observed,
            schemas: &self.schemas,
            foreign: &self.foreign,
        })
    }
}

/// Sets a field of a resource of a document, by a JSON pointer.
pub(super) fn edit(mut document: Document, address: &str, pointer: &str, value: serde_json::Value) -> Document {
    let found = document.resources.iter_mut().find(|resource| resource.address.as_str() == address);
    let resource = found.unwrap_or_else(|| panic!("no {address}"));
    *resource.inputs.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer} in {address}")) = value;
    document
}
