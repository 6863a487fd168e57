//! How tasks come and go, and what their requests see of it: F9 to F18.

use super::*;

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
    // A request ends before SIGTERM comes, because the target is drained; what is stopped without that cuts it.
    check_from(&with(2), &new_revision(with(2)), Watched("F12"));
    let short = edit(with(2), "target_group.web-blue", "/deregistration_delay", json!(15));
    check_from(&short, &new_revision(short.clone()), Refused("F12"));
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
