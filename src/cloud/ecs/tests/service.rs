//! Services: what is refused, what is read back.

use std::time::Duration;

use serde_json::{Value, json};

use super::World;
use crate::testing::Local;

/// What creating `web`, changed by `change`, is refused with.
#[track_caller]
fn refused(world: &mut World, change: Value) -> String {
    let input = world.service(change);
    world.refused("CreateService", input).1
}

#[test]
fn a_service_runs_at_once_under_the_instant_profile() {
    let mut world = World::new(Local::new());
    let made = world.ecs("CreateService", world.service(json!({})));
    assert_eq!(made["service"]["deployments"][0]["rolloutState"], "IN_PROGRESS");
    let service = world.describe();
    assert_eq!((&service["runningCount"], &service["pendingCount"]), (&json!(2), &json!(0)));
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(service["events"][0]["message"], "(service web) has reached a steady state.");
    assert_eq!(
        (&service["platformVersion"], &service["deployments"][0]["platformVersion"]),
        (&json!("LATEST"), &json!("1.4.0"))
    );
    assert_eq!(service["availabilityZoneRebalancing"], "ENABLED");
    let mut zones: Vec<_> = world.tasks("RUNNING").iter().map(|task| super::text(&task["availabilityZone"])).collect();
    zones.sort();
    assert_eq!(zones, ["us-east-1a", "us-east-1b"]);
}

#[test]
fn what_a_service_is_made_of_must_exist_and_fit() {
    let mut world = World::new(Local::new());
    let network = |subnet: &str| json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": [subnet] } } });
    let message = "Error retrieving subnet information for [subnet-1]: The subnet ID 'subnet-1' does not exist \
                   (ErrorCode: InvalidSubnetID.NotFound)";
    assert_eq!(refused(&mut world, network("subnet-1")), message);
    let message = "Network Configuration must be provided when networkMode 'awsvpc' is specified.";
    assert_eq!(refused(&mut world, json!({ "networkConfiguration": null })), message);
    assert_eq!(refused(&mut world, json!({ "taskDefinition": "other" })), "TaskDefinition not found.");
    let both = json!({ "deploymentConfiguration": { "minimumHealthyPercent": 100, "maximumPercent": 100 } });
    let message = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.";
    assert_eq!(refused(&mut world, both), message);
    assert_eq!(
        world.refused("CreateService", world.service(json!({ "platformVersion": "9" }))).0,
        "PlatformUnknownException"
    );
    let message = "Health check grace period is only valid for services configured to use load balancers";
    assert_eq!(refused(&mut world, json!({ "healthCheckGracePeriodSeconds": 1 })), message);
    assert_eq!(
        world.refused("CreateService", world.service(json!({ "cluster": "other" }))).0,
        "ClusterNotFoundException"
    );
}

#[test]
fn target_groups_must_be_behind_a_load_balancer_and_containers_must_listen() {
    let mut world = World::new(Local::new());
    let behind = world.behind();
    let message = format!(
        "The target group with targetGroupArn {} does not have an associated load balancer.",
        world.target_group
    );
    assert_eq!(refused(&mut world, json!({ "loadBalancers": behind })), message);
    world.listen();
    let mut other = world.behind();
    other[0]["containerPort"] = json!(81);
    let message = "The container web did not have a container port 81 defined.";
    assert_eq!(refused(&mut world, json!({ "loadBalancers": other.clone() })), message);
    other[0]["containerName"] = json!("other");
    let message = "The container other does not exist in the task definition.";
    assert_eq!(refused(&mut world, json!({ "loadBalancers": other })), message);
    let input = world.service(json!({ "loadBalancers": world.behind() }));
    world.ecs("CreateService", input);
    assert_eq!(world.target_states(), ["healthy", "healthy"]);
}

#[test]
fn targets_that_change_at_one_moment_are_told_of_together() {
    let mut world = World::new(Local::new());
    world.listen();
    let behind = world.behind();
    world.ecs("CreateService", world.service(json!({ "loadBalancers": behind, "desiredCount": 3 })));
    world.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "desiredCount": 1 }));
    let events = world.describe()["events"].as_array().cloned().unwrap_or_default();
    let of_targets = events.iter().rev().map(|event| super::text(&event["message"]));
    let of_targets: Vec<_> = of_targets.filter(|message| message.contains("targets in")).collect();
    let told = |change: &str| format!("(service web) {change} targets in (target-group {})", world.target_group);
    assert_eq!(of_targets, [told("registered 3"), told("deregistered 2")]);
}

