use super::{Finished, Project, end_to_end::unchanged};
use std::process::Command;

/// The most blocks (512 or 1024 bytes, as the shell counts) of any file that the tool writes.
const BLOCKS: &str = "64";

/// Runs a command line whose files cannot grow beyond [`BLOCKS`]: the write that would go further fails, as on a full disk.
fn on_a_full_disk(project: &Project, arguments: &[&str]) -> Finished {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", BLOCKS, env!("CARGO_BIN_EXE_rust-stack")]);
    project.environment(command.args(arguments));
    Finished::new(arguments, command.output().expect("there is a shell"))
}

/// The disk is full before the first step: nothing is made, and it goes on once there is room. What happens when the
/// journal itself cannot grow in the middle of an apply is tested where the journal is.
#[test]
fn a_full_disk_stops_the_apply_before_it_makes_anything() {
    let project = Project::new("disk-full");
    let cloud = project.cloud(&[]);
    // Builds the stack, whose files are large.
    project.run(&["plan", "dev", "--local"]).succeeds();
    let empty = cloud.total();

    let apply = ["apply", "dev", "--local", "--auto-approve"];
    on_a_full_disk(&project, &apply).fails(&["state/local/dev/", "Free some space", "what was recorded is kept"]);
    assert_eq!(cloud.total(), empty, "it made something that nobody could remember");
    assert!(!project.root.join("state/local/dev/lock.json").exists(), "it unlocks");

    project.run(&apply).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "nothing was forgotten: {:#}", cloud.status());
}

/// The disk is full when something exists already. Which write is the first that fails depends on how large the files
/// have become, so the change may have been made or not: either way it is remembered, and the same command completes it.
#[test]
fn a_full_disk_leaves_what_is_recorded() {
    let project = Project::new("disk-full-at-the-end");
    let cloud = project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    let document = project.read("state/local/dev/state.json");

    let change = ["apply", "dev", "--local", "--var", "desired_count=3", "--auto-approve"];
    on_a_full_disk(&project, &change).fails(&["state/local/dev/", "Free some space"]);
    assert_eq!(project.read("state/local/dev/state.json"), document, "the old one is whole");
    let drift = project.run(&["drift", "dev", "--local"]).succeeds();
    assert!(drift.contains("No drift."), "what was made is remembered: {drift}");

    project.run(&change).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--var", "desired_count=3", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}
