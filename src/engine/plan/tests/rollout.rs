//! A new version beside the old one: where it goes, how the requests get there, and what comes of a rollout that stops.

use super::{actions, steps};
use crate::{
    fake::{FakeCloud, Rehearsal, Strays},
    plan::{Mode, Operation, Phase, Plan, undo},
    provider::Entry,
};
use aws::{ec2, ecs, elbv2, iam, logs};
use model::{Document, Percent, Seconds, Stack};
use modules::{Cluster, Image, Nat, Network, Region, Rollout, Service, Traffic};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const KINDS: &[Entry<FakeCloud>] = &[
    Entry::of::<ec2::Vpc>(),
    Entry::of::<ec2::InternetGateway>(),
    Entry::of::<ec2::Subnet>(),
    Entry::of::<ec2::RouteTable>(),
    Entry::of::<ec2::Route>(),
    Entry::of::<ec2::RouteTableAssociation>(),
    Entry::of::<ec2::SecurityGroup>(),
    Entry::of::<ec2::SecurityGroupIngressRule>(),
    Entry::of::<ec2::SecurityGroupEgressRule>(),
    Entry::of::<elbv2::LoadBalancer>(),
    Entry::of::<elbv2::TargetGroup>(),
    Entry::of::<elbv2::Listener>(),
    Entry::of::<elbv2::ListenerRule>(),
    Entry::of::<ecs::Cluster>(),
    Entry::of::<ecs::TaskDefinition>(),
    Entry::of::<ecs::Service>(),
    Entry::of::<iam::Role>(),
    Entry::of::<iam::RolePolicy>(),
    Entry::of::<logs::LogGroup>(),
];

fn canary() -> Rollout {
    let shares = [1, 50].map(Percent::new).into();
    Rollout::Canary { shares, step_bake: Seconds::new(60), bake: Seconds::new(300) }
}

fn document(image: &str, rollout: Rollout) -> Document {
    let mut stack = Stack::new("dev");
    let region = Region::new("eu-west-1").unwrap();
    let network = Network::new("main", &region, "10.0.0.0/16".parse().unwrap()).nat(Nat::None).build(&mut stack);
    let traffic = Traffic::new("web", &network).build(&mut stack);
    let cluster = Cluster::new("main").build(&mut stack);
    let service = Service::new("web", &cluster, &network, &traffic).image(Image::public(image));
    service.rollout(rollout).build(&mut stack);
    stack.document(BTreeMap::new())
}

async fn plan(rehearsal: &mut Rehearsal, image: &str) -> Plan {
    rehearsal.plan(&document(image, canary()), Mode::Apply).await.unwrap()
}

async fn apply(rehearsal: &mut Rehearsal, plan: &Plan) {
    let outcome = rehearsal.apply(plan).await.unwrap();
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
}

async fn made(image: &str) -> Rehearsal {
    let mut rehearsal = Rehearsal::new("dev", KINDS);
    let first = plan(&mut rehearsal, image).await;
    apply(&mut rehearsal, &first).await;
    rehearsal
}

fn recorded(rehearsal: &Rehearsal, address: &str) -> Value {
    let state = rehearsal.record.state();
    state.resources[address].current.as_ref().unwrap().inputs.clone()
}

/// The weights of blue and green, as recorded.
fn weights(rehearsal: &Rehearsal) -> [u64; 2] {
    let groups = &recorded(rehearsal, "listener_rule.web")["action"]["forward"]["target_groups"];
    ["blue", "green"].map(|colour| {
        let group = rehearsal.record.state().resources[format!("target_group.web-{colour}").as_str()]
            .current
            .as_ref()
            .unwrap()
            .outputs["arn"]
            .clone();
        let of_group = groups.as_array().unwrap().iter().find(|tuple| tuple["target_group"] == group);
        of_group.unwrap()["weight"].as_u64().unwrap()
    })
}

