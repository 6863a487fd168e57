//! Tasks as real processes, and the scheduler that keeps them running.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)]

mod aws_cli;
#[path = "../client/mod.rs"]
#[allow(dead_code, reason = "other tests look at more of an answer")]
mod client;
mod losses;
#[path = "../client/process.rs"]
mod process;
mod refusals;
#[path = "../stage/mod.rs"]
#[allow(dead_code, reason = "it is shared with other tests")]
mod stage;
mod traffic;

use std::process::Command;

use rust_stack_cloud::{Config, PlaneSettings, SecretValues};
use serde_json::{Value, json};
use stage::process::is_alive;
use stage::{Stage, environment, eventually, image, text};

#[test]
fn a_service_runs_and_rolls_to_another_image() {
    let stage = Stage::new();
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({}));
    stage.settled();
    let old = stage.tasks("RUNNING");
    let zones: std::collections::BTreeSet<_> = old.iter().map(|task| text(&task["availabilityZone"])).collect();
    assert_eq!((old.len(), zones.len()), (2, 2));
    for task in &old {
        let version = stage.get(&text(&task["taskArn"]), "/version");
        assert_eq!((&version["version"], &version["colour"]), (&json!("v1"), &json!("blue")));
        let id = text(&task["taskArn"]);
        assert_eq!(version["task_id"], id.rsplit('/').next().unwrap_or_default());
    }
    stage.register(&image("v2"), json!({}));
    stage.update(json!({ "taskDefinition": "web" }));
    eventually("the deployment begins", || (stage.service()["deployments"].as_array()?.len() == 2).then_some(()));
    let service = stage.settled();
    let new = stage.tasks("RUNNING");
    assert_eq!(stage.get(&text(&new[0]["taskArn"]), "/version")["colour"], "green");
    assert_ne!(old[0]["containers"][0]["imageDigest"], new[0]["containers"][0]["imageDigest"]);
    let images = stage.ecr("DescribeImages", json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v2" }] }));
    assert_eq!(images["imageDetails"][0]["imageDigest"], new[0]["containers"][0]["imageDigest"]);
    let stopped = stage.reaches(&text(&old[0]["taskArn"]), "STOPPED");
    assert_eq!(
        (&stopped["containers"][0]["exitCode"], &stopped["stopCode"]),
        (&json!(0), &json!("ServiceSchedulerInitiated"))
    );
    let reason = text(&stopped["stoppedReason"]);
    assert!(reason.starts_with("Scaling activity initiated by (deployment ecs-svc/"), "{reason}");
    assert!(text(&service["events"][0]["message"]).ends_with("has reached a steady state."), "{}", service["events"]);
}

#[test]
fn a_deployment_that_crashes_is_rolled_back() {
    let stage = Stage::new();
    let good = stage.register(&image("v1"), json!({}));
    stage.serve(json!({}));
    stage.settled();
    let before = stage.tasks("RUNNING");
    stage.register(&image("v2"), json!({ "environment": environment("FAULT_CRASH_ON_START", "7") }));
    stage.update(json!({ "taskDefinition": "web" }));
    let told = |service: &Value, what: &str| {
        let events = service["events"].as_array().cloned().unwrap_or_default();
        events.iter().any(|event| text(&event["message"]).contains(what))
    };
    eventually("the circuit breaker rolls back", || {
        let service = stage.service();
        (told(&service, "rolling back to deployment ecs-svc/") && service["taskDefinition"] == json!(good))
            .then_some(())
    });
    assert!(told(&stage.settled(), "deployment failed: tasks failed to start."));
    let arns = |tasks: &[Value]| tasks.iter().map(|task| text(&task["taskArn"])).collect::<Vec<_>>();
    assert_eq!(arns(&stage.tasks("RUNNING")), arns(&before));
    let deployments = stage.ecs("ListServiceDeployments", json!({ "cluster": "main", "service": "web" }));
    let deployments = &deployments["serviceDeployments"];
    assert_eq!(
        (&deployments[0]["status"], &deployments[1]["status"]),
        (&json!("ROLLBACK_SUCCESSFUL"), &json!("SUCCESSFUL"))
    );
    assert_eq!(deployments[0]["statusReason"], "ECS deployment circuit breaker: tasks failed to start.");
    let crashed = stage.tasks("STOPPED");
    // Another one may have crashed in the moment in which the scheduler stopped it.
    let by_itself = |task: &&Value| task["stopCode"] == "EssentialContainerExited";
    let crashed = crashed.iter().find(by_itself).expect("one has crashed");
    assert_eq!(crashed["stoppedReason"], "Essential container in task exited");
    assert_eq!(crashed["containers"][0]["exitCode"], 7);
}

