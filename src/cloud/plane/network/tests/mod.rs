//! Verdicts on a network.

mod lab;

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::ec2::network_interface::Public;
use crate::testing::Local;
use lab::Lab;

/// Open when nothing is expected; otherwise lost for a reason with these words.
#[track_caller]
fn expect(verdict: &Verdict, reason: &str) {
    match verdict {
        Verdict::Open => assert_eq!(reason, "", "it is open"),
        Verdict::Lost(why) => assert!(!reason.is_empty() && why.contains(reason), "it is lost: {why}"),
    }
}

#[track_caller]
fn check(rules: &[&str], from: &str, to: &str, port: u16, reason: &str) {
    let mut lab = Lab::new(Local::new());
    rules.iter().for_each(|rule| lab.rule(rule));
    expect(&lab.judge(from, to, port), reason);
}

#[track_caller]
fn check_egress(rules: &[&str], from: &str, reason: &str) {
    let mut lab = Lab::new(Local::new());
    rules.iter().for_each(|rule| lab.rule(rule));
    expect(&lab.egress(from, 443), reason);
}

#[test]
fn a_client_reaches_what_a_rule_lets_it() {
    check(&[], "client", "node", 80, "no ingress rule");
    check(&["in balancer 80-80 0.0.0.0/0"], "client", "node", 80, "");
    check(&["in balancer 80-80 0.0.0.0/0"], "client", "node", 443, "at TCP port 443");
    check(&["in balancer 80-443 203.0.113.0/24"], "client", "node", 443, "");
    check(&["in balancer 80-80 198.51.100.0/24"], "client", "node", 80, "lets 203.0.113.10 in");
    check(&["in balancer -1 0.0.0.0/0"], "client", "node", 9, "");
    check(&["in balancer udp 0.0.0.0/0"], "client", "node", 53, "no ingress rule");
    check(&["in balancer 80-80 pl-63a5400a"], "client", "node", 80, "no ingress rule");
    check(&["in balancer 80-80 balancer"], "client", "node", 80, "no ingress rule");
    check(&["in balancer 80-80 0.0.0.0/0", "closed balancer"], "client", "node", 80, "");
}

#[test]
fn a_client_does_not_reach_private_interfaces() {
    check(&["in balancer 80-80 0.0.0.0/0"], "client", "internal", 80, "no public address");
    check(&["in task 8080-8080 0.0.0.0/0"], "client", "task-1", 8080, "no public address");
}

#[test]
fn a_node_reaches_tasks_by_address_and_by_group() {
    check(&[], "node", "task-1", 8080, "no ingress rule");
    check(&["in task 8080-8080 balancer"], "node", "task-1", 8080, "");
    check(&["in task 8080-8080 balancer"], "internal", "task-2", 8080, "");
    check(&["in task 8080-8080 balancer"], "node", "task-1", 8081, "no ingress rule");
    check(&["in task 8080-8080 task"], "node", "task-1", 8080, "no ingress rule");
    check(&["in task 8080-8080 task"], "task-2", "task-1", 8080, "");
    check(&["in task 8080-8080 10.0.0.0/24"], "node", "task-1", 8080, "");
    check(&["in task 8080-8080 10.0.1.0/24"], "node", "task-1", 8080, "no ingress rule");
    check(&[], "task-1", "task-1", 8080, "");
}

#[test]
fn the_sender_must_be_let_out() {
    let in_rule = "in task 8080-8080 balancer";
    check(&[in_rule, "closed balancer"], "node", "task-1", 8080, "no egress rule");
    check(&[in_rule, "closed balancer", "out balancer 8080-8080 task"], "node", "task-1", 8080, "");
    check(&[in_rule, "closed balancer", "out balancer 8080-8080 10.0.1.0/24"], "node", "task-1", 8080, "");
    check(&[in_rule, "closed balancer", "out balancer 80-80 task"], "node", "task-1", 8080, "no egress rule");
    check(&[in_rule, "closed balancer", "out balancer -1 balancer"], "node", "task-1", 8080, "no egress rule");
    check(&[in_rule, "closed task"], "node", "task-1", 8080, "");
}

#[test]
fn network_acls_judge_both_directions_between_subnets() {
    let rules = |acl| ["in task 8080-8080 balancer", "in task 8080-8080 task", "in balancer 80-80 0.0.0.0/0", acl];
    check(&rules("acl in deny 8080-8080 10.0.0.0/24"), "node", "task-1", 8080, "keeps TCP port 8080");
    check(&rules("acl in deny 8080-8080 10.0.5.0/24"), "node", "task-1", 8080, "");
    check(&rules("acl out deny 1024-2000 10.0.0.0/24"), "node", "task-1", 8080, "keeps answers to 10.0.0");
    check(&rules("acl in deny 2000-2000 10.0.1.0/24"), "node", "task-1", 8080, "keeps answers from 10.0.1");
    check(&rules("acl in deny 0-65535 0.0.0.0/0"), "task-2", "task-1", 8080, "");
    check(&rules("acl in deny 80-80 203.0.113.10/32"), "client", "node", 80, "keeps TCP port 80");
    check(&rules("acl out deny 40000-40000 0.0.0.0/0"), "client", "node", 80, "keeps answers");
    check(&rules("acl out deny 1024-2000 0.0.0.0/0"), "client", "node", 80, "");
    check_egress(&["acl out deny 443-443 0.0.0.0/0"], "task-1", "keeps TCP port 443");
    check_egress(&["acl in deny 40000-40000 0.0.0.0/0"], "task-1", "keeps answers");
}

