//! Paths that one service answers, and then another one.

use super::*;
use crate::{
    plan::undo,
    serve::{recognise, tests::fixture::stack_and},
};
use model::{Port, Seconds};
use modules::Rollout;

/// The development environment, and a service of its own for `/api/*`.
fn with_api() -> Document {
    with_api_by(Rollout::Rolling)
}

fn with_api_by(rollout: Rollout) -> Document {
    let stack = stack_and(3, Nat::Single, |stack, traffic, service| {
        let api = traffic
            .path("api", "/api/*", const { Priority::new(10) })
            .port(const { Port::new(8080) })
            .health("/health")
            .max_request(Seconds::new(10))
            .build(stack);
        service("api", &api).rollout(rollout).build(stack);
    });
    stack.document(BTreeMap::new())
}

#[test]
fn f8_a_path_gets_a_service_of_its_own() {
    let case = Case::new(&document(), &with_api(), Mode::Apply);
    expect(&case, &case.plan, Proven);
    assert_eq!(
        names(&case.plan)[12..],
        ["create listener_rule.api", "create service.api", "settle", "contract listener_rule.api"]
    );
    // The two groups of `web` as they are, and the two new ones without a weight.
    assert_eq!(weights(&case.plan, "create listener_rule.api"), [("now", 0), ("now", 100), ("new", 0), ("new", 0)]);
    assert_eq!(weights(&case.plan, "contract listener_rule.api"), [("new", 100), ("new", 0)]);
    // The way back sends the requests where they went.
    let all = (0..case.plan.steps.len()).collect();
    let back = undo(&case.plan, &all, &case.recorded);
    assert_eq!(names(&back), ["update listener_rule.api"]);
    assert_eq!(weights(&back, "update listener_rule.api"), weights(&case.plan, "create listener_rule.api"));
    let naive = crate::plan::naive(&case.plan);
    expect(&case, &naive, Breaks("F8", "create listener_rule.api"));
}

/// A service that comes by a rollout gets the requests that another one has answered share by share, too.
#[test]
fn f8_a_path_goes_over_to_a_service_share_by_share() {
    let case = Case::new(&document(), &with_api_by(Rollout::canary()), Mode::Apply);
    expect(&case, &case.plan, Proven);
    let shares: Vec<String> = names(&case.plan).into_iter().filter(|name| name.starts_with("send ")).collect();
    let expected =
        [1, 10, 50, 100].map(|share| format!("send {share} % of the requests to the new by listener_rule.api"));
    assert_eq!(shares, expected);
    assert_eq!(weights(&case.plan, &expected[0]), [("now", 0), ("now", 99), ("new", 1), ("new", 0)]);
}

#[test]
fn f3_a_path_loses_the_service_of_its_own() {
    let case = Case::new(&with_api(), &document(), Mode::Apply);
    expect(&case, &case.plan, Proven);
    let [sends_on, back] = ["send 100 % of the requests to the new by", "send the requests back by"]
        .map(|action| format!("{action} listener_rule.api"));
    assert_eq!(names(&case.plan)[..3], [&sends_on, "settle", "delete service.api generation 1"]);
    let mut on = weights(&case.plan, &sends_on);
    on.sort_unstable();
    assert_eq!(on, [("now", 0), ("now", 0), ("now", 0), ("now", 100)]);
    let undone = undo(&case.plan, &[0].into(), &case.recorded);
    assert_eq!(weights(&undone, &back).len(), 2);
    // What is deleted is not changed back.
    let rule = names(&case.plan).iter().position(|name| name == "delete listener_rule.api generation 1").unwrap();
    assert!(undo(&case.plan, &(0..=rule).collect(), &case.recorded).steps.is_empty());
    let naive = crate::plan::naive(&case.plan);
    expect(&case, &naive, Breaks("F3", "delete service.api generation 1"));
}

/// The groups of a rule after a step, those that are there now and those that the plan makes, and their weights.
fn weights(plan: &Plan, step: &str) -> Vec<(&'static str, u64)> {
    let step = plan.steps.iter().find(|it| recognise::action(it) == step).unwrap();
    let (Operation::Create { inputs, .. } | Operation::Update { inputs, .. }) = &step.operation else { panic!() };
    let groups = inputs["action"]["forward"]["target_groups"].as_array().unwrap();
    let which = |group: &Value| if group["target_group"].is_string() { "now" } else { "new" };
    groups.iter().map(|group| (which(group), group["weight"].as_u64().unwrap())).collect()
}
