use std::time::Duration;

use serde_json::json;

use super::{Cloud, text};
use crate::testing::{Local, code};

#[test]
fn a_load_balancer_is_described_as_created() {
    let mut cloud = Cloud::new();
    let created = cloud.try_load_balancer("web", &[]).expect("it succeeds");
    let described = cloud.call("DescribeLoadBalancers", &[("Names.member.1", "web")]);
    assert_eq!(created["LoadBalancers"], described["LoadBalancers"]);
    let load_balancer = &described["LoadBalancers"][0];
    assert_eq!(load_balancer["State"], json!({ "Code": "active" }));
    assert_eq!(load_balancer["Scheme"], "internet-facing");
    assert_eq!(load_balancer["SecurityGroups"], json!([cloud.security_group]));
    assert_eq!(load_balancer["AvailabilityZones"][0]["ZoneName"], "us-east-1a");
    assert!(text(&load_balancer["DNSName"]).ends_with(".us-east-1.elb.amazonaws.com"));
}

#[test]
fn provisioning_takes_its_time_on_aws() {
    let mut cloud = Cloud::within(Local::aws());
    cloud.load_balancer("web");
    let state =
        |cloud: &mut Cloud| cloud.call("DescribeLoadBalancers", &[])["LoadBalancers"][0]["State"]["Code"].clone();
    assert_eq!(state(&mut cloud), "provisioning");
    cloud.local.advance(Duration::from_secs(150));
    assert_eq!(state(&mut cloud), "active");
}

#[test]
fn the_same_again_is_the_same() {
    let mut cloud = Cloud::new();
    let arn = cloud.load_balancer("web");
    assert_eq!(cloud.load_balancer("web"), arn);
    let [one, two] = cloud.subnets.clone();
    let swapped = [("Subnets.member.1", two.as_str()), ("Subnets.member.2", one.as_str())];
    assert!(cloud.try_load_balancer("web", &swapped).is_ok());
    let other = cloud.try_load_balancer("web", &[("Scheme", "internal")]);
    assert_eq!(code(other), "DuplicateLoadBalancerName");
}

#[test]
fn subnets_are_in_two_zones_of_one_vpc() {
    let mut cloud = Cloud::new();
    let beside = cloud.subnet("10.0.2.0/24", "us-east-1a");
    let elsewhere = Cloud::within(std::mem::replace(&mut cloud.local, Local::new()));
    cloud.local = elsewhere.local;
    let second = |subnet: &str| [("Subnets.member.2".to_owned(), subnet.to_owned())];
    let mut refused = |subnet: &str| {
        let more = second(subnet);
        let more: Vec<_> = more.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        code(cloud.try_load_balancer("web", &more))
    };
    assert_eq!(refused(&beside), "InvalidConfigurationRequest");
    assert_eq!(refused(&elsewhere.subnets[1]), "InvalidConfigurationRequest");
    assert_eq!(refused("subnet-0"), "SubnetNotFound");
    let one = cloud.subnets[0].clone();
    let alone = cloud.try_call("CreateLoadBalancer", &[("Name", "web"), ("Subnets.member.1", &one)]);
    assert_eq!(code(alone), "ValidationError");
}

#[test]
fn security_groups_exist_in_the_vpc() {
    let mut cloud = Cloud::new();
    let missing = cloud.try_load_balancer("web", &[("SecurityGroups.member.1", "sg-0")]);
    assert_eq!(code(missing), "InvalidSecurityGroup");
    let arn = cloud.load_balancer("web");
    let elsewhere = Cloud::within(std::mem::replace(&mut cloud.local, Local::new()));
    cloud.local = elsewhere.local;
    let form = [("LoadBalancerArn", arn.as_str()), ("SecurityGroups.member.1", &elsewhere.security_group)];
    assert_eq!(code(cloud.try_call("SetSecurityGroups", &form)), "InvalidConfigurationRequest");
}

#[test]
fn the_internet_is_reached_through_a_gateway() {
    let mut cloud = Cloud::new();
    let vpc = cloud.local.query("ec2", "CreateVpc", &[("CidrBlock", "10.1.0.0/16")]).expect("it succeeds");
    cloud.vpc = text(&vpc["vpc"]["vpcId"]);
    cloud.subnets =
        [("10.1.0.0/24", "us-east-1a"), ("10.1.1.0/24", "us-east-1b")].map(|(block, zone)| cloud.subnet(block, zone));
    let [one, two] = cloud.subnets.clone();
    let form = [("Name", "web"), ("Subnets.member.1", one.as_str()), ("Subnets.member.2", two.as_str())];
    assert_eq!(code(cloud.try_call("CreateLoadBalancer", &form)), "InvalidSubnet");
    let internal = [form.as_slice(), &[("Scheme", "internal")]].concat();
    let reply = cloud.call("CreateLoadBalancer", &internal);
    assert!(text(&reply["LoadBalancers"][0]["DNSName"]).starts_with("internal-web-"));
    let groups = reply["LoadBalancers"][0]["SecurityGroups"].as_array().map(Vec::len);
    assert_eq!(groups, Some(1), "the VPC's default one");
}