#[test]
fn the_internet_is_reached_through_a_nat_gateway_or_with_a_public_address() {
    check_egress(&[], "task-1", "");
    check_egress(&[], "node", "");
    check_egress(&[], "internal", "no public address");
    check_egress(&["closed task"], "task-1", "no egress rule");
    check_egress(&["closed task", "out task 443-443 0.0.0.0/0"], "task-1", "");
    check_egress(&["closed task", "out task 443-443 10.0.0.0/16"], "task-1", "to the internet at TCP port 443");
    check_egress(&["closed task", "out task 80-80 0.0.0.0/0"], "task-1", "no egress rule");
}

#[test]
fn a_deleted_nat_gateway_leaves_a_blackhole() {
    let mut lab = Lab::new(Local::new());
    lab.call("DeleteNatGateway", &[("NatGatewayId", "nat")]);
    expect(&lab.egress("task-1", 443), "is deleted");
    expect(&lab.judge("node", "node", 80), "");
}

#[test]
fn a_nat_gateway_leads_out_once_it_is_available() {
    let mut lab = Lab::new(Local::aws());
    expect(&lab.egress("task-1", 443), "is pending");
    lab.cloud.advance(Duration::from_secs(100));
    expect(&lab.egress("task-1", 443), "");
}

#[test]
fn a_nat_gateway_needs_the_internet_gateway_itself() {
    let mut lab = Lab::new(Local::new());
    lab.call("DeleteRoute", &[("RouteTableId", "public-table"), ("DestinationCidrBlock", "0.0.0.0/0")]);
    expect(&lab.egress("task-1", 443), "where the NAT gateway is");
    expect(&lab.egress("node", 443), "no route to the internet");
}

#[test]
fn a_node_needs_a_route_to_an_internet_gateway() {
    let mut lab = Lab::new(Local::new());
    lab.rule("in balancer 80-80 0.0.0.0/0");
    let form = [("RouteTableId", "public-table"), ("DestinationCidrBlock", "0.0.0.0/0"), ("NatGatewayId", "nat")];
    lab.call("ReplaceRoute", &form);
    expect(&lab.judge("client", "node", 80), "no route to an internet gateway");
    lab.route("public-table", "203.0.113.0/24", "GatewayId", "igw");
    expect(&lab.judge("client", "node", 80), "");
}

#[test]
fn a_subnet_without_a_table_of_its_own_has_the_main_one() {
    let mut lab = Lab::new(Local::new());
    lab.make("third", "CreateSubnet", &[("VpcId", "vpc"), ("CidrBlock", "10.0.2.0/24")], "/subnet/subnetId");
    lab.attach("task-3", "third", "task", Public::None);
    expect(&lab.egress("task-3", 443), "no route to the internet");
    let form = [("Filter.1.Name", "association.main"), ("Filter.1.Value.1", "true")];
    let form = [&form[..], &[("Filter.2.Name", "vpc-id"), ("Filter.2.Value.1", "vpc")]].concat();
    let main = lab.call("DescribeRouteTables", &form)["routeTableSet"][0]["routeTableId"].clone();
    lab.ids.insert("main-table".to_owned(), main.as_str().expect("an id").to_owned());
    lab.route("main-table", "0.0.0.0/0", "NatGatewayId", "nat");
    expect(&lab.egress("task-3", 443), "");
}

#[test]
fn nothing_passes_a_lost_zone() {
    let mut lab = Lab::new(Local::new());
    lab.rule("in balancer 80-80 0.0.0.0/0");
    lab.rule("in task 8080-8080 balancer");
    lab.attach("task-3", "public", "task", Public::Assigned);
    let lose = |lab: &Lab, zone: &str| {
        let fault = serde_json::from_value(json!({"kind": "zone_loss", "zone": zone})).expect("it is a fault");
        lab.faults.order(fault).id
    };
    let loss = lose(&lab, "us-east-1b");
    assert!(lab.network.zone_lost("us-east-1b") && !lab.network.zone_lost("us-east-1a"));
    expect(&lab.judge("node", "task-1", 8080), "the zone us-east-1b");
    expect(&lab.judge("node", "task-3", 8080), "");
    expect(&lab.judge("client", "node", 80), "");
    expect(&lab.egress("task-1", 443), "the zone us-east-1b");
    lab.faults.clear(loss);
    expect(&lab.judge("node", "task-1", 8080), "");
    // The zone of the NAT gateway takes the way out of the other one with it.
    lose(&lab, "us-east-1a");
    expect(&lab.judge("client", "node", 80), "the zone us-east-1a");
    expect(&lab.egress("task-2", 443), "the zone us-east-1a");
}

#[test]
fn what_is_not_there_is_not_reached() {
    let mut lab = Lab::new(Local::new());
    lab.look();
    assert!(lab.network.has_vpc(&lab.ids["vpc"]) && !lab.network.has_vpc("vpc-0"));
    expect(&lab.network.judge(&Peer::Client, "eni-0", 80), "no network interface eni-0");
}

#[test]
fn other_vpcs_are_out_of_reach() {
    let mut lab = Lab::new(Local::new());
    lab.rule("in task -1 0.0.0.0/0");
    lab.make("other", "CreateVpc", &[("CidrBlock", "10.1.0.0/16")], "/vpc/vpcId");
    lab.make("far", "CreateSubnet", &[("VpcId", "other"), ("CidrBlock", "10.1.0.0/24")], "/subnet/subnetId");
    let form = [("VpcId", "other"), ("GroupName", "far"), ("GroupDescription", "a group")];
    lab.make("far-group", "CreateSecurityGroup", &form, "/groupId");
    lab.attach("stranger", "far", "far-group", Public::None);
    expect(&lab.judge("stranger", "task-1", 8080), "is in vpc-");
}
