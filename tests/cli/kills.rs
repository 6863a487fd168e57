use super::{Cloud, Project, end_to_end::unchanged};
use std::{
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// Starts a command and kills it as soon as the cloud has answered `calls` calls of it. `None` when it was killed.
fn killed_after(project: &Project, cloud: &Cloud, arguments: &[&str], calls: u64) -> Option<ExitStatus> {
    let before = cloud.calls();
    let mut command = project.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it can be watched") {
            return Some(status);
        }
        if cloud.calls() >= before + calls {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            return None;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "it hangs");
    }
}

/// Kills a command again and again, each time `step` calls later, until it gets through. How often it was killed.
fn killed_until_done(project: &Project, cloud: &Cloud, arguments: &[&str], first: u64, step: u64) -> usize {
    for kills in 0.. {
        let Some(status) = killed_after(project, cloud, arguments, first + kills * step) else { continue };
        assert!(status.success(), "after {kills} kills it does not get through: {}", project.run(arguments));
        return kills.try_into().expect("there are few");
    }
    unreachable!("it gets through in the end");
}

/// `kill -9` wherever it comes: the next apply finds what was made, and nothing is left over. Three things are
/// killed: the first apply, one that replaces subnets and a task definition, and the destroy.
#[test]
fn a_killed_apply_leaves_neither_orphan_nor_phantom() {
    let project = Project::new("kills");
    let cloud = project.cloud(&[]);
    let apply = ["apply", "dev", "--local", "--auto-approve"];
    let plan = ["plan", "dev", "--local", "--detailed-exitcode"];
    let destroy = ["destroy", "dev", "--local", "--auto-approve"];

    // What is there when nobody kills.
    project.run(&apply).succeeds();
    let first = cloud.status();
    let replace = || {
        project.edit(
            "stacks/dev.rs",
            ".nat(variables.nat)",
            ".nat(variables.nat).private_cidrs([200, 201, 202].map(|it| format!(\"10.0.{it}.0/24\").parse().expect(\"a block\")))",
        );
        project.edit("stacks/dev.toml", "version = \"v1\"", "version = \"v2\"");
    };
    let restore = (project.read("stacks/dev.rs"), project.read("stacks/dev.toml"));
    replace();
    project.run(&apply).succeeds();
    let second = cloud.status();
    project.run(&destroy).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
    project.write("stacks/dev.rs", &restore.0);
    project.write("stacks/dev.toml", &restore.1);

    let mut kills = killed_until_done(&project, &cloud, &apply, 5, 13);
    unchanged(&project.run(&plan));
    assert_eq!(cloud.status(), first, "after {kills} kills");
    replace();
    kills += killed_until_done(&project, &cloud, &apply, 33, 7);
    unchanged(&project.run(&plan));
    assert_eq!(cloud.status(), second, "after {kills} kills");
    kills += killed_until_done(&project, &cloud, &destroy, 33, 17);
    assert_eq!(cloud.total(), 0, "after {kills} kills: {:#}", cloud.status());
    assert!(kills >= 10, "only {kills} kills");
}

/// What was made in the moment of the kill does not show yet when the next command asks, as on AWS: it is waited for.
#[test]
fn what_a_killed_apply_has_made_is_found_though_it_does_not_show_yet() {
    let project = Project::new("kills-unseen");
    // A role shows after 5 s on AWS.
    let cloud = project.cloud(&["--latency", "aws", "--time-scale", "0.3", "--data-plane", "off"]);
    let mut command = project.command(&["apply", "dev", "--local", "--auto-approve"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let begun = Instant::now();
    while cloud.status()["iam"]["roles"] == 0 {
        assert_eq!(child.try_wait().expect("it can be watched"), None, "it goes on");
        assert!(begun.elapsed() < Duration::from_secs(120), "it hangs");
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}
