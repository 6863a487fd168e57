//! What people read of a proof, word by word.

use super::{
    fixture::{Case, document, edit},
    naive::naive,
};
use crate::{plan::Mode, render};
use anstream::adapter::strip_str;
use serde_json::json;

const PROVEN: &str = "\
Availability: Proven: every request path stays complete, also after a crash at any step.
  /* at listener.web (port 80): 2 healthy targets, at least 2 needed, asked for by
    http://load_balancer-42/dns_name/health
  Wave 1 of 3: at least 2 of 2 healthy targets for /* at listener.web (port 80) (lowest during expansion of
    listener_rule.web); can be reverted in about 40 s
  Wave 2 of 3: at least 2 of 2 healthy targets for /* at listener.web (port 80) (lowest during shift of
    listener_rule.web); can be reverted in about 40 s
  Wave 3 of 3: at least 2 of 2 healthy targets for /* at listener.web (port 80) (lowest during deletion of
    task_definition.web); no way back: target_group.web-blue, task_definition.web are gone
  Note: target_group.web-blue (generation 2) gets its first requests, and each of its targets its full share, after one
    good check. (F17) A slow start of the group gives new targets their share little by little.
";

const BROKEN: &str = "\
Availability: This plan interrupts requests.
  /* at listener.web (port 80): 2 healthy targets, at least 2 needed, asked for by
    http://load_balancer-42/dns_name/health
  Wave 1 of 3: no request path is touched; can be reverted in about 5 s
  Wave 2 of 3: no request path is touched; can be reverted in about 40 s
  Wave 3 of 3: no request path is touched; no way back: target_group.web-blue, task_definition.web are gone

  Error: /* at listener.web (port 80) is interrupted (F1, target group replaced while in use)
    after step 2, contraction of listener_rule.web: target_group.web-blue (generation 2) gets requests and has no
      healthy target: service.web is not registered with it any more
    in the state in which step 1 is done and the rest is not
    The new group gets a name of its own, enters the rule with weight 0, the service registers with both, and when its
      targets are healthy the weight moves. The old group goes last.
  Note: target_group.web-blue (generation 2) gets its first requests, and each of its targets its full share, after one
    good check. (F17) A slow start of the group gives new targets their share little by little.
";

const EXPLAINED: &str = "\
F1: target group replaced while in use

How it arises
  Port, protocol and VPC of a target group cannot change, so it is replaced. Deleting the old one first, or cutting the
    listener off first, leaves its requests without targets.

How a plan avoids it
  The new group gets a name of its own, enters the rule with weight 0, the service registers with both, and when its
    targets are healthy the weight moves. The old group goes last.

What the gate sees
  502 and 503 of the load balancer; probes of the new group while its weight is still 0.
";

/// The longest line.
const WIDTH: usize = 120;

#[track_caller]
fn reads(text: &str, expected: &str) {
    let text = strip_str(text).to_string();
    assert_eq!(text, expected, "\n{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{} columns: {line}", line.chars().count());
    }
}

/// The port of a target group changes, and with it the tasks.
fn case() -> Case {
    let after = edit(document(), "target_group.web-blue", "/port", json!(9090));
    let after = edit(after, "task_definition.web", "/containers/web/environment", json!({ "VERSION": "v2" }));
    Case::new(&document(), &after, Mode::Apply)
}

#[test]
fn a_plan_that_is_proven() {
    let case = case();
    reads(&render::proof(&case.prove(), &case.plan), PROVEN);
}

#[test]
fn a_plan_that_breaks() {
    let case = case();
    let cut = naive(
        &case.plan,
        &[
            "expand listener_rule.web",
            "expand service.web",
            "send 100 % of the requests to the new by listener_rule.web",
        ],
        &["create target_group.web-blue", "contract listener_rule.web"],
    );
    reads(&render::proof(&case.prove_plan(&cut), &cut), BROKEN);
}

#[test]
fn a_url_that_is_not_known_yet() {
    let case = Case::new(&model::Stack::new("dev").document(Default::default()), &document(), Mode::Apply);
    let urls: Vec<String> = case.prove().paths.into_iter().filter_map(|path| path.url).collect();
    assert_eq!(urls, ["http://(known after apply)/health"]);
}

#[test]
fn a_failure_mode_explained() {
    reads(&render::explain(crate::serve::Mode::new(1)), EXPLAINED);
}
