use super::{Project, end_to_end::unchanged};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// An apply under way, and the stream of its lines.
struct Apply {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Apply {
    fn start(project: &Project) -> Self {
        let mut command = project.command(&["apply", "dev", "--local", "--auto-approve", "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> Option<Value> {
        let line = self.lines.next()?.expect("it can be read");
        Some(serde_json::from_str(&line).expect("a line is JSON"))
    }

    /// Reads on until a line of that type about that resource, or with that message.
    fn until(&mut self, kind: &str, about: &str) {
        while let Some(line) = self.line() {
            let message = line["message"].as_str().expect("it has a message");
            if line["type"] == kind && (line["address"] == about || message.starts_with(about)) {
                return;
            }
        }
        panic!("it ended before {kind} {about}");
    }

    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill can be run").success());
    }

    /// The rest of its lines, and its exit code.
    fn end(mut self) -> (Vec<Value>, Option<i32>) {
        let lines = std::iter::from_fn(|| self.line()).collect();
        (lines, self.child.wait().expect("it ends").code())
    }
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

/// The next apply goes on from there, and in the end nothing is left over.
fn converges(project: &Project, cloud: &super::Cloud) {
    assert!(!project.root.join("state/local/dev/lock.json").exists(), "it has unlocked");
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}

#[test]
fn the_first_interrupt_lets_what_is_in_flight_end() {
    let project = Project::new("interrupt");
    let cloud = project.cloud(&["--latency", "aws", "--time-scale", "0.02"]);
    let mut apply = Apply::start(&project);
    apply.until("apply_start", "load_balancer.web");
    apply.interrupt();
    apply.until("log", "Interrupt received");
    let (lines, code) = apply.end();

    assert_eq!(code, Some(1));
    let begun = of_type(&lines, "apply_start");
    assert!(begun.is_empty(), "nothing new is begun: {begun:?}");
    let done = of_type(&lines, "apply_complete");
    assert!(done.iter().any(|line| line["address"] == "load_balancer.web"), "it is waited for: {lines:?}");
    let last = lines.last().expect("it says how it ended");
    assert_eq!((last["type"].as_str(), last["kind"].as_str()), (Some("diagnostic"), Some("interrupted")), "{last}");
    converges(&project, &cloud);
}

#[test]
fn the_second_interrupt_stops_at_once() {
    let project = Project::new("interrupts");
    // A load balancer takes some twenty seconds.
    let cloud = project.cloud(&["--latency", "aws", "--time-scale", "0.1"]);
    let mut apply = Apply::start(&project);
    apply.until("apply_start", "load_balancer.web");
    apply.interrupt();
    apply.until("log", "Interrupt received");
    let begun = Instant::now();
    apply.interrupt();
    let (lines, code) = apply.end();
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    assert_eq!(code, Some(1));
    let last = lines.last().expect("it says how it ended");
    assert_eq!(last["kind"], "interrupted", "{last}");

    // The same cloud, in a hurry.
    project.run(&["local", "down"]).succeeds();
    drop(cloud);
    let cloud = project.cloud(&[]);
    converges(&project, &cloud);
}

#[test]
fn any_answer_but_yes_cancels() {
    let project = Project::new("question");
    let cloud = project.cloud(&[]);
    if !super::terminal::exists() {
        return;
    }
    let mut command = super::terminal::command(&project, &["apply", "dev", "--local"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut terminal = child.stdin.take().expect("it is piped");
    super::terminal::read_until(child.stdout.as_mut().expect("it is piped"), "Enter a value: ");
    std::io::Write::write_all(&mut terminal, b"no\n").expect("it reads");
    drop(terminal);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Apply cancelled."), "{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(cloud.total(), 0);
    assert!(!project.root.join("state/local/dev/lock.json").exists());
}
