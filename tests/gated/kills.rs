//! Somebody kills an apply with SIGKILL, after every step of it, in the middle of steps and at every intent to create:
//! nothing is lost. Then it goes on to the end, or goes back; nothing is lost by that either, and nothing is left over.

use super::{
    good::{
        changes::{CHANGES, Good, Stand},
        stage::{Stage, TRIES, slow_by_others},
    },
    load::{Load, until},
};
use serde_json::{Value, json};
use std::{fmt, fs::File, process::Stdio, time::Duration};

/// When it is killed.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// So long after so many steps are done, when the next ones are under way.
    Step(usize, Duration),
    /// As soon as it is on disk that so many objects are going to be created.
    Intent(usize),
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(steps, later) => write!(f, "{} ms after step {steps}", later.as_millis()),
            Self::Intent(intents) => write!(f, "at intent {intents}"),
        }
    }
}

/// What is done afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    On,
    Back,
}

/// How fast the gate probes: each wave takes the less time the faster.
const RATE: u32 = 200;

#[test]
fn of_a_canary() {
    let good = change("a new version, by shares");
    if super::thorough() {
        every_point("kills-canary", good);
        return;
    }
    let stage = Stage::set("kills-canary", good);
    let before = objects(&stage);
    // Of its steps: 1 % of the requests go to the new version; all of them do.
    for (point, then) in [(Point::Step(3, delay(3)), Then::Back), (Point::Step(6, delay(6)), Then::On)] {
        killed(&stage, point, then, [&before, &before]);
    }
}

#[test]
fn of_another_target_group() {
    thoroughly("kills-target-group", "another port of container and target group");
}

#[test]
fn of_a_service_replaced() {
    thoroughly("kills-service", "the service in another cluster");
}

#[test]
fn of_a_security_group_replaced() {
    thoroughly("kills-security-group", "security group of the tasks");
}

#[test]
fn of_a_zone_that_comes() {
    thoroughly("kills-zone", "three zones in place of two");
}

#[test]
fn of_a_path_that_gets_its_own_service() {
    thoroughly("kills-path", "a path gets a service of its own");
}

#[test]
fn of_a_role_replaced() {
    thoroughly("kills-role", "role by which tasks are started");
}

fn thoroughly(test: &str, what: &str) {
    if super::thorough() {
        every_point(test, change(what));
    } else {
        eprintln!("skipped: GATED=all runs it");
    }
}

fn change(what: &str) -> &'static Good {
    CHANGES.iter().find(|good| good.what == what).expect("it stands in the table")
}

/// Some time that depends on the number and looks like chance.
fn delay(number: usize) -> Duration {
    Duration::from_millis((number as u64 * 7919 + 101) % 300)
}

/// Kills a change at every point; every other time it goes back, and otherwise on.
fn every_point(test: &str, good: &Good) {
    let stage = Stage::set(test, good);
    let before = objects(&stage);
    stage.apply(good.after).succeeds();
    let after = objects(&stage);
    let planned = stage.scene.events().steps();
    let creations = planned.iter().filter(|step| step["verb"] == "create").count();
    stage.apply(stage.before()).succeeds();
    let steps = (1..=planned.len()).map(|step| Point::Step(step, delay(step)));
    let points: Vec<Point> = steps.chain((1..=creations).map(Point::Intent)).collect();
    eprintln!("{}: {} steps, {creations} of which create: {} kills", good.what, planned.len(), points.len());
    let mut requests = 0;
    for (number, point) in (1..).zip(&points) {
        let then = if number % 2 == 0 { Then::On } else { Then::Back };
        requests += killed(&stage, *point, then, [&before, &after]);
    }
    eprintln!("{}: {} kills, {requests} requests, none lost", good.what, points.len());
}

