//! What is to go wrong on the local cloud.

use crate::{
    error::{CliError, Kind},
    local::{self, Endpoint},
    output::Output,
    project::Project,
};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{process::ExitCode, time::Duration};

#[derive(Debug, Subcommand)]
pub(crate) enum Fault {
    /// Let something go wrong.
    #[command(subcommand)]
    Add(Add),
    /// Show what is still to go wrong, or does.
    List,
    /// Take one fault back, or all.
    Clear {
        /// The number that `add` and `list` show; all faults without it.
        id: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Add {
    /// The next calls of an operation fail, wait or lose their reply.
    Operation(Operation),
    /// Tasks of a service die by SIGKILL, and nothing drains.
    Crash {
        /// The name of the ECS service.
        #[arg(long, value_name = "NAME")]
        service: String,
        /// The name of its cluster; any by default.
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,
        /// How many tasks die.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        count: u32,
        /// When, from now on.
        #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
        after: Duration,
    },
    /// An availability zone is lost: nothing there is reached or reaches anything.
    Zone {
        /// The zone, such as us-east-1a.
        zone: String,
        #[command(flatten)]
        lasting: Lasting,
    },
    /// Targets that are registered from now on stay initial for longer.
    SlowRegistration {
        /// The name of the target group; all by default.
        #[arg(long, value_name = "NAME")]
        target_group: Option<String>,
        /// How much longer.
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        delay: Duration,
        #[command(flatten)]
        lasting: Lasting,
    },
    /// A share of the new connections to a load balancer is lost.
    PacketLoss {
        #[command(flatten)]
        listener: Listener,
        /// How many of them: 0.1 is one in ten.
        #[arg(long, value_name = "SHARE")]
        share: f64,
        /// Decides which ones: the same seed, the same connections.
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
        #[command(flatten)]
        lasting: Lasting,
    },
    /// Requests to a load balancer wait before they are answered.
    Latency {
        #[command(flatten)]
        listener: Listener,
        /// How long each waits.
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        by: Duration,
        #[command(flatten)]
        lasting: Lasting,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Operation {
    /// The service as the AWS CLI names it: ec2, elbv2, ecs, ecr, iam, sts or logs.
    service: String,
    /// The operation, such as UpdateService; any of the service by default.
    operation: Option<String>,
    #[command(flatten)]
    effect: Effect,
    /// The error code of calls that fail.
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// The error message of calls that fail.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// The HTTP status of calls that fail.
    #[arg(long, value_name = "STATUS")]
    status: Option<u16>,
    /// How many calls it hits.
    #[arg(long, value_name = "N", default_value_t = 1)]
    times: u64,
    /// How many calls pass first.
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u64,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Effect {
    /// They do nothing and fail.
    #[arg(long)]
    fail_before: bool,
    /// They do their work and then fail.
    #[arg(long)]
    fail_after: bool,
    /// They do nothing and fail as AWS does when it throttles.
    #[arg(long)]
    throttle: bool,
    /// They do their work, and the connection closes without a reply.
    #[arg(long)]
    drop_connection: bool,
    /// They wait for this long and then do their work.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    slow: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Listener {
    /// The name of the load balancer.
    #[arg(long, value_name = "NAME")]
    load_balancer: String,
    /// The listener's port; all listeners by default.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Lasting {
    /// How long; until it is cleared by default.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
}

impl Fault {
    pub(crate) async fn run(self, project: &Project, output: &Output) -> Result<ExitCode, CliError> {
        let Some(endpoint) = local::running(project).await else {
            return Err(CliError::new(Kind::Local, "no local cloud runs")
                .hint("Start one: rust-stack local up. Faults end with it."));
        };
        match self {
            Self::Add(add) => {
                let order = ask(&endpoint, "POST", "faults", Some(add.document())).await?;
                let text = describe(&order);
                output.result(&format!("Ordered fault {text}\n"));
                output.line("fault", &text, json!({ "fault": order }));
            }
            Self::List => {
                let orders = ask(&endpoint, "GET", "faults", None).await?;
                let lines: Vec<String> = orders.as_array().into_iter().flatten().map(describe).collect();
                match lines.is_empty() {
                    true => output.result("There are no faults.\n"),
                    false => lines.iter().for_each(|line| output.result(&format!("{line}\n"))),
                }
                output.line("faults", &format!("{} faults", lines.len()), json!({ "faults": orders }));
            }
            Self::Clear { id } => {
                let path = id.map_or_else(|| "faults".to_owned(), |id| format!("faults/{id}"));
                let cleared = ask(&endpoint, "DELETE", &path, None).await?;
                let cleared = if cleared.is_array() { cleared } else { json!([cleared]) };
                let count = cleared.as_array().map_or(0, Vec::len);
                let text = if count == 1 { "Cleared 1 fault.".to_owned() } else { format!("Cleared {count} faults.") };
                output.result(&format!("{text}\n"));
                output.line("faults_clear", &text, json!({ "cleared": cleared }));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Asks the local cloud; what it refuses is the user's to mend.
async fn ask(endpoint: &Endpoint, method: &'static str, path: &str, body: Option<Value>) -> Result<Value, CliError> {
    let (status, reply) = local::ask(endpoint, method, path, body).await?;
    if status < 400 {
        return Ok(reply);
    }
    Err(CliError::new(Kind::Usage, reply["error"].as_str().unwrap_or("the local cloud refuses the fault")))
}

impl Add {
    /// The fault as the local cloud reads it; see its README.
    fn document(self) -> Value {
        let mut document = match self {
            Self::Operation(it) => json!({
                "kind": it.effect.kind(), "service": it.service, "operation": it.operation, "code": it.code,
                "message": it.message, "status": it.status, "times": it.times, "skip": it.skip,
                "milliseconds": it.effect.slow.map(milliseconds),
            }),
            Self::Crash { service, cluster, count, after } => json!({
                "kind": "task_crash", "service": service, "cluster": cluster, "count": count,
                "after_seconds": after.as_secs_f64(),
            }),
            Self::Zone { zone, lasting } => {
                json!({ "kind": "zone_loss", "zone": zone, "for_seconds": lasting.seconds() })
            }
            Self::SlowRegistration { target_group, delay, lasting } => json!({
                "kind": "slow_registration", "target_group": target_group, "delay_seconds": delay.as_secs_f64(),
                "for_seconds": lasting.seconds(),
            }),
            Self::PacketLoss { listener, share, seed, lasting } => json!({
                "kind": "packet_loss", "load_balancer": listener.load_balancer, "port": listener.port, "share": share,
                "seed": seed, "for_seconds": lasting.seconds(),
            }),
            Self::Latency { listener, by, lasting } => json!({
                "kind": "listener_latency", "load_balancer": listener.load_balancer, "port": listener.port,
                "milliseconds": milliseconds(by), "for_seconds": lasting.seconds(),
            }),
        };
        if let Some(fields) = document.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        document
    }
}

impl Effect {
    fn kind(&self) -> &'static str {
        match self {
            Self { fail_before: true, .. } => "fail_before",
            Self { fail_after: true, .. } => "fail_after",
            Self { throttle: true, .. } => "throttle",
            Self { drop_connection: true, .. } => "drop_connection",
            _ => "slow",
        }
    }
}

impl Lasting {
    fn seconds(&self) -> Option<f64> {
        self.duration.map(|duration| duration.as_secs_f64())
    }
}

/// `3: packet loss, load balancer dev-web, share 0.1, seed 0`.
fn describe(order: &Value) -> String {
    let words = |name: &str| name.replace('_', " ");
    let mut parts = vec![words(order["kind"].as_str().unwrap_or_default())];
    for (name, value) in order.as_object().into_iter().flatten() {
        match value {
            _ if matches!(name.as_str(), "id" | "kind" | "ordered") => (),
            Value::Null => (),
            Value::String(text) => parts.push(format!("{} {text}", words(name))),
            other => parts.push(format!("{} {other}", words(name))),
        }
    }
    format!("{}: {}", order["id"], parts.join(", "))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Reads `30s`, `1m 30s`, `500ms`, or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("{text:?} is no duration: write 30s, 500ms or 1m30s");
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).map_err(|_| refused());
    }
    let duration: SignedDuration = text.parse().map_err(|_| refused())?;
    Duration::try_from(duration).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        fault: Fault,
    }

    /// What a command line asks of the local cloud.
    #[track_caller]
    fn check(line: &str, expected: Value) {
        let parsed = Line::try_parse_from(["fault"].into_iter().chain(line.split(' ')));
        let Ok(Line { fault: Fault::Add(add) }) = parsed else { panic!("{parsed:?}") };
        assert_eq!(add.document(), expected);
    }

    #[test]
    fn a_command_line_becomes_a_document() {
        check(
            "add operation ecs UpdateService --throttle --times 3",
            json!({"kind": "throttle", "service": "ecs", "operation": "UpdateService", "times": 3, "skip": 0}),
        );
        check(
            "add operation ec2 --slow 1500ms",
            json!({"kind": "slow", "service": "ec2", "milliseconds": 1500, "times": 1, "skip": 0}),
        );
        check(
            "add zone us-east-1a --for 1m30s",
            json!({"kind": "zone_loss", "zone": "us-east-1a", "for_seconds": 90.0}),
        );
        check("add zone us-east-1a", json!({"kind": "zone_loss", "zone": "us-east-1a"}));
        check(
            "add crash --service web --count 2 --after 5",
            json!({"kind": "task_crash", "service": "web", "count": 2, "after_seconds": 5.0}),
        );
        check("add slow-registration --delay 20s", json!({"kind": "slow_registration", "delay_seconds": 20.0}));
        check(
            "add packet-loss --load-balancer web --share 0.1",
            json!({"kind": "packet_loss", "load_balancer": "web", "share": 0.1, "seed": 0}),
        );
        check(
            "add latency --load-balancer web --port 80 --by 50ms",
            json!({"kind": "listener_latency", "load_balancer": "web", "port": 80, "milliseconds": 50}),
        );
    }

    #[test]
    fn an_operation_has_one_effect() {
        for line in ["add operation ecs", "add operation ecs --throttle --fail-after", "add zone a --for -1s"] {
            assert!(Line::try_parse_from(["fault"].into_iter().chain(line.split(' '))).is_err(), "{line}");
        }
    }

    #[test]
    fn an_order_is_told_in_words() {
        let order = json!({"id": 3, "kind": "zone_loss", "zone": "us-east-1a", "ends": null, "ordered": "now"});
        assert_eq!(describe(&order), "3: zone loss, zone us-east-1a");
    }
}
