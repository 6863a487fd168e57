//! The planner and the executor together, on a small cloud: what is planned, in which order, and where it ends.

mod changes;
mod crashes;
mod rollout;
mod rules;
mod undo;

use crate::{
    fake::{Rehearsal, Strays},
    plan::{Action, Mode, Operation, Phase, Plan, Refusal},
    provider::Entry,
};
use derive::{Outputs, Resource};
use model::{Document, In, LoadBalancerArn, SecurityGroupId, Stack, VpcId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.network", outputs = NetworkOutputs)]
struct Network {
    #[on_change(replace)]
    cidr: String,
    dns: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct NetworkOutputs {
    id: VpcId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.group", outputs = GroupOutputs)]
struct Group {
    #[on_change(replace)]
    network: In<VpcId>,
    #[on_change(replace)]
    description: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct GroupOutputs {
    id: SecurityGroupId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.rule", outputs = model::NoOutputs, untaggable)]
struct Rule {
    #[part_of]
    #[unique]
    #[on_change(replace)]
    group: In<SecurityGroupId>,
    #[unique]
    #[on_change(replace)]
    source: In<SecurityGroupId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.service", outputs = ServiceOutputs)]
struct Service {
    #[on_change(union_first)]
    #[unordered]
    groups: Vec<In<SecurityGroupId>>,
    image: String,
    count: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct ServiceOutputs {
    arn: LoadBalancerArn,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.address", outputs = AddressOutputs)]
struct Address {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct AddressOutputs {
    id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.gateway", outputs = model::NoOutputs)]
struct Gateway {
    #[on_change(replace)]
    network: In<VpcId>,
    #[exclusive]
    #[on_change(replace)]
    address: In<String>,
}

const KINDS: &[Entry<crate::fake::FakeCloud>] = &[
    Entry::of::<Network>(),
    Entry::of::<Group>(),
    Entry::of::<Rule>(),
    Entry::of::<Service>(),
    Entry::of::<Address>(),
    Entry::of::<Gateway>(),
];

/// What varies between the stacks of these tests.
struct Wanted {
    cidr: &'static str,
    description: &'static str,
    image: &'static str,
    extra: bool,
    service: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { cidr: "10.0.0.0/16", description: "web", image: "v1", extra: false, service: true }
    }
}

fn stack(wanted: &Wanted) -> Document {
    let mut stack = Stack::new("test");
    let network = stack.add("main", Network { cidr: wanted.cidr.to_owned(), dns: None });
    let balancer = stack.add("balancer", Group { network: network.id(), description: "balancer".to_owned() });
    let web = stack.add("web", Group { network: network.id(), description: wanted.description.to_owned() });
    stack.add("in", Rule { group: web.id(), source: balancer.id() });
    stack.add("out", Rule { group: balancer.id(), source: web.id() });
    if wanted.service {
        let mut groups = vec![web.id()];
        if wanted.extra {
            let extra = stack.add("extra", Group { network: network.id(), description: "extra".to_owned() });
            groups.push(extra.id());
        }
        let service = stack.add("web", Service { groups, image: wanted.image.to_owned(), count: 2 });
        stack.output("service", service.arn());
    }
    stack.document(BTreeMap::new())
}

fn rehearsal() -> Rehearsal {
    Rehearsal::new("test", KINDS)
}

async fn converge(rehearsal: &mut Rehearsal, wanted: &Wanted) -> Plan {
    let plan = rehearsal.plan(&stack(wanted), Mode::Apply).await.unwrap();
    let outcome = rehearsal.apply(&plan).await.unwrap();
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    let again = rehearsal.plan(&stack(wanted), Mode::Apply).await.unwrap();
    assert!(again.is_empty(), "{:#?}", again.changes);
    assert!(again.drift.is_empty(), "{:#?}", again.drift);
    assert_eq!(rehearsal.strays(), Strays::default());
    plan
}

/// The steps in a short form: `create group.web 2`, `expand service.web`, `delete group.web 1`.
fn steps(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let address = step.address.as_ref().map(ToString::to_string).unwrap_or_default();
            match &step.operation {
                Operation::Create { generation, .. } => format!("create {address} {generation}"),
                Operation::Update { phase: Phase::Whole, .. } => format!("update {address}"),
                Operation::Update { phase, .. } => format!("{phase:?} {address}").to_lowercase(),
                Operation::Together { objects, .. } => {
                    let objects: Vec<&str> = objects.iter().map(|object| object.address.as_str()).collect();
                    format!("together {}", objects.join(" "))
                }
                Operation::Settle { .. } => "settle".to_owned(),
                Operation::Delete { generation, .. } => format!("delete {address} {generation}"),
            }
        })
        .collect()
}

fn actions(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(|change| format!("{:?} {}", change.action, change.address)).collect()
}

fn before(plan: &Plan, earlier: &str, later: &str) {
    let steps = steps(plan);
    let place =
        |step: &str| steps.iter().position(|it| it == step).unwrap_or_else(|| panic!("no step `{step}` in {steps:#?}"));
    assert!(reaches(plan, place(earlier), place(later)), "`{later}` does not wait for `{earlier}`: {steps:#?}");
}

fn reaches(plan: &Plan, earlier: usize, later: usize) -> bool {
    plan.steps[later].after.iter().any(|&step| step == earlier || reaches(plan, earlier, step))
}
