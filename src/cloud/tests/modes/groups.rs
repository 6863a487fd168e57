//! Target groups that are replaced, switched and weighed: F1, F8, F17, F18, F34, F35.

use std::net::SocketAddr;

use serde_json::json;

use crate::support::{AtBalancer, AtTarget, Backend, LISTENER_GONE, Land, Load, Status, eventually, fixed, member, to};

/// A load balancer whose listener forwards to the group `blue`, which has two targets.
struct Blue {
    land: Land,
    load_balancer: String,
    listener: String,
    blue: String,
    targets: Vec<Backend>,
}

impl Blue {
    fn new() -> Self {
        let land = Land::new();
        let load_balancer = land.load_balancer("web");
        let blue = land.group("blue");
        let listener = land.listener(&load_balancer, &to(&[(&blue, 1)]));
        let targets = vec![land.target(&blue, 0, 10, "blue"), land.target(&blue, 1, 11, "blue")];
        Blue { land, load_balancer, listener, blue, targets }
    }

    fn during(&self, change: impl FnOnce()) -> crate::support::Report {
        self.land.during(&self.land.nodes("web", 2), Load::SHORT, |_| change())
    }
}

#[test]
fn f01_a_target_group_is_replaced_while_it_is_used() {
    let Blue { land, load_balancer, listener, blue, targets } = &Blue::new();
    let nodes = land.nodes("web", 2);
    let new = land.group_on("blue-2", 9090);
    // Create, associate, wait, shift, take out, delete.
    let report = land.during(&nodes, Load::SHORT, |_| {
        land.point(listener, &to(&[(blue, 1), (&new, 0)]));
        for target in targets {
            land.register(&new, target);
            land.until_healthy(&new, target);
        }
        land.point(listener, &to(&[(blue, 0), (&new, 1)]));
        land.point(listener, &to(&[(&new, 1)]));
        land.elb("DeleteTargetGroup", &format!("TargetGroupArn={blue}"));
    });
    report.loses_none();
    // Delete first: that it is in use is overcome by deleting its listener.
    let refused = land.try_elb("DeleteTargetGroup", &format!("TargetGroupArn={new}"));
    assert!(refused.body.contains("ResourceInUse"), "{}", refused.body);
    let report = land.during(&nodes, Load::SHORT, |traffic| {
        land.elb("DeleteListener", &format!("ListenerArn={listener}"));
        traffic.pass(10);
        land.elb("DeleteTargetGroup", &format!("TargetGroupArn={new}"));
        let group = land.group_on("blue-2", 8081);
        land.listener(load_balancer, &to(&[(&group, 1)]));
        for target in targets {
            land.register(&group, target);
            land.until_healthy(&group, target);
        }
    });
    report.loses(&LISTENER_GONE);
}

#[test]
fn f02_a_fixed_name_keeps_the_new_group_from_standing_next_to_the_old_one() {
    let stage = Blue::new();
    let Blue { land, listener, blue, targets, .. } = &stage;
    let new = land.group_on("blue-2", 9090);
    let report = stage.during(|| {
        land.point(listener, &to(&[(blue, 1), (&new, 0)]));
        for target in targets {
            land.register(&new, target);
            land.until_healthy(&new, target);
        }
        land.point(listener, &to(&[(&new, 1)]));
    });
    report.loses_none();
    let taken = land.try_group("blue-2", 8081);
    assert!(taken.body.contains("DuplicateTargetGroupName"), "{}", taken.body);
    let report = land.during(&land.nodes("web", 2), Load::SHORT, |traffic| {
        land.point(listener, &fixed(503));
        traffic.pass(10);
        land.elb("DeleteTargetGroup", &format!("TargetGroupArn={new}"));
        let group = land.group_on("blue-2", 8081);
        land.point(listener, &to(&[(&group, 1)]));
        for target in targets {
            land.register(&group, target);
            land.until_healthy(&group, target);
        }
    });
    report.loses(&[(Status(503), AtBalancer)]);
}

#[test]
fn f08_a_listener_is_switched_to_a_group_that_is_not_healthy_yet() {
    let stage = Blue::new();
    let Blue { land, listener, blue, .. } = &stage;
    let green = land.group("green");
    let empty = stage.during(|| {
        land.point(listener, &to(&[(&green, 1)]));
        eventually("it is switched", || (land.states(&green).is_empty()).then_some(()));
    });
    empty.loses(&[(Status(503), AtBalancer)]);
    land.point(listener, &to(&[(blue, 1)]));

    // Its target does not listen yet: all are unhealthy, so the load balancer fails open to it.
    let target = land.backend(0, 20, "green");
    target.stop();
    let starting = stage.during(|| {
        land.point(listener, &to(&[(&green, 1)]));
        land.register(&green, &target);
        land.until_state(&green, &target, "unhealthy");
    });
    starting.loses(&[(Status(502), AtTarget), (Status(503), AtBalancer)]);
    land.deregister(&green, &target);
    land.point(listener, &to(&[(blue, 1)]));
    land.until_drained(&green);

    let target = land.backend(0, 21, "green");
    let report = stage.during(|| {
        land.point(listener, &to(&[(blue, 1), (&green, 0)]));
        land.register(&green, &target);
        land.until_healthy(&green, &target);
        land.point(listener, &to(&[(blue, 0), (&green, 1)]));
        eventually("it is shifted", || target.has_answered().then_some(()));
    });
    report.loses_none();
}