#[test]
fn its_network_interfaces_keep_its_subnets_in_use() {
    let mut cloud = Cloud::within(Local::aws());
    let arn = cloud.load_balancer("web");
    let subnet = cloud.subnets[0].clone();
    let delete_subnet = |cloud: &mut Cloud| cloud.local.query("ec2", "DeleteSubnet", &[("SubnetId", &subnet)]);
    assert_eq!(code(delete_subnet(&mut cloud)), "DependencyViolation");
    cloud.call("DeleteLoadBalancer", &[("LoadBalancerArn", &arn)]);
    assert_eq!(code(delete_subnet(&mut cloud)), "DependencyViolation");
    cloud.local.advance(Duration::from_secs(60));
    assert!(delete_subnet(&mut cloud).is_ok());
}

#[test]
fn setting_subnets_moves_only_what_changes() {
    let mut cloud = Cloud::new();
    let arn = cloud.load_balancer("web");
    let third = cloud.subnet("10.0.2.0/24", "us-east-1c");
    let [one, two] = cloud.subnets.clone();
    let interfaces = |cloud: &mut Cloud| {
        let reply = cloud.local.query("ec2", "DescribeNetworkInterfaces", &[]).expect("it succeeds");
        let pair =
            |interface: &serde_json::Value| (text(&interface["subnetId"]), text(&interface["networkInterfaceId"]));
        let all = reply["networkInterfaceSet"].as_array().expect("a list").iter().map(pair);
        all.collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = interfaces(&mut cloud);
    let form = [("LoadBalancerArn", arn.as_str()), ("Subnets.member.1", &one), ("Subnets.member.2", &third)];
    cloud.call("SetSubnets", &form);
    let after = interfaces(&mut cloud);
    assert_eq!(before.get(&one), after.get(&one));
    assert!(after.contains_key(&third) && !after.contains_key(&two));
}

#[test]
fn deletion_protection_protects() {
    let mut cloud = Cloud::new();
    let arn = cloud.load_balancer("web");
    let protect = |cloud: &mut Cloud, value: &str| {
        let form = [
            ("LoadBalancerArn", arn.as_str()),
            ("Attributes.member.1.Key", "deletion_protection.enabled"),
            ("Attributes.member.1.Value", value),
        ];
        cloud.call("ModifyLoadBalancerAttributes", &form);
    };
    protect(&mut cloud, "true");
    let delete = [("LoadBalancerArn", arn.as_str())];
    assert_eq!(code(cloud.try_call("DeleteLoadBalancer", &delete)), "OperationNotPermitted");
    protect(&mut cloud, "false");
    cloud.call("DeleteLoadBalancer", &delete);
    cloud.call("DeleteLoadBalancer", &delete);
    assert_eq!(
        code(cloud.try_call("DescribeLoadBalancers", &[("LoadBalancerArns.member.1", &arn)])),
        "LoadBalancerNotFound"
    );
}

#[test]
fn logs_need_a_bucket() {
    let mut cloud = Cloud::new();
    let arn = cloud.load_balancer("web");
    let form = [
        ("LoadBalancerArn", arn.as_str()),
        ("Attributes.member.1.Key", "access_logs.s3.enabled"),
        ("Attributes.member.1.Value", "true"),
    ];
    assert_eq!(code(cloud.try_call("ModifyLoadBalancerAttributes", &form)), "InvalidConfigurationRequest");
    let bucket = [("Attributes.member.2.Key", "access_logs.s3.bucket"), ("Attributes.member.2.Value", "logs")];
    cloud.call("ModifyLoadBalancerAttributes", &[form.as_slice(), &bucket].concat());
}

#[test]
fn tags_are_added_and_removed() {
    let mut cloud = Cloud::new();
    let arn = cloud.load_balancer("web");
    let form = [("ResourceArns.member.1", arn.as_str()), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")];
    cloud.call("AddTags", &form);
    let described = cloud.call("DescribeTags", &form[..1]);
    assert_eq!(described["TagDescriptions"][0]["Tags"], json!([{ "Key": "a", "Value": "1" }]));
    cloud.call("RemoveTags", &[form[0], ("TagKeys.member.1", "a")]);
    assert_eq!(cloud.call("DescribeTags", &form[..1])["TagDescriptions"][0]["Tags"], json!([]));
    let gone = arn.replace("/web/", "/gone/");
    assert_eq!(code(cloud.try_call("DescribeTags", &[("ResourceArns.member.1", &gone)])), "LoadBalancerNotFound");
}
