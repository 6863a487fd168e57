//! What a call of the control plane takes: `cargo run -p rust-stack-cloud --example control_plane_speed [--release]`.
//!
//! Ten clients ask at once, each as soon as it has its answer, while a service of four tasks runs behind a load balancer:
//! what a person who looks and an engine that waits ask for. Clients and cloud share the machine's cores.

#![allow(clippy::print_stdout)]

#[path = "../tests/client/mod.rs"]
#[allow(dead_code, reason = "it is shared with tests")]
mod client;
#[path = "../tests/stage/mod.rs"]
#[allow(dead_code, reason = "it is shared with tests")]
mod stage;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use client::Client;
use serde_json::json;
use stage::{Stage, image, text};

const CLIENTS: usize = 10;
const TIME: Duration = Duration::from_secs(5);

/// A call, by its name.
type Call<'a> = (&'static str, Box<dyn Fn(&Client) -> u16 + Sync + 'a>);

/// The text of the first element with this name.
fn first(xml: &str, element: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{element}>")).expect("it is there");
    rest.split('<').next().unwrap_or_default().to_owned()
}

fn main() {
    let stage = Stage::new();
    let (load_balancers, _) = stage.balance();
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "loadBalancers": load_balancers, "desiredCount": 4 }));
    stage.settled();
    let tasks: Vec<String> = stage.tasks("RUNNING").iter().map(|task| text(&task["taskArn"])).collect();
    let group = text(&load_balancers[0]["targetGroupArn"]);
    let ecs = |client: &Client, operation: &str, input| {
        client.json("ecs", &format!("AmazonEC2ContainerServiceV20141113.{operation}"), &input).status
    };
    let ec2 = |client: &Client, form: &str| client.query("ec2", &format!("Version=2016-11-15&Action={form}")).status;
    let elb = |client: &Client, form: &str| {
        client.query("elasticloadbalancing", &format!("Version=2015-12-01&Action={form}")).status
    };
    let calls: [Call<'_>; 8] = [
        (
            "DescribeServices",
            Box::new(|it| ecs(it, "DescribeServices", json!({"cluster": "main", "services": ["web"]}))),
        ),
        ("DescribeTasks", Box::new(|it| ecs(it, "DescribeTasks", json!({"cluster": "main", "tasks": tasks})))),
        ("ListTasks", Box::new(|it| ecs(it, "ListTasks", json!({"cluster": "main"})))),
        ("DescribeTargetHealth", Box::new(|it| elb(it, &format!("DescribeTargetHealth&TargetGroupArn={group}")))),
        ("DescribeLoadBalancers", Box::new(|it| elb(it, "DescribeLoadBalancers"))),
        ("DescribeSubnets", Box::new(|it| ec2(it, "DescribeSubnets"))),
        ("DescribeSecurityGroups", Box::new(|it| ec2(it, "DescribeSecurityGroups"))),
        ("CreateTags", {
            let vpc = first(&stage.client.query("ec2", "Version=2016-11-15&Action=DescribeVpcs").body, "vpcId");
            let tags = format!("CreateTags&ResourceId.1={vpc}&Tag.1.Key=a&Tag.1.Value=b");
            Box::new(move |it| ec2(it, &tags))
        }),
    ];
    let times = std::thread::scope(|scope| {
        let asking = (0..CLIENTS).map(|number| {
            let (calls, client) = (&calls, Client::new(stage.cloud_address()));
            scope.spawn(move || {
                let (start, mut times) = (Instant::now(), Vec::new());
                for (name, call) in calls.iter().cycle().skip(number) {
                    let asked = Instant::now();
                    if asked.duration_since(start) > TIME {
                        break;
                    }
                    assert_eq!(call(&client), 200, "{name}");
                    times.push((*name, asked.elapsed()));
                }
                times
            })
        });
        let asking: Vec<_> = asking.collect();
        asking.into_iter().flat_map(|it| it.join().expect("it ends")).collect::<Vec<_>>()
    });
    println!("{CLIENTS} clients, {:.0} calls/s", times.len() as f64 / TIME.as_secs_f64());
    let mut by_name: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for (name, time) in times {
        by_name.entry(name).or_default().push(time);
        by_name.entry("all").or_default().push(time);
    }
    for (name, times) in &mut by_name {
        times.sort_unstable();
        let at = |part: f64| times[((times.len() as f64 * part) as usize).min(times.len() - 1)].as_secs_f64() * 1e3;
        println!("  {name:<24} p50 {:>7.3} ms   p99 {:>7.3} ms   {} calls", at(0.5), at(0.99), times.len());
    }
}
