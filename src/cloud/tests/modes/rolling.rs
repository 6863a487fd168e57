//! Deployments of a service: F9, F15, F16.

use serde_json::{Value, json};

use crate::support::{AtBalancer, AtTarget, Land, Load, Status, environment, eventually, to};

/// A load balancer `web` that forwards to an empty group.
fn balanced() -> (Land, String) {
    let land = Land::with_tasks();
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    (land, group)
}

fn limits(minimum: u32, maximum: u32) -> Value {
    json!({ "minimumHealthyPercent": minimum, "maximumPercent": maximum })
}

#[test]
fn f09_rounded_limits_leave_no_task_or_no_room() {
    let (land, group) = balanced();
    // It takes a second to start, as containers do.
    let definition = land.define(json!({ "environment": environment("FAULT_SLOW_START_SECONDS", "1") }), json!({}));
    let change = json!({ "desiredCount": 1, "deploymentConfiguration": limits(100, 200) });
    land.serve("web", &definition, &group, change);
    land.until_settled("web");
    let nodes = land.nodes("web", 2);
    let roll = |limits: Value| {
        land.update("web", json!({ "forceNewDeployment": true, "deploymentConfiguration": limits }));
    };
    let report = land.during(&nodes, Load::SHORT, |_| {
        roll(limits(100, 200));
        land.until_settled("web");
    });
    report.loses_none();
    // One task is both the least and the most: it stays, and the deployment never ends.
    let report = land.during(&nodes, Load::SHORT, |traffic| {
        roll(limits(100, 150));
        traffic.pass(150);
    });
    report.loses_none();
    let deployments = land.service("web")["deployments"].clone();
    assert_eq!((&deployments[0]["runningCount"], &deployments[0]["pendingCount"]), (&json!(0), &json!(0)));
    assert_eq!(deployments[1]["runningCount"], 1);
    let report = land.during(&nodes, Load::SHORT, |_| {
        roll(limits(0, 100));
        land.until_settled("web");
    });
    report.loses(&[(Status(502), AtTarget), (Status(503), AtBalancer)]);
}

#[test]
fn f15_the_grace_period_is_shorter_than_the_start() {
    let (land, group) = balanced();
    // The checks of a new target allow for 3 s, as a process takes real time to start.
    let definition = land.define(json!({ "environment": environment("FAULT_SLOW_START_SECONDS", "6") }), json!({}));
    land.serve("web", &definition, &group, json!({ "desiredCount": 1, "healthCheckGracePeriodSeconds": 0 }));
    land.until_stopped("web", "Task failed ELB health checks");
    let nodes = land.nodes("web", 2);
    let report = land.during(&nodes, Load::SHORT, |traffic| {
        // One that does not listen yet gets requests, as there is no other one.
        eventually("the next task is a target", || land.states(&group).contains(&"initial".to_owned()).then_some(()));
        traffic.pass(40);
    });
    report.loses(&[(Status(502), AtTarget), (Status(503), AtBalancer)]);
    land.update("web", json!({ "healthCheckGracePeriodSeconds": 600 }));
    land.until_settled("web");
    land.until_all_healthy(&group, 1);
    land.during(&nodes, Load::SHORT, |_| ()).loses_none();
}

/// On AWS a minute passes until the checks of a target group with the usual settings have failed: an application that
/// starts in two seconds needs no grace period there, and none here.
#[test]
fn f15_a_start_that_is_no_longer_than_usual_needs_no_grace_period() {
    let (land, group) = balanced();
    let definition = land.define(json!({ "environment": environment("FAULT_SLOW_START_SECONDS", "1.5") }), json!({}));
    let breaker = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } });
    let change = json!({ "desiredCount": 2, "healthCheckGracePeriodSeconds": 0, "deploymentConfiguration": breaker });
    land.serve("web", &definition, &group, change);
    land.until_settled("web");
    land.until_all_healthy(&group, 2);
    assert_eq!(land.tasks("web", "STOPPED"), Vec::<Value>::new());
}

#[test]
fn f16_the_circuit_breaker_does_not_see_tasks_that_crash_after_they_were_healthy() {
    let (land, group) = balanced();
    let good = land.define(json!({}), json!({}));
    let crashes = |when, value| land.define(json!({ "environment": environment(when, value) }), json!({}));
    let (at_once, later) = (crashes("FAULT_CRASH_ON_START", "7"), crashes("FAULT_CRASH_AFTER_SECONDS", "3"));
    let breaker = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } });
    land.serve("web", &good, &group, json!({ "deploymentConfiguration": breaker }));
    land.until_settled("web");
    let nodes = land.nodes("web", 2);
    let newest = || {
        let all = land.ecs("ListServiceDeployments", json!({ "cluster": "main", "service": "web" }));
        all["serviceDeployments"][0]["status"].clone()
    };
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.update("web", json!({ "taskDefinition": at_once }));
        eventually("it is rolled back", || (newest() == "ROLLBACK_SUCCESSFUL").then_some(()));
    });
    report.loses_none();
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.update("web", json!({ "taskDefinition": later }));
        eventually("two tasks have crashed", || {
            let crashed = |task: &&Value| task["containers"][0]["exitCode"] == 1;
            (land.tasks("web", "STOPPED").iter().filter(crashed).count() >= 2).then_some(())
        });
    });
    report.loses_some(&[(Status(502), AtTarget), (Status(503), AtBalancer), (Status(504), AtTarget)]);
    assert_ne!(newest(), "ROLLBACK_SUCCESSFUL");
}
