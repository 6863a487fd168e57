use serde_json::{Value, json};

use super::{Cloud, text};
use crate::testing::code;
use crate::wire::ApiError;

/// A cloud with a listener.
struct Listening {
    cloud: Cloud,
    listener: String,
    group: String,
}

impl Listening {
    fn new() -> Self {
        let mut cloud = Cloud::new();
        let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
        let listener = cloud.listener(&load_balancer, &group);
        Listening { cloud, listener, group }
    }

    fn try_rule(&mut self, priority: &str, path: &str) -> Result<Value, ApiError> {
        let form = [
            ("ListenerArn", self.listener.as_str()),
            ("Priority", priority),
            ("Conditions.member.1.Field", "path-pattern"),
            ("Conditions.member.1.Values.member.1", path),
            ("Actions.member.1.Type", "forward"),
            ("Actions.member.1.TargetGroupArn", &self.group),
        ];
        self.cloud.try_call("CreateRule", &form)
    }

    fn rule(&mut self, priority: &str, path: &str) -> String {
        text(&self.try_rule(priority, path).expect("it succeeds")["Rules"][0]["RuleArn"])
    }

    fn priorities(&mut self) -> Vec<(String, String)> {
        let reply = self.cloud.call("DescribeRules", &[("ListenerArn", &self.listener)]);
        let rules = reply["Rules"].as_array().expect("a list");
        rules.iter().map(|rule| (text(&rule["Priority"]), text(&rule["RuleArn"]))).collect()
    }
}

#[test]
fn rules_come_by_priority_and_the_default_one_last() {
    let mut listening = Listening::new();
    let (second, first) = (listening.rule("20", "/b"), listening.rule("3", "/a"));
    let priorities = listening.priorities();
    assert_eq!(priorities[..2], [("3".to_owned(), first), ("20".to_owned(), second)]);
    assert_eq!(priorities[2].0, "default");
    assert_eq!(code(listening.try_rule("3", "/c")), "PriorityInUse");
    assert_eq!(code(listening.try_rule("0", "/c")), "ValidationError");
    assert_eq!(code(listening.try_rule("50001", "/c")), "ValidationError");
}

#[test]
fn short_conditions_are_told_in_both_forms() {
    let mut listening = Listening::new();
    let reply = listening.try_rule("1", "/img/*").expect("it succeeds");
    let expected = json!([{
        "Field": "path-pattern", "Values": ["/img/*"], "PathPatternConfig": { "Values": ["/img/*"] },
    }]);
    assert_eq!(reply["Rules"][0]["Conditions"], expected);
}

#[test]
fn rules_can_swap_places() {
    let mut listening = Listening::new();
    let (one, two) = (listening.rule("1", "/a"), listening.rule("2", "/b"));
    listening.rule("3", "/c");
    let mut order = |pairs: [(&str, &str); 2]| {
        let form = [
            ("RulePriorities.member.1.RuleArn", pairs[0].0),
            ("RulePriorities.member.1.Priority", pairs[0].1),
            ("RulePriorities.member.2.RuleArn", pairs[1].0),
            ("RulePriorities.member.2.Priority", pairs[1].1),
        ];
        listening.cloud.try_call("SetRulePriorities", &form)
    };
    assert!(order([(&one, "2"), (&two, "1")]).is_ok());
    assert_eq!(code(order([(&one, "3"), (&two, "1")])), "PriorityInUse");
    assert_eq!(code(order([(&one, "4"), (&two, "4")])), "ValidationError");
    let priorities = listening.priorities();
    assert_eq!(priorities[..2], [("1".to_owned(), two), ("2".to_owned(), one)]);
}

#[test]
fn the_default_rule_stays() {
    let mut listening = Listening::new();
    let (_, default) = listening.priorities().remove(0);
    assert_eq!(code(listening.cloud.try_call("DeleteRule", &[("RuleArn", &default)])), "OperationNotPermitted");
    let change = [("RuleArn", default.as_str()), ("Actions.member.1.Type", "forward")];
    assert_eq!(code(listening.cloud.try_call("ModifyRule", &change)), "OperationNotPermitted");
}

#[test]
fn what_is_absent_stays() {
    let mut listening = Listening::new();
    let rule = listening.rule("1", "/a");
    let form = [
        ("RuleArn", rule.as_str()),
        ("Actions.member.1.Type", "fixed-response"),
        ("Actions.member.1.FixedResponseConfig.StatusCode", "503"),
    ];
    let changed = &listening.cloud.call("ModifyRule", &form)["Rules"][0];
    assert_eq!(
        changed["Actions"][0],
        json!({ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "503" } })
    );
    assert_eq!(changed["Conditions"][0]["Values"], json!(["/a"]));
    assert_eq!(code(listening.cloud.try_call("ModifyRule", &form[..1])), "ValidationError");
    listening.cloud.call("DeleteRule", &form[..1]);
    assert_eq!(code(listening.cloud.try_call("DeleteRule", &form[..1])), "RuleNotFound");
}

#[test]
fn actions_have_what_their_type_needs_and_nothing_else() {
    let mut listening = Listening::new();
    let rule = listening.rule("1", "/a");
    let group = listening.group.clone();
    let mut modify = |action: &[(&str, &str)]| {
        let named: Vec<_> = action.iter().map(|(name, value)| (format!("Actions.member.1.{name}"), *value)).collect();
        let form = named.iter().map(|(name, value)| (name.as_str(), *value)).chain([("RuleArn", rule.as_str())]);
        code(listening.cloud.try_call("ModifyRule", &form.collect::<Vec<_>>()))
    };
    assert_eq!(modify(&[("Type", "forward")]), "ValidationError");
    assert_eq!(modify(&[("Type", "redirect"), ("TargetGroupArn", &group)]), "ValidationError");
    let response = |code| [("Type", "fixed-response"), ("FixedResponseConfig.StatusCode", code)];
    assert_eq!(modify(&response("302")), "ValidationError");
    let typed = [("FixedResponseConfig.ContentType", "image/png")];
    assert_eq!(modify(&[response("200").as_slice(), &typed].concat()), "InvalidLoadBalancerAction");
    assert_eq!(modify(&[("Type", "redirect"), ("RedirectConfig.StatusCode", "HTTP_301")]), "InvalidLoadBalancerAction");
}
