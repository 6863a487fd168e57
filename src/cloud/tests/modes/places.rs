//! Zones and load balancers that go: F20, F21.

use crate::support::{AtBalancer, LISTENER_GONE, Land, Load, OnTheWay, Refused, Reset, Status, eventually, to};

/// `SetSubnets` with some of the subnets.
fn set_subnets(land: &Land, load_balancer: &str, zones: &[usize]) {
    let mut form = format!("LoadBalancerArn={load_balancer}");
    for (zone, number) in zones.iter().zip(1..) {
        form += &format!("&Subnets.member.{number}={}", land.subnets[*zone]);
    }
    land.elb("SetSubnets", &form);
}

#[test]
fn f20_subnets_are_exchanged_in_one_call() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let group = land.group("web");
    land.listener(&load_balancer, &to(&[(&group, 1)]));
    let old = land.target(&group, 0, 10, "old");
    // From a and b to b and c: old and new together, new targets, the new ones alone. Clients that know the node in a are
    // served by it until they have asked DNS again.
    let known = land.nodes("web", 2);
    let new = land.backend(2, 10, "new");
    let report = land.during(&known, Load::SHORT, |traffic| {
        set_subnets(&land, &load_balancer, &[0, 1, 2]);
        let nodes = land.nodes("web", 3);
        land.register(&group, &new);
        land.until_healthy(&group, &new);
        eventually("the new node listens", || std::net::TcpStream::connect(nodes[2]).ok());
        land.deregister(&group, &old);
        land.until_drained(&group);
        set_subnets(&land, &load_balancer, &[1, 2]);
        let nodes = land.nodes("web", 2);
        traffic.pass(20);
        traffic.resolve(&nodes);
        eventually("the node in a is gone", || std::net::TcpStream::connect(known[0]).is_err().then_some(()));
    });
    report.loses_none();
    // Back to a and b in one call: the targets in c stay registered and are not used.
    let nodes = land.nodes("web", 2);
    let report = land.during(&nodes, Load::SHORT, |traffic| {
        set_subnets(&land, &load_balancer, &[0, 1]);
        eventually("the node in c is gone", || std::net::TcpStream::connect(nodes[1]).is_err().then_some(()));
        traffic.pass(20);
    });
    report.loses(&[(Status(503), AtBalancer), (Refused, OnTheWay), (Reset, OnTheWay)]);
    assert_eq!(land.states(&group), ["unused"]);
}

#[test]
fn f21_a_load_balancer_is_replaced() {
    let land = Land::new();
    let old = land.load_balancer("web");
    let old_group = land.group("web");
    land.listener(&old, &to(&[(&old_group, 1)]));
    let target = land.target(&old_group, 0, 10, "web");
    // A group has one load balancer only, so that a new one needs new groups, too.
    let (new, new_group) = (land.load_balancer("web-2"), land.group("web-2"));
    let form = format!("LoadBalancerArn={new}&Protocol=HTTP&Port=18301&{}", to(&[(&old_group, 1)]));
    let taken = land.try_elb("CreateListener", &form);
    assert!(taken.body.contains("TargetGroupAssociationLimit"), "{}", taken.body);
    let report = land.during(&land.nodes("web", 2), Load::SHORT, |traffic| {
        land.listener(&new, &to(&[(&new_group, 1)]));
        land.register(&new_group, &target);
        land.until_healthy(&new_group, &target);
        traffic.resolve(&land.nodes("web-2", 2));
        traffic.pass(20);
        land.elb("DeleteLoadBalancer", &format!("LoadBalancerArn={old}"));
    });
    report.loses_none();
    let nodes = land.nodes("web-2", 2);
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.elb("DeleteLoadBalancer", &format!("LoadBalancerArn={new}"));
        eventually("it is gone", || std::net::TcpStream::connect(nodes[0]).is_err().then_some(()));
        // The new one has another name, which nobody knows.
        land.load_balancer("web-3");
    });
    report.loses(&LISTENER_GONE);
}
