//! One test for each failure mode that kinds of today can have: avoided by the planner's order and proven, or named.

use super::{
    fixture::{Case, document, edit, stack},
    naive::{at_once, naive, names},
};
use crate::{
    plan::{Action, Mode, Operation, Plan, Step},
    serve::{Fate, Finding, Proof, Severity, Verdict},
};
use model::{
    Document, In, Options, Priority, Stack,
    serving::{self, Fact, Node},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a test expects of a plan.
#[derive(Clone, Copy, Debug)]
enum Expect<'a> {
    /// Everything stays up.
    Proven,
    /// A state in which something does not serve, of that mode, at that step.
    Breaks(&'a str, &'a str),
    /// A finding of that mode that refuses the plan.
    Refused(&'a str),
    /// A finding of that mode, for the gate to watch.
    Watched(&'a str),
}
use Expect::{Breaks, Proven, Refused, Watched};

#[track_caller]
fn expect(case: &Case, plan: &Plan, expected: Expect<'_>) -> Proof {
    let proof = case.prove_plan(plan);
    let finding = |mode: &str, severity: Severity| {
        proof.findings.iter().any(|it: &Finding| it.mode.to_string() == mode && it.severity == severity)
    };
    let holds = match expected {
        Proven => proof.verdict == Verdict::Proven,
        Breaks(mode, step) => proof
            .breaks
            .iter()
            .any(|it| it.mode.to_string() == mode && crate::serve::recognise::action(&plan.steps[it.step]) == step),
        Refused(mode) => finding(mode, Severity::Refuse) && proof.verdict == Verdict::Broken,
        Watched(mode) => finding(mode, Severity::Watch),
    };
    let text = anstyle_free(&crate::render::proof(&proof, plan));
    assert!(holds, "expected {expected:?} of {:#?}\n{text}\n{:#?}\n{:#?}", names(plan), proof.breaks, proof.findings);
    proof
}

fn anstyle_free(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

/// Plans a change from the development environment.
#[track_caller]
fn check(after: &Document, expected: Expect<'_>) -> Case {
    check_from(&document(), after, expected)
}

#[track_caller]
fn check_from(before: &Document, after: &Document, expected: Expect<'_>) -> Case {
    let case = Case::new(before, after, Mode::Apply);
    expect(&case, &case.plan, expected);
    case
}

fn at(document: &Document, address: &str) -> Value {
    document.resources.iter().find(|it| it.address.as_str() == address).map(|it| it.inputs.clone()).unwrap()
}

fn without(mut document: Document, address: &str) -> Document {
    document.resources.retain(|it| it.address.as_str() != address);
    document
}

fn new_revision(document: Document) -> Document {
    edit(document, "task_definition.web", "/containers/web/environment", json!({ "VERSION": "v2" }))
}

#[test]
fn f1_target_group_replaced() {
    let case = check(&edit(document(), "target_group.web-blue", "/port", json!(9090)), Proven);
    let cut = naive(
        &case.plan,
        &["expand listener_rule.web", "expand service.web"],
        &["create target_group.web-blue", "contract listener_rule.web"],
    );
    expect(&case, &cut, Breaks("F1", "contract listener_rule.web"));
    let early = naive(&case.plan, &[], &["delete target_group.web-blue generation 1"]);
    expect(&case, &early, Refused("F1"));
}

#[test]
fn f2_fixed_name() {
    let case = check(&edit(document(), "target_group.web-blue", "/port", json!(9090)), Proven);
    let renamed =
        case.plan.steps.iter().any(
            |step| matches!(&step.operation, Operation::Create { identity, .. } if identity.name == "dev-web-blue-2"),
        );
    assert!(renamed, "the new one has a name of its own");
    // Where AWS allows no two, the plan says so.
    let moved = edit(document(), "subnet.main-private-a", "/availability_zone", json!("us-east-1d"));
    let case = check(&moved, Watched("F2"));
    assert!(case.plan.changes.iter().any(|change| change.action == Action::DeleteThenCreate));
}

#[test]
fn f3_service_replaced() {
    let mut after = document();
    let other = at(&after, "cluster.main");
    let position = after.resources.iter().position(|it| it.address.as_str() == "cluster.main").unwrap();
    let mut cluster = after.resources[position].clone();
    (cluster.address, cluster.inputs) = ("cluster.other".parse().unwrap(), other);
    after.resources.insert(position, cluster);
    let after = edit(after, "service.web", "/cluster", json!({ "$ref": "cluster.other#arn" }));
    let case = check(&after, Proven);
    let first = naive(&case.plan, &[], &["delete service.web generation 1"]);
    expect(&case, &first, Breaks("F3", "delete service.web generation 1"));
}

#[test]
fn f5_security_group_rule_revoked_first() {
    let source = json!({ "cidr_ipv4": "10.0.0.0/16" });
    let case = check(&edit(document(), "security_group_ingress_rule.web", "/source", source), Proven);
    let gone = "delete security_group_ingress_rule.web generation 1";
    let proof = expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F5", gone));
    assert!(proof.breaks[0].remedy.contains("create security_group_ingress_rule.web"), "{:?}", proof.breaks);
    // The right order without a settling step in between: the new rule may not work yet.
    let settles = case.plan.steps.iter().filter(|step| matches!(step.operation, Operation::Settle { .. })).count();
    assert!(settles > 0);
    expect(&case, &naive(&case.plan, &["settle"], &[]), Breaks("F5", gone));
}

#[test]
fn f6_shared_egress_narrowed() {
    // Nothing of the service changes; somebody narrows what the load balancer may send.
    let narrowed = json!({ "cidr_ipv4": "192.168.0.0/16" });
    let after = edit(document(), "security_group_egress_rule.web-load-balancer", "/destination", narrowed);
    check(&after, Refused("F6"));
    let widened = json!({ "cidr_ipv4": "10.0.0.0/16" });
    let case =
        check(&edit(document(), "security_group_egress_rule.web-load-balancer", "/destination", widened), Proven);
    let gone = "delete security_group_egress_rule.web-load-balancer generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F6", gone));
}

#[test]
fn f7_security_group_replaced() {
    let case = check(&edit(document(), "security_group.web", "/description", json!("Other words")), Proven);
    let bare = naive(&case.plan, &["expand service.web"], &["create security_group.web", "contract service.web"]);
    expect(&case, &bare, Breaks("F7", "contract service.web"));
    let early = naive(&case.plan, &[], &["delete security_group.web generation 1"]);
    expect(&case, &early, Refused("F7"));
}

#[test]
fn f8_weight_on_a_group_without_targets() {
    let moved = |blue: u16, green: u16| {
        let groups = "/action/forward/target_groups";
        let [a, b] = ["blue", "green"].map(|colour| json!({ "$ref": format!("target_group.web-{colour}#arn") }));
        let weights = json!([{ "target_group": a, "weight": blue }, { "target_group": b, "weight": green }]);
        edit(document(), "listener_rule.web", groups, weights)
    };
    check(&moved(0, 100), Refused("F8"));
    check(&moved(99, 1), Refused("F8"));
}

#[test]
fn f9_percentages() {
    let with = |count: u32, minimum: u32, maximum: u32| {
        let it = edit(document(), "service.web", "/desired_count", json!(count));
        let it = edit(it, "service.web", "/deployment_configuration/minimum_healthy_percent", json!(minimum));
        let mut it = edit(it, "service.web", "/deployment_configuration/maximum_percent", json!(maximum));
        it.serves[0].at_least = count;
        it
    };
    for (count, minimum, maximum, expected) in [
        (1, 100, 150, Refused("F9")),
        (2, 100, 149, Refused("F9")),
        (1, 0, 100, Breaks("F9", "update service.web")),
        (2, 50, 200, Breaks("F9", "update service.web")),
        (2, 100, 150, Proven),
        (1, 100, 200, Proven),
    ] {
        let before = with(count, minimum, maximum);
        check_from(&before, &new_revision(before.clone()), expected);
    }
}

#[test]
fn f10_drain_shorter_than_a_request() {
    let with = |delay: u32| edit(document(), "target_group.web-blue", "/deregistration_delay", json!(delay));
    check_from(&with(5), &new_revision(with(5)), Breaks("F10", "update service.web"));
    // The planner raises it first.
    check_from(&with(5), &new_revision(with(40)), Proven);
}

#[test]
fn f11_requests_after_deregistration() {
    let with = |delay: u32| edit(document(), "target_group.web-blue", "/deregistration_delay", json!(delay));
    // Long enough for a request, but not for the nodes of the load balancer to learn of it.
    check_from(&with(15), &new_revision(with(15)), Breaks("F11", "update service.web"));
}

#[test]
fn f12_stopped_within_a_request() {
    let with = |seconds: u32| edit(document(), "task_definition.web", "/containers/web/stop_timeout", json!(seconds));
    check_from(&with(2), &new_revision(with(2)), Refused("F12"));
    let shell =
        edit(document(), "task_definition.web", "/containers/web/command", json!(["sh", "-c", "python app.py"]));
    check_from(&shell, &new_revision(shell.clone()), Watched("F12"));
}

#[test]
fn f13_no_plan_stops_a_task() {
    let case = check(&new_revision(document()), Proven);
    for step in &case.plan.steps {
        // Every operation there is: none of them ends a task that a load balancer sends requests to.
        match step.operation {
            Operation::Create { .. }
            | Operation::Update { .. }
            | Operation::Together { .. }
            | Operation::Settle { .. } => (),
            Operation::Delete { .. } => assert_ne!(step.kind, "ecs.task"),
        }
    }
}

#[test]
fn f14_keep_alive() {
    check(&edit(document(), "load_balancer.web", "/idle_timeout", json!(120)), Refused("F14"));
    check(&edit(document(), "load_balancer.web", "/idle_timeout", json!(30)), Proven);
}

#[test]
fn f15_grace_period() {
    let short = edit(document(), "service.web", "/health_check_grace_period", json!(5));
    check_from(&short, &new_revision(short.clone()), Watched("F15"));
}

#[test]
fn f16_circuit_breaker() {
    let off = edit(document(), "service.web", "/deployment_configuration/circuit_breaker", json!("disabled"));
    check_from(&off, &new_revision(off.clone()), Watched("F16"));
}

#[test]
fn f17_one_good_check() {
    let case = check(&edit(document(), "target_group.web-blue", "/port", json!(9090)), Proven);
    expect(&case, &case.plan, Watched("F17"));
}

#[test]
fn f18_weights_reset() {
    let case = Case::with(&document(), &document(), Mode::Apply, |rehearsal| {
        let state = rehearsal.record.state();
        let rule = state.resources["listener_rule.web"].current.clone().unwrap();
        let mut action = rule.inputs["action"].clone();
        let groups = action["forward"]["target_groups"].as_array_mut().unwrap();
        groups[0]["weight"] = json!(90);
        groups[1]["weight"] = json!(10);
        assert!(rehearsal.cloud.drift(&rule.id, "action", action));
    });
    expect(&case, &case.plan, Refused("F18"));
}

#[test]
fn f20_subnets_in_one_call() {
    let subnets = |zones: [&str; 2]| zones.map(|zone| json!({ "$ref": format!("subnet.main-public-{zone}#id") }));
    let with = |zones| edit(document(), "load_balancer.web", "/subnets", json!(subnets(zones)));
    let case = Case::new(&with(["a", "b"]), &with(["b", "c"]), Mode::Apply);
    let expanded = "expand load_balancer.web".to_owned();
    let drop: &[&str] = if names(&case.plan).contains(&expanded) { &["expand load_balancer.web"] } else { &[] };
    expect(&case, &naive(&case.plan, drop, &[]), Refused("F20"));
    // A subnet that is made anew while the load balancer and tasks stand in it.
    let moved = edit(document(), "subnet.main-private-a", "/availability_zone", json!("us-east-1d"));
    let case = Case::new(&document(), &moved, Mode::Apply);
    expect(&case, &naive(&case.plan, &[], &["delete subnet.main-private-a generation 1"]), Refused("F20"));
}

#[test]
fn f21_load_balancer_replaced() {
    let case = check(&edit(document(), "load_balancer.web", "/scheme", json!("internal")), Refused("F21"));
    assert!(case.prove().paths.iter().any(|path| path.fate == Fate::Ends));
}

#[test]
fn f22_listener_moved() {
    check(&edit(document(), "listener.web", "/port", json!(8080)), Refused("F22"));
}

#[test]
fn f23_rules_in_the_wrong_order() {
    let with = |narrow: u16, wide: u16| {
        let mut stack = stack();
        let listener =
            In::Reference(model::Reference { address: "listener.web".parse().unwrap(), output: "arn".into() });
        let group =
            In::Reference(model::Reference { address: "target_group.web-blue".parse().unwrap(), output: "arn".into() });
        for (name, path, priority) in [("narrow", "/api/v1/*", narrow), ("wide", "/api/*", wide)] {
            let priority = Priority::try_from(i64::from(priority)).unwrap();
            let conditions = [aws::elbv2::Condition::path(path)].into();
            let action = aws::elbv2::Action::forward(group.clone());
            let rule = aws::elbv2::ListenerRule { listener: listener.clone(), priority, conditions, action };
            stack.add_with(name, rule, Options::new());
        }
        stack.document(BTreeMap::new())
    };
    let case = Case::new(&with(10, 20), &with(40, 50), Mode::Apply);
    // In one call, as the planner has it.
    expect(&case, &case.plan, Proven);
    // One by one, as others do.
    let one_by_one = |order: [&str; 2]| {
        let moved = case.plan.steps.iter().find_map(|step| match &step.operation {
            Operation::Together { field, objects } => Some((step, field, objects)),
            _ => None,
        });
        let (step, field, objects) = moved.unwrap();
        let mut steps: Vec<Step> = Vec::new();
        for address in order {
            let objects = objects.iter().filter(|it| it.address.as_str() == address).cloned().collect();
            let operation = Operation::Together { field: field.clone(), objects };
            let after = steps.len().checked_sub(1).into_iter().collect();
            steps.push(Step { operation, after, ..step.clone() });
        }
        Plan { steps, ..case.plan.clone() }
    };
    let wrong = one_by_one(["listener_rule.narrow", "listener_rule.wide"]);
    expect(&case, &wrong, Breaks("F23", "change priority together"));
    expect(&case, &one_by_one(["listener_rule.wide", "listener_rule.narrow"]), Proven);
    expect(&case, &at_once(&wrong), Breaks("F23", "change priority together"));
}

#[test]
fn f24_service_before_its_rule() {
    let nothing = Stack::new("dev").document(BTreeMap::new());
    let case = Case::new(&nothing, &document(), Mode::Apply);
    let mut steps = case.plan.clone();
    let place = |name: &str| names(&case.plan).iter().position(|it| it == name).unwrap();
    let (service, rule) = (place("create service.web"), place("create listener_rule.web"));
    steps.steps[service].after.retain(|step| *step != rule);
    expect(&case, &steps, Refused("F24"));
    assert_eq!(case.prove().findings, []);
}

#[test]
fn f25_role_replaced() {
    let case = check(&edit(document(), "role.web-execution", "/path", json!("/tasks/")), Proven);
    let gone = "delete role.web-execution generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F25", gone));
}