#[test]
fn names_are_unique_and_tokens_repeat() {
    let mut world = World::new(Local::new());
    let input = world.service(json!({ "clientToken": "a" }));
    let first = world.ecs("CreateService", input.clone());
    assert_eq!(world.ecs("CreateService", input)["service"]["serviceArn"], first["service"]["serviceArn"]);
    assert_eq!(refused(&mut world, json!({})), "Creation of service was not idempotent.");
}

#[test]
fn deleting_drains_and_leaves_an_inactive_service() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({})));
    let delete = json!({ "cluster": "main", "service": "web" });
    assert_eq!(
        world.refused("DeleteService", delete.clone()).1,
        "The service cannot be stopped while it is scaled above 0."
    );
    world.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "desiredCount": 0 }));
    assert_eq!(world.ecs("DeleteService", delete.clone())["service"]["status"], "DRAINING");
    assert_eq!(world.describe()["status"], "INACTIVE");
    assert_eq!(world.ecs("ListServices", json!({ "cluster": "main" }))["serviceArns"], json!([]));
    assert_eq!(world.refused("UpdateService", delete).0, "ServiceNotActiveException");
    let interfaces = super::query(&mut world.cloud, "ec2", "DescribeNetworkInterfaces", &[]);
    assert_eq!(interfaces["networkInterfaceSet"], json!([]));
    world.ecs("CreateService", world.service(json!({})));
    assert_eq!(world.describe()["status"], "ACTIVE");
}

#[test]
fn an_inactive_service_is_forgotten_with_its_history() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({})));
    world.ecs("DeleteService", json!({ "cluster": "main", "service": "web", "force": true }));
    world.cloud.advance(Duration::from_secs(3599));
    assert_eq!(world.describe()["status"], "INACTIVE");
    world.cloud.advance(Duration::from_secs(1));
    let asked = json!({ "cluster": "main", "services": ["web"] });
    assert_eq!(world.ecs("DescribeServices", asked)["failures"][0]["reason"], "MISSING");
    let left = world
        .cloud
        .world
        .everywhere(world.cloud.now, |cx| Ok((cx.ecs.service_deployments.len(), cx.ecs.service_revisions.len())));
    assert_eq!(left.expect("it is read"), [(0, 0)]);
}

#[test]
fn the_history_of_a_service_has_an_end() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({ "desiredCount": 0 })));
    for _ in 0..150 {
        world.cloud.advance(Duration::from_secs(1));
        world.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "forceNewDeployment": true }));
    }
    let left = world
        .cloud
        .world
        .everywhere(world.cloud.now, |cx| Ok((cx.ecs.service_deployments.len(), cx.ecs.service_revisions.len())));
    let (deployments, revisions) = left.expect("it is read")[0];
    assert!((100..105).contains(&deployments) && (100..106).contains(&revisions), "{deployments} {revisions}");
    assert_eq!(world.describe()["deployments"][0]["rolloutState"], "COMPLETED");
}

#[test]
fn updates_keep_what_they_do_not_name_and_redeploy_only_when_tasks_change() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({ "propagateTags": "SERVICE" })));
    let before = world.describe();
    let update = |change: Value| {
        let mut input = json!({ "cluster": "main", "service": "web" });
        super::merge(&mut input, change);
        input
    };
    world.ecs("UpdateService", update(json!({ "taskDefinition": "web:1", "desiredCount": 3 })));
    let after = world.describe();
    assert_eq!((&after["runningCount"], &after["propagateTags"]), (&json!(3), &json!("SERVICE")));
    assert_eq!(after["deployments"][0]["id"], before["deployments"][0]["id"]);
    world.ecs("UpdateService", update(json!({ "forceNewDeployment": true })));
    assert_ne!(world.describe()["deployments"][0]["id"], before["deployments"][0]["id"]);
    assert_eq!(world.refused("UpdateService", update(json!({ "service": "other" }))).0, "ServiceNotFoundException");
}

#[test]
fn codedeploy_owns_what_its_services_run() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({ "deploymentController": { "type": "CODE_DEPLOY" } })));
    world.register("web", "nginx:2");
    let (code, message) =
        world.refused("UpdateService", json!({ "cluster": "main", "service": "web", "taskDefinition": "web" }));
    assert_eq!(code, "InvalidParameterException");
    assert!(
        message.starts_with("Unable to update task definition on services with a CODE_DEPLOY deployment controller.")
    );
}
