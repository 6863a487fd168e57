//! Tasks that are run and stopped by hand.

use std::time::Duration;

use serde_json::json;

use super::World;
use crate::testing::Local;

#[test]
fn a_task_goes_through_its_life() {
    let mut world = World::new(Local::aws());
    let network = json!({ "awsvpcConfiguration": { "subnets": [world.subnets[0]] } });
    let run =
        json!({ "cluster": "main", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network });
    let task = world.ecs("RunTask", run)["tasks"][0].clone();
    assert_eq!((&task["lastStatus"], &task["group"]), (&json!("PROVISIONING"), &json!("family:web")));
    let describe = json!({ "cluster": "main", "tasks": [task["taskArn"]] });
    let status =
        |world: &mut World| super::text(&world.ecs("DescribeTasks", describe.clone())["tasks"][0]["lastStatus"]);
    let mut seen = vec![status(&mut world)];
    for _ in 0..40 {
        world.cloud.advance(Duration::from_secs(1));
        seen.push(status(&mut world));
    }
    world.ecs("StopTask", json!({ "cluster": "main", "task": task["taskArn"], "reason": "enough" }));
    for _ in 0..40 {
        seen.push(status(&mut world));
        world.cloud.advance(Duration::from_secs(1));
    }
    seen.dedup();
    let life = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"];
    assert_eq!(seen, life);
    let stopped = world.ecs("DescribeTasks", describe.clone())["tasks"][0].clone();
    assert_eq!((&stopped["stopCode"], &stopped["stoppedReason"]), (&json!("UserInitiated"), &json!("enough")));
    assert_eq!(stopped["containers"][0]["exitCode"], 0);
    world.cloud.advance(Duration::from_secs(2 * 3600));
    assert_eq!(world.ecs("DescribeTasks", describe)["failures"][0]["reason"], "MISSING");
}

#[test]
fn the_newest_of_the_stopped_tasks_are_described() {
    let mut world = World::new(Local::new());
    let network = json!({ "awsvpcConfiguration": { "subnets": [world.subnets[0]] } });
    let run =
        json!({ "cluster": "main", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network });
    let mut first = None;
    for _ in 0..1010 {
        let task = world.ecs("RunTask", run.clone())["tasks"][0]["taskArn"].clone();
        world.ecs("StopTask", json!({ "cluster": "main", "task": task }));
        world.cloud.advance(Duration::from_millis(10));
        first.get_or_insert(task);
    }
    let first = world.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": [first] }));
    assert_eq!(first["failures"][0]["reason"], "MISSING");
    let left = world.cloud.world.everywhere(world.cloud.now, |cx| Ok(cx.ecs.tasks.len()));
    assert_eq!(left.expect("it is read"), [1000]);
}

#[test]
fn a_service_replaces_a_task_that_was_stopped() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({})));
    let first = world.tasks("RUNNING");
    world.ecs("StopTask", json!({ "cluster": "main", "task": first[0]["taskArn"] }));
    let second = world.tasks("RUNNING");
    assert_eq!(second.len(), 2);
    assert!(second.iter().all(|task| task["taskArn"] != first[0]["taskArn"]));
}

#[test]
fn tasks_keep_their_subnet_in_use() {
    let mut world = World::new(Local::new());
    world.ecs("CreateService", world.service(json!({})));
    let subnet = world.subnets[0].clone();
    let delete = |world: &mut World| world.cloud.query("ec2", "DeleteSubnet", &[("SubnetId", &subnet)]);
    assert_eq!(crate::testing::code(delete(&mut world)), "DependencyViolation");
    world.ecs("DeleteService", json!({ "cluster": "main", "service": "web", "force": true }));
    delete(&mut world).expect("nothing uses it any more");
}