/// A policy gives one grant up for another one while the tasks that need it are replaced.
#[test]
fn f25_grants_exchanged() {
    let policy = |resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [resource] }
        ] })
    };
    let with = |mut document: Document, resource: &str| {
        let is_policy = |it: &model::Declaration| it.kind == "iam.role_policy";
        let mut own = document.resources.iter().find(|it| is_policy(it)).unwrap().clone();
        own.address = "role_policy.data".parse().unwrap();
        own.inputs["policy"] = policy(resource);
        let place = document.resources.iter().position(is_policy).unwrap();
        document.resources.insert(place, own);
        document
    };
    let before = with(document(), "arn:aws:s3:::old/*");
    // Both stand side by side until the old tasks are gone.
    let case = check_from(&before, &new_revision(with(document(), "arn:aws:s3:::new/*")), Proven);
    let whole = naive(&case.plan, &["expand role_policy.data"], &["contract role_policy.data"]);
    let proof = case.prove_plan(&whole);
    assert_eq!(proof.verdict, Verdict::Unproven, "{:#?}", proof.breaks);
    assert!(proof.unproven.iter().any(|it| it.why.contains("need what role.web-")), "{:#?}", proof.unproven);
    let late = naive(&case.plan, &["expand role_policy.data"], &[]);
    assert_eq!(case.prove_plan(&late).verdict, Verdict::Unproven, "the new tasks start without it");
    // What only grows is one step, and what nobody's successor replaces was meant to go.
    let grown = with(document(), "arn:aws:s3:::old/*");
    let grown = edit(grown, "role_policy.data", "/policy/Statement/0/Resource", json!(["arn:aws:s3:::old/*", "b"]));
    let case = check_from(&before, &new_revision(grown), Proven);
    assert!(names(&case.plan).contains(&"update role_policy.data".to_owned()), "{:#?}", names(&case.plan));
    check_from(&before, &with(document(), "arn:aws:s3:::new/*"), Proven);
}

