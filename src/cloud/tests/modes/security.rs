//! Security groups: F5, F6, F7.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    AtBalancer, AtTarget, Kind, Land, Load, OnTheWay, Report, Status, Timeout, eventually, member, to,
};

#[test]
fn f05_a_rule_is_revoked_before_the_new_one_is_authorized() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    let _target = land.target(&group, 0, 10, "web");
    let nodes = land.nodes("web", 2);
    // A client's second SYN, which would come through, goes out after a second.
    let load = Load { patience: Duration::from_millis(600), ..Load::SHORT };
    let (all, network) = ("IpRanges.1.CidrIp=0.0.0.0/0", "IpRanges.1.CidrIp=203.0.113.0/24");
    let report = land.during(&nodes, load, |_| {
        land.ingress("Authorize", &land.edge, network);
        land.ingress("Revoke", &land.edge, all);
    });
    report.loses_none();
    let report = land.during(&nodes, load, |traffic| {
        land.ingress("Revoke", &land.edge, network);
        traffic.pass(40);
        land.ingress("Authorize", &land.edge, all);
    });
    report.loses(&[(Timeout, OnTheWay)]);
    // Connections that are there are tracked: who looks at them alone sees nothing.
    report.keeps(Kind::Kept);
}

/// A service `web` behind a load balancer, with its target group.
struct Serving {
    land: Land,
    load_balancer: String,
    group: String,
}

impl Serving {
    fn new() -> Self {
        let land = Land::with_tasks();
        let load_balancer = land.load_balancer("web");
        let group = land.group("web");
        land.listener(&load_balancer, &to(&[(&group, 1)]));
        land.serve("web", &land.define(json!({}), json!({})), &group, json!({}));
        land.until_settled("web");
        land.update("web", json!({ "healthCheckGracePeriodSeconds": 0 }));
        Serving { land, load_balancer, group }
    }

    fn during(&self, change: impl FnOnce(&Land)) -> Report {
        self.land.during(&self.land.nodes("web", 2), Load::SHORT, |_| change(&self.land))
    }

    /// Waits until tasks have been started for those that the load balancer does not reach any more. To them it has no
    /// connections yet.
    fn until_others_start(&self) {
        eventually("others start", || (self.land.states(&self.group).len() > 2).then_some(()));
    }

    /// A task that is not reached is as good as none.
    fn loses(report: &Report) {
        report.loses(&[(Status(504), AtTarget), (Status(502), AtTarget), (Status(503), AtBalancer)]);
    }
}

/// All egress, or egress to a group, of a security group.
fn egress(land: &Land, verb: &str, group: &str, to: &str) {
    let form = format!("GroupId={group}&IpPermissions.1.IpProtocol=-1&IpPermissions.1.{to}");
    land.ec2(&format!("{verb}SecurityGroupEgress"), &form);
}

#[test]
fn f06_the_egress_of_a_load_balancer_is_replaced_for_a_new_service() {
    let stage = Serving::new();
    let other = stage.land.security_group("other");
    let to_other = format!("Groups.1.GroupId={other}");
    let report = stage.during(|land| egress(land, "Authorize", &land.edge, &to_other));
    report.loses_none();
    let report = stage.during(|land| {
        egress(land, "Revoke", &land.edge, "IpRanges.1.CidrIp=0.0.0.0/0");
        stage.until_others_start();
    });
    Serving::loses(&report);
}

#[test]
fn f07_a_security_group_is_replaced() {
    let stage = Serving::new();
    let set = |land: &Land, groups: &[&str]| {
        let mut form = format!("LoadBalancerArn={}", stage.load_balancer);
        for (group, number) in groups.iter().zip(1..) {
            form += &format!("&SecurityGroups.member.{number}={group}");
        }
        member(&land.elb("SetSecurityGroups", &form), "member");
    };
    let new = |land: &Land, name: &str| {
        let group = land.security_group(name);
        land.ingress("Authorize", &group, "IpRanges.1.CidrIp=0.0.0.0/0");
        group
    };
    // Next to the old one, let in by the tasks, and only then alone.
    let report = stage.during(|land| {
        let second = new(land, "second");
        set(land, &[&land.edge, &second]);
        land.ingress("Authorize", &land.tasks, &format!("Groups.1.GroupId={second}"));
        set(land, &[&second]);
    });
    report.loses_none();
    let report = stage.during(|land| {
        let third = new(land, "third");
        set(land, &[&third]);
        stage.until_others_start();
    });
    Serving::loses(&report);
}
