use std::time::Duration;

use serde_json::{Value, json};

use super::Cloud;
use crate::testing::{Local, code};

fn health(cloud: &mut Cloud, group: &str) -> Vec<Value> {
    let reply = cloud.call("DescribeTargetHealth", &[("TargetGroupArn", group)]);
    let descriptions = reply["TargetHealthDescriptions"].as_array().expect("a list");
    descriptions.iter().map(|description| description["TargetHealth"].clone()).collect()
}

fn reasons(cloud: &mut Cloud, group: &str) -> Vec<Value> {
    let pair = |health: Value| json!([health["State"], health["Reason"]]);
    health(cloud, group).into_iter().map(pair).collect()
}

fn target<'a>(group: &'a str, id: &'a str) -> [(&'a str, &'a str); 2] {
    [("TargetGroupArn", group), ("Targets.member.1.Id", id)]
}

#[test]
fn a_target_goes_through_its_states() {
    let mut cloud = Cloud::within(Local::aws());
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    cloud.local.advance(Duration::from_secs(150));
    let form = target(&group, "10.0.0.5");
    cloud.call("RegisterTargets", &form);
    assert_eq!(reasons(&mut cloud, &group), [json!(["unused", "Target.NotInUse"])]);
    cloud.listener(&load_balancer, &group);
    assert_eq!(reasons(&mut cloud, &group), [json!(["initial", "Elb.RegistrationInProgress"])]);
    cloud.local.advance(Duration::from_secs(10));
    assert_eq!(reasons(&mut cloud, &group), [json!(["initial", "Elb.InitialHealthChecking"])]);
    cloud.local.advance(Duration::from_secs(30));
    assert_eq!(health(&mut cloud, &group), [json!({ "State": "healthy" })]);
    cloud.call("DeregisterTargets", &form);
    cloud.local.advance(Duration::from_secs(299));
    cloud.call("DeregisterTargets", &form);
    assert_eq!(reasons(&mut cloud, &group), [json!(["draining", "Target.DeregistrationInProgress"])]);
    cloud.local.advance(Duration::from_secs(1));
    assert_eq!(health(&mut cloud, &group), Vec::<Value>::new());
}

#[test]
fn a_draining_target_can_come_back() {
    let mut cloud = Cloud::within(Local::aws());
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    cloud.listener(&load_balancer, &group);
    cloud.local.advance(Duration::from_secs(150));
    let form = target(&group, "10.0.0.5");
    cloud.call("RegisterTargets", &form);
    cloud.local.advance(Duration::from_secs(40));
    cloud.call("RegisterTargets", &form);
    assert_eq!(health(&mut cloud, &group), [json!({ "State": "healthy" })], "registering again changes nothing");
    cloud.call("DeregisterTargets", &form);
    cloud.call("RegisterTargets", &form);
    assert_eq!(reasons(&mut cloud, &group), [json!(["initial", "Elb.RegistrationInProgress"])]);
}

#[test]
fn without_a_load_balancer_nothing_drains() {
    let mut cloud = Cloud::within(Local::aws());
    let group = cloud.target_group("web");
    cloud.call("RegisterTargets", &target(&group, "10.0.0.5"));
    cloud.call("DeregisterTargets", &target(&group, "10.0.0.5"));
    assert_eq!(health(&mut cloud, &group), Vec::<Value>::new());
}

#[test]
fn zones_come_from_subnets() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    cloud.subnet("10.0.2.0/24", "us-east-1c");
    cloud.listener(&load_balancer, &group);
    cloud.call("RegisterTargets", &target(&group, "10.0.1.5"));
    cloud.call("RegisterTargets", &target(&group, "10.0.2.5"));
    let reply = cloud.call("DescribeTargetHealth", &[("TargetGroupArn", &group)]);
    let first = &reply["TargetHealthDescriptions"][0];
    assert_eq!(first["Target"], json!({ "Id": "10.0.1.5", "Port": 80, "AvailabilityZone": "us-east-1b" }));
    assert_eq!(first["HealthCheckPort"], "80");
    let second = &reply["TargetHealthDescriptions"][1]["TargetHealth"];
    assert_eq!((&second["State"], &second["Reason"]), (&json!("unused"), &json!("Target.NotInUse")));
}

#[test]
fn only_addresses_that_can_be_reached_are_registered() {
    let mut cloud = Cloud::new();
    let group = cloud.target_group("web");
    let mut register = |id: &str| code(cloud.try_call("RegisterTargets", &target(&group, id)));
    assert_eq!(register("8.8.8.8"), "InvalidTarget");
    assert_eq!(register("i-0123456789abcdef0"), "ValidationError");
    assert_eq!(register("192.168.0.1"), "ValidationError", "which zone?");
    let outside = [target(&group, "192.168.0.1").as_slice(), &[("Targets.member.1.AvailabilityZone", "all")]].concat();
    assert!(cloud.try_call("RegisterTargets", &outside).is_ok());
}

#[test]
fn an_unknown_target_is_not_registered() {
    let mut cloud = Cloud::new();
    let group = cloud.target_group("web");
    let reply = cloud.call("DescribeTargetHealth", &target(&group, "10.0.0.9"));
    assert_eq!(reply["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"], "Target.NotRegistered");
    cloud.call("DeregisterTargets", &target(&group, "10.0.0.9"));
}
