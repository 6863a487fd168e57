//! What is replaced or taken away while it is in use: F1 to F8.

use super::*;

#[test]
fn f1_target_group_replaced() {
    let case = check(&edit(document(), "target_group.web-blue", "/port", json!(9090)), Proven);
    let cut = naive(
        &case.plan,
        &["expand listener_rule.web", "expand service.web"],
        &["create target_group.web-blue", "contract listener_rule.web"],
    );
    expect(&case, &cut, Breaks("F1", "contract listener_rule.web"));
    let early = naive(&case.plan, &[], &["delete target_group.web-blue generation 1"]);
    expect(&case, &early, Refused("F1"));
}

#[test]
fn f2_fixed_name() {
    let case = check(&edit(document(), "target_group.web-blue", "/port", json!(9090)), Proven);
    let renamed =
        case.plan.steps.iter().any(
            |step| matches!(&step.operation, Operation::Create { identity, .. } if identity.name == "dev-web-blue-2"),
        );
    assert!(renamed, "the new one has a name of its own");
    // Where AWS allows no two, the plan says so.
    let moved = edit(document(), "subnet.main-private-a", "/availability_zone", json!("us-east-1d"));
    let case = check(&moved, Watched("F2"));
    assert!(case.plan.changes.iter().any(|change| change.action == Action::DeleteThenCreate));
}

#[test]
fn f3_service_replaced() {
    let mut after = document();
    let other = at(&after, "cluster.main");
    let position = after.resources.iter().position(|it| it.address.as_str() == "cluster.main").unwrap();
    let mut cluster = after.resources[position].clone();
    (cluster.address, cluster.inputs) = ("cluster.other".parse().unwrap(), other);
    after.resources.insert(position, cluster);
    let after = edit(after, "service.web", "/cluster", json!({ "$ref": "cluster.other#arn" }));
    let case = check(&after, Proven);
    let first = naive(&case.plan, &[], &["delete service.web generation 1"]);
    expect(&case, &first, Breaks("F3", "delete service.web generation 1"));
}

#[test]
fn f5_security_group_rule_revoked_first() {
    let source = json!({ "cidr_ipv4": "10.0.0.0/16" });
    let case = check(&edit(document(), "security_group_ingress_rule.web", "/source", source), Proven);
    let gone = "delete security_group_ingress_rule.web generation 1";
    let proof = expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F5", gone));
    assert!(proof.breaks[0].remedy.contains("create security_group_ingress_rule.web"), "{:?}", proof.breaks);
    // The right order without a settling step in between: the new rule may not work yet.
    let settles = case.plan.steps.iter().filter(|step| matches!(step.operation, Operation::Settle { .. })).count();
    assert!(settles > 0);
    expect(&case, &naive(&case.plan, &["settle"], &[]), Breaks("F5", gone));
}

#[test]
fn f6_shared_egress_narrowed() {
    // Nothing of the service changes; somebody narrows what the load balancer may send.
    let narrowed = json!({ "cidr_ipv4": "192.168.0.0/16" });
    let after = edit(document(), "security_group_egress_rule.web-load-balancer", "/destination", narrowed);
    check(&after, Refused("F6"));
    let widened = json!({ "cidr_ipv4": "10.0.0.0/16" });
    let case =
        check(&edit(document(), "security_group_egress_rule.web-load-balancer", "/destination", widened), Proven);
    let gone = "delete security_group_egress_rule.web-load-balancer generation 1";
    expect(&case, &naive(&case.plan, &[], &[gone]), Breaks("F6", gone));
}

#[test]
fn f7_security_group_replaced() {
    let case = check(&edit(document(), "security_group.web", "/description", json!("Other words")), Proven);
    let bare = naive(&case.plan, &["expand service.web"], &["create security_group.web", "contract service.web"]);
    expect(&case, &bare, Breaks("F7", "contract service.web"));
    let early = naive(&case.plan, &[], &["delete security_group.web generation 1"]);
    expect(&case, &early, Refused("F7"));
}

#[test]
fn f8_weight_on_a_group_without_targets() {
    let moved = |blue: u16, green: u16| {
        let groups = "/action/forward/target_groups";
        let [a, b] = ["blue", "green"].map(|colour| json!({ "$ref": format!("target_group.web-{colour}#arn") }));
        let weights = json!([{ "target_group": a, "weight": blue }, { "target_group": b, "weight": green }]);
        edit(document(), "listener_rule.web", groups, weights)
    };
    check(&moved(0, 100), Refused("F8"));
    check(&moved(99, 1), Refused("F8"));
}
