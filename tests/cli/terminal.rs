//! What is seen on a terminal, for which `script` of util-linux makes one, and what is not seen elsewhere.

use super::Project;
use std::{
    io::Read,
    process::{Command, Stdio},
};

const ESCAPE: char = '\u{1b}';

/// Whether there is a `script` that makes a terminal for a command; what is skipped without it is said.
pub(super) fn exists() -> bool {
    let asked = Command::new("script").arg("--version").output();
    let exists = asked.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"));
    if !exists {
        eprintln!("skipped: there is no `script` of util-linux to make a terminal");
    }
    exists
}

/// A command line on a terminal of its own. What it prints on either stream is its standard output.
pub(super) fn command(project: &Project, arguments: &[&str]) -> Command {
    let mut command = Command::new("script");
    project.environment(&mut command);
    let line = format!("'{}' {}", env!("CARGO_BIN_EXE_rust-stack"), arguments.join(" "));
    command.args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"]);
    command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
    command
}

/// Reads until `text` was read.
pub(super) fn read_until(from: &mut impl Read, text: &str) {
    let mut read = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&read).contains(text) {
        assert_eq!(from.read(&mut byte).expect("it can be read"), 1, "it ended before {text:?}");
        read.push(byte[0]);
    }
}

fn shown(project: &Project, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = command(project, arguments);
    let output = command.envs(environment.iter().copied()).stderr(Stdio::inherit()).output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let project = Project::new("colours");
    project.cloud(&[]);
    let plan = ["plan", "dev", "--local"];
    let plain = project.run(&plan).succeeds();
    assert!(!plain.contains(ESCAPE), "not on a terminal: {plain}");
    let apply = project.run(&["apply", "dev", "--local", "--auto-approve"]);
    assert!(!apply.stdout.contains(ESCAPE) && !apply.stderr.contains(ESCAPE), "{apply}");
    let error = project.run(&["plan", "dev", "--local", "--var", "zones=x"]);
    assert!(!error.stderr.contains(ESCAPE), "{error}");

    if !exists() {
        return;
    }
    let coloured = shown(&project, &plan, &[]);
    assert!(coloured.contains("\u{1b}[1m") && coloured.contains("No changes."), "{coloured}");
    for (arguments, environment) in [
        (&["plan", "dev", "--local"][..], &[("NO_COLOR", "1")][..]),
        (&["plan", "dev", "--local", "--no-color"], &[]),
        (&["plan", "dev", "--local", "--json"], &[]),
    ] {
        let plain = shown(&project, arguments, environment);
        assert!(!plain.contains(ESCAPE), "{arguments:?} {environment:?}: {plain}");
        assert!(plain.contains("change"), "{plain}");
    }
}

/// A load balancer takes some twenty seconds here: meanwhile a line says every ten what is awaited and why; a terminal
/// shows it all the time.
#[test]
fn what_goes_on_is_said() {
    let project = Project::new("progress");
    project.cloud(&["--latency", "aws", "--time-scale", "0.1"]);
    let applied = project.run(&["apply", "dev", "--local", "--auto-approve"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    let still = "load_balancer.web: Still creating... [00m10s elapsed] (";
    let line = applied.stderr.lines().find(|line| line.starts_with(still));
    let line = line.unwrap_or_else(|| panic!("no line says what goes on: {applied}"));
    assert!(line.contains("provisioning") && line.contains("/48 done"), "{line}");

    if !exists() {
        return;
    }
    let destroyed = shown(&project, &["destroy", "dev", "--local", "--auto-approve"], &[]);
    assert!(destroyed.contains("Destroy complete! Resources: 48 destroyed."), "{destroyed}");
    let is_bar = |line: &str| line.contains("/48 [") && line.contains(" 1s: ");
    assert!(destroyed.split(['\r', '\n']).any(is_bar), "no line at the bottom says what is awaited: {destroyed:?}");
}
