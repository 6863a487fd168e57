//! Where the local cloud is, where its load balancers listen, what runs on it and what is in it.

use crate::{
    error::CliError,
    local,
    output::{Output, table},
    project::Project,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fmt::Write as _, net::SocketAddr, process::ExitCode};

/// A load balancer, as the local cloud tells of it; see "Endpoints of its own" in its README.
#[derive(Debug, Deserialize)]
struct LoadBalancer {
    name: String,
    dns_name: String,
    listeners: Vec<Listener>,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Listener {
    port: u16,
    protocol: String,
    /// Through the DNS name, which leads to the loopback address.
    url: Option<String>,
    /// Where its nodes listen.
    addresses: Vec<SocketAddr>,
    problem: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Node {
    zone: String,
    lost: bool,
    problems: Vec<String>,
}

/// The tasks of a service, or those of a cluster that are of none.
#[derive(Debug, Deserialize)]
struct Tasks {
    cluster: String,
    service: Option<String>,
    desired: u64,
    running: u64,
    pending: u64,
}

pub(super) async fn run(project: &Project, output: &Output) -> Result<ExitCode, CliError> {
    let Some(endpoint) = local::running(project).await else {
        output.result("No local cloud runs. Start one: rust-stack local up\n");
        output.line("local", "no local cloud runs", json!({ "running": false }));
        return Ok(ExitCode::SUCCESS);
    };
    let health = local::admin(&endpoint, "GET", "health").await?;
    let load_balancers = local::admin(&endpoint, "GET", "endpoints").await?;
    let services = local::admin(&endpoint, "GET", "services").await?;
    let objects = local::admin(&endpoint, "GET", "status").await?;
    let mut text = format!(
        "The local cloud runs at {} (process {}, latency {}).\n",
        endpoint.url,
        endpoint.pid,
        health["profile"].as_str().unwrap_or("unknown")
    );
    text += &of_load_balancers(&read::<LoadBalancer>(&load_balancers)?);
    let tasks = read::<Tasks>(&services)?;
    text += &of_tasks(&tasks);
    let (listed, total) = of_objects(&objects);
    text += &listed;
    output.result(&text);
    let running: u64 = tasks.iter().map(|it| it.running).sum();
    let more = json!({
        "running": true, "endpoint": endpoint, "health": health, "load_balancers": load_balancers, "services": services,
        "tasks": running, "objects": objects, "total": total,
    });
    output.line("local", "the local cloud runs", more);
    Ok(ExitCode::SUCCESS)
}

fn read<T: for<'a> Deserialize<'a>>(told: &Value) -> Result<Vec<T>, CliError> {
    Vec::deserialize(told).map_err(|error| local::not_understood(&error))
}

/// Each load balancer with its DNS name, and under it each listener with its URL and where it really listens.
fn of_load_balancers(load_balancers: &[LoadBalancer]) -> String {
    let mut text = String::new();
    if !load_balancers.is_empty() {
        text += "\nLoad balancers\n";
    }
    for LoadBalancer { name, dns_name, listeners, nodes } in load_balancers {
        let _ = writeln!(text, "  {name}  {dns_name}");
        for Listener { port, protocol, url, addresses, problem } in listeners {
            let addresses: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
            let url = url.as_deref().unwrap_or("has no URL");
            let _ = writeln!(text, "    {protocol} {port}  {url}  on {}", or_none(&addresses.join(", ")));
            if let Some(problem) = problem {
                let _ = writeln!(text, "    {protocol} {port}  {problem}");
            }
        }
        if listeners.is_empty() {
            text += "    no listener\n";
        }
        for Node { zone, lost, problems } in nodes {
            if *lost {
                let _ = writeln!(text, "    {zone} is lost");
            }
            for problem in problems {
                let _ = writeln!(text, "    {zone}: {problem}");
            }
        }
    }
    text
}

fn of_tasks(tasks: &[Tasks]) -> String {
    let row = |it: &Tasks| {
        let service = it.service.clone().unwrap_or_else(|| "of no service".to_owned());
        vec![service, it.cluster.clone(), format!("{} of {}", it.running, it.desired), it.pending.to_string()]
    };
    let rows = table(&["service", "cluster", "running", "pending"], tasks.iter().map(row).collect());
    let running: u64 = tasks.iter().map(|it| it.running).sum();
    rows.map(|rows| format!("\nTasks: {running} run\n{rows}")).unwrap_or_default()
}

/// What there is, and how much in all.
fn of_objects(objects: &Value) -> (String, u64) {
    let mut text = "\nObjects\n".to_owned();
    let mut total = 0;
    for (service, kinds) in objects.as_object().into_iter().flatten() {
        for (kind, count) in kinds.as_object().into_iter().flatten() {
            let count = count.as_u64().unwrap_or(0);
            total += count;
            if count > 0 {
                let _ = writeln!(text, "  {count:>5} {service} {kind}");
            }
        }
    }
    match total {
        0 => ("There is nothing in it.\n".to_owned(), 0),
        total => (format!("{text}{total} objects in all.\n"), total),
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "no address" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_balancers_are_shown_with_where_they_listen() {
        let told = json!([
            {
                "arn": "arn:1", "name": "dev-web", "dns_name": "dev-web-1.us-east-1.elb.localhost", "region": "us-east-1",
                "listeners": [
                    {
                        "port": 80, "protocol": "HTTP", "url": "http://dev-web-1.us-east-1.elb.localhost:8080/",
                        "addresses": ["127.24.0.4:80", "127.24.1.4:80"],
                    },
                    { "port": 443, "protocol": "HTTPS", "addresses": [], "problem": "no certificate" },
                ],
                "nodes": [
                    { "zone": "us-east-1a", "lost": true, "address": "127.24.0.4", "urls": [], "problems": [] },
                    {
                        "zone": "us-east-1b", "lost": false, "address": "127.24.1.4", "urls": [],
                        "problems": ["cannot listen on 127.24.1.4:443: Address already in use"],
                    },
                ],
            },
            { "arn": "arn:2", "name": "other", "dns_name": "other-2.elb.localhost", "region": "us-east-1",
              "listeners": [], "nodes": [] },
        ]);
        let text = of_load_balancers(&read(&told).expect("it is understood"));
        let expected = "
Load balancers
  dev-web  dev-web-1.us-east-1.elb.localhost
    HTTP 80  http://dev-web-1.us-east-1.elb.localhost:8080/  on 127.24.0.4:80, 127.24.1.4:80
    HTTPS 443  has no URL  on no address
    HTTPS 443  no certificate
    us-east-1a is lost
    us-east-1b: cannot listen on 127.24.1.4:443: Address already in use
  other  other-2.elb.localhost
    no listener
";
        assert_eq!(text, expected);
        assert_eq!(of_load_balancers(&[]), "");
    }

    #[test]
    fn tasks_are_counted_by_service() {
        let told = json!([
            { "region": "us-east-1", "cluster": "dev-main", "service": "dev-web", "desired": 3, "running": 2, "pending": 1 },
            { "region": "us-east-1", "cluster": "dev-main", "desired": 1, "running": 1, "pending": 0 },
        ]);
        let expected = "
Tasks: 3 run
  service        cluster   running  pending
  dev-web        dev-main  2 of 3   1
  of no service  dev-main  1 of 1   0
";
        assert_eq!(of_tasks(&read(&told).expect("it is understood")), expected);
        assert_eq!(of_tasks(&[]), "");
    }

    #[test]
    fn objects_are_counted() {
        let (text, total) = of_objects(&json!({ "ec2": { "vpcs": 1, "subnets": 6 }, "ecs": { "services": 0 } }));
        assert_eq!(
            (text.as_str(), total),
            ("\nObjects\n      6 ec2 subnets\n      1 ec2 vpcs\n7 objects in all.\n", 7)
        );
        assert_eq!(of_objects(&json!({})), ("There is nothing in it.\n".to_owned(), 0));
    }
}
