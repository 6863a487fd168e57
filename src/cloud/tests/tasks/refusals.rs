//! What cannot work: a clear message each, and nothing that is left running.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rust_stack_cloud::{Config, PlaneSettings};
use serde_json::{Value, json};

use crate::stage::process::{is_alive, processes};
use crate::stage::{self, Stage, environment, eventually, image, text};

/// A stage whose cloud tells what it has to say by itself, with settings of its own.
fn listened(change: impl FnOnce(PlaneSettings) -> PlaneSettings) -> (Stage, Arc<Mutex<Vec<String>>>) {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let hears = Arc::clone(&told);
    let plane = change(stage::config().plane.expect("it has one"));
    let notice_log: rust_stack_cloud::NoticeLog =
        Arc::new(move |line: &str| hears.lock().expect("nobody panicked").push(line.to_owned()));
    (Stage::with(Config { plane: Some(plane), notice_log: Some(notice_log), ..stage::config() }), told)
}

#[test]
fn a_port_that_is_taken_is_told_and_the_others_are_opened() {
    let (stage, told) = listened(|plane| plane);
    let (_, url) = stage.balance();
    let node: SocketAddr = url.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
    let taken = TcpListener::bind((node.ip(), 18_200)).expect("it is free");
    stage.listen(18_200);
    let problem = eventually("the problem is shown", || {
        let endpoints = stage.client.admin("GET", "endpoints", None).value();
        let nodes = endpoints[0]["nodes"].as_array()?.clone();
        let nodes_with = nodes.iter().filter(|node| node["problems"] != json!([]));
        nodes_with.map(|node| text(&node["problems"][0])).next()
    });
    assert!(problem.starts_with(&format!("cannot listen on {}:18200: ", node.ip())), "{problem}");
    let lines = || told.lock().expect("nobody panicked").clone();
    assert_eq!(lines().iter().filter(|line| line.ends_with(&problem)).count(), 1, "{:?}", lines());
    let other = stage.node_urls();
    assert!(other.contains(&url) && other.iter().any(|url| url.ends_with(":18200/")), "{other:?}");
    assert_eq!(status(&url), 503, "the other listener goes on");
    drop(taken);
    eventually("the port is opened once it is free", || {
        stage.node_urls().contains(&format!("http://{}:18200/", node.ip())).then_some(())
    });
}

fn status(url: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    agent.get(url).call().expect("an answer").status().as_u16()
}

/// Deploys a service that cannot come up, and waits until its deployment has failed: the service.
fn fails(stage: &Stage, service: Value) -> Value {
    stage.serve(service);
    let service = eventually("the deployment fails", || {
        Some(stage.service()).filter(|service| service["deployments"][0]["rolloutState"] == "FAILED")
    });
    eventually("nothing is left running", || {
        let tasks = stage.tasks("STOPPED");
        let ended = tasks.iter().all(|task| task["lastStatus"] == "STOPPED");
        let none = tasks.iter().all(|task| processes(&text(&task["taskArn"])).is_empty());
        (ended && none && stage.tasks("RUNNING").is_empty()).then_some(())
    });
    service
}

fn events(service: &Value) -> Vec<String> {
    service["events"].as_array().into_iter().flatten().map(|event| text(&event["message"])).collect()
}

#[track_caller]
fn tells(lines: &[String], what: &str) {
    assert!(lines.iter().any(|line| line.contains(what)), "{what:?} is not in {lines:#?}");
}

#[test]
fn an_application_that_is_not_there_is_told() {
    let (stage, told) = listened(|plane| PlaneSettings { app: PathBuf::from("/no/application"), ..plane });
    stage.register(&image("v1"), json!({}));
    let service = fails(&stage, json!({ "desiredCount": 1 }));
    tells(&events(&service), "CannotStartContainerError: there is no application in /no/application");
    tells(&told.lock().expect("nobody panicked"), "a task cannot be started: there is no application");
}

#[test]
fn a_python_that_is_not_there_is_told() {
    let (stage, told) = listened(|plane| PlaneSettings { python: PathBuf::from("/no/python3"), ..plane });
    stage.register(&image("v1"), json!({}));
    let service = fails(&stage, json!({ "desiredCount": 1 }));
    tells(&events(&service), "CannotStartContainerError: /no/python3 cannot be run");
    tells(&told.lock().expect("nobody panicked"), "a task cannot be started: /no/python3 cannot be run");
}

#[test]
fn an_application_that_does_not_start_is_told() {
    let stage = Stage::new();
    stage.register(&image("v1"), json!({ "environment": environment("FAULT_CRASH_ON_START", "no number") }));
    let service = fails(&stage, json!({ "desiredCount": 1 }));
    assert_eq!(
        service["deployments"][0]["rolloutStateReason"],
        "ECS deployment circuit breaker: tasks failed to start."
    );
    let task = stage.tasks("STOPPED")[0].clone();
    assert_eq!(
        (&task["containers"][0]["exitCode"], text(&task["stoppedReason"]).as_str()),
        (&json!(2), "Essential container in task exited")
    );
    tells(&stage.lines(&text(&task["taskArn"])), "FAULT_CRASH_ON_START");
}

#[test]
fn an_image_that_was_never_pushed_is_told() {
    let stage = Stage::new();
    stage.register(&image("never"), json!({}));
    let service = fails(&stage, json!({ "desiredCount": 1 }));
    tells(&events(&service), "CannotPullContainerError: ");
    tells(&events(&service), "deployment failed: tasks failed to start.");
}

#[test]
fn targets_that_are_never_healthy_are_told() {
    let stage = Stage::new();
    let (load_balancers, _) = stage.balance();
    stage.register(&image("v1"), json!({ "environment": environment("FAULT_FAIL_HEALTH_AFTER_SECONDS", "0") }));
    let service = fails(
        &stage,
        json!({ "desiredCount": 1, "loadBalancers": load_balancers, "healthCheckGracePeriodSeconds": 100 }),
    );
    tells(&events(&service), "failed ELB health checks in (target-group arn:");
    tells(&events(&service), "deployment failed: tasks failed health checks.");
}

#[test]
fn no_process_outlives_a_cloud_that_is_dropped() {
    let stage = Stage::new();
    stage.register(&image("v1"), json!({}));
    let task = stage.run();
    stage.address(&task);
    let pids = processes(&task);
    assert!(!pids.is_empty(), "it has a process");
    drop(stage);
    eventually("the processes have ended", || (!pids.iter().any(|pid| is_alive(pid))).then_some(()));
}
