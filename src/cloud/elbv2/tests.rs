//! Constraints across load balancers, listeners, rules and target groups.

mod listeners;
mod load_balancers;
mod rules;
mod target_groups;
mod targets;

use std::time::Duration;

use serde_json::Value;

use crate::testing::Local;
use crate::wire::ApiError;

pub(super) const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:123456789012:certificate/3dcb0a41-bd72-4774-9ad9-756919c40557";

/// A VPC with an internet gateway, two subnets in two zones and a security group.
pub(super) struct Cloud {
    pub(super) local: Local,
    pub(super) vpc: String,
    pub(super) subnets: [String; 2],
    pub(super) security_group: String,
}

impl Cloud {
    pub(super) fn new() -> Self {
        Self::within(Local::new())
    }

    pub(super) fn within(mut local: Local) -> Self {
        let vpc = text(&call(&mut local, "ec2", "CreateVpc", &[("CidrBlock", "10.0.0.0/16")])["vpc"]["vpcId"]);
        local.advance(Duration::from_secs(10));
        let gateway = call(&mut local, "ec2", "CreateInternetGateway", &[]);
        let gateway = text(&gateway["internetGateway"]["internetGatewayId"]);
        let attachment = [("InternetGatewayId", gateway.as_str()), ("VpcId", &vpc)];
        call(&mut local, "ec2", "AttachInternetGateway", &attachment);
        let subnets = [("10.0.0.0/24", "us-east-1a"), ("10.0.1.0/24", "us-east-1b")]
            .map(|(block, zone)| subnet(&mut local, &vpc, block, zone));
        let group = [("GroupName", "web"), ("GroupDescription", "web"), ("VpcId", vpc.as_str())];
        let security_group = text(&call(&mut local, "ec2", "CreateSecurityGroup", &group)["groupId"]);
        Cloud { local, vpc, subnets, security_group }
    }

    pub(super) fn subnet(&mut self, block: &str, zone: &str) -> String {
        subnet(&mut self.local, &self.vpc, block, zone)
    }

    /// Calls an operation that may fail.
    pub(super) fn try_call(&mut self, operation: &str, form: &[(&str, &str)]) -> Result<Value, ApiError> {
        self.local.query("elbv2", operation, form)
    }

    /// Calls an operation that must succeed.
    #[track_caller]
    pub(super) fn call(&mut self, operation: &str, form: &[(&str, &str)]) -> Value {
        self.try_call(operation, form).expect("it succeeds")
    }

    /// Creates a load balancer with one more parameter, or with another value of one that it needs.
    pub(super) fn try_load_balancer(&mut self, name: &str, more: &[(&str, &str)]) -> Result<Value, ApiError> {
        let [one, two] = self.subnets.clone();
        let usual = [("Name", name), ("Subnets.member.1", one.as_str()), ("Subnets.member.2", two.as_str())];
        let group = self.security_group.clone();
        let form: Vec<_> = usual.into_iter().chain([("SecurityGroups.member.1", group.as_str())]).collect();
        self.try_call("CreateLoadBalancer", &with(&form, more))
    }

    #[track_caller]
    pub(super) fn load_balancer(&mut self, name: &str) -> String {
        text(&self.try_load_balancer(name, &[]).expect("it succeeds")["LoadBalancers"][0]["LoadBalancerArn"])
    }

    pub(super) fn try_target_group(&mut self, name: &str, more: &[(&str, &str)]) -> Result<Value, ApiError> {
        let vpc = self.vpc.clone();
        let form =
            [("Name", name), ("Protocol", "HTTP"), ("Port", "80"), ("VpcId", vpc.as_str()), ("TargetType", "ip")];
        self.try_call("CreateTargetGroup", &with(&form, more))
    }

    #[track_caller]
    pub(super) fn target_group(&mut self, name: &str) -> String {
        text(&self.try_target_group(name, &[]).expect("it succeeds")["TargetGroups"][0]["TargetGroupArn"])
    }

    /// Creates a listener on port 80 that forwards.
    pub(super) fn try_listener(
        &mut self,
        load_balancer: &str,
        target_group: &str,
        more: &[(&str, &str)],
    ) -> Result<Value, ApiError> {
        let form = [
            ("LoadBalancerArn", load_balancer),
            ("Protocol", "HTTP"),
            ("Port", "80"),
            ("DefaultActions.member.1.Type", "forward"),
            ("DefaultActions.member.1.TargetGroupArn", target_group),
        ];
        self.try_call("CreateListener", &with(&form, more))
    }

    #[track_caller]
    pub(super) fn listener(&mut self, load_balancer: &str, target_group: &str) -> String {
        let reply = self.try_listener(load_balancer, target_group, &[]).expect("it succeeds");
        text(&reply["Listeners"][0]["ListenerArn"])
    }
}

/// The form with other values, or with more parameters.
fn with<'a>(form: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = form.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    kept.chain(more).copied().collect()
}

#[track_caller]
fn call(local: &mut Local, service: &str, operation: &str, form: &[(&str, &str)]) -> Value {
    local.query(service, operation, form).expect("it succeeds")
}

fn subnet(local: &mut Local, vpc: &str, block: &str, zone: &str) -> String {
    let form = [("VpcId", vpc), ("CidrBlock", block), ("AvailabilityZone", zone)];
    let reply = call(local, "ec2", "CreateSubnet", &form);
    local.advance(Duration::from_secs(10));
    text(&reply["subnet"]["subnetId"])
}

#[track_caller]
pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
