//! Listeners and rules: F22, F23, F24, F36.

use serde_json::json;

use crate::support::{
    AtBalancer, AtTarget, FRONT, LISTENER_GONE, Land, Load, Status, WrongAnswer, eventually, fixed, forward, member, to,
};

#[test]
fn f22_a_listener_is_replaced() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let (group, other) = (land.group("web"), land.group("other"));
    let listener = land.listener(&load_balancer, &to(&[(&group, 1), (&other, 0)]));
    let _targets = [land.target(&group, 0, 10, "web"), land.target(&other, 0, 11, "web")];
    let nodes = land.nodes("web", 2);
    let report = land.during(&nodes, Load::SHORT, |_| land.point(&listener, &to(&[(&group, 0), (&other, 1)])));
    report.loses_none();
    // A new one cannot stand next to the old one.
    let form = format!("LoadBalancerArn={load_balancer}&Protocol=HTTP&Port={FRONT}&{}", to(&[(&group, 1)]));
    let taken = land.try_elb("CreateListener", &form);
    assert!(taken.body.contains("DuplicateListener"), "{}", taken.body);
    let report = land.during(&nodes, Load::SHORT, |traffic| {
        land.elb("DeleteListener", &format!("ListenerArn={listener}"));
        traffic.pass(10);
        land.listener(&load_balancer, &to(&[(&group, 1)]));
    });
    report.loses(&LISTENER_GONE);
}

/// The parameters of a rule for paths.
fn rule(listener: &str, priority: u16, path: &str, group: &str) -> String {
    format!(
        "ListenerArn={listener}&Priority={priority}&Conditions.member.1.Field=path-pattern\
         &Conditions.member.1.PathPatternConfig.Values.member.1={path}&{}",
        forward("Actions", &[(group, 1)])
    )
}

#[test]
fn f23_priorities_change_places_one_by_one() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let (web, api) = (land.group("web"), land.group("api"));
    let listener = land.listener(&load_balancer, &fixed(404));
    let create = |priority, path, group: &str| {
        member(&land.elb("CreateRule", &rule(&listener, priority, path, group)), "RuleArn")
    };
    let (narrow, wide) = (create(10, "/api/*", &api), create(20, "/*", &web));
    let _targets = [land.target(&web, 0, 10, "web"), land.target(&api, 0, 11, "api")];
    let nodes = land.nodes("web", 2);
    let load = Load { path: "/api/orders", answerer: Some("api"), ..Load::SHORT };
    // The narrow rule goes from 10 to 30 and the wide one from 20 to 40.
    let report = land.during(&nodes, load, |_| {
        let priority = |number, rule: &str, priority| {
            let member = format!("RulePriorities.member.{number}");
            format!("{member}.RuleArn={rule}&{member}.Priority={priority}")
        };
        let form = format!("{}&{}", priority(1, &narrow, 30), priority(2, &wide, 40));
        land.elb("SetRulePriorities", &form);
    });
    report.loses_none();
    let taken = land.try_elb("CreateRule", &rule(&listener, 40, "/other/*", &web));
    assert!(taken.body.contains("PriorityInUse"), "{}", taken.body);
    let report = land.during(&nodes, load, |traffic| {
        land.elb("DeleteRule", &format!("RuleArn={narrow}"));
        traffic.pass(10);
        create(10, "/api/*", &api);
    });
    report.loses(&[(WrongAnswer, AtTarget)]);
}

#[test]
fn f24_a_service_is_created_before_its_group_has_a_listener() {
    let land = Land::with_tasks();
    let load_balancer = land.load_balancer("web");
    let nodes = land.nodes("web", 2);
    let (group, definition) = (land.group("web"), land.define(json!({}), json!({})));
    let refused = land.try_call("ecs", "CreateService", &land.service_input("web", &definition, &group, json!({})));
    assert!(refused.body.contains("does not have an associated load balancer"), "{}", refused.body);
    // The plan has lost its service, and its listener comes all the same.
    let listener = land.listener(&load_balancer, &to(&[(&group, 1)]));
    land.during(&nodes, Load::SHORT, |_| ()).loses(&[(Status(503), AtBalancer)]);
    land.serve("web", &definition, &group, json!({}));
    land.until_all_healthy(&group, 2);
    land.during(&nodes, Load::SHORT, |_| ()).loses_none();
    // A redirect takes the group its only listener away, and no deployment starts any more.
    let redirect = "DefaultActions.member.1.Type=redirect&DefaultActions.member.1.RedirectConfig.StatusCode=HTTP_301\
                    &DefaultActions.member.1.RedirectConfig.Protocol=HTTPS\
                    &DefaultActions.member.1.RedirectConfig.Port=443";
    let report = land.during(&nodes, Load::SHORT, |_| land.point(&listener, redirect));
    report.loses(&[(Status(301), AtBalancer)]);
    let input = json!({ "cluster": "main", "service": "web", "forceNewDeployment": true });
    let refused = land.try_call("ecs", "UpdateService", &input);
    assert!(refused.body.contains("does not have an associated load balancer"), "{}", refused.body);
}

#[test]
fn f36_a_rule_of_somebody_else_is_deleted() {
    let land = Land::new();
    let load_balancer = land.load_balancer("web");
    let (own, foreign) = (land.group("own"), land.group("foreign"));
    let listener = land.listener(&load_balancer, &to(&[(&own, 1)]));
    let rule_of = |priority, path, group: &str| {
        member(&land.elb("CreateRule", &rule(&listener, priority, path, group)), "RuleArn")
    };
    let (mine, theirs) = (rule_of(10, "/mine/*", &own), rule_of(20, "/theirs/*", &foreign));
    let _targets = [land.target(&own, 0, 10, "own"), land.target(&foreign, 0, 11, "foreign")];
    let nodes = land.nodes("web", 2);
    let load = Load { path: "/theirs/a", answerer: Some("foreign"), ..Load::SHORT };
    let report = land.during(&nodes, load, |_| {
        land.elb("DeleteRule", &format!("RuleArn={mine}"));
    });
    report.loses_none();
    // The default action takes what the rule took.
    let report = land.during(&nodes, load, |_| {
        land.elb("DeleteRule", &format!("RuleArn={theirs}"));
        eventually("it is gone", || {
            let rules = land.elb("DescribeRules", &format!("ListenerArn={listener}"));
            (!rules.contains(&theirs)).then_some(())
        });
    });
    report.loses(&[(WrongAnswer, AtTarget)]);
}
