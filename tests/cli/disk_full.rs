use super::{Finished, Project, end_to_end::unchanged};
use std::process::Command;
#[cfg(target_os = "linux")]
use std::process::Stdio;

/// The most blocks (512 or 1024 bytes, as the shell counts) of any file that the tool writes.
const BLOCKS: &str = "64";

/// A command line whose writes fail, as on a full disk, when they would go beyond what `limit`, a shell command, sets.
fn failing(project: &Project, arguments: &[&str], limit: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap '' XFSZ; {limit}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_rust-stack")]);
    project.environment(command.args(arguments));
    command
}

/// Runs a command line whose files cannot grow beyond [`BLOCKS`]: the write that would go further fails, as on a full disk.
fn on_a_full_disk(project: &Project, arguments: &[&str]) -> Finished {
    let mut command = failing(project, arguments, &format!("ulimit -f {BLOCKS}"));
    Finished::new(arguments, command.output().expect("there is a shell"))
}

/// The disk is full before the first step: nothing is made, and it goes on once there is room.
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

/// The disk fills up while the journal is written: nothing more is begun, what was made is remembered, and the same
/// command completes it.
#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_up_in_the_middle_forgets_nothing() {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

    let project = Project::new("disk-fills-up");
    let cloud = project.cloud(&[]);
    project.run(&["plan", "dev", "--local"]).succeeds();
    let journal = project.root.join("state/local/dev/journal.jsonl");
    let apply = ["apply", "dev", "--local", "--auto-approve"];
    let mut command = failing(&project, &apply, ":");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("there is a shell");
    let written = loop {
        assert!(child.try_wait().expect("it can be watched").is_none(), "it has ended already");
        let written = std::fs::metadata(&journal).map_or(0, |file| file.len());
        if written > 10_000 {
            break written;
        }
    };
    let limit = Rlimit { current: Some(written), ..getrlimit(Resource::Fsize) };
    prlimit(Some(Pid::from_child(&child)), Resource::Fsize, limit).expect("it is a child of this process");
    let stopped = Finished::new(&apply, child.wait_with_output().expect("it ends"));
    stopped.fails(&["state/local/dev/journal.jsonl", "Free some space", "what was recorded is kept"]);
    let made = cloud.total();
    assert!(made > 0, "something was made before");

    project.run(&apply).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "of {made} something was forgotten: {:#}", cloud.status());
}
