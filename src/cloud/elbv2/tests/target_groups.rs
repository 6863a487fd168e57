use serde_json::json;

use super::Cloud;
use crate::testing::code;

#[test]
fn defaults_are_read_back() {
    let mut cloud = Cloud::new();
    let created = cloud.try_target_group("web", &[]).expect("it succeeds");
    let group = &created["TargetGroups"][0];
    let arn = group["TargetGroupArn"].clone();
    let expected = json!({
        "TargetGroupArn": arn, "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80, "VpcId": cloud.vpc,
        "HealthCheckProtocol": "HTTP", "HealthCheckPort": "traffic-port", "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2, "HealthCheckPath": "/", "Matcher": { "HttpCode": "200" },
        "LoadBalancerArns": [], "TargetType": "ip", "ProtocolVersion": "HTTP1", "IpAddressType": "ipv4",
    });
    assert_eq!(*group, expected);
}

#[test]
fn the_same_again_is_the_same() {
    let mut cloud = Cloud::new();
    let arn = cloud.target_group("web");
    assert_eq!(cloud.target_group("web"), arn);
    assert_eq!(code(cloud.try_target_group("web", &[("Port", "81")])), "DuplicateTargetGroupName");
    assert_eq!(code(cloud.try_target_group("other", &[("VpcId", "vpc-0")])), "ValidationError");
}

#[test]
fn health_checks_change_in_place() {
    let mut cloud = Cloud::new();
    let arn = cloud.target_group("web");
    let form = [("TargetGroupArn", arn.as_str()), ("HealthCheckPath", "/health"), ("Matcher.HttpCode", "200-299")];
    let reply = cloud.call("ModifyTargetGroup", &form);
    assert_eq!(reply["TargetGroups"][0]["HealthCheckPath"], "/health");
    assert_eq!(reply["TargetGroups"][0]["HealthCheckIntervalSeconds"], 30);
    let wrong = [("TargetGroupArn", arn.as_str()), ("HealthCheckTimeoutSeconds", "30")];
    assert_eq!(code(cloud.try_call("ModifyTargetGroup", &wrong)), "ValidationError");
}

#[test]
fn what_is_used_stays() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let listener = cloud.listener(&load_balancer, &group);
    let of = [("LoadBalancerArn", load_balancer.as_str())];
    assert_eq!(cloud.call("DescribeTargetGroups", &of)["TargetGroups"][0]["LoadBalancerArns"], json!([load_balancer]));
    let delete = [("TargetGroupArn", group.as_str())];
    assert_eq!(code(cloud.try_call("DeleteTargetGroup", &delete)), "ResourceInUse");
    cloud.call("DeleteListener", &[("ListenerArn", &listener)]);
    cloud.call("DeleteTargetGroup", &delete);
    let described = cloud.try_call("DescribeTargetGroups", &[("Names.member.1", "web")]);
    assert_eq!(code(described), "TargetGroupNotFound");
}

#[test]
fn one_load_balancer_only() {
    let mut cloud = Cloud::new();
    let (one, two) = (cloud.load_balancer("one"), cloud.load_balancer("two"));
    let group = cloud.target_group("web");
    cloud.listener(&one, &group);
    assert_eq!(code(cloud.try_listener(&two, &group, &[])), "TargetGroupAssociationLimit");
    assert!(cloud.try_listener(&one, &group, &[("Port", "81")]).is_ok());
}

#[test]
fn attributes_go_together() {
    let mut cloud = Cloud::new();
    let arn = cloud.target_group("web");
    let mut set = |pairs: &[(&str, &str)]| {
        let mut form = vec![("TargetGroupArn".to_owned(), arn.clone())];
        for (number, (key, value)) in pairs.iter().enumerate() {
            form.push((format!("Attributes.member.{}.Key", number + 1), (*key).to_owned()));
            form.push((format!("Attributes.member.{}.Value", number + 1), (*value).to_owned()));
        }
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        cloud.try_call("ModifyTargetGroupAttributes", &form)
    };
    let reply = set(&[("deregistration_delay.timeout_seconds", "10")]).expect("it succeeds");
    assert_eq!(reply["Attributes"][0], json!({ "Key": "deregistration_delay.timeout_seconds", "Value": "10" }));
    let application = [("stickiness.enabled", "true"), ("stickiness.type", "app_cookie")];
    assert_eq!(code(set(&application)), "InvalidConfigurationRequest");
    assert!(set(&[application.as_slice(), &[("stickiness.app_cookie.cookie_name", "session")]].concat()).is_ok());
    assert_eq!(code(set(&[("slow_start.duration_seconds", "29")])), "InvalidConfigurationRequest");
    let clash = [("slow_start.duration_seconds", "30"), ("load_balancing.algorithm.type", "weighted_random")];
    assert_eq!(code(set(&clash)), "InvalidConfigurationRequest");
    assert_eq!(code(set(&[("lambda.multi_value_headers.enabled", "true")])), "ValidationError");
}
