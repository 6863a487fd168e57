//! How long a proof takes.

use super::fixture::{Case, document, edit};
use serde_json::json;
use std::time::{Duration, Instant};

/// The most that planning and proving 500 steps may take, with the dev profile as it stands in this repository. A build
/// that is told not to optimise is only kept from growing worse by an order.
const MOST: Duration = Duration::from_secs(match option_env!("CARGO_PROFILE_DEV_OPT_LEVEL") {
    Some(_) => 10,
    None => 1,
});
const RUNS: usize = 5;

/// The development environment with so many services more, each behind a rule of its own.
fn wide(services: usize, version: &str) -> model::Document {
    let mut wide = document();
    let own = ["target_group.web-blue", "listener_rule.web", "task_definition.web", "service.web"];
    let ends = |address: &str| own.contains(&address);
    let templates: Vec<_> = wide.resources.iter().filter(|it| ends(it.address.as_str())).cloned().collect();
    for number in 0..services {
        for template in &templates {
            let text = serde_json::to_string(template).unwrap();
            let text = own.iter().fold(text, |text, own| {
                text.replace(&format!("\"{own}\""), &format!("\"{own}-{number}\""))
                    .replace(&format!("\"{own}#"), &format!("\"{own}-{number}#"))
            });
            let mut resource: model::Declaration = serde_json::from_str(&text).unwrap();
            if resource.kind == "elbv2.listener_rule" {
                resource.inputs["priority"] = json!(number + 200);
                resource.inputs["conditions"] = json!([{ "host-header": [format!("s{number}.example.com")] }]);
            }
            wide.resources.push(resource);
        }
    }
    // The catch-all comes last.
    let wide = edit(wide, "listener_rule.web", "/priority", json!(40000));
    (0..services).fold(wide, |wide, number| {
        let address = format!("task_definition.web-{number}");
        edit(wide, &address, "/containers/web/environment", json!({ "VERSION": version }))
    })
}

/// How long this thread has worked, by Linux's count of it; elsewhere the time since `begun`.
/// Linux: "Scheduler Statistics", the first number of `/proc/<pid>/schedstat`.
fn worked(begun: Instant) -> Duration {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counts.and_then(|counts| counts.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

#[test]
fn five_hundred_steps_are_planned_and_proven_within_a_second() {
    let case = Case::made(&wide(167, "v1"), &wide(167, "v2"));
    assert!(case.plan.steps.len() >= 500, "{} steps", case.plan.steps.len());
    // Other tests run beside this one: only its own work counts, and the fastest of a few runs.
    let runs = std::iter::repeat_with(|| {
        let begun = Instant::now();
        let idle = worked(begun);
        let (plan, proof) = (case.replan(), case.prove());
        let took = worked(begun).saturating_sub(idle);
        assert_eq!(plan, case.plan);
        assert_eq!(proof.verdict, crate::serve::Verdict::Proven, "{:#?}", (&proof.breaks.first(), &proof.unproven));
        assert_eq!(proof.paths.len(), 168);
        took
    });
    let took = runs.take(RUNS).min().unwrap();
    assert!(took < MOST, "{} steps took {took:?}", case.plan.steps.len());
}
