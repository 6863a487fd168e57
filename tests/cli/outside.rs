use super::{Cloud, Project, end_to_end::unchanged};
use serde_json::{Value, json};

/// The id of a recorded resource.
fn id(project: &Project, address: &str) -> String {
    let state: Value =
        serde_json::from_str(&project.run(&["state", "pull", "dev", "--local"]).succeeds()).expect("JSON");
    state["resources"][address]["current"]["id"].as_str().unwrap_or_else(|| panic!("{address} is recorded")).to_owned()
}

fn applied(test: &str) -> (Project, Cloud) {
    let project = Project::new(test);
    let cloud = project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    (project, cloud)
}

#[test]
fn what_was_changed_outside_is_shown_and_put_right() {
    let (project, cloud) = applied("drift");
    let subnet = id(&project, "subnet.main-public-a");
    let service = id(&project, "service.web");
    let change = || {
        cloud.ec2("ModifySubnetAttribute", &[("SubnetId", &subnet), ("MapPublicIpOnLaunch.Value", "true")]);
        cloud.ecs("UpdateService", &json!({ "cluster": "dev-main", "service": service, "desiredCount": 5 }));
    };
    change();
    let drift = project.run(&["drift", "dev", "--local", "--detailed-exitcode"]).exits(2);
    for part in [
        "subnet.main-public-a has changed",
        "map_public_ip_on_launch = false -> true",
        "service.web has changed",
        "desired_count = 2 -> 5",
    ] {
        assert!(drift.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{part}: {drift}");
    }
    let planned = project.run(&["plan", "dev", "--local", "--detailed-exitcode"]).exits(2);
    assert!(planned.contains("Objects have changed outside of rust-stack"), "{planned}");
    assert!(planned.contains("Plan: 0 to add, 2 to change, 0 to destroy."), "{planned}");
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

#[test]
fn what_was_deleted_outside_is_made_again() {
    let (project, cloud) = applied("deleted");
    let table = id(&project, "route_table.main-public-a");
    cloud.ec2("DeleteRoute", &[("RouteTableId", &table), ("DestinationCidrBlock", "0.0.0.0/0")]);
    let drift = project.run(&["drift", "dev", "--local", "--detailed-exitcode"]).exits(2);
    assert!(drift.contains("route.main-public-a has been deleted"), "{drift}");
    let planned = project.run(&["plan", "dev", "--local", "--detailed-exitcode"]).exits(2);
    assert!(planned.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{planned}");
    let refreshed = project.run(&["refresh", "dev", "--local"]).succeeds();
    assert!(refreshed.contains("1 change recorded."), "{refreshed}");
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

/// Between the plan and its apply the object that it wants to change goes away.
#[test]
fn what_vanishes_between_plan_and_apply_is_an_error_that_says_what_to_do() {
    let (project, cloud) = applied("vanished");
    project.edit("stacks/dev.rs", ".starts_within(Seconds::new(15))", ".starts_within(Seconds::new(20))");
    project.run(&["plan", "dev", "--local", "--out", "a.plan", "--detailed-exitcode"]).exits(2);
    let service = id(&project, "service.web");
    cloud.ecs("DeleteService", &json!({ "cluster": "dev-main", "service": service, "force": true }));
    project.run(&["apply", "--local", "a.plan"]).fails(&["service.web: ", "Plan again"]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

/// Between the plan and its apply somebody changes what it is about to change, and something else. What the plan says
/// comes true; of the rest the next plan tells.
#[test]
fn what_changes_between_plan_and_apply_is_not_lost_from_sight() {
    let (project, cloud) = applied("changed-between");
    let plan = ["plan", "dev", "--local", "--var", "desired_count=3", "--detailed-exitcode"];
    project.run(&[&plan[..], &["--out", "a.plan"]].concat()).exits(2);
    let (service, subnet) = (id(&project, "service.web"), id(&project, "subnet.main-public-a"));
    cloud.ecs("UpdateService", &json!({ "cluster": "dev-main", "service": service, "desiredCount": 5 }));
    cloud.ec2("ModifySubnetAttribute", &[("SubnetId", &subnet), ("MapPublicIpOnLaunch.Value", "true")]);
    project.run(&["apply", "--local", "a.plan"]).succeeds();

    let next = project.run(&plan).exits(2);
    assert!(next.contains("subnet.main-public-a has changed"), "{next}");
    assert!(!next.contains("# service.web"), "it is as the plan said: {next}");
    assert!(next.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{next}");
    project.run(&["apply", "dev", "--local", "--var", "desired_count=3", "--auto-approve"]).succeeds();
    unchanged(&project.run(&plan));
}

/// Somebody else has a rule on the stack's listener, which sends requests to its targets, and lets somebody in: the proof
/// counts both, and no plan removes them.
#[test]
fn what_others_own_is_counted_and_stays() {
    let (project, cloud) = applied("others");
    let (listener, group) = (id(&project, "listener.web"), id(&project, "target_group.web-blue"));
    let parameters = [
        ("ListenerArn", listener.as_str()),
        ("Priority", "7"),
        ("Conditions.member.1.Field", "path-pattern"),
        ("Conditions.member.1.PathPatternConfig.Values.member.1", "/theirs"),
        ("Actions.member.1.Type", "forward"),
        ("Actions.member.1.TargetGroupArn", &group),
    ];
    cloud.elb("CreateRule", &parameters);
    let rules = || cloud.elb("DescribeRules", &[("ListenerArn", &listener)]);
    assert!(rules().contains("/theirs"), "{}", rules());

    let change = ["dev", "--local", "--var", "image=v2"];
    let planned = project.run(&[&["plan"], &change[..]].concat()).succeeds();
    assert!(planned.contains("/theirs at listener.web (port 80)"), "it is counted: {planned}");
    assert!(!planned.contains("cannot be proven") && !planned.contains("Not proven"), "{planned}");
    project.run(&[&["apply", "--auto-approve"], &change[..]].concat()).succeeds();

    // Their requests have nowhere to go when the target group is replaced.
    project.edit("stacks/dev.rs", "const PORT: Port = Port::new(8080);", "const PORT: Port = Port::new(8081);");
    let refused = project.run(&[&["apply", "--auto-approve"], &change[..]].concat());
    assert!(refused.stdout.contains("(F36)"), "{refused}");
    refused.fails(&["--allow-disruption target_group.web-blue"]);
    assert!(rules().contains("/theirs"), "{}", rules());
}
