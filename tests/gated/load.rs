use super::Project;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a watch may take to start, and to tell what it has seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// The bytes that one request takes in a log, or somewhat less.
const LINE: u64 = 200;
/// What a right answer holds, whatever version it is from.
const EXPECTED: &str = "Hello from";
/// Requests that take almost as long as the stack allows, on a cloud twenty times as fast as AWS.
const LONG: &str = "/slow?ms=450=450ms";

/// Requests of somebody who has nothing to do with the gate, in all ways that requests are made.
pub(crate) struct Load {
    watch: Child,
    log: PathBuf,
    certificate: PathBuf,
}

/// What became of the requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) lost: u64,
    /// How they were lost.
    pub(crate) kinds: BTreeMap<String, u64>,
    /// Requests that were never sent, because the machine had no time for it.
    pub(crate) missed: u64,
}

impl Load {
    /// Starts it; the first requests have been answered when this returns. `name`: of its files, once in a project.
    /// `rate`: requests a second.
    pub(crate) fn start(project: &Project, name: &str, rate: u32) -> Self {
        let log = project.root.join(format!("{name}.jsonl"));
        let certificate = project.root.join(format!("{name}.json"));
        let files = [&log, &certificate].map(|path| path.to_str().expect("a path of text").to_owned());
        let rate = rate.to_string();
        let arguments = ["watch", "dev", "--local", "--rate", &rate, "--expect", EXPECTED, "--long", LONG];
        let mut command = project.command(&arguments);
        command.args(["--log", &files[0], "--certificate", &files[1]]);
        let watch = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("it can be run");
        let load = Self { watch, log, certificate };
        load.more(100);
        load
    }

    /// Waits until about so many more requests have been made.
    pub(crate) fn more(&self, requests: u64) {
        let wanted = self.written() + requests * LINE;
        until("requests are made", || self.written() > wanted);
    }

    /// How long its log is, in bytes.
    fn written(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |log| log.len())
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
    let kinds = certificate["failures"].as_object().expect("failures by kind");
    let kinds = kinds.iter().map(|(kind, count)| (kind.clone(), count.as_u64().expect("a count"))).collect();
    let streams = certificate["streams"].as_object().expect("the streams").values();
    let missed = streams.map(|stream| stream["missed"].as_u64().expect("a count")).sum();
    Tally { requests: count("probes"), lost: count("failures"), kinds, missed }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "in {PATIENCE:?} it is not so that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
