//! Targets that leave: F10 to F14.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{AtTarget, Land, Load, Place, Status, What, environment, eventually, to};

#[test]
fn f10_draining_is_shorter_than_the_longest_request() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    let targets = [land.target(&group, 0, 10, "leaves"), land.target(&group, 1, 11, "stays")];
    let leave = || {
        land.deregister(&group, &targets[0]);
        land.until_drained(&group);
    };
    let nodes = land.nodes("web", 2);
    // Requests take 0.8 s, and here it drains for 2 s.
    land.delay(&group, 100);
    land.during(&nodes, Load::LONG, |_| leave()).loses_none();
    land.register(&group, &targets[0]);
    land.until_healthy(&group, &targets[0]);
    land.delay(&group, 5);
    land.during(&nodes, Load::LONG, |_| leave()).loses(&[(Status(502), AtTarget)]);
}

#[test]
fn f11_requests_arrive_after_the_deregistration() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    let targets = [10, 11, 12].map(|last| land.target(&group, 0, last, "web"));
    let nodes = land.nodes("web", 2);
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.deregister(&group, &targets[0]);
        land.until_drained(&group);
        targets[0].stop();
    });
    report.loses_none();
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.deregister(&group, &targets[1]);
        targets[1].stop();
    });
    report.loses(&[(Status(502), AtTarget)]);
}

/// A service `web` behind a load balancer that serves, and its target group.
fn serving(land: &Land, definition: &str) -> String {
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    land.serve("web", definition, &group, json!({}));
    land.until_settled("web");
    group
}

/// Rolls the service to a task definition, until its old tasks have ended.
fn roll(land: &Land, definition: &str) {
    let old: Vec<Value> = land.tasks("web", "RUNNING").iter().map(|task| task["taskArn"].clone()).collect();
    land.update("web", json!({ "taskDefinition": definition, "forceNewDeployment": true }));
    eventually("the old tasks have ended", || {
        let ended = land.tasks("web", "STOPPED");
        let has_ended = |arn: &Value| ended.iter().any(|it| it["taskArn"] == *arn && it["lastStatus"] == "STOPPED");
        old.iter().all(has_ended).then_some(())
    });
    land.until_settled("web");
}

/// What a target that is gone makes: refused, and without an answer once its network interface is gone.
const GONE: [(What, Place); 2] = [(Status(502), AtTarget), (Status(504), AtTarget)];

#[test]
fn f12_sigterm_is_ignored_or_ends_the_process_at_once() {
    let land = Land::with_tasks();
    let good = land.define(json!({ "environment": environment("DRAIN", "1"), "stopTimeout": 100 }), json!({}));
    let ignoring =
        land.define(json!({ "environment": environment("FAULT_IGNORE_SIGTERM", "on"), "stopTimeout": 2 }), json!({}));
    let shell = land.define(
        json!({ "entryPoint": ["/bin/sh", "-c", "exec 3<&0; python3 -I -S $0 <&3 & wait", "/app/app.py"] }),
        json!({}),
    );
    let group = serving(&land, &good);
    // Tasks get SIGTERM after 0.2 s, and the load balancer's nodes send them requests for 0.34 s.
    land.delay(&group, 10);
    let nodes = land.nodes("web", 2);
    let load = Load { path: "/slow?ms=100", ..Load::SHORT };
    land.during(&nodes, load, |_| roll(&land, &good)).loses_none();
    roll(&land, &ignoring);
    let load = Load { kills: true, ..load };
    land.during(&nodes, load, |_| roll(&land, &shell)).loses_some(&GONE);
    land.during(&nodes, load, |_| roll(&land, &good)).loses_some(&GONE);
    let codes: Vec<Value> =
        land.tasks("web", "STOPPED").iter().map(|task| task["containers"][0]["exitCode"].clone()).collect();
    assert!([0, 137, 143].iter().all(|code| codes.contains(&json!(code))), "{codes:?}");
}

#[test]
fn f13_stop_task_does_not_drain() {
    let land = Land::with_tasks();
    let definition = land.define(json!({}), json!({}));
    let _group = serving(&land, &definition);
    let nodes = land.nodes("web", 2);
    land.during(&nodes, Load::SHORT, |_| roll(&land, &definition)).loses_none();
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.ecs("StopTask", json!({ "cluster": "main", "task": land.tasks("web", "RUNNING")[0]["taskArn"] }));
    });
    report.loses_some(&GONE);
}

#[test]
fn f14_targets_keep_connections_for_a_shorter_time_than_the_load_balancer() {
    let land = Land::with_tasks();
    // What a time shorter than the load balancer's does now and then, it does here every time.
    let closing = |seconds| environment("FAULT_CLOSE_AT_KEEP_ALIVE", seconds);
    let long = land.define(json!({ "environment": closing("75") }), json!({}));
    let short = land.define(json!({ "environment": closing("0.1") }), json!({}));
    serving(&land, &long);
    let nodes = land.nodes("web", 2);
    let load = Load { every: Duration::from_millis(60), keeps: false, ..Load::SHORT };
    land.during(&nodes, load, |_| ()).loses_none();
    roll(&land, &short);
    land.during(&nodes, load, |_| ()).loses(&[(Status(502), AtTarget)]);
}
