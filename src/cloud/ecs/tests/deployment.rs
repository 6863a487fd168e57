//! How services change over time.

use std::time::Duration;

use serde_json::{Value, json};

use super::World;
use crate::testing::Local;

/// A steady service behind a load balancer, in AWS's time.
fn steady() -> World {
    let mut world = World::new(Local::aws());
    world.listen();
    world.cloud.advance(Duration::from_secs(300));
    world.ecs("CreateService", world.service(json!({ "loadBalancers": world.behind() })));
    world.cloud.advance(Duration::from_secs(300));
    assert_eq!(world.describe()["deployments"][0]["rolloutState"], "COMPLETED");
    world
}

fn update(world: &mut World, change: Value) {
    let mut input = json!({ "cluster": "main", "service": "web" });
    super::merge(&mut input, change);
    world.ecs("UpdateService", input);
}

#[test]
fn a_deployment_takes_its_time_and_never_lacks_tasks() {
    let mut world = steady();
    world.register("web", "nginx:2");
    update(&mut world, json!({ "taskDefinition": "web" }));
    let mut states = Vec::new();
    for _ in 0..300 {
        world.cloud.advance(Duration::from_secs(2));
        let service = world.describe();
        assert!(service["runningCount"].as_u64() >= Some(2), "{service}");
        let healthy = world.target_states().iter().filter(|state| *state == "healthy").count();
        assert!(healthy >= 2, "{healthy} targets are healthy");
        let state = super::text(&service["deployments"][0]["rolloutState"]);
        states.push((state.clone(), service["deployments"].as_array().map(Vec::len)));
        if state == "COMPLETED" {
            break;
        }
    }
    states.dedup();
    let expected = [("IN_PROGRESS", 2), ("COMPLETED", 1)].map(|(state, count)| (state.to_owned(), Some(count)));
    assert_eq!((states.first(), states.last()), (expected.first(), expected.last()));
    let running = world.tasks("RUNNING");
    assert!(
        running
            .iter()
            .all(|task| task["taskDefinitionArn"] == "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2")
    );
    let drained = world.target_states().iter().filter(|state| *state == "draining").count();
    assert_eq!(drained, 2);
}

#[test]
fn what_is_seen_does_not_depend_on_how_often_one_looks() {
    let events = |every: u64| {
        let mut world = steady();
        update(&mut world, json!({ "forceNewDeployment": true }));
        for _ in 0..(600 / every) {
            world.cloud.advance(Duration::from_secs(every));
            world.describe();
        }
        let events = world.describe()["events"].as_array().cloned().unwrap_or_default();
        let without_ids = |event: &Value| (event["createdAt"].clone(), super::text(&event["message"]).len());
        events.iter().map(without_ids).collect::<Vec<_>>()
    };
    assert_eq!(events(1), events(600));
}

#[test]
fn a_minimum_below_a_hundred_stops_before_it_starts() {
    let mut world = steady();
    update(&mut world, json!({ "deploymentConfiguration": { "minimumHealthyPercent": 50, "maximumPercent": 100 } }));
    update(&mut world, json!({ "forceNewDeployment": true }));
    let mut fewest = 2;
    for _ in 0..600 {
        world.cloud.advance(Duration::from_secs(2));
        let service = world.describe();
        let (running, pending) = (service["runningCount"].as_u64(), service["pendingCount"].as_u64());
        assert!(running.zip(pending).is_some_and(|(running, pending)| running + pending <= 2), "{service}");
        fewest = fewest.min(running.unwrap_or_default());
    }
    assert_eq!(fewest, 1);
    assert_eq!(world.describe()["deployments"][0]["rolloutState"], "COMPLETED");
}

/// A service of which new tasks cannot start, because their role does not exist.
fn failing(breaker: Value) -> World {
    let mut world = World::new(Local::new());
    world.ecs(
        "CreateService",
        world.service(json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": breaker } })),
    );
    world.describe();
    let mut definition = super::definition("web", "nginx:2");
    definition["executionRoleArn"] = json!("arn:aws:iam::123456789012:role/gone");
    world.ecs("RegisterTaskDefinition", definition);
    update(&mut world, json!({ "taskDefinition": "web" }));
    for _ in 0..60 {
        world.cloud.advance(Duration::from_secs(2));
        world.describe();
    }
    world
}

#[test]
fn the_circuit_breaker_rolls_back() {
    let mut world = failing(json!({ "enable": true, "rollback": true }));
    let service = world.describe();
    assert_eq!(service["taskDefinition"], "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1");
    assert_eq!(
        (&service["runningCount"], &service["deployments"][0]["rolloutState"]),
        (&json!(2), &json!("COMPLETED"))
    );
    let stopped = world.tasks("STOPPED");
    assert!(stopped.iter().any(|task| task["stopCode"] == "TaskFailedToStart"));
    assert!(super::text(&stopped[0]["stoppedReason"]).starts_with("ECS was unable to assume the role"));
}

#[test]
fn without_rollback_the_deployment_fails_and_old_tasks_go_on() {
    let mut world = failing(json!({ "enable": true, "rollback": false }));
    let service = world.describe();
    assert_eq!(service["deployments"][0]["rolloutState"], "FAILED");
    assert_eq!(service["runningCount"], 2);
    assert_eq!(service["deployments"][0]["runningCount"], 0);
}

#[test]
fn without_a_breaker_it_tries_on_and_on() {
    let mut world = failing(json!({ "enable": false, "rollback": false }));
    let service = world.describe();
    assert_eq!(service["deployments"][0]["rolloutState"], "IN_PROGRESS");
    assert!(service["deployments"][0]["failedTasks"].as_u64() > Some(10), "{service}");
    assert_eq!(service["runningCount"], 2);
}