#[test]
fn a_task_that_was_killed_is_replaced() {
    let stage = Stage::new();
    stage.register("family:1", json!({ "portMappings": [] }));
    stage.serve(json!({ "desiredCount": 1 }));
    stage.settled();
    let task = text(&stage.tasks("RUNNING")[0]["taskArn"]);
    let [parent, child] = family(&stage, &task);
    let killed = Command::new("kill").args(["-KILL", &parent]).status().expect("it runs");
    assert!(killed.success());
    let stopped = stage.reaches(&task, "STOPPED");
    assert_eq!(stopped["containers"][0]["exitCode"], 137);
    eventually("the child has ended, too", || (!is_alive(&child)).then_some(()));
    stage.settled();
    assert_ne!(text(&stage.tasks("RUNNING")[0]["taskArn"]), task);
}

/// The ids of the two processes of a task of the image `family`.
fn family(stage: &Stage, task: &str) -> [String; 2] {
    eventually("the processes tell their ids", || {
        let lines = stage.lines(task);
        let id = |who: &str| lines.iter().find_map(|line| line.strip_prefix(who).map(str::to_owned));
        Some([id("parent ")?, id("child ")?])
    })
}

#[test]
fn a_process_that_ignores_sigterm_is_killed() {
    let stage = Stage::new();
    stage.register(&image("v1"), json!({ "environment": environment("FAULT_IGNORE_SIGTERM", "on") }));
    let task = stage.run();
    stage.get(&task, "/version");
    stage.ecs("StopTask", json!({ "cluster": "main", "task": task, "reason": "enough" }));
    let stopped = stage.reaches(&task, "STOPPED");
    assert_eq!((&stopped["containers"][0]["exitCode"], &stopped["stopCode"]), (&json!(137), &json!("UserInitiated")));
    assert!(stage.lines(&task).iter().any(|line| line.contains("fault: ignored")), "{:?}", stage.lines(&task));
}

#[test]
fn a_process_with_too_much_memory_is_killed() {
    let stage = Stage::new();
    let leak = environment("FAULT_LEAK_MIB_PER_SECOND", "200");
    stage.register(&image("v1"), json!({ "environment": leak, "memory": 100 }));
    let stopped = stage.reaches(&stage.run(), "STOPPED");
    let container = &stopped["containers"][0];
    assert_eq!(container["exitCode"], 137);
    assert_eq!(container["reason"], "OutOfMemoryError: Container killed due to memory usage");
}

#[test]
fn images_that_are_not_there_cannot_be_pulled() {
    let stage = Stage::new();
    for name in [image("v9"), "nginx:1".to_owned()] {
        stage.register(&name, json!({}));
        let stopped = stage.reaches(&stage.run(), "STOPPED");
        let reason = text(&stopped["stoppedReason"]);
        assert!(reason.starts_with("CannotPullContainerError: ") && reason.ends_with("not found"), "{reason}");
        assert_eq!(stopped["stopCode"], "TaskFailedToStart");
    }
    let made = stage.client.admin("POST", "images", Some(&json!({ "tag": "v9", "environment": { "COLOUR": "red" } })));
    assert_eq!((made.status, made.value()), (200, json!({ "repositories": 1 })));
    stage.register(&image("v9"), json!({}));
    assert_eq!(stage.get(&stage.run(), "/version")["colour"], "red");
    let elsewhere = json!({ "repository": "other", "tag": "v9" });
    assert_eq!(stage.client.admin("POST", "images", Some(&elsewhere)).status, 404);
}

#[test]
fn a_task_without_a_way_out_cannot_pull_its_image() {
    let stage = Stage::new();
    stage.register(&image("v1"), json!({}));
    let stopped = stage.reaches(&stage.run_with("DISABLED"), "STOPPED");
    let reason = text(&stopped["stoppedReason"]);
    assert!(reason.starts_with("ResourceInitializationError: unable to pull secrets or registry auth"), "{reason}");
}

#[test]
fn tasks_listen_on_ports_of_their_own_where_there_is_one_address() {
    let plane = stage::config().plane.expect("it has one");
    let stage = Stage::with(Config { plane: Some(PlaneSettings { high_ports: true, ..plane }), ..stage::config() });
    stage.register(&image("v1"), json!({}));
    let tasks = [stage.run(), stage.run()];
    let addresses = tasks.map(|task| stage.address(&task));
    assert!(addresses.iter().all(|address| address.starts_with("127.0.0.1:")), "{addresses:?}");
    assert_ne!(addresses[0], addresses[1]);
}

#[test]
fn a_task_that_crashes_on_order_is_replaced() {
    let stage = Stage::new();
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "desiredCount": 1 }));
    stage.settled();
    let task = text(&stage.tasks("RUNNING")[0]["taskArn"]);
    let order = json!({ "kind": "task_crash", "service": "web" });
    assert_eq!(stage.client.admin("POST", "faults", Some(&order)).status, 200);
    assert_eq!(stage.reaches(&task, "STOPPED")["containers"][0]["exitCode"], 137);
    stage.settled();
}

