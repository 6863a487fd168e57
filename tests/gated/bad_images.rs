use super::scene::{CANARY, Change, ROLLING, Scene};
use serde_json::{Value, json};
use std::time::Duration;

/// What a test allows to be lost of 100 requests a second when a bad version first gets 1 % of them. How many fail until
/// it is certain is left to chance: fewer than 10 on average, and almost never as many as this.
const BEHIND_ONE_PERCENT: u64 = 25;
/// And when it gets all.
const EXPOSED: u64 = 600;
/// How much slower than promised a busy machine may be.
const BUSY: u32 = 5;

fn bad(scene: &Scene, what: &str, faults: &Value, most: u64) -> Change {
    scene.image("bad", faults);
    let change = scene.change("bad", 0, |_| ());
    change.was_taken_back(what, most);
    scene.stands("good");
    change
}

#[test]
fn behind_a_canary_a_bad_image_costs_a_handful_of_requests() {
    let scene = Scene::set("gated-canary", CANARY, &json!({}));
    let after_5_s = bad(&scene, "fails after 5 s", &json!({ "FAULT_FAIL_AFTER_SECONDS": "5" }), BEHIND_ONE_PERCENT);
    bad(&scene, "2 % errors", &json!({ "FAULT_ERROR_RATE": "0.02" }), BEHIND_ONE_PERCENT);
    if super::thorough() {
        bad(&scene, "10 % errors", &json!({ "FAULT_ERROR_RATE": "0.1" }), BEHIND_ONE_PERCENT);
        bad(&scene, "always fails", &json!({ "FAULT_FAIL_AFTER_SECONDS": "0" }), BEHIND_ONE_PERCENT);
    }

    // How fast it goes back is the same whatever was bad.
    let halted = after_5_s.events.when(|event| event["event"] == "halted").expect("it was halted");
    let back = |kind: &str| {
        let when = after_5_s.events.when(|event| event["event"] == kind && event["part"] == "undo");
        when.expect("steps were taken back").saturating_sub(halted)
    };
    assert!(back("step_begun") <= BUSY * Duration::from_millis(50), "{:?} to the first call", back("step_begun"));
    assert!(back("step_done") <= BUSY * Duration::from_secs(2), "{:?} to the old path", back("step_done"));
}

#[test]
fn a_rolling_deployment_of_a_bad_image_is_taken_back() {
    let scene = Scene::set("gated-rolling", ROLLING, &json!({}));
    bad(&scene, "rolling, fails after 5 s", &json!({ "FAULT_FAIL_AFTER_SECONDS": "5" }), EXPOSED);
    if super::thorough() {
        bad(&scene, "rolling, 10 % errors", &json!({ "FAULT_ERROR_RATE": "0.1" }), EXPOSED);
    }
}

/// No request fails; all of them take ten times as long.
#[test]
fn an_image_that_is_ten_times_as_slow_is_taken_back() {
    let scene = Scene::set("gated-slow", CANARY, &json!({ "FAULT_LATENCY_MS": "40" }));
    let change = bad(&scene, "ten times as slow", &json!({ "FAULT_LATENCY_MS": "400" }), BEHIND_ONE_PERCENT);
    assert!(change.applied.stderr.contains("answers became slow"), "{}", change.applied);
    let shares = change.events.count("wave_judged");
    assert!(shares <= 5, "it is noticed before all requests are slow: {}", change.applied);
}
