//! What tasks need to start is gone, and nobody sees it until one has to be replaced: F25 to F28.

use serde_json::{Value, json};

use crate::support::{AtBalancer, AtTarget, LOGS, Land, Load, Status, eventually, image, member, to};

/// A service `web` with two tasks that serves.
struct Serving {
    land: Land,
    group: String,
}

impl Serving {
    fn new(container: Value, service: impl FnOnce(&Land) -> Value) -> Self {
        let land = Land::with_tasks();
        let load_balancer = land.load_balancer("web");
        let group = land.group("web");
        land.listener(&load_balancer, &to(&[(&group, 1)]));
        let definition = land.define(container, json!({}));
        let change = service(&land);
        land.serve("web", &definition, &group, change);
        land.until_settled("web");
        Serving { land, group }
    }

    fn roll(&self, definition: &str) {
        self.land.update("web", json!({ "taskDefinition": definition }));
        self.land.until_settled("web");
        self.land.until_all_healthy(&self.group, 2);
    }

    /// Both tasks die, as when their hosts do.
    fn lose_tasks(&self) {
        let arns = |tasks: Vec<Value>| tasks.into_iter().map(|task| task["taskArn"].clone()).collect::<Vec<_>>();
        let old = arns(self.land.tasks("web", "RUNNING"));
        self.land.fault(&json!({ "kind": "task_crash", "service": "web", "count": 2 }));
        eventually("the tasks have died", || {
            let alive = arns(self.land.tasks("web", "RUNNING"));
            (!old.iter().any(|task| alive.contains(task))).then_some(())
        });
    }

    /// The tasks that take the place of lost ones serve.
    fn is_replaced(&self) {
        self.lose_tasks();
        self.land.until_all_healthy(&self.group, 2);
        self.land.during(&self.land.nodes("web", 2), Load::SHORT, |_| ()).loses_none();
    }

    /// No request is lost as long as the old tasks live.
    fn serves_during(&self, change: impl FnOnce(&Land)) {
        self.land.during(&self.land.nodes("web", 2), Load::SHORT, |_| change(&self.land)).loses_none();
    }

    /// Lost tasks are lost for good, because none starts for this reason.
    fn is_not_replaced(&self, reason: &str) {
        self.lose_tasks();
        self.land.until_stopped("web", reason);
        eventually("nobody is left", || self.land.states(&self.group).is_empty().then_some(()));
        let report = self.land.during(&self.land.nodes("web", 2), Load::SHORT, |_| ());
        report.loses(&[(Status(503), AtBalancer)]);
    }
}

#[test]
fn f25_a_role_is_deleted_that_running_tasks_have() {
    let stage = Serving::new(json!({}), |_| json!({}));
    let land = &stage.land;
    stage.serves_during(|land| {
        land.role("second");
        let role = json!({ "executionRoleArn": "arn:aws:iam::123456789012:role/second" });
        stage.roll(&land.define(json!({}), role));
        land.iam("DeleteRole", "RoleName=execution");
    });
    stage.is_replaced();
    stage.serves_during(|land| {
        land.iam("DeleteRole", "RoleName=second");
    });
    stage.is_not_replaced("ECS was unable to assume the role");
    assert!(land.tasks("web", "RUNNING").iter().all(|task| task["lastStatus"] != "RUNNING"));
}

#[test]
fn f26_a_log_group_is_deleted_that_running_tasks_write_to() {
    let stage = Serving::new(json!({}), |_| json!({}));
    stage.serves_during(|land| {
        land.call("logs", "CreateLogGroup", &json!({ "logGroupName": "second" }));
        let options =
            json!({ "awslogs-group": "second", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" });
        let logs = json!({ "logConfiguration": { "logDriver": "awslogs", "options": options } });
        stage.roll(&land.define(logs, json!({})));
    });
    stage.land.call("logs", "DeleteLogGroup", &json!({ "logGroupName": LOGS }));
    stage.is_replaced();
    stage.land.call("logs", "DeleteLogGroup", &json!({ "logGroupName": "second" }));
    stage.is_not_replaced("The specified log group does not exist");
}

#[test]
fn f27_a_tag_moves_to_another_image_or_its_image_goes() {
    let move_tag = |land: &Land| {
        let broken = json!({ "repository": "app", "tag": "v1", "environment": { "FAULT_CRASH_ON_START": "7" } });
        assert_eq!(land.client.admin("POST", "images", Some(&broken)).status, 200);
    };
    // The digest that the deployment has found counts, whatever becomes of the tag.
    let stage = Serving::new(json!({}), |_| json!({}));
    stage.serves_during(move_tag);
    stage.is_replaced();
    let digest = stage.land.tasks("web", "RUNNING")[0]["containers"][0]["imageDigest"].clone();
    stage.serves_during(|land| {
        let input = json!({ "repositoryName": "app", "imageIds": [{ "imageDigest": digest }] });
        let deleted = land.call("ecr", "BatchDeleteImage", &input);
        assert_eq!(deleted["failures"], json!([]), "{deleted}");
    });
    stage.is_not_replaced("CannotPullContainerError");

    let stage = Serving::new(json!({ "image": image("v1"), "versionConsistency": "disabled" }), |_| json!({}));
    stage.serves_during(move_tag);
    stage.lose_tasks();
    eventually("new tasks crash", || {
        let tasks = stage.land.tasks("web", "STOPPED");
        tasks.iter().any(|task| task["containers"][0]["exitCode"] == 7).then_some(())
    });
    let report = stage.land.during(&stage.land.nodes("web", 2), Load::SHORT, |_| ());
    report.loses_some(&[(Status(503), AtBalancer), (Status(502), AtTarget), (Status(504), AtTarget)]);
}

#[test]
fn f28_the_way_out_of_private_subnets_is_gone() {
    let mut route_table = String::new();
    let nat = |land: &Land| {
        let address = member(&land.ec2("AllocateAddress", "Domain=vpc"), "allocationId");
        let form = format!("SubnetId={}&AllocationId={address}", land.subnets[0]);
        member(&land.ec2("CreateNatGateway", &form), "natGatewayId")
    };
    let mut first = String::new();
    let stage = Serving::new(json!({}), |land| {
        let subnets = [land.subnet(10, "us-east-1a"), land.subnet(11, "us-east-1b")];
        route_table = member(&land.ec2("CreateRouteTable", &format!("VpcId={}", land.vpc)), "routeTableId");
        for subnet in &subnets {
            land.ec2("AssociateRouteTable", &format!("RouteTableId={route_table}&SubnetId={subnet}"));
        }
        first = nat(land);
        let route = format!("RouteTableId={route_table}&DestinationCidrBlock=0.0.0.0/0&NatGatewayId={first}");
        land.ec2("CreateRoute", &route);
        json!({ "networkConfiguration": { "awsvpcConfiguration": {
            "subnets": subnets, "securityGroups": [land.tasks], "assignPublicIp": "DISABLED",
        } } })
    });
    let mut second = String::new();
    stage.serves_during(|land| {
        second = nat(land);
        let route = format!("RouteTableId={route_table}&DestinationCidrBlock=0.0.0.0/0&NatGatewayId={second}");
        land.ec2("ReplaceRoute", &route);
        land.ec2("DeleteNatGateway", &format!("NatGatewayId={first}"));
    });
    stage.is_replaced();
    // The route stays, and leads nowhere.
    stage.serves_during(|land| {
        land.ec2("DeleteNatGateway", &format!("NatGatewayId={second}"));
    });
    stage.is_not_replaced("ResourceInitializationError: unable to pull secrets or registry auth");
}
