use super::{Project, end_to_end::unchanged};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

/// A second command while the first one works: it is told who that is. The first one then ends well.
#[test]
fn a_stack_that_is_being_changed_is_locked() {
    let project = Project::new("locked");
    let cloud = project.cloud(&[]);
    cloud.fault(&json!({ "service": "ec2", "operation": "CreateVpc", "kind": "slow", "milliseconds": 15_000 }));
    let mut command = project.command(&["apply", "dev", "--local", "--auto-approve", "--json"]);
    let mut first = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(first.stdout.take().expect("it is piped")).lines();
    let begun = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        line["type"] == "apply_start" && line["address"] == "vpc.main"
    };
    lines.find(|line| begun(line.as_ref().expect("it goes on"))).expect("it begins with the VPC").expect("it goes on");

    let owner: Value = serde_json::from_str(&project.read("state/local/dev/lock.json")).expect("it is JSON");
    let id = owner["id"].as_str().expect("it has an id");
    let said = [
        "the stack `dev` is locked by tester@",
        &format!("process {}", first.id()),
        "since 20",
        id,
        "apply dev --local --auto-approve --json",
        &format!("rust-stack unlock dev --id {id}"),
    ];
    for command in [&["apply", "dev", "--local", "--auto-approve"][..], &["refresh", "dev", "--local"]] {
        project.run(command).fails(&said);
    }
    project.run(&["unlock", "dev", "--local", "--id", id]).fails(&["is locked by tester@"]);
    project.run(&["plan", "dev", "--local", "--detailed-exitcode"]).exits(2);

    for line in lines {
        line.expect("it goes on");
    }
    assert!(first.wait().expect("it ends").success());
    assert!(!project.root.join("state/local/dev/lock.json").exists());
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

/// Another host that shares the folder has left its lock: only a person can know that it is dead.
#[test]
fn a_lock_of_another_host_is_removed_by_its_id() {
    let project = Project::new("unlock");
    project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    let lock = json!({
        "id": "0b6b0a3c", "user": "ana", "host": "far-away", "pid": 7, "command": "apply dev --local",
        "since": "2026-01-02T03:04:05Z",
    });
    project.write("state/local/dev/lock.json", lock.to_string());
    let refused = project.run(&["apply", "dev", "--local", "--auto-approve"]);
    refused.fails(&[
        "the stack `dev` is locked by ana@far-away, process 7, since 2026-01-02T03:04:05Z",
        "Make sure on far-away that process 7 is gone",
        "rust-stack unlock dev --id 0b6b0a3c",
    ]);
    project.run(&["unlock", "dev", "--local", "--id", "other"]).fails(&["is not locked with the id other", "0b6b0a3c"]);
    let unlocked = project.run(&["unlock", "dev", "--local", "--id", "0b6b0a3c"]).succeeds();
    assert!(unlocked.contains("ana@far-away"), "{unlocked}");
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    project.run(&["unlock", "dev", "--local", "--id", "0b6b0a3c"]).fails(&["is not locked"]);
}
