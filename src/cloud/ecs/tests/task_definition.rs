//! Task definitions.

use serde_json::{Value, json};

use super::{World, definition, merge};
use crate::testing::Local;

/// What registering `web`, changed in its container and as a whole, is refused with.
#[track_caller]
fn refused(change: Value, container: Value) -> String {
    let mut world = World::new(Local::new());
    let mut input = definition("web", "nginx:1");
    merge(&mut input["containerDefinitions"][0], container);
    merge(&mut input, change);
    let (code, message) = world.refused("RegisterTaskDefinition", input);
    assert_eq!(code, "ClientException");
    message
}

#[test]
fn defaults_are_read_back_as_aws_fills_them_in() {
    let mut world = World::new(Local::new());
    let described = world.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "web", "include": ["TAGS"] }));
    let expected = json!([{
        "name": "web", "image": "nginx:1", "cpu": 0, "essential": true, "environment": [], "mountPoints": [],
        "volumesFrom": [], "systemControls": [],
        "portMappings": [{ "containerPort": 8080, "hostPort": 8080, "protocol": "tcp" }],
    }]);
    let found = &described["taskDefinition"];
    assert_eq!(found["containerDefinitions"], expected);
    assert_eq!(found["taskDefinitionArn"], "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1");
    assert_eq!(found["compatibilities"], json!(["EC2", "FARGATE"]));
    assert_eq!((&found["volumes"], &found["placementConstraints"]), (&json!([]), &json!([])));
    assert_eq!(found["registeredBy"], "arn:aws:iam::123456789012:root");
    assert_eq!(described["tags"], json!([]));
    let attributes = ["com.amazonaws.ecs.capability.docker-remote-api.1.18", "ecs.capability.task-eni"];
    assert_eq!(found["requiresAttributes"], json!(attributes.map(|name| json!({ "name": name }))));
}

#[test]
fn revisions_count_on_and_go_in_two_steps() {
    let mut world = World::new(Local::new());
    world.register("web", "nginx:2");
    let second = json!({ "taskDefinition": "web:2" });
    world.ecs("DeregisterTaskDefinition", second.clone());
    assert_eq!(world.ecs("DescribeTaskDefinition", second.clone())["taskDefinition"]["status"], "INACTIVE");
    assert_eq!(
        world.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "web" }))["taskDefinition"]["revision"],
        1
    );
    let deleted = world.ecs("DeleteTaskDefinitions", json!({ "taskDefinitions": ["web:2", "web:1"] }));
    assert_eq!(deleted["taskDefinitions"][0]["status"], "DELETE_IN_PROGRESS");
    assert_eq!(deleted["failures"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.refused("DescribeTaskDefinition", second).1, "Unable to describe task definition.");
    assert_eq!(world.register("web", "nginx:3")["taskDefinition"]["revision"], 3);
}

#[test]
fn lists_go_up_and_down_in_pages() {
    let mut world = World::new(Local::new());
    for image in ["nginx:2", "nginx:3"] {
        world.register("web", image);
    }
    world.register("worker", "nginx:1");
    let list = |world: &mut World, sort: &str| {
        let (mut names, mut token) = (Vec::new(), Value::Null);
        loop {
            let input = json!({ "familyPrefix": "web", "sort": sort, "maxResults": 2, "nextToken": token });
            let page = world.ecs("ListTaskDefinitions", input);
            names.extend(page["taskDefinitionArns"].as_array().cloned().unwrap_or_default());
            token = page["nextToken"].clone();
            if token.is_null() {
                return names.iter().map(|arn| super::text(arn).split_off(51)).collect::<Vec<_>>();
            }
        }
    };
    assert_eq!(list(&mut world, "ASC"), ["web:1", "web:2", "web:3"]);
    assert_eq!(list(&mut world, "DESC"), ["web:3", "web:2", "web:1"]);
    let families = world.ecs("ListTaskDefinitionFamilies", json!({ "status": "ACTIVE" }));
    assert_eq!(families["families"], json!(["web", "worker"]));
}

#[test]
fn fargate_has_its_rules() {
    let none = json!({});
    let size = "No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS \
                documentation for the valid values.";
    assert_eq!(refused(json!({ "memory": "4096" }), none.clone()), size);
    assert_eq!(
        refused(json!({ "memory": null }), none.clone()),
        "Fargate requires that 'memory' be defined at the task level."
    );
    assert_eq!(
        refused(json!({ "networkMode": "bridge" }), none.clone()),
        "Fargate only supports network mode ‘awsvpc’."
    );
    let options = json!({ "awslogs-group": "a", "awslogs-region": "b" });
    let logs = json!({ "logConfiguration": { "logDriver": "awslogs", "options": options } });
    let role = "Fargate requires task definition to have execution role ARN to support log driver awslogs.";
    assert_eq!(refused(none.clone(), logs), role);
    let image = json!({ "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1" });
    assert_eq!(
        refused(none, image),
        "Fargate requires task definition to have execution role ARN to support ECR images."
    );
}

#[test]
fn containers_have_their_rules() {
    let none = json!({});
    assert_eq!(refused(none.clone(), json!({ "image": null })), "Container.image should not be null or empty.");
    assert_eq!(refused(none.clone(), json!({ "essential": false })), "At least one container must be essential.");
    let mount = json!({ "mountPoints": [{ "sourceVolume": "tmp", "containerPath": "/tmp" }] });
    assert_eq!(refused(none.clone(), mount), "Unknown volume 'tmp'.");
    let ports = json!({ "portMappings": [{ "containerPort": 80, "hostPort": 81 }] });
    let message = "When networkMode=awsvpc, the host ports and container ports in port mappings must match.";
    assert_eq!(refused(none.clone(), ports), message);
    let secrets =
        json!({ "secrets": [{ "name": "A", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/a" }] });
    let message = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
    assert_eq!(refused(none, secrets), message);
}
