use super::Project;
use serde_json::Value;
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a watch may take to start, and to tell what it has seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// 100 requests a second of somebody who has nothing to do with the gate.
pub(crate) struct Load {
    watch: Child,
    log: PathBuf,
    certificate: PathBuf,
}

/// What became of the requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) lost: u64,
}

impl Load {
    /// Starts it; the first requests have been answered when this returns. `name`: of its files, once in a project.
    pub(crate) fn start(project: &Project, name: &str) -> Self {
        let log = project.root.join(format!("{name}.jsonl"));
        let certificate = project.root.join(format!("{name}.json"));
        let files = [&log, &certificate].map(|path| path.to_str().expect("a path of text").to_owned());
        let arguments = ["watch", "dev", "--local", "--rate", "100", "--log", &files[0], "--certificate", &files[1]];
        let mut command = project.command(&arguments);
        let watch = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("it can be run");
        let load = Self { watch, log, certificate };
        let answered = || std::fs::read_to_string(&load.log).is_ok_and(|log| log.lines().count() > 100);
        until("requests are made", answered);
        load
    }

    /// Stops it.
    pub(crate) fn stop(mut self) -> Tally {
        let interrupt = Command::new("kill").args(["-INT", &self.watch.id().to_string()]).status();
        assert!(interrupt.expect("there is `kill`").success(), "the load goes on to the end");
        until("the load ends", || self.watch.try_wait().expect("it can be watched").is_some());
        tally(&self.certificate)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // Fails when it has ended already.
        let _ended = self.watch.kill().and_then(|()| self.watch.wait());
    }
}

/// What a certificate says.
pub(crate) fn tally(certificate: &std::path::Path) -> Tally {
    let text = std::fs::read_to_string(certificate).unwrap_or_else(|error| panic!("{certificate:?}: {error}"));
    let certificate: Value = serde_json::from_str(&text).expect("it is JSON");
    let counts = &certificate["service"]["counts"];
    let count = |name: &str| counts[name].as_u64().unwrap_or_else(|| panic!("no {name} in {counts}"));
    Tally { requests: count("probes"), lost: count("failures") }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "in {PATIENCE:?} it is not so that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
