//! What a service loses, and what it does not, when something goes wrong: requests are counted one by one.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use rust_stack_cloud::{Config, PlaneSettings};
use serde_json::{Value, json};

use crate::stage::process::processes;
use crate::stage::{self, Stage, environment, eventually, image, text};
use crate::traffic::{Reply, Traffic, counts};

#[test]
fn no_request_is_lost_while_a_service_rolls() {
    let stage = Stage::new();
    let (load_balancers, url) = stage.balance();
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "loadBalancers": load_balancers }));
    stage.settled();
    let traffic = Traffic::start(&url, 2);
    stage.register(&image("v2"), json!({}));
    stage.update(json!({ "taskDefinition": "web" }));
    eventually("the deployment begins", || (stage.service()["deployments"].as_array()?.len() == 2).then_some(()));
    stage.settled();
    eventually("the old tasks have ended", || {
        let stopped = stage.tasks("STOPPED");
        (stopped.len() == 2 && stopped.iter().all(|task| task["lastStatus"] == "STOPPED")).then_some(())
    });
    let replies = traffic.end();
    assert_eq!(counts(&replies).into_keys().collect::<Vec<_>>(), ["v1", "v2"], "{:?}", counts(&replies));
}

#[test]
fn an_image_that_crashes_is_rolled_back_without_a_lost_request() {
    is_rolled_back(environment("FAULT_CRASH_ON_START", "7"), "tasks failed to start.");
}

#[test]
fn an_image_that_is_never_healthy_is_rolled_back_without_a_lost_request() {
    is_rolled_back(environment("FAULT_FAIL_HEALTH_AFTER_SECONDS", "0"), "tasks failed health checks.");
}

fn is_rolled_back(fault: Value, reason: &str) {
    let stage = Stage::new();
    let (load_balancers, url) = stage.balance();
    let good = stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "loadBalancers": load_balancers }));
    stage.settled();
    let before = arns(&stage.tasks("RUNNING"));
    let traffic = Traffic::start(&url, 2);
    stage.register(&image("v2"), json!({ "environment": fault }));
    stage.update(json!({ "taskDefinition": "web", "healthCheckGracePeriodSeconds": 100 }));
    eventually("the circuit breaker rolls back", || {
        (told(&stage, reason) && told(&stage, "rolling back")).then_some(())
    });
    let service = stage.settled();
    traffic.until_more(20);
    let replies = traffic.end();
    assert_eq!(service["taskDefinition"], json!(good));
    assert_eq!(arns(&stage.tasks("RUNNING")), before);
    assert_eq!(counts(&replies).into_keys().collect::<Vec<_>>(), ["v1"], "{:?}", counts(&replies));
}

#[test]
fn a_task_that_is_killed_from_outside_loses_only_what_it_was_sent() {
    // The nodes of the load balancer hear of it at once, so that what is lost is what was under way.
    let plane = stage::config().plane.expect("it has one");
    let plane = PlaneSettings { deregistration_lag: Duration::ZERO, ..plane };
    let stage = Stage::with(Config { plane: Some(plane), ..stage::config() });
    let (load_balancers, url) = stage.balance();
    let group = text(&load_balancers[0]["targetGroupArn"]);
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "loadBalancers": load_balancers }));
    stage.settled();
    stage.client.admin("POST", "census", Some(&json!({})));
    let traffic = Traffic::start(&url, 4);
    traffic.until_more(20);
    let victim = stage.tasks("RUNNING")[0].clone();
    let (arn, address) = (text(&victim["taskArn"]), private_address(&victim));
    let pids = processes(&arn);
    assert!(!pids.is_empty(), "the task has a process");
    assert!(Command::new("kill").arg("-KILL").args(&pids).status().expect("it runs").success());
    eventually("the load balancer hears of it", || (!stage.routed(&group).contains(&address)).then_some(()));
    let stopped = stage.reaches(&arn, "STOPPED");
    assert_eq!(stopped["containers"][0]["exitCode"], 137);
    stage.settled();
    traffic.until_more(20);
    let replies = traffic.end();
    let tasks = arns(&stage.tasks("RUNNING"));
    assert!(tasks.len() == 2 && !tasks.contains(&arn), "it is replaced: {tasks:?}");
    let lost = lost(&replies);
    let census = stage.client.admin("GET", "census", None).value();
    for reply in &lost {
        assert_eq!(reply.said, Err("502".to_owned()), "{reply:?}");
        let targets = &census[&reply.id]["targets"];
        assert_eq!(targets, &json!({ format!("{address}:8080"): 1 }), "{reply:?}");
    }
    // Four clients, and the moments until the process is known to have ended.
    assert!(lost.len() <= replies.len() / 5, "{} of {} were lost", lost.len(), replies.len());
}

#[test]
fn a_lost_zone_takes_its_tasks_and_its_node_and_nothing_else() {
    let stage = Stage::new();
    let (load_balancers, _) = stage.balance();
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "loadBalancers": load_balancers }));
    stage.settled();
    let zone = |task: &Value| text(&task["availabilityZone"]);
    let before = stage.tasks("RUNNING");
    let stays = before.iter().find(|task| zone(task) == "us-east-1b").expect("one is there").clone();
    let goes = before.iter().find(|task| zone(task) == "us-east-1a").expect("one is there").clone();
    let [lost_node, other_node] = ["us-east-1a", "us-east-1b"].map(|zone| stage.node_url(zone));
    stage.client.admin("POST", "census", Some(&json!({})));
    let traffic = Traffic::start(&other_node, 4);
    traffic.until_more(20);
    let order = json!({ "kind": "zone_loss", "zone": "us-east-1a" });
    assert_eq!(stage.client.admin("POST", "faults", Some(&order)).status, 200);
    let silent = ureq::get(format!("{lost_node}version"))
        .config()
        .timeout_global(Some(Duration::from_millis(500)))
        .build()
        .call();
    assert!(silent.is_err(), "the node of the lost zone says nothing: {silent:?}");
    let tasks = eventually("the tasks are in the other zone", || {
        let tasks = stage.tasks("RUNNING");
        let there = tasks.iter().all(|task| zone(task) == "us-east-1b" && task["lastStatus"] == "RUNNING");
        (tasks.len() == 2 && there).then_some(tasks)
    });
    stage.settled();
    assert!(arns(&tasks).contains(&text(&stays["taskArn"])), "the task of the other zone runs on");
    let replies = traffic.end();
    let census = stage.client.admin("GET", "census", None).value();
    let into_lost_zone = json!({ format!("{}:8080", private_address(&goes)): 1 });
    for reply in lost(&replies) {
        assert_eq!(
            census[&reply.id]["targets"], into_lost_zone,
            "only what went into the lost zone is lost: {reply:?}"
        );
    }
    let traffic = Traffic::start(&other_node, 2);
    traffic.until_more(40);
    let after = traffic.end();
    assert_eq!(counts(&after).into_keys().collect::<Vec<_>>(), ["v1"], "{:?}", counts(&after));
}

fn told(stage: &Stage, what: &str) -> bool {
    let service = stage.service();
    let events = service["events"].as_array().cloned().unwrap_or_default();
    events.iter().any(|event| text(&event["message"]).contains(what))
}

fn arns(tasks: &[Value]) -> BTreeSet<String> {
    tasks.iter().map(|task| text(&task["taskArn"])).collect()
}

fn lost(replies: &[Reply]) -> Vec<&Reply> {
    replies.iter().filter(|reply| reply.said.is_err()).collect()
}

fn private_address(task: &Value) -> String {
    text(&task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"])
}
