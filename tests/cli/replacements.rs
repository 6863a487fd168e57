use super::{Project, end_to_end::unchanged};
use serde_json::Value;

const APPLY: [&str; 4] = ["apply", "dev", "--local", "--auto-approve"];
const PLAN: [&str; 4] = ["plan", "dev", "--local", "--detailed-exitcode"];
const DESTROY: [&str; 4] = ["destroy", "dev", "--local", "--auto-approve"];

/// A load balancer and a service cannot leave their network, so everything is made anew beside the old.
#[test]
fn another_network_is_another_everything() {
    let project = Project::new("another-network");
    let cloud = project.cloud(&[]);
    project.run(&APPLY).succeeds();
    let made = cloud.total();
    let moved = |command: [&'static str; 4]| [&command[..], &["--var", "cidr=10.1.0.0/16"]].concat();

    // Clients know the old load balancer by its name, which no order of steps can keep.
    project.run(&moved(APPLY)).fails(&["the plan interrupts requests", "--allow-disruption load_balancer.web"]);
    assert_eq!(cloud.total(), made, "a refused plan changes nothing");
    let allowed = [&moved(APPLY)[..], &["--allow-disruption", "load_balancer.web"]].concat();
    let applied = project.run(&allowed).succeeds();
    for said in [
        "# load_balancer.web must be replaced\n  # (because it lies in vpc.main, which is replaced)",
        "# service.web must be replaced\n  # (because it lies in vpc.main, which is replaced)",
        "The outputs health_url, url will change with it.",
    ] {
        assert!(applied.contains(said), "{said}: {applied}");
    }
    unchanged(&project.run(&moved(PLAN)));
    assert_eq!(cloud.total(), made, "nothing of the old is left: {:#}", cloud.status());
    project.run(&DESTROY).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}

/// A container that moves to another port does so in a second service.
#[test]
fn another_container_port_is_another_service() {
    let project = Project::new("another-port");
    let cloud = project.cloud(&[]);
    project.run(&APPLY).succeeds();
    project.edit("stacks/dev.rs", "Port::new(8080)", "Port::new(9090)");

    let planned = project.run(&PLAN).exits(2);
    let steps = ["create service.web as dev-web-2", "contract listener_rule.web", "delete service.web generation 1"];
    let places: Vec<usize> = steps.iter().map(|step| planned.find(step).expect(step)).collect();
    assert!(places.is_sorted(), "{planned}");
    project.run(&APPLY).succeeds();
    unchanged(&project.run(&PLAN));
    project.run(&DESTROY).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}

/// The rules of a listener exchange their priorities in one call.
#[test]
fn rules_exchange_their_priorities() {
    let project = Project::new("priorities");
    let cloud = project.cloud(&[]);
    project.edit(
        "stacks/dev.rs",
        "    stack.output(\"url\"",
        "    for (name, priority) in [(\"one\", 10), (\"two\", 20)] {\n\
         let conditions = [aws::elbv2::Condition::path(format!(\"/{name}\"))].into();\n\
         let action = aws::elbv2::Action::respond(200, name);\n\
         let (listener, priority) = (traffic.listener.arn(), Priority::new(priority));\n\
         stack.add(name, aws::elbv2::ListenerRule { listener, priority, conditions, action });\n\
         }\n    stack.output(\"url\"",
    );
    project.run(&APPLY).succeeds();
    project.edit("stacks/dev.rs", "[(\"one\", 10), (\"two\", 20)]", "[(\"one\", 20), (\"two\", 10)]");
    let applied = project.run(&APPLY).succeeds();
    assert!(applied.contains("change priority in one call: "), "{applied}");
    assert!(applied.contains("Resources: 0 added, 2 changed, 0 destroyed."), "{applied}");
    unchanged(&project.run(&PLAN));

    let state: Value = serde_json::from_str(&project.read("state/local/dev/state.json")).expect("it is JSON");
    let priority = |name: &str| &state["resources"][format!("listener_rule.{name}")]["current"]["inputs"]["priority"];
    assert_eq!((priority("one"), priority("two")), (&20.into(), &10.into()), "it is recorded");
    project.run(&DESTROY).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}

/// A rule that somebody else has put into the listener has the number to which a rule of ours would step aside: the
/// error names the number, and once it is free the same apply goes through.
#[test]
fn a_foreign_rule_in_the_way_is_told() {
    let project = Project::new("foreign-rule");
    let cloud = project.cloud(&[]);
    let rule = |name: &str| {
        format!(
            "    let conditions = [aws::elbv2::Condition::path(\"/{name}\")].into();\n\
             let action = aws::elbv2::Action::respond(200, \"{name}\");\n\
             let (listener, priority) = (traffic.listener.arn(), Priority::new(10));\n\
             stack.add(\"{name}\", aws::elbv2::ListenerRule {{ listener, priority, conditions, action }});\n"
        )
    };
    project.edit("stacks/dev.rs", "    stack.output(\"url\"", &format!("{}    stack.output(\"url\"", rule("one")));
    project.run(&APPLY).succeeds();
    let state: Value = serde_json::from_str(&project.read("state/local/dev/state.json")).expect("it is JSON");
    let listener = state["resources"]["listener.web"]["current"]["id"].as_str().expect("it is recorded");
    let made = cloud.elb(
        "CreateRule",
        &[
            ("ListenerArn", listener),
            ("Priority", "11"),
            ("Conditions.member.1.Field", "path-pattern"),
            ("Conditions.member.1.Values.member.1", "/theirs"),
            ("Actions.member.1.Type", "fixed-response"),
            ("Actions.member.1.FixedResponseConfig.StatusCode", "200"),
        ],
    );
    let (_, theirs) = made.split_once("<RuleArn>").expect("it was made");
    let (theirs, _) = theirs.split_once("</RuleArn>").expect("it has an ARN");

    project.edit("stacks/dev.rs", &rule("one"), &rule("two"));
    let failed = project.run(&APPLY);
    assert!(failed.stdout.contains("listener_rule.one to 11"), "the plan says where it steps: {failed}");
    failed.fails(&["'11' is currently in use", "a rule that is not of this stack"]);
    cloud.elb("DeleteRule", &[("RuleArn", theirs)]);
    project.run(&APPLY).succeeds();
    unchanged(&project.run(&PLAN));
    project.run(&DESTROY).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}

/// Listeners cannot exchange their ports, which is said before anything is done.
#[test]
fn listeners_do_not_exchange_their_ports() {
    let project = Project::new("ports");
    let cloud = project.cloud(&[]);
    project.edit(
        "stacks/dev.rs",
        "    stack.output(\"url\"",
        "    for (name, port) in [(\"one\", 8001), (\"two\", 8002)] {\n\
         let action = aws::elbv2::Action::respond(200, name);\n\
         let listener = aws::elbv2::Listener::http(traffic.load_balancer.arn(), Port::new(port), action);\n\
         stack.add(name, listener);\n\
         }\n    stack.output(\"url\"",
    );
    project.run(&APPLY).succeeds();
    project.edit("stacks/dev.rs", "[(\"one\", 8001), (\"two\", 8002)]", "[(\"one\", 8002), (\"two\", 8001)]");
    project.run(&APPLY).fails(&["listener.one and listener.two would exchange", "give one of them first what is free"]);
    project.edit("stacks/dev.rs", "[(\"one\", 8002), (\"two\", 8001)]", "[(\"one\", 8002), (\"two\", 8002)]");
    project.run(&["validate", "dev"]).fails(&["has the same load_balancer and port as listener.one", "dev.rs:"]);

    project.edit("stacks/dev.rs", "[(\"one\", 8002), (\"two\", 8002)]", "[(\"one\", 8002), (\"two\", 8003)]");
    project.run(&APPLY).succeeds();
    unchanged(&project.run(&PLAN));
    project.run(&DESTROY).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}
