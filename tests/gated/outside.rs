use super::scene::{CANARY, Scene};
use serde_json::json;

/// What is allowed to be lost of 100 requests a second when somebody breaks what all of them pass.
const EXPOSED: u64 = 600;

/// During an apply somebody takes the rule away that lets clients reach the load balancer.
#[test]
fn a_security_group_edited_by_somebody_else_is_mended() {
    let scene = Scene::set("gated-firewall", CANARY, &json!({}));
    scene.image("next", &json!({}));
    let change = scene.change("next", 2, |scene| {
        let group = scene.id("security_group.web-load-balancer");
        scene.cloud.ec2(
            "RevokeSecurityGroupIngress",
            &[
                ("GroupId", &group),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", "80"),
                ("IpPermissions.1.ToPort", "80"),
                ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
            ],
        );
    });
    change.was_taken_back("security group edited", EXPOSED);
    scene.stands("good");
}

/// During an apply somebody lets the listener answer that it is out of order. The case below is like it, so this one is
/// left to the thorough run.
#[test]
fn a_rule_edited_to_answer_by_itself_is_mended() {
    if !super::thorough() {
        eprintln!("skipped: GATED=all runs it");
        return;
    }
    let scene = Scene::set("gated-answer", CANARY, &json!({}));
    scene.image("next", &json!({}));
    let change = scene.change("next", 2, |scene| {
        let rule = scene.id("listener_rule.web");
        scene.cloud.elb(
            "ModifyRule",
            &[
                ("RuleArn", &rule),
                ("Actions.member.1.Type", "fixed-response"),
                ("Actions.member.1.FixedResponseConfig.StatusCode", "503"),
            ],
        );
    });
    change.was_taken_back("rule answers 503", EXPOSED);
    scene.stands("good");
}

/// During an apply somebody gives all requests to a target group without targets.
#[test]
fn a_rule_edited_to_lead_nowhere_is_mended() {
    let scene = Scene::set("gated-nowhere", CANARY, &json!({}));
    scene.image("next", &json!({}));
    let change = scene.change("next", 2, |scene| {
        let rule = scene.id("listener_rule.web");
        let vpc = scene.id("vpc.main");
        let made = scene.cloud.elb(
            "CreateTargetGroup",
            &[("Name", "empty"), ("Protocol", "HTTP"), ("Port", "8080"), ("VpcId", &vpc), ("TargetType", "ip")],
        );
        let (_, empty) = made.split_once("<TargetGroupArn>").expect("it was made");
        let (empty, _) = empty.split_once("</TargetGroupArn>").expect("it has an ARN");
        scene.cloud.elb(
            "ModifyRule",
            &[("RuleArn", &rule), ("Actions.member.1.Type", "forward"), ("Actions.member.1.TargetGroupArn", empty)],
        );
    });
    change.was_taken_back("rule leads to an empty group", EXPOSED);
    scene.stands("good");
}
