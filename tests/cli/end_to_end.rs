use super::{Finished, Project};
use serde_json::{Value, json};
use std::fs;

/// One environment from its first apply to nothing, as the README tells it.
#[test]
fn an_environment_lives_its_life_on_the_local_cloud() {
    let project = Project::new("life");
    let cloud = project.cloud(&[]);

    let valid = project.run(&["validate", "dev"]).succeeds();
    assert!(valid.contains("Success! The configuration is valid"), "{valid}");

    let refused = project.run(&["apply", "dev", "--local"]);
    refused.fails(&["nobody can be asked for approval here", "--auto-approve"]);
    assert_eq!(cloud.total(), 0, "nothing is made without approval");

    let applied = project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    assert!(applied.contains("# vpc.main will be created"), "{applied}");
    assert!(applied.contains("Apply complete! Resources: "), "{applied}");
    assert!(applied.contains("\nOutputs:\n\n"), "{applied}");
    assert!(applied.contains("\nurl = \"http://"), "{applied}");

    let listed = project.run(&["state", "list", "dev", "--local"]).succeeds();
    assert!(listed.lines().count() >= 45, "{listed}");

    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
    let drift = project.run(&["drift", "dev", "--local", "--detailed-exitcode"]).succeeds();
    assert!(drift.contains("No drift."), "{drift}");
    let refreshed = project.run(&["refresh", "dev", "--local"]).succeeds();
    assert_eq!(refreshed, "Refresh complete. Nothing new to record.\n");

    let more = ["plan", "dev", "--local", "--var", "desired_count=3", "--detailed-exitcode"];
    let planned = project.run(&more).exits(2);
    assert!(planned.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{planned}");
    assert!(planned.contains("~ desired_count = 2 -> 3"), "{planned}");
    let applied = project.run(&["apply", "dev", "--local", "--var", "desired_count=3", "--auto-approve"]).succeeds();
    assert!(applied.contains("Apply complete! Resources: 0 added, 1 changed, 0 destroyed."), "{applied}");
    unchanged(&project.run(&more));

    let destroyed = project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert!(destroyed.contains("Destroy complete! Resources: "), "{destroyed}");
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
    assert_eq!(project.run(&["state", "list", "dev", "--local"]).succeeds(), "");
    let again = project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert!(again.contains("No objects need to be destroyed."), "{again}");
}

#[test]
fn what_is_recorded_can_be_looked_at() {
    let project = Project::new("looking");
    let cloud = project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();

    let shown = project.run(&["state", "show", "dev", "vpc.main", "--local"]).succeeds();
    assert!(shown.starts_with("# vpc.main:\nresource \"ec2.vpc\" \"main\" {\n"), "{shown}");
    assert!(shown.contains("cidr_block") && shown.contains("\"10.0.0.0/16\""), "{shown}");
    let absent = project.run(&["state", "show", "dev", "vpc.other", "--local"]);
    absent.fails(&["vpc.other is not recorded in the state of `dev`", "Hint: rust-stack state list dev"]);

    let pulled: Value =
        serde_json::from_str(&project.run(&["state", "pull", "dev", "--local"]).succeeds()).expect("it is JSON");
    assert_eq!(pulled["format"], "rust-stack-state");
    assert_eq!(pulled["home"]["account"], "123456789012");

    let outputs = project.run(&["output", "dev", "--local"]).succeeds();
    assert!(outputs.contains("url = \"http://"), "{outputs}");
    let url = project.run(&["output", "dev", "url", "--local"]).succeeds();
    let raw = project.run(&["output", "dev", "url", "--raw", "--local"]).succeeds();
    assert_eq!(url, format!("\"{raw}\"\n"));
    let unknown = project.run(&["output", "dev", "uri", "--local"]);
    unknown.fails(&["the stack `dev` has no output `uri`", "Did you mean `url`?"]);

    let status = project.run(&["local", "status"]).succeeds();
    assert!(status.contains(&cloud.url) && status.contains("ec2 "), "{status}");
    let logs = project.run(&["local", "logs"]).succeeds();
    assert!(logs.contains("ec2.CreateVpc"), "{logs}");
    let up = project.run(&["local", "up"]).succeeds();
    assert!(up.contains("runs already"), "one is enough: {up}");
    project.run(&["local", "down"]).succeeds();
    let status = project.run(&["local", "status"]).succeeds();
    assert!(status.contains("No local cloud runs"), "{status}");

    // What was in it is still there when it comes back, on whichever port.
    project.cloud(&[]);
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

#[test]
fn the_graph_is_drawn_in_three_formats() {
    let project = Project::new("graph");
    let dot = project.run(&["graph", "dev"]).succeeds();
    assert!(dot.starts_with("digraph"), "{dot}");
    let mermaid = project.run(&["graph", "dev", "--format", "mermaid"]).succeeds();
    assert!(mermaid.starts_with("flowchart") || mermaid.starts_with("graph"), "{mermaid}");
    let json = project.run(&["graph", "dev", "--format", "json"]).succeeds();
    serde_json::from_str::<Value>(&json).expect("it is JSON");
    for text in [dot, mermaid, json] {
        assert!(text.contains("vpc.main") && text.contains("service.web"), "{text}");
    }
    assert!(!project.root.join("state").exists(), "nothing is asked and nothing recorded");
}

#[test]
fn completions_know_the_commands() {
    let project = Project::new("completions");
    for shell in ["bash", "zsh", "fish"] {
        let script = project.run(&["completions", shell]).succeeds();
        assert!(script.contains("rust-stack") && script.contains("destroy"), "{script}");
    }
}

/// Every command: a line is an object with a type, and the first one is the version.
#[test]
fn a_stream_is_one_object_a_line() {
    let project = Project::new("stream");
    project.cloud(&[]);
    let commands: [(&[&str], &[&str]); 13] = [
        (&["validate", "dev"], &["validation"]),
        (&["graph", "dev"], &["graph"]),
        (&["plan", "dev", "--local"], &["planned_change", "change_summary", "requests"]),
        (
            &["apply", "dev", "--local", "--auto-approve"],
            &["planned_change", "change_summary", "apply_start", "apply_complete", "outputs"],
        ),
        (&["plan", "dev", "--local"], &["change_summary", "requests"]),
        (&["refresh", "dev", "--local"], &["refresh_complete"]),
        (&["drift", "dev", "--local"], &["drift_summary"]),
        (&["state", "list", "dev", "--local"], &["resource"]),
        (&["state", "show", "dev", "vpc.main", "--local"], &["resource"]),
        (&["state", "pull", "dev", "--local"], &["state"]),
        (&["output", "dev", "--local"], &["outputs"]),
        (&["local", "status"], &["local"]),
        (&["destroy", "dev", "--local", "--auto-approve"], &["planned_change", "apply_start", "apply_complete"]),
    ];
    for (command, expected) in commands {
        let finished = project.run(&[command, &["--json"]].concat());
        assert_eq!(finished.code, Some(0), "{finished}");
        assert_eq!(finished.stderr, "", "a stream holds everything: {finished}");
        let lines = finished.lines();
        assert_eq!(lines[0]["type"], "version", "{finished}");
        assert_eq!(lines[0]["stream"], 1);
        let types: Vec<&str> = lines.iter().map(|line| line["type"].as_str().expect("a line has a type")).collect();
        for kind in expected {
            assert!(types.contains(kind), "no line of type {kind}: {finished}");
        }
        for line in &lines {
            assert!(
                line["message"].is_string() && line["timestamp"].is_string() && line["level"].is_string(),
                "{line}"
            );
        }
        assert!(!finished.stdout.contains('\u{1b}') && !finished.stdout.contains("\\u001b"), "{finished}");
    }

    let failed = project.run(&["plan", "dev", "--local", "--var", "zones=many", "--json"]);
    assert_eq!(failed.code, Some(1), "{failed}");
    let last = failed.lines().pop().expect("there are lines");
    assert_eq!(
        (&last["type"], &last["level"], &last["kind"]),
        (&json!("diagnostic"), &json!("error"), &json!("stack"))
    );
}

#[test]
fn a_wrong_command_line_never_looks_like_changes() {
    let project = Project::new("usage");
    for arguments in
        [&["plan"][..], &["plan", "dev", "--nonsense"], &["nonsense"], &["plan", "dev", "--parallelism", "0"]]
    {
        let finished = project.run(arguments);
        assert_eq!(finished.code, Some(1), "{finished}");
        assert!(finished.stderr.starts_with("error: "), "{finished}");
    }
    project.run(&["plan", "dve", "--local"]).fails(&["there is no stack", "There are: dev."]);
    project.run(&["plan", "../dev", "--local"]).fails(&["there is no stack"]);
    project.run(&["state", "list", "dve", "--local"]).fails(&["there is no stack `dve`", "dev"]);

    let elsewhere = project.root.join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder can be made");
    let output = project.command(&["validate", "dev"]).current_dir("/").output().expect("it runs");
    Finished::new(&["validate", "dev"], output).fails(&["there is no stacks/Cargo.toml in / or above it", "--chdir"]);
    // A folder below the project will do.
    let output = project.command(&["graph", "dev"]).current_dir(&elsewhere).output().expect("it runs");
    Finished::new(&["graph", "dev"], output).succeeds();
}

/// The plan says that nothing is to be done.
#[track_caller]
pub(super) fn unchanged(plan: &Finished) {
    assert_eq!(plan.code, Some(0), "{plan}");
    assert!(plan.stdout.contains("No changes. Your infrastructure matches the configuration."), "{plan}");
}