/// Kills a change under load, and then goes on or back. `objects`: what exists before and after. How many requests there
/// were meanwhile.
fn killed(stage: &Stage<'_>, point: Point, then: Then, [before, after]: [&Value; 2]) -> u64 {
    let good = stage.good;
    let what = format!("{}: killed {point}, then {then:?}", good.what);
    let load = Load::start(&stage.scene.project, &format!("load-{}", stage.scene.number() + 1), 100);
    kill(stage, point, &what);
    let stand = if then == Then::On { good.after } else { stage.before() };
    let rate = RATE.to_string();
    let options = [&["--auto-approve", "--rate", &rate], &*stage.allowed()].concat();
    let command = match then {
        Then::On => stage.arguments(&[&["apply"], &*options].concat(), stand),
        Then::Back => stage.arguments(&[&["rollback"], &*options].concat(), Stand { variables: &[], ..stand }),
    };
    let finished = stage.watched(&command);
    load.more(100);
    let load = load.stop();
    eprintln!("{what}: {} of {} requests lost", load.lost, load.requests);
    assert_eq!(finished.code, Some(0), "{what}: {finished}");
    assert_eq!(load.lost, 0, "{what}: {load:?}: {finished}");
    assert!(load.requests > 500, "{what}: {load:?}");
    if let Some(plan) = stage.left_over(stand) {
        panic!("{what}: something is left to do: {plan}");
    }
    // Targets go once they are drained.
    let wanted = if then == Then::On { after } else { before };
    until(&format!("{what}: nothing is left over of {:#} but {wanted:#}", objects(stage)), || {
        objects(stage) == *wanted
    });
    if then == Then::On {
        stage.apply(stage.before()).succeeds();
    }
    load.requests
}

/// Starts the change, and kills it. One that a busy machine has made slow, so that it was taken back, is started again.
fn kill(stage: &Stage<'_>, point: Point, what: &str) {
    let scene = &stage.scene;
    let arguments = stage.arguments(&["apply", "--auto-approve", "--rate", &RATE.to_string()], stage.good.after);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = scene.project.root.join("killed.log");
    for _ in 0..TRIES {
        let before = scene.number();
        let stderr = File::create(&said).expect("a file can be made");
        let mut command = scene.project.command(&arguments);
        let mut child = command.stdout(Stdio::null()).stderr(stderr).spawn().expect("it runs");
        let mut ended = false;
        until(&format!("{what}: it is so far"), || {
            ended = child.try_wait().expect("it can be watched").is_some();
            ended || (scene.number() > before && is_at(stage, point))
        });
        if !ended {
            if let Point::Step(_, later) = point {
                std::thread::sleep(later);
            }
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            assert_eq!(scene.events().outcome(), "", "{what}: it was killed in the middle");
            return;
        }
        let said = scene.project.read("killed.log");
        assert!(slow_by_others(&said), "{what}: it has ended already: {said}");
    }
    panic!("{what}: the machine was too busy {TRIES} times");
}

/// Whether the apply that runs has come to a point.
fn is_at(stage: &Stage<'_>, point: Point) -> bool {
    match point {
        Point::Step(steps, _) => stage.scene.events().count("step_done") >= steps,
        Point::Intent(intents) => {
            let journal = stage.scene.project.read("state/local/dev/journal.jsonl");
            journal.matches("\"create_intended\"").count() >= intents
        }
    }
}

/// How many objects there are, and how many targets each target group has; without what a rollback needs later.
fn objects(stage: &Stage<'_>) -> Value {
    let cloud = &stage.scene.cloud;
    let mut status = cloud.status();
    let balancing = status["elbv2"].as_object_mut().expect("it has tables");
    // Those that have been drained are counted until somebody asks for them.
    balancing.remove("targets");
    let balancing = json!(balancing);
    let groups = cloud.elb("DescribeTargetGroups", &[]);
    let groups = groups.split("<TargetGroupArn>").skip(1).filter_map(|rest| rest.split('<').next());
    let targets = groups.map(|group| {
        let health = cloud.elb("DescribeTargetHealth", &[("TargetGroupArn", group)]);
        // Those that are being drained go by themselves.
        health.matches("<State>").count() - health.matches("<State>draining").count()
    });
    let targets: usize = targets.sum();
    let (ec2, iam, ecs) = (&status["ec2"], &status["iam"], &status["ecs"]);
    json!({
        "ec2": ec2, "iam": iam, "clusters": ecs["clusters"], "services": ecs["services"], "elbv2": balancing,
        "targets": targets, "log groups": status["logs"]["groups"],
    })
}