#[test]
fn secrets_are_resolved_or_refused() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:password";
    let config = stage::config();
    let plane = config.plane.expect("it has one");
    let secrets = SecretValues([(arn.to_owned(), "hidden".to_owned())].into());
    let stage = Stage::with(Config { plane: Some(PlaneSettings { secrets, ..plane }), ..stage::config() });
    let secret = |from: &str| json!({ "secrets": [{ "name": "PASSWORD", "valueFrom": from }], "portMappings": [] });
    stage.register("secret:1", secret(arn));
    let task = stage.run();
    eventually("the secret is known", || stage.lines(&task).contains(&"known".to_owned()).then_some(()));
    stage.register("secret:1", secret("arn:aws:ssm:us-east-1:123456789012:parameter/none"));
    let stopped = stage.reaches(&stage.run(), "STOPPED");
    let reason = text(&stopped["stoppedReason"]);
    assert!(reason.starts_with("ResourceInitializationError: unable to pull secrets"), "{reason}");
}

#[test]
fn a_task_that_fails_its_health_check_is_replaced() {
    let stage = Stage::new();
    let check = json!({
        "command": ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"],
        "interval": 5, "timeout": 2, "retries": 2, "startPeriod": 100,
    });
    // Good for one second, so that the service settles first.
    let fault = environment("FAULT_FAIL_HEALTH_AFTER_SECONDS", "1.5");
    stage.register(&image("v1"), json!({ "environment": fault, "healthCheck": check }));
    stage.serve(json!({ "desiredCount": 1 }));
    let task = stage.settled();
    assert_eq!(task["runningCount"], 1);
    let first = stage.tasks("RUNNING")[0].clone();
    assert_eq!(first["healthStatus"], "HEALTHY");
    let stopped = stage.reaches(&text(&first["taskArn"]), "STOPPED");
    assert_eq!(stopped["stoppedReason"], "Task failed container health checks");
    let events = stage.service()["events"].as_array().cloned().unwrap_or_default();
    let told = |event: &Value| text(&event["message"]).ends_with("failed container health checks.");
    assert!(events.iter().any(told), "{events:?}");
}

#[test]
fn a_task_that_fails_the_load_balancers_health_checks_is_replaced() {
    let stage = Stage::new();
    let (load_balancers, _) = stage.balance();
    let fault = environment("FAULT_FAIL_HEALTH_AFTER_SECONDS", "2");
    stage.register(&image("v1"), json!({ "environment": fault }));
    stage.serve(json!({ "loadBalancers": load_balancers, "desiredCount": 1, "healthCheckGracePeriodSeconds": 100 }));
    stage.settled();
    let task = text(&stage.tasks("RUNNING")[0]["taskArn"]);
    let stopped = stage.reaches(&task, "STOPPED");
    let reason = text(&stopped["stoppedReason"]);
    assert!(reason.starts_with("Task failed ELB health checks in (target-group arn:"), "{reason}");
}

#[test]
fn no_process_outlives_the_cloud_and_services_go_on_with_the_next_one() {
    process::serve_if_asked(stage::config());
    let test = "no_process_outlives_the_cloud_and_services_go_on_with_the_next_one";
    let directory = tempfile::tempdir().expect("a directory");
    let (mut process, client) = process::start(test, directory.path());
    let stage = Stage::on(client);
    stage.register("family:1", json!({ "portMappings": [] }));
    stage.serve(json!({ "desiredCount": 1 }));
    stage.settled();
    let task = text(&stage.tasks("RUNNING")[0]["taskArn"]);
    let ids = family(&stage, &task);
    assert!(ids.iter().all(|id| is_alive(id)));
    process.kill().expect("it is killed");
    process.wait().expect("it has ended");
    eventually("the processes have ended", || (!ids.iter().any(|id| is_alive(id))).then_some(()));

    let (mut process, client) = process::start(test, directory.path());
    let stage = stage.moved_to(client);
    let stopped = stage.reaches(&task, "STOPPED");
    assert_eq!(stopped["containers"][0]["exitCode"], 137);
    stage.settled();
    let task = text(&stage.tasks("RUNNING")[0]["taskArn"]);
    let ids = family(&stage, &task);
    assert!(ids.iter().all(|id| is_alive(id)));
    assert_eq!(stage.client.admin("POST", "shutdown", Some(&json!({}))).status, 202);
    eventually("the processes have ended", || (!ids.iter().any(|id| is_alive(id))).then_some(()));
    process.kill().expect("it is killed");
    process.wait().expect("it has ended");
}
