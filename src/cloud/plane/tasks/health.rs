//! The health check of a container.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::process;
use super::program::Program;
use crate::ecs::{ContainerHealth, ContainerHealthCheck};
use crate::plane::driver::Shared;

/// How much of an answer is read: its status line.
const STATUS_LINE: usize = 64;

/// A health check that can be done, with its times as they are here.
pub(super) struct Check {
    how: How,
    interval: Duration,
    timeout: Duration,
    retries: u32,
    start_period: Duration,
    /// A container that was never healthy is not unhealthy before.
    until_unhealthy: Duration,
}

/// How a container is checked.
#[derive(Debug, PartialEq, Eq)]
enum How {
    /// By a GET request that the cloud sends itself, as a process for each check would take more than the service does.
    Get { address: SocketAddr, path: String },
    /// By a process in the container's group, with its environment.
    Run(Vec<String>),
}

impl Check {
    pub(super) fn new(check: &ContainerHealthCheck, program: &Program, shared: &Shared) -> Self {
        let on_aws = |seconds: i32| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let (interval, start_period) = (on_aws(check.interval), on_aws(check.start_period.unwrap_or_default()));
        let retries = u32::try_from(check.retries).unwrap_or(1);
        Check {
            how: how(&check.command, program),
            interval: shared.scaled(interval),
            // A check here competes with everything else on the machine, however fast time goes.
            timeout: shared.scaled(on_aws(check.timeout)).max(Duration::from_millis(500)),
            retries,
            start_period: shared.scaled(start_period),
            until_unhealthy: shared.with_a_start(start_period + interval * retries),
        }
    }

    /// Checks until the future is dropped, and tells each change.
    ///
    /// AWS: ECS API Reference, HealthCheck: failures within the start period do not count, and a success makes the
    /// container healthy at once.
    pub(super) async fn run(&self, program: &Program, group: Pid, tell: &watch::Sender<ContainerHealth>) {
        let start = Instant::now();
        let mut failures = 0;
        loop {
            sleep(self.interval).await;
            let good = timeout(self.timeout, self.once(program, group)).await.unwrap_or(false);
            if good {
                failures = 0;
            } else if start.elapsed() >= self.start_period || *tell.borrow() == ContainerHealth::Healthy {
                failures += 1;
            }
            let before = *tell.borrow();
            let may_be_unhealthy = before == ContainerHealth::Healthy || start.elapsed() >= self.until_unhealthy;
            let health = match (good, failures) {
                (true, _) => ContainerHealth::Healthy,
                (false, failures) if failures >= self.retries && may_be_unhealthy => ContainerHealth::Unhealthy,
                (false, _) => before,
            };
            tell.send_if_modified(|told| std::mem::replace(told, health) != health);
        }
    }

    async fn once(&self, program: &Program, group: Pid) -> bool {
        match &self.how {
            How::Get { address, path } => get(*address, path).await.unwrap_or(false),
            How::Run(command) => {
                let Ok(mut command) = process::command(program, command) else { return false };
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                command.process_group(group.as_raw_nonzero().get());
                // A check that cannot be started fails, as in a container whose image lacks the program.
                command.status().await.is_ok_and(|status| status.success())
            }
        }
    }
}

/// Whether a GET request is answered with a status that `curl --fail` takes for success.
async fn get(address: SocketAddr, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: container-health-check\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(STATUS_LINE as u64).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let status =
        answer.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse::<u16>().ok());
    Ok(status.is_some_and(|status| (200..400).contains(&status)))
}

/// How a command checks. A container's loopback is its own: here it is the task's address.
fn how(command: &[String], program: &Program) -> How {
    let (kind, words) = command.split_first().map_or(("", command), |(kind, words)| (kind.as_str(), words));
    let words: Vec<String> = words.iter().map(|word| localised(word, program)).collect();
    if let Some(get) = as_get(&words.join(" "), program) {
        return get;
    }
    How::Run(match kind {
        "CMD-SHELL" => ["/bin/sh", "-c"].map(str::to_owned).into_iter().chain(words).collect(),
        _ => program.translate(&words),
    })
}

/// The text with the container's loopback addresses replaced by where its ports are here.
fn localised(text: &str, program: &Program) -> String {
    let mut text = text.to_owned();
    for (port, address) in &program.ports {
        for host in ["127.0.0.1", "localhost"] {
            text = replace_port(&text, &format!("{host}:{port}"), &address.to_string());
        }
    }
    text
}

/// Replaces `from` where no further digit follows it.
fn replace_port(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        replaced += if part.starts_with(|it: char| it.is_ascii_digit()) { from } else { to };
        replaced += part;
    }
    replaced
}

/// The request that a command sends, if that is all it does: `curl` or `wget` or Python's `urlopen` on one URL of the
/// task itself, or the health check of the application's images.
fn as_get(command: &str, program: &Program) -> Option<How> {
    if command.trim_end().ends_with("/app/healthcheck.py") {
        let (_, address) = program.ports.first()?;
        return Some(How::Get { address: *address, path: "/health".to_owned() });
    }
    let fetches = ["curl ", "wget ", "urlopen("].iter().any(|it| command.contains(it));
    let mut urls = command.match_indices("http://").map(|(place, scheme)| &command[place + scheme.len()..]);
    let (url, None, true) = (urls.next()?, urls.next(), fetches) else { return None };
    let url = url.split(|it: char| it.is_whitespace() || "'\");|&".contains(it)).next()?;
    let (host, path) = url.split_once('/').map_or((url, String::new()), |(host, path)| (host, path.to_owned()));
    let address: SocketAddr = host.parse().ok()?;
    let own = program.ports.iter().any(|(_, own)| *own == address);
    own.then(|| How::Get { address, path: format!("/{path}") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn program() -> Program {
        Program {
            command: Vec::new(),
            directory: None,
            environment: BTreeMap::new(),
            ports: vec![(8080, ([127, 1, 2, 3], 8080).into())],
            application: None,
        }
    }

    fn found(command: &[&str]) -> How {
        how(&command.iter().map(|&word| word.to_owned()).collect::<Vec<_>>(), &program())
    }

    #[test]
    fn plain_requests_are_sent_by_the_cloud() {
        let get = How::Get { address: ([127, 1, 2, 3], 8080).into(), path: "/health".to_owned() };
        assert_eq!(found(&["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"]), get);
        let python = "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health')";
        assert_eq!(found(&["CMD", "python", "-c", python]), get);
        assert_eq!(found(&["CMD", "python", "-I", "-S", "/app/healthcheck.py"]), get);
    }

    #[test]
    fn other_commands_are_run_with_the_address_of_the_task() {
        let run = |words: &[&str]| How::Run(words.iter().map(|&word| word.to_owned()).collect());
        let shell = found(&["CMD-SHELL", "nc -z 127.0.0.1:8080 127.0.0.1:80801"]);
        assert_eq!(shell, run(&["/bin/sh", "-c", "nc -z 127.1.2.3:8080 127.0.0.1:80801"]));
        let other = "curl http://localhost:9000/ http://localhost:8080/";
        assert!(matches!(found(&["CMD-SHELL", other]), How::Run(_)));
    }
}