#[test]
fn f17_one_good_check_makes_a_new_target_healthy() {
    let stage = Blue::new();
    let Blue { land, listener, blue, .. } = &stage;
    // Good once, and bad from its first requests on.
    let flapping = |last| {
        let target = land.backend(0, last, "green");
        target.answers(500);
        target
    };
    let (green, target) = (land.group("green"), flapping(20));
    let safe = stage.during(|| {
        land.point(listener, &to(&[(blue, 1), (&green, 0)]));
        land.register(&green, &target);
        land.until_healthy(&green, &target);
        target.checks(500);
        // A few more checks before it gets any weight.
        land.until_state(&green, &target, "unhealthy");
    });
    safe.loses_none();
    let target = flapping(21);
    let report = stage.during(|| {
        land.register(blue, &target);
        land.until_healthy(blue, &target);
        eventually("it has requests at once", || target.has_answered().then_some(()));
        target.checks(500);
        land.until_state(blue, &target, "unhealthy");
    });
    report.loses(&[(Status(500), AtTarget)]);
}

#[test]
fn f18_weights_are_set_back_to_what_was_declared() {
    let stage = Blue::new();
    let Blue { land, listener, blue, targets, .. } = &stage;
    let green = land.group("green");
    land.point(listener, &to(&[(blue, 1), (&green, 0)]));
    let _green = land.target(&green, 0, 20, "green");
    // A rollout has moved to green, and blue has no tasks any more.
    land.point(listener, &to(&[(blue, 0), (&green, 1)]));
    for target in targets {
        land.deregister(blue, target);
    }
    land.until_drained(blue);
    let live = |land: &Land| {
        let listener = land.elb("DescribeListeners", &format!("ListenerArns.member.1={listener}"));
        let of = |arn: &str| {
            let groups = listener.split_once("<ForwardConfig>").expect("it forwards").1;
            let member_of = |piece: &&str| piece.contains(arn);
            let piece = groups.split("</member>").find(member_of).expect("the group is there");
            member(piece, "Weight").parse::<u16>().expect("a number")
        };
        [of(blue), of(&green)]
    };
    let report = stage.during(|| {
        let [of_blue, of_green] = live(land);
        land.point(listener, &to(&[(blue, of_blue), (&green, of_green)]));
    });
    report.loses_none();
    let report = stage.during(|| land.point(listener, &to(&[(blue, 1), (&green, 0)])));
    report.loses(&[(Status(503), AtBalancer)]);
}

#[test]
fn f34_the_old_group_is_deleted_before_the_bake_ends() {
    let stage = Blue::new();
    let Blue { land, listener, blue, targets, .. } = &stage;
    let green = land.group("green");
    land.point(listener, &to(&[(blue, 1), (&green, 0)]));
    let target = land.target(&green, 0, 20, "green");
    // Green turns out to be bad while it bakes. What counts are the requests from the way back on.
    let bad = || {
        land.point(listener, &to(&[(blue, 0), (&green, 1)]));
        target.answers(500);
    };
    bad();
    land.point(listener, &to(&[(blue, 1), (&green, 0)]));
    eventually("every node has gone back", || {
        let serves = |node: &SocketAddr| ureq::get(format!("http://{node}/")).call().is_ok();
        land.nodes("web", 2).iter().all(serves).then_some(())
    });
    stage.during(|| ()).loses_none();
    bad();
    for target in targets {
        land.deregister(blue, target);
    }
    land.until_drained(blue);
    let report = stage.during(|| land.point(listener, &to(&[(blue, 1), (&green, 0)])));
    report.loses(&[(Status(503), AtBalancer), (Status(500), AtTarget)]);
}

#[test]
fn f35_half_a_change_stays_where_a_call_is_refused() {
    let stage = Blue::new();
    let Blue { land, listener, blue, .. } = &stage;
    let green = land.group("green");
    let target = land.backend(0, 20, "green");
    let throttled = || {
        land.fault(&json!({ "kind": "throttle", "service": "elbv2", "operation": "RegisterTargets" }));
        let form = format!("TargetGroupArn={green}&Targets.member.1.Id={}&Targets.member.1.Port=9000", target.private);
        let answer = land.try_elb("RegisterTargets", &form);
        assert!(answer.body.contains("Throttling"), "{}", answer.body);
    };
    // Each prefix of this order is safe: the plan ends at the call that is refused.
    let report = stage.during(|| {
        land.point(listener, &to(&[(blue, 1), (&green, 0)]));
        throttled();
    });
    report.loses_none();
    let report = stage.during(|| {
        land.point(listener, &to(&[(&green, 1)]));
        throttled();
    });
    report.loses(&[(Status(503), AtBalancer)]);
}
