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

/// The journal cannot be written further in the middle of an apply: it stops, and what was made by then is found.
#[test]
fn a_journal_that_cannot_grow_stops_the_apply_and_loses_nothing() {
    let project = Project::new("disk-full");
    let cloud = project.cloud(&[]);
    // Builds the stack, whose files are large.
    project.run(&["plan", "dev", "--local"]).succeeds();

    let stopped = on_a_full_disk(&project, &["apply", "dev", "--local", "--auto-approve"]);
    stopped.fails(&["state/local/dev/journal.jsonl", "Free some space", "what was recorded is kept"]);
    let made = cloud.total();
    assert!(made > 0, "it went on until the file was full");
    assert!(!project.root.join("state/local/dev/lock.json").exists(), "it unlocks");

    // It is still full: nothing new is made.
    on_a_full_disk(&project, &["apply", "dev", "--local", "--auto-approve"]).fails(&["Free some space"]);

    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "nothing was forgotten: {:#}", cloud.status());
}

/// The document cannot be written when everything is done: the journal still says it all.
#[test]
fn a_document_that_cannot_be_written_leaves_the_journal() {
    let project = Project::new("disk-full-at-the-end");
    let cloud = project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    let document = project.read("state/local/dev/state.json");
    assert!(document.len() > 64 * 1024, "it has {} bytes and fits in", document.len());

    let change = ["apply", "dev", "--local", "--var", "desired_count=3", "--auto-approve"];
    on_a_full_disk(&project, &change).fails(&["state/local/dev/state.json", "Free some space"]);
    assert_eq!(project.read("state/local/dev/state.json"), document, "the old one is whole");
    unchanged(&project.run(&["plan", "dev", "--local", "--var", "desired_count=3", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}