#[test]
fn f26_log_group_missing() {
    let mut after = document();
    let position = after.resources.iter().position(|it| it.address.as_str() == "log_group.web").unwrap();
    let mut group = after.resources[position].clone();
    group.address = "log_group.other".parse().unwrap();
    after.resources.insert(position, group);
    let after: Document = serde_json::from_str(
        &serde_json::to_string(&without(after, "log_group.web")).unwrap().replace("log_group.web#", "log_group.other#"),
    )
    .unwrap();
    let case = check(&after, Proven);
    let gone = "delete log_group.web generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F26", gone));
}

#[test]
fn f27_image_that_moves() {
    let image = json!("public.ecr.aws/docker/library/python:latest");
    let after = edit(document(), "task_definition.web", "/containers/web/image", image);
    check(&after, Watched("F27"));
}

#[test]
fn f28_nat_gateway_replaced() {
    let subnet = json!({ "$ref": "subnet.main-public-b#id" });
    let case = check(&edit(document(), "nat_gateway.main-a", "/subnet", subnet), Proven);
    expect(&case, &case.plan, Watched("F28"));
    let gone = "delete nat_gateway.main-a generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F28", gone));
}

#[test]
fn f31_everything_replaced() {
    let case = check(&edit(document(), "vpc.main", "/cidr_block", json!("10.0.0.0/15")), Refused("F21"));
    expect(&case, &case.plan, Watched("F31"));
}

