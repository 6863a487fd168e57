//! A cloud in a process of its own, with services under load; then three ways to end it.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use rust_stack_cloud::{Config, Server};
use serde_json::json;

use crate::client::Client;
use crate::load::{self, Tally};
use crate::stage::{self, Stage, eventually, image};
use crate::traces::{Traces, resident_mib};

/// Names the directory of the cloud to the process that is to serve it.
const DIRECTORY: &str = "RUST_STACK_CLOUD_SOAK_DIRECTORY";
/// What makes that process crash.
const CRASH: &str = "crash";
/// Intervals and delays are a tenth of AWS's.
const TIME_SCALE: f64 = 0.1;
const FIRST_PORT: u16 = 18_400;

/// What is to be gone through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// Each has a service of its own.
    pub(crate) load_balancers: u16,
    /// Of all services together.
    pub(crate) tasks: u16,
    /// Requests per second in all.
    pub(crate) rate: u32,
    pub(crate) time: Duration,
}

/// What was seen in one minute, or in what was left of it.
#[derive(Debug)]
pub(crate) struct Minute {
    number: usize,
    pub(crate) tally: Tally,
    /// The resident memory of the cloud's process at its end, in MiB.
    pub(crate) cloud_mib: f64,
    /// That of all tasks together, in MiB.
    tasks_mib: f64,
}

impl Course {
    /// Puts the services under load and shows each minute; then ends the cloud by its own endpoint, by SIGKILL and by a
    /// crash, and sees to it that no process and no port is left. `arguments` let this program serve.
    pub(crate) fn run(&self, arguments: &[&str], show: impl Fn(&Minute)) -> Vec<Minute> {
        let directory = tempfile::tempdir().expect("a directory");
        let mut cloud = Process::start(arguments, directory.path());
        let stage = Stage::on(Client::new(cloud.address));
        let urls = self.set_up(&stage);
        let mut minutes = Vec::new();
        let mut left = self.time;
        while !left.is_zero() {
            let time = left.min(Duration::from_secs(60));
            left -= time;
            let tally = load::run(&urls, self.rate, time);
            let tasks = Traces::of(cloud.child.id()).pids;
            let minute = Minute {
                number: minutes.len() + 1,
                tally,
                cloud_mib: resident_mib(cloud.child.id()),
                tasks_mib: tasks.iter().map(|pid| resident_mib(*pid)).sum(),
            };
            show(&minute);
            minutes.push(minute);
        }
        cloud.leaves_nothing(self, |_| {
            assert_eq!(stage.client.admin("POST", "shutdown", Some(&json!({}))).status, 202);
        });
        for end in [Process::kill, Process::crash] {
            let mut cloud = Process::start(arguments, directory.path());
            let stage = Stage::on_again(Client::new(cloud.address));
            eventually("the services run again", || (stage.running() == usize::from(self.tasks)).then_some(()));
            cloud.leaves_nothing(self, end);
        }
        minutes
    }

    /// The services, behind a load balancer each: the URLs of all nodes.
    fn set_up(&self, stage: &Stage) -> Vec<String> {
        stage.register(&image("v1"), json!({}));
        let mut urls = Vec::new();
        for number in 0..self.load_balancers {
            let name = format!("web-{number}");
            let (load_balancers, _) = stage.balance_as(&name, FIRST_PORT + number);
            let count = self.tasks / self.load_balancers;
            stage.serve(json!({ "serviceName": name, "desiredCount": count, "loadBalancers": load_balancers }));
            stage.settled_as(&name);
            urls.extend(stage.node_urls_of(&name));
        }
        urls
    }
}

/// A process that serves a cloud.
struct Process {
    child: Child,
    address: SocketAddr,
    orders: ChildStdin,
}

impl Process {
    fn start(arguments: &[&str], directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(arguments)
            .env(DIRECTORY, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut lines = output.lines().map(|line| line.expect("text"));
        let address = lines.find_map(|line| line.strip_prefix("address ").map(str::to_owned));
        let address = address.and_then(|address| address.parse().ok()).expect("it tells its address");
        let orders = child.stdin.take().expect("its input");
        Process { child, address, orders }
    }

    fn kill(&mut self) {
        self.child.kill().expect("it is killed");
    }

    fn crash(&mut self) {
        writeln!(self.orders, "{CRASH}").expect("it listens");
    }

    /// Ends it, and waits until nothing is left of it.
    fn leaves_nothing(&mut self, course: &Course, end: impl FnOnce(&mut Self)) {
        let (tasks, nodes) = (usize::from(course.tasks), usize::from(course.load_balancers));
        // A task that runs may not listen yet.
        let traces = eventually("every task and node listens", || {
            let traces = Traces::of(self.child.id());
            (traces.pids.len() >= tasks && traces.ports.len() > tasks + nodes).then_some(traces)
        });
        end(self);
        self.child.wait().expect("it has ended");
        eventually("nothing is left", || traces.are_gone().then_some(()));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended, as it should.
        let _has_ended = self.child.kill();
    }
}

/// Serves a cloud until it is asked to stop, if this process was started for that, and then ends the process.
pub(crate) fn serve_if_asked() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let config = Config { directory: Some(directory.into()), time_scale: TIME_SCALE, ..stage::config() };
    std::thread::spawn(|| {
        let order = std::io::stdin().lines().next();
        match order {
            Some(Ok(order)) if order == CRASH => std::process::abort(),
            // Whoever has started it has ended.
            _ => std::process::exit(1),
        }
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = Server::bind(config).await.expect("it starts");
        println!("\naddress {}", server.address());
        server.run(std::future::pending()).await.expect("it stops well");
    });
    std::process::exit(0);
}

impl fmt::Display for Minute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Minute { number, tally, cloud_mib, tasks_mib } = self;
        write!(formatter, "minute {number:>2}: {tally}; resident {cloud_mib:.1} MiB, tasks {tasks_mib:.1} MiB")
    }
}