/// Carries out the first `count` steps of a plan, as an apply that is stopped there.
async fn apply_some(rehearsal: &mut Rehearsal, plan: &Plan, count: usize) {
    let some = Plan { steps: plan.steps[..count].to_vec(), ..plan.clone() };
    let outcome = rehearsal.apply(&some).await.unwrap();
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
}

const ROLLED_OUT: &[&str] = &[
    "create task_definition.web 2",
    "create service.web 2",
    "settle",
    "shift(percent(1)) listener_rule.web",
    "settle",
    "shift(percent(50)) listener_rule.web",
    "settle",
    "shift(percent(100)) listener_rule.web",
    "settle",
    "delete service.web 1",
    "delete task_definition.web 1",
];

#[tokio::test(start_paused = true)]
async fn a_new_version_gets_the_requests_share_by_share_in_the_other_group() {
    let mut rehearsal = made("app:1").await;
    assert_eq!(weights(&rehearsal), [100, 0]);
    let second = plan(&mut rehearsal, "app:2").await;
    assert_eq!(steps(&second), ROLLED_OUT);
    let bakes: Vec<u32> = second
        .steps
        .iter()
        .filter_map(|step| match &step.operation {
            Operation::Settle { bake, .. } => Some(bake.map_or(0, Seconds::get)),
            _ => None,
        })
        .collect();
    assert_eq!(bakes, [0, 60, 60, 300]);
    let befores: BTreeSet<&str> = second
        .steps
        .iter()
        .filter_map(|step| match &step.operation {
            Operation::Settle { before, .. } => Some(before.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(befores.len(), 4, "each wave has a name of its own");
    apply(&mut rehearsal, &second).await;
    assert_eq!(weights(&rehearsal), [0, 100]);
    assert!(plan(&mut rehearsal, "app:2").await.is_empty());
    assert_eq!(rehearsal.strays(), Strays::default());

    let third = plan(&mut rehearsal, "app:3").await;
    assert_eq!(actions(&third), ["Replace task_definition.web", "Update listener_rule.web", "Replace service.web"]);
    apply(&mut rehearsal, &third).await;
    assert_eq!(weights(&rehearsal), [100, 0], "and back to blue");
    assert_eq!(rehearsal.strays(), Strays::default());
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_new_version_changes_in_place() {
    let mut rehearsal = made("app:1").await;
    let mut more = document("app:1", canary());
    let service = more.resources.iter_mut().find(|it| it.address.as_str() == "service.web").unwrap();
    service.inputs["desired_count"] = json!(5);
    let plan = rehearsal.plan(&more, Mode::Apply).await.unwrap();
    assert_eq!(steps(&plan), ["update service.web"]);
    let rolling = rehearsal.plan(&document("app:2", Rollout::Rolling), Mode::Apply).await.unwrap();
    assert_eq!(actions(&rolling), ["Replace task_definition.web", "Update service.web"], "unless none is asked for");
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_was_stopped_anywhere_goes_on() {
    for count in 1..ROLLED_OUT.len() {
        let mut rehearsal = made("app:1").await;
        let second = plan(&mut rehearsal, "app:2").await;
        apply_some(&mut rehearsal, &second, count).await;
        let rest = plan(&mut rehearsal, "app:2").await;
        let again = steps(&rest);
        let begun = second.steps[..count].iter().filter_map(|step| match step.operation {
            Operation::Update { phase: Phase::Shift(share), .. } => Some(share),
            _ => None,
        });
        for share in begun {
            let shift = format!("{:?} listener_rule.web", Phase::Shift(share)).to_lowercase();
            assert!(!again.contains(&shift), "after {count} steps the share is reached: {again:#?}");
        }
        apply(&mut rehearsal, &rest).await;
        assert_eq!(weights(&rehearsal), [0, 100], "after {count} steps");
        assert!(plan(&mut rehearsal, "app:2").await.is_empty());
        assert_eq!(rehearsal.strays(), Strays::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_was_stopped_anywhere_can_be_gone_back_from() {
    for count in 1..ROLLED_OUT.len() - 2 {
        let mut rehearsal = made("app:1").await;
        let second = plan(&mut rehearsal, "app:2").await;
        apply_some(&mut rehearsal, &second, count).await;
        let back = plan(&mut rehearsal, "app:1").await;
        let made: Vec<String> = steps(&back).into_iter().filter(|step| step.starts_with("create")).collect();
        assert_eq!(made, [""; 0], "after {count} steps the old version is still there");
        apply(&mut rehearsal, &back).await;
        assert_eq!(weights(&rehearsal), [100, 0], "after {count} steps");
        assert!(plan(&mut rehearsal, "app:1").await.is_empty());
        assert_eq!(rehearsal.strays(), Strays::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_version_does_not_mix_with_the_first() {
    let mut rehearsal = made("app:1").await;
    let second = plan(&mut rehearsal, "app:2").await;
    apply_some(&mut rehearsal, &second, 4).await;
    let third = plan(&mut rehearsal, "app:3").await;
    let changed = steps(&third);
    assert!(changed.contains(&"update service.web".to_owned()), "the second, with 1 %, is changed: {changed:#?}");
    apply(&mut rehearsal, &third).await;
    assert_eq!(weights(&rehearsal), [0, 100]);
    assert_eq!(rehearsal.strays(), Strays::default());
}

#[tokio::test(start_paused = true)]
async fn undo_sends_all_requests_back_first_and_at_one_time() {
    let mut rehearsal = made("app:1").await;
    let second = plan(&mut rehearsal, "app:2").await;
    let begun: BTreeSet<usize> = (0..7).collect();
    let back = undo(&second, &begun, &rehearsal.record.state());
    assert_eq!(steps(&back), ["shift(percent(0)) listener_rule.web"]);
    apply_some(&mut rehearsal, &second, 7).await;
    assert_eq!(weights(&rehearsal), [50, 50]);
    apply(&mut rehearsal, &back).await;
    assert_eq!(weights(&rehearsal), [100, 0]);
    let rest = plan(&mut rehearsal, "app:1").await;
    assert_eq!(steps(&rest), ["delete service.web 2", "delete task_definition.web 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_division_that_somebody_made_is_left_alone_until_a_rollout() {
    let mut rehearsal = made("app:1").await;
    let change = |rehearsal: &Rehearsal, blue: u64, green: u64| {
        let state = rehearsal.record.state();
        let rule = state.resources["listener_rule.web"].current.clone().unwrap();
        let mut action = rule.inputs["action"].clone();
        let blue_arn = state.resources["target_group.web-blue"].current.clone().unwrap().outputs;
        for tuple in action["forward"]["target_groups"].as_array_mut().unwrap() {
            tuple["weight"] = json!(if tuple["target_group"] == blue_arn["arn"] { blue } else { green });
        }
        assert!(rehearsal.cloud.drift(&rule.id, "action", action));
    };
    change(&rehearsal, 70, 30);
    let held = plan(&mut rehearsal, "app:1").await;
    assert_eq!(steps(&held), [""; 0], "{:#?}", held.changes);
    assert!(held.notes.iter().any(|note| note.message.contains("only a rollout moves")), "{:?}", held.notes);

    // A rollout that was planned before does not write over what somebody did since.
    let second = plan(&mut rehearsal, "app:2").await;
    change(&rehearsal, 60, 40);
    let outcome = rehearsal.apply(&second).await.unwrap();
    let failures: Vec<String> = outcome.failed.iter().map(|(_, failure)| failure.to_string()).collect();
    assert!(failures.iter().any(|it| it.contains("somebody else has changed action")), "{failures:?}");
    let again = plan(&mut rehearsal, "app:2").await;
    apply(&mut rehearsal, &again).await;
    assert_eq!(weights(&rehearsal), [0, 100]);
}