#[test]
fn f34_deleted_before_it_is_certain() {
    let case = check(&new_revision(document()), Proven);
    let gone = "delete task_definition.web generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Watched("F34"));
    let last = case.prove().waves.pop().unwrap();
    assert_eq!(last.revert_seconds, None, "after the last wave there is no way back");
    assert_eq!(last.irreversible, ["task_definition.web".parse().unwrap()]);
}

#[test]
fn f35_an_apply_that_stops_half_way() {
    let case = check(
        &edit(document(), "security_group_ingress_rule.web", "/source", json!({ "cidr_ipv4": "10.0.0.0/16" })),
        Proven,
    );
    // The steps are written in the right order, but nothing holds them to it.
    let gone = "delete security_group_ingress_rule.web generation 1";
    expect(&case, &at_once(&case.plan), Breaks("F5", gone));
}

#[test]
fn f36_things_of_others() {
    let mut case =
        Case::new(&document(), &edit(document(), "target_group.web-blue", "/port", json!(9090)), Mode::Apply);
    let group = &case.recorded.resources["target_group.web-blue"].current.as_ref().unwrap().outputs["arn"];
    let listener = &case.recorded.resources["listener.web"].current.as_ref().unwrap().outputs["arn"];
    let rule = serving::Rule {
        listener: Node::new(listener.as_str().unwrap()),
        priority: 7,
        conditions: [serving::Match::Patterns { property: "path-pattern".into(), patterns: ["/theirs".into()].into() }]
            .into(),
        action: serving::Action::Forward { groups: [(Node::new(group.as_str().unwrap()), 1)].into(), sticky: None },
    };
    case.foreign = vec![(Node::new("arn:of:their:rule"), Fact::Rule(rule))];
    let proof = expect(&case, &case.plan, Refused("F36"));
    let theirs = proof.paths.iter().find(|path| path.name.starts_with("/theirs")).unwrap();
    assert_eq!(theirs.before, Some(2), "it is counted");
    assert!(
        case.plan.steps.iter().all(|step| step.address.is_some() || matches!(step.operation, Operation::Settle { .. }))
    );
}
