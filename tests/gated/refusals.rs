use super::scene::{ROLLING, Scene};
use serde_json::json;

/// A baseline that fails already: nothing is changed.
#[test]
fn what_cannot_be_watched_is_not_changed() {
    let scene = Scene::set("gated-refused", ROLLING, &json!({ "FAULT_ERROR_RATE": "0.3" }));
    scene.image("next", &json!({}));
    let objects = |service: &str| scene.cloud.status()[service].clone();
    let before = ["ec2", "ecs", "elbv2", "iam"].map(objects);
    let refused = scene.project.run(&scene.apply("next"));
    refused.fails(&["the service fails before anything is changed", "nothing was changed", "--no-gate"]);
    assert_eq!(["ec2", "ecs", "elbv2", "iam"].map(objects), before);
    scene.stands("good");
}
