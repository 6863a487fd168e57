use super::{
    load::until,
    scene::{ROLLING, Scene},
};
use serde_json::json;

/// A service that fails already, one that does not answer at all, and a stack that does not say what to probe: nothing is
/// changed.
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

    // Nobody answers any more.
    scene.image("bad", &json!({ "FAULT_ERROR_RATE": "1" }));
    scene.project.run(&[&scene.apply("bad")[..], &["--no-gate"]].concat()).succeeds();
    let group = scene.id("target_group.web-blue");
    until("the tasks that answer are drained", || {
        !scene.cloud.elb("DescribeTargetHealth", &[("TargetGroupArn", &group)]).contains("<State>draining")
    });
    let before = ["ec2", "ecs", "elbv2", "iam"].map(objects);
    let refused = scene.project.run(&scene.apply("next"));
    refused.fails(&["the prober cannot reach the service", "nothing was changed", "--no-gate"]);
    assert_eq!(["ec2", "ecs", "elbv2", "iam"].map(objects), before);

    // A stack that does not say what to probe.
    scene.project.edit("stacks/dev.rs", "    stack.serves(", "    let _probe = (");
    let refused = scene.project.run(&scene.apply("next"));
    refused.fails(&["nothing in it says what to probe", "nothing was changed", "stack.serves(", "--no-gate"]);
    assert_eq!(["ec2", "ecs", "elbv2", "iam"].map(objects), before);
}
