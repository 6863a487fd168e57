use super::{
    Finished,
    load::{Load, until},
    scene::{CANARY, Scene},
};
use serde_json::{Value, json};
use std::process::Stdio;

/// Starts to bring out an image, and kills that as soon as so many of its steps are done.
fn killed(scene: &Scene, steps: usize) {
    let before = scene.number();
    let arguments = scene.apply("next");
    let mut command = scene.project.command(&arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    until("so many steps are done", || {
        assert!(child.try_wait().expect("it can be watched").is_none(), "it has ended already");
        scene.number() > before && scene.events().count("step_done") >= steps
    });
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(scene.events().outcome(), "", "it was killed in the middle");
}

/// After each step of a rollout by weight somebody kills it, under load: nothing is lost. Then it goes on to the end, or
/// goes back; nothing is lost by that either, and nothing is left over.
#[test]
fn a_killed_rollout_goes_on_or_back_and_loses_nothing() {
    let scene = Scene::set("gated-kills", CANARY, &json!({}));
    scene.image("next", &json!({}));
    let before = objects(&scene);
    // Of the steps: the second service is there; 1 % of the requests go there; half of them; all of them.
    let all = super::thorough();
    let back: &[usize] = if all { &[1, 4, 6, 9] } else { &[4] };
    let on: &[usize] = if all { &[2, 4, 8] } else { &[8] };
    for &steps in back {
        let load = Load::start(&scene.project, &format!("back-{steps}"));
        killed(&scene, steps);
        let rolled = scene.project.run(&scene.command(&["rollback"]));
        ended(&rolled, &scene, load, &format!("killed after {steps} steps, then back"));
        scene.stands("good");
        // Targets go once they are drained.
        until("nothing is left over", || objects(&scene) == before);
    }
    for &steps in on {
        let load = Load::start(&scene.project, &format!("on-{steps}"));
        killed(&scene, steps);
        let applied = scene.project.run(&scene.apply("next"));
        ended(&applied, &scene, load, &format!("killed after {steps} steps, then on"));
        scene.stands("next");
        // Targets go once they are drained.
        until("nothing is left over", || objects(&scene) == before);
        scene.project.run(&scene.apply("good")).succeeds();
    }
}

fn ended(finished: &Finished, scene: &Scene, load: Load, what: &str) {
    let load = load.stop();
    eprintln!("{what}: {} of {} requests lost", load.lost, load.requests);
    assert_eq!(finished.code, Some(0), "{what}: {finished}");
    assert!(scene.events().folder.join("certificate.json").is_file(), "{what}: it was not gated: {finished}");
    assert_eq!(load.lost, 0, "{what}: {finished}");
    assert!(load.requests > 1_000, "{what}");
}

/// How many objects there are, and how many targets the target groups have.
fn objects(scene: &Scene) -> (Value, usize) {
    let mut status = scene.cloud.status();
    let counted = json!({ "ec2": status["ec2"], "iam": status["iam"], "services": status["ecs"]["services"] });
    let balancing = status["elbv2"].as_object_mut().expect("it has tables");
    // Those that have been drained are counted until somebody asks for them.
    balancing.remove("targets");
    let targets = ["target_group.web-blue", "target_group.web-green"].map(|group| {
        let health = scene.cloud.elb("DescribeTargetHealth", &[("TargetGroupArn", &scene.id(group))]);
        health.matches("<TargetHealth>").count()
    });
    (json!([counted, balancing]), targets.iter().sum())
}
