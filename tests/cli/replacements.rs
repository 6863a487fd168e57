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
