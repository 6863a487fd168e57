//! The planner and the executor together, on a small cloud: what is planned, in which order, and where it ends.

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

#[tokio::test(start_paused = true)]
async fn a_stack_is_made_in_the_order_of_its_references_and_then_there_is_nothing_to_do() {
    let mut rehearsal = rehearsal();
    let plan = converge(&mut rehearsal, &Wanted::default()).await;
    before(&plan, "create network.main 1", "create group.web 1");
    // The rules complete the group that the service uses.
    before(&plan, "create rule.in 1", "create service.web 1");
    assert_eq!(rehearsal.record.state().outputs["service"], json!("service-6/arn"));
    let names: Vec<String> = rehearsal.cloud.objects().into_iter().map(|object| object.name).collect();
    assert!(names.contains(&"test-web".to_owned()), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn a_field_changes_in_place() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { image: "v2", ..Wanted::default() }).await;
    assert_eq!(steps(&plan), ["update service.web"]);
    assert_eq!(plan.changes[0].fields.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_stands_beside_the_old_until_everybody_has_moved() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { description: "web2", ..Wanted::default() }).await;
    assert_eq!(
        actions(&plan),
        ["Replace group.web", "Replace rule.out", "Replace rule.in", "Update service.web"]
            .map(str::to_owned)
            .to_vec()
            .into_iter()
            .collect::<Vec<_>>()
            .as_slice()
            .to_vec()
            .as_slice(),
        "{:#?}",
        actions(&plan)
    );
    before(&plan, "create group.web 2", "expand service.web");
    before(&plan, "create rule.in 2", "expand service.web");
    before(&plan, "expand service.web", "contract service.web");
    before(&plan, "contract service.web", "delete group.web 1");
    before(&plan, "delete rule.in 1", "delete group.web 1");
    let names: Vec<String> = rehearsal.cloud.objects().into_iter().map(|object| object.name).collect();
    assert!(names.contains(&"test-web-2".to_owned()), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn only_adding_to_a_set_takes_one_step() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { extra: true, ..Wanted::default() }).await;
    assert_eq!(steps(&plan), ["create group.extra 1", "update service.web"]);
    let plan = converge(&mut rehearsal, &Wanted::default()).await;
    assert_eq!(steps(&plan), ["update service.web", "settle", "delete group.extra 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_removed_goes_after_its_users() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { service: false, ..Wanted::default() }).await;
    assert_eq!(steps(&plan), ["delete service.web 1"]);
    let plan = rehearsal.plan_destroy().await.unwrap();
    before(&plan, "delete group.web 1", "delete network.main 1");
    assert!(rehearsal.apply(&plan).await.unwrap().is_complete());
    assert_eq!(rehearsal.cloud.objects(), []);
    assert!(rehearsal.record.state().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn replacing_the_root_replaces_everything_and_works() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let plan = converge(&mut rehearsal, &Wanted { cidr: "10.1.0.0/16", ..Wanted::default() }).await;
    before(&plan, "contract service.web", "delete network.main 1");
    assert_eq!(plan.totals().add, 5);
    assert_eq!(plan.totals().destroy, 5);
    assert_eq!(plan.totals().change, 1);
}

#[tokio::test(start_paused = true)]
async fn drift_is_seen_and_mended() {
    let mut rehearsal = rehearsal();
    converge(&mut rehearsal, &Wanted::default()).await;
    let service = rehearsal.record.state().resources["service.web"].current.clone().unwrap();
    rehearsal.cloud.drift(&service.id, "image", json!("outside"));
    let plan = rehearsal.plan(&stack(&Wanted::default()), Mode::Apply).await.unwrap();
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(actions(&plan), ["Update service.web"]);
    rehearsal.cloud.lose(&service.id);
    let plan = converge(&mut rehearsal, &Wanted::default()).await;
    assert_eq!(steps(&plan), ["create service.web 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_only_one_can_hold_is_replaced_with_its_holder() {
    let document = |cidr: &str| {
        let mut stack = Stack::new("test");
        let network = stack.add("main", Network { cidr: cidr.to_owned(), dns: None });
        let address = stack.add("nat", Address {});
        stack.add("nat", Gateway { network: network.id(), address: address.id() });
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    for cidr in ["10.0.0.0/16", "10.1.0.0/16"] {
        let plan = rehearsal.plan(&document(cidr), Mode::Apply).await.unwrap();
        let outcome = rehearsal.apply(&plan).await.unwrap();
        assert!(outcome.is_complete(), "{:?}", outcome.failed);
    }
    assert_eq!(rehearsal.record.state().resources["address.nat"].generation, 2);
    assert_eq!(rehearsal.strays(), Strays::default());
}

#[tokio::test(start_paused = true)]
async fn a_rename_that_is_declared_changes_nothing_but_tags() {
    let document = |name: &str, moved: bool| {
        let mut stack = Stack::new("test");
        stack.add(name, Network { cidr: "10.0.0.0/16".to_owned(), dns: None });
        if moved {
            stack.moved("network.main", "network.other");
        }
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    let plan = rehearsal.plan(&document("main", false), Mode::Apply).await.unwrap();
    rehearsal.apply(&plan).await.unwrap();
    let undeclared = rehearsal.plan(&document("other", false), Mode::Apply).await.unwrap();
    assert_eq!(actions(&undeclared), ["Create network.other", "Delete network.main"]);
    assert!(undeclared.notes[0].message.contains("stack.moved(\"network.main\", \"network.other\")"));
    let declared = rehearsal.plan(&document("other", true), Mode::Apply).await.unwrap();
    assert_eq!(actions(&declared), ["Update network.other"]);
    assert_eq!(declared.changes[0].fields[0].field, "tags");
    assert!(rehearsal.apply(&declared).await.unwrap().is_complete());
    assert!(rehearsal.plan(&document("other", true), Mode::Apply).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_must_not_be_destroyed_is_not() {
    let document = |cidr: &str| {
        let mut stack = Stack::new("test");
        let options = model::Options::new().prevent_destroy();
        stack.add_with("main", Network { cidr: cidr.to_owned(), dns: None }, options);
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    let plan = rehearsal.plan(&document("10.0.0.0/16"), Mode::Apply).await.unwrap();
    rehearsal.apply(&plan).await.unwrap();
    let refused = rehearsal.plan(&document("10.1.0.0/16"), Mode::Apply).await.unwrap_err();
    assert!(matches!(refused, Refusal::PreventDestroy { verb: "replaced", .. }), "{refused}");
    let refused = rehearsal.plan_destroy().await.unwrap_err();
    assert!(matches!(refused, Refusal::PreventDestroy { verb: "destroyed", .. }), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn fields_of_another_writer_are_left_alone() {
    let document = |image: &str| {
        let mut stack = Stack::new("test");
        let service = Service { groups: Vec::new(), image: image.to_owned(), count: 1 };
        stack.add_with("web", service, model::Options::new().ignore_changes("image"));
        stack.document(BTreeMap::new())
    };
    let mut rehearsal = rehearsal();
    let plan = rehearsal.plan(&document("v1"), Mode::Apply).await.unwrap();
    rehearsal.apply(&plan).await.unwrap();
    assert!(rehearsal.plan(&document("v2"), Mode::Apply).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_crash_anywhere_leaves_no_orphan_and_no_phantom() {
    let changed = Wanted { description: "web2", image: "v2", extra: true, ..Wanted::default() };
    let ways: [(&Wanted, &Wanted); 3] = [
        (&Wanted { service: false, ..Wanted::default() }, &Wanted::default()),
        (&Wanted::default(), &changed),
        (&changed, &Wanted::default()),
    ];
    let mut crashes = 0;
    for (from, to) in ways {
        for point in 0.. {
            let mut rehearsal = rehearsal();
            rehearsal.parallelism = 3;
            converge(&mut rehearsal, from).await;
            let plan = rehearsal.plan(&stack(to), Mode::Apply).await.unwrap();
            // Even points die at a journal write, odd ones at an API call, before or after its effect.
            match point % 3 {
                0 => rehearsal.record.die_after(Some(point / 3)),
                side => rehearsal.cloud.inject(crate::fake::Injection {
                    kind: None,
                    action: None,
                    skip: point / 3,
                    times: usize::MAX,
                    when: if side == 1 { crate::fake::When::Before } else { crate::fake::When::After },
                    fault: None,
                }),
            }
            let dies =
                tokio::time::timeout(std::time::Duration::from_secs(3600), rehearsal.apply(&plan)).await.is_err();
            rehearsal.record.die_after(None);
            rehearsal.cloud.heal();
            converge(&mut rehearsal, to).await;
            let per_address = rehearsal.cloud.objects().len();
            assert_eq!(per_address, rehearsal.record.state().resources.len());
            crashes += usize::from(dies);
            if !dies && point % 3 == 2 && point > 150 {
                break;
            }
        }
    }
    assert!(crashes > 100, "{crashes} crashes");
}

#[tokio::test(start_paused = true)]
async fn a_failure_takes_down_only_what_waits_for_it() {
    let mut rehearsal = rehearsal();
    rehearsal.cloud.inject(crate::fake::Injection {
        kind: Some("test.rule".to_owned()),
        action: Some("create".to_owned()),
        skip: 0,
        times: 1,
        when: crate::fake::When::Before,
        fault: Some(crate::Fault::Denied { code: "AccessDenied".to_owned(), message: "no".to_owned() }),
    });
    let plan = rehearsal.plan(&stack(&Wanted::default()), Mode::Apply).await.unwrap();
    let outcome = rehearsal.apply(&plan).await.unwrap();
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.skipped.len(), 2, "the service and the other rule wait for the rule");
    assert_eq!(outcome.done.len(), 3);
    converge(&mut rehearsal, &Wanted::default()).await;
}

#[tokio::test(start_paused = true)]
async fn lost_replies_and_throttling_make_no_second_object() {
    use crate::{
        Fault,
        fake::{Injection, When},
    };
    let faults = [
        Fault::Transient { code: "InternalError".to_owned(), message: String::new() },
        Fault::Throttled { code: "Throttling".to_owned(), message: String::new() },
    ];
    for fault in faults {
        let when = if matches!(fault, Fault::Throttled { .. }) { When::Before } else { When::After };
        let mut rehearsal = rehearsal();
        let injection = Injection { kind: None, action: None, skip: 0, times: 1, when, fault: Some(fault) };
        for skip in 0..40 {
            rehearsal.cloud.inject(Injection { skip: skip * 2, ..injection.clone() });
        }
        let document = stack(&Wanted::default());
        let plan = rehearsal.plan(&document, Mode::Apply).await.unwrap();
        assert!(rehearsal.apply(&plan).await.unwrap().is_complete());
        rehearsal.cloud.heal();
        converge(&mut rehearsal, &Wanted::default()).await;
        assert_eq!(rehearsal.cloud.objects().len(), 6);
    }
}

#[tokio::test(start_paused = true)]
async fn rules_about_the_whole_stack() {
    let mut stack = Stack::new("Test");
    let network = stack.add("main", Network { cidr: "10.0.0.0/16".to_owned(), dns: None });
    stack.add("main", Network { cidr: "10.1.0.0/16".to_owned(), dns: None });
    let mut other = Stack::new("other");
    let group = other.add("elsewhere", Group { network: network.id(), description: String::new() });
    stack.add("web", Service { groups: vec![group.id()], image: String::new(), count: 1 });
    let Err(Refusal::Invalid(problems)) = rehearsal().plan(&stack.document(BTreeMap::new()), Mode::Apply).await else {
        panic!("it is refused");
    };
    let text: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.address, problem.problem.message)).collect();
    assert_eq!(text.len(), 3, "{text:#?}");
    assert!(text[0].contains("cannot name a stack"));
    assert!(text[1].contains("is declared twice; the first time at "));
    assert!(text[2].contains("it refers to group.elsewhere, which is not declared"));
}

#[tokio::test(start_paused = true)]
async fn a_circle_is_named() {
    let mut other = Stack::new("test");
    let later = other.add("b", Group { network: In::Value(VpcId::new("vpc-1")), description: String::new() });
    let mut stack = Stack::new("test");
    let options = model::Options::new().depends_on(later.address());
    let first = stack.add_with("a", Network { cidr: "10.0.0.0/16".to_owned(), dns: None }, options);
    stack.add("b", Group { network: first.id(), description: String::new() });
    let refused = rehearsal().plan(&stack.document(BTreeMap::new()), Mode::Apply).await.unwrap_err();
    let Refusal::Cycle(cycle) = refused else { panic!("{refused}") };
    assert_eq!(cycle.0.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_input_gives_one_plan() {
    let (mut one, mut other) = (rehearsal(), rehearsal());
    let document = stack(&Wanted::default());
    let plans = (one.plan(&document, Mode::Apply).await.unwrap(), other.plan(&document, Mode::Apply).await.unwrap());
    assert_eq!(plans.0, plans.1);
    assert_eq!(plans.0.changes[0].action, Action::Create);
}
