//! ECS as a client sees it.

mod cluster;
mod deployment;
mod service;
mod shift;
mod task;
mod task_definition;

use serde_json::{Value, json};

use crate::testing::Local;
use crate::wire::ApiError;

/// A cloud with two subnets, a target group behind a load balancer, a cluster and a task definition `web`.
pub(super) struct World {
    pub(super) cloud: Local,
    pub(super) subnets: Vec<String>,
    pub(super) vpc: String,
    pub(super) target_group: String,
}

impl World {
    pub(super) fn new(mut cloud: Local) -> Self {
        let vpc = query(&mut cloud, "ec2", "CreateVpc", &[("CidrBlock", "10.0.0.0/16")])["vpc"]["vpcId"].clone();
        let vpc = text(&vpc);
        let mut subnets = Vec::new();
        for (block, zone) in [("10.0.1.0/24", "us-east-1a"), ("10.0.2.0/24", "us-east-1b")] {
            let form = [("VpcId", vpc.as_str()), ("CidrBlock", block), ("AvailabilityZone", zone)];
            subnets.push(text(&query(&mut cloud, "ec2", "CreateSubnet", &form)["subnet"]["subnetId"]));
        }
        let form = [("Name", "web"), ("Port", "8080"), ("Protocol", "HTTP"), ("TargetType", "ip"), ("VpcId", &vpc)];
        let made = query(&mut cloud, "elbv2", "CreateTargetGroup", &form);
        let target_group = text(&made["TargetGroups"][0]["TargetGroupArn"]);
        let mut world = World { cloud, subnets, vpc, target_group };
        world.ecs("CreateCluster", json!({ "clusterName": "main" }));
        world.register("web", "nginx:1");
        world
    }

    /// Puts the target group behind a load balancer.
    pub(super) fn listen(&mut self) {
        let form = [("VpcId", self.vpc.as_str()), ("InternetGatewayId", "")];
        let gateway = query(&mut self.cloud, "ec2", "CreateInternetGateway", &[]);
        let gateway = text(&gateway["internetGateway"]["internetGatewayId"]);
        query(&mut self.cloud, "ec2", "AttachInternetGateway", &[form[0], ("InternetGatewayId", &gateway)]);
        let subnets = [("Subnets.member.1", self.subnets[0].as_str()), ("Subnets.member.2", self.subnets[1].as_str())];
        let made = query(&mut self.cloud, "elbv2", "CreateLoadBalancer", &[("Name", "web"), subnets[0], subnets[1]]);
        let load_balancer = text(&made["LoadBalancers"][0]["LoadBalancerArn"]);
        let form = [
            ("LoadBalancerArn", load_balancer.as_str()),
            ("Protocol", "HTTP"),
            ("Port", "80"),
            ("DefaultActions.member.1.Type", "forward"),
            ("DefaultActions.member.1.TargetGroupArn", &self.target_group),
        ];
        query(&mut self.cloud, "elbv2", "CreateListener", &form);
    }

    pub(super) fn try_ecs(&mut self, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.cloud.json("ecs", operation, input)
    }

    #[track_caller]
    pub(super) fn ecs(&mut self, operation: &str, input: Value) -> Value {
        self.try_ecs(operation, input).expect("it succeeds")
    }

    /// The message of the error that a call must give.
    #[track_caller]
    pub(super) fn refused(&mut self, operation: &str, input: Value) -> (String, String) {
        let error = self.try_ecs(operation, input).expect_err("it is refused");
        (error.code.into_owned(), error.message)
    }

    pub(super) fn register(&mut self, family: &str, image: &str) -> Value {
        self.ecs("RegisterTaskDefinition", definition(family, image))
    }

    /// CreateService's input for the service `web`, changed by `change`.
    pub(super) fn service(&self, change: Value) -> Value {
        let mut input = json!({
            "cluster": "main", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2,
            "launchType": "FARGATE",
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": self.subnets } },
        });
        merge(&mut input, change);
        input
    }

    /// The load balancers of a service that is behind the target group.
    pub(super) fn behind(&self) -> Value {
        json!([{ "targetGroupArn": self.target_group, "containerName": "web", "containerPort": 8080 }])
    }

    pub(super) fn describe(&mut self) -> Value {
        self.ecs("DescribeServices", json!({ "cluster": "main", "services": ["web"] }))["services"][0].clone()
    }

    /// The tasks of the service `web` with this desired status.
    pub(super) fn tasks(&mut self, desired_status: &str) -> Vec<Value> {
        let input = json!({ "cluster": "main", "serviceName": "web", "desiredStatus": desired_status });
        let arns = self.ecs("ListTasks", input)["taskArns"].clone();
        if arns == json!([]) {
            return Vec::new();
        }
        let described = self.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": arns }));
        described["tasks"].as_array().cloned().unwrap_or_default()
    }

    /// The states of the targets in the target group.
    pub(super) fn target_states(&mut self) -> Vec<String> {
        let form = [("TargetGroupArn", self.target_group.as_str())];
        let health = query(&mut self.cloud, "elbv2", "DescribeTargetHealth", &form);
        let targets = health["TargetHealthDescriptions"].as_array().cloned().unwrap_or_default();
        targets.iter().map(|target| text(&target["TargetHealth"]["State"])).collect()
    }
}

/// RegisterTaskDefinition's input for one container `web` on port 8080.
pub(super) fn definition(family: &str, image: &str) -> Value {
    json!({
        "family": family, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{ "name": "web", "image": image, "portMappings": [{ "containerPort": 8080 }] }],
    })
}

/// Puts the members of `change` into `value`; a null takes a member away.
pub(super) fn merge(value: &mut Value, change: Value) {
    let (Value::Object(members), Value::Object(changes)) = (value, change) else { panic!("both are objects") };
    for (name, new) in changes {
        if new.is_null() {
            members.remove(&name)
        } else {
            members.insert(name, new)
        };
    }
}

#[track_caller]
pub(super) fn query(cloud: &mut Local, service: &str, operation: &str, form: &[(&str, &str)]) -> Value {
    cloud.query(service, operation, form).expect("it succeeds")
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("it is a string").to_owned()
}
