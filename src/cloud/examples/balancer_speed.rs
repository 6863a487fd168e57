//! What a load balancer of the local cloud costs: `cargo run -p rust-stack-cloud --example balancer_speed [--release]`.
//!
//! The same trivial target is asked directly and through a load balancer, in turn: latency at 1,000 requests a second
//! on keep-alive connections, and throughput with every connection
//! always busy. Client, load balancer and target share this process and its cores.

#![allow(clippy::print_stdout)]

#[path = "../tests/client/mod.rs"]
#[allow(dead_code, reason = "it is shared with tests")]
mod client;

use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use client::Client;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rust_stack_cloud::{Config, PlaneSettings, Server};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const RATE: u32 = 1000;
const LATENCY_TIME: Duration = Duration::from_secs(5);
const LATENCY_CONNECTIONS: u32 = 10;
const THROUGHPUT_TIME: Duration = Duration::from_secs(1);
const THROUGHPUT_CONNECTIONS: u32 = 32;
const LATENCY_ROUNDS: usize = 3;
/// Short and many, so that what else the machine does falls on both alike.
const THROUGHPUT_ROUNDS: usize = 12;
const PORT: u16 = 8090;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let plane = PlaneSettings::new("no application is started");
    let server = Server::bind(Config { plane: Some(plane), time_scale: 0.01, ..Config::default() }).await?;
    let client = Client::new(server.address());
    tokio::spawn(server.run(std::future::pending()));
    let (balanced, direct) = set_up(&client).await?;
    let (mut through, mut directly) = (Vec::new(), Vec::new());
    for round in 0..LATENCY_ROUNDS {
        let (one, other) = (latencies(direct).await?, latencies(balanced).await?);
        if round > 0 {
            directly.extend(one);
            through.extend(other);
        }
    }
    println!("latency at {RATE} requests/s, {LATENCY_CONNECTIONS} connections");
    for percentage in [50.0, 99.0] {
        let (one, other) = (percentile(&mut directly, percentage), percentile(&mut through, percentage));
        let overhead = (other - one) * 1e3;
        println!("  p{percentage}: {:.3} ms directly, {:.3} ms through, {overhead:.3} ms more", one * 1e3, other * 1e3);
    }
    let (mut one, mut other) = (Throughput::default(), Throughput::default());
    for _ in 0..THROUGHPUT_ROUNDS {
        one.add(throughput(direct).await?);
        other.add(throughput(balanced).await?);
    }
    let time = THROUGHPUT_TIME.as_secs_f64() * THROUGHPUT_ROUNDS as f64;
    println!("throughput, {THROUGHPUT_CONNECTIONS} connections");
    println!(
        "  {:.0}/s directly, {:.0}/s through: {:.2} of it",
        one.requests / time,
        other.requests / time,
        other.requests / one.requests
    );
    // This says the same on a machine that is busy with other things.
    println!(
        "  {:.0} us of processor time directly, {:.0} us through: {:.2} of it",
        one.processor_time / one.requests * 1e6,
        other.processor_time / other.requests * 1e6,
        (one.processor_time / one.requests) / (other.processor_time / other.requests)
    );
    Ok(())
}

/// A load balancer with one target; where each is.
async fn set_up(client: &Client) -> Result<(SocketAddr, SocketAddr), Failure> {
    let call = |service: &str, version: &str, form: &str, wanted: &str| -> Result<String, Failure> {
        let answer = client.query(service, &format!("Version={version}&Action={form}"));
        let text = answer.body.split_once(&format!("<{wanted}>")).and_then(|(_, rest)| rest.split_once("</"));
        Ok(text.ok_or_else(|| format!("no {wanted} in {}", answer.body))?.0.to_owned())
    };
    let ec2 = |form: &str, wanted: &str| call("ec2", "2016-11-15", form, wanted);
    let elb = |form: &str, wanted: &str| call("elasticloadbalancing", "2015-12-01", form, wanted);
    let vpc = ec2("CreateVpc&CidrBlock=10.0.0.0/16", "vpcId")?;
    let gateway = ec2("CreateInternetGateway", "internetGatewayId")?;
    ec2(&format!("AttachInternetGateway&InternetGatewayId={gateway}&VpcId={vpc}"), "return")?;
    let table = ec2(&format!("DescribeRouteTables&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"), "routeTableId")?;
    ec2(&format!("CreateRoute&RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&GatewayId={gateway}"), "return")?;
    let security_group =
        ec2(&format!("CreateSecurityGroup&GroupName=web&GroupDescription=web&VpcId={vpc}"), "groupId")?;
    ec2(
        &format!(
            "AuthorizeSecurityGroupIngress&GroupId={security_group}&IpPermissions.1.IpProtocol=tcp\
             &IpPermissions.1.FromPort={PORT}&IpPermissions.1.ToPort={PORT}&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0"
        ),
        "return",
    )?;
    let subnet = |number: u8, zone: &str| {
        ec2(&format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.{number}.0/24&AvailabilityZone={zone}"), "subnetId")
    };
    let (one, two) = (subnet(0, "us-east-1a")?, subnet(1, "us-east-1b")?);
    let balancer = elb(
        &format!(
            "CreateLoadBalancer&Name=web&Subnets.member.1={one}&Subnets.member.2={two}&SecurityGroups.member.1={security_group}"
        ),
        "LoadBalancerArn",
    )?;
    let group = elb(
        &format!("CreateTargetGroup&Name=web&Protocol=HTTP&Port=9000&VpcId={vpc}&TargetType=ip"),
        "TargetGroupArn",
    )?;
    elb(
        &format!(
            "CreateListener&LoadBalancerArn={balancer}&Protocol=HTTP&Port={PORT}\
             &DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        ),
        "ListenerArn",
    )?;
    let node: Ipv4Addr = loop {
        match elb("DescribeLoadBalancers", "IpAddress") {
            Ok(address) => break address.parse()?,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let target = SocketAddr::from(([127, node.octets()[1], 0, 200], 9000));
    let listener = TcpListener::bind(target).await?;
    tokio::spawn(serve(listener));
    elb(&format!("RegisterTargets&TargetGroupArn={group}&Targets.member.1.Id=10.0.0.200"), "RequestId")?;
    while elb(&format!("DescribeTargetHealth&TargetGroupArn={group}"), "State")? != "healthy" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(((node, PORT).into(), target))
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _only_slower = stream.set_nodelay(true);
        let hello = |_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello")))) };
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(hello));
        tokio::spawn(connection);
    }
}

async fn open(address: SocketAddr) -> Result<SendRequest<Empty<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>) -> Result<(), Failure> {
    sender.ready().await?;
    let request = Request::get("/").header("host", "web").body(Empty::new())?;
    let answer = sender.send_request(request).await?;
    if !answer.status().is_success() {
        return Err(format!("the answer is {}", answer.status()).into());
    }
    answer.into_body().collect().await?;
    Ok(())
}

/// The latencies of requests that are due at a steady rate, in seconds.
async fn latencies(address: SocketAddr) -> Result<Vec<f64>, Failure> {
    let start = Instant::now() + Duration::from_millis(100);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..LATENCY_CONNECTIONS {
        clients.spawn(async move {
            let mut sender = open(address).await?;
            let mut latencies = Vec::new();
            let mut due = start + Duration::from_secs(1) * number / RATE;
            while due < start + LATENCY_TIME {
                tokio::time::sleep_until(due).await;
                // Not since it was due: timers are a millisecond coarse, which would hide what is measured.
                let sent = Instant::now();
                ask(&mut sender).await?;
                latencies.push(sent.elapsed().as_secs_f64());
                due += Duration::from_secs(1) * LATENCY_CONNECTIONS / RATE;
            }
            Ok::<_, Failure>(latencies)
        });
    }
    let mut all = Vec::new();
    while let Some(latencies) = clients.join_next().await {
        all.extend(latencies??);
    }
    Ok(all)
}

/// What connections got that are always busy.
#[derive(Default)]
struct Throughput {
    requests: f64,
    /// What all of them took together, clients and targets included, in seconds.
    processor_time: f64,
}

impl Throughput {
    fn add(&mut self, other: Throughput) {
        self.requests += other.requests;
        self.processor_time += other.processor_time;
    }
}

/// The processor time of this process so far, in seconds (proc_pid_stat(5), in hundredths of a second on Linux).
fn processor_time() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).ok_or("no such field");
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// How many requests are answered, and what they take.
async fn throughput(address: SocketAddr) -> Result<Throughput, Failure> {
    let before = processor_time()?;
    let end = Instant::now() + THROUGHPUT_TIME;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..THROUGHPUT_CONNECTIONS {
        clients.spawn(async move {
            let mut sender = open(address).await?;
            let mut count = 0_u32;
            while Instant::now() < end {
                ask(&mut sender).await?;
                count += 1;
            }
            Ok::<_, Failure>(count)
        });
    }
    let mut requests = 0.0;
    while let Some(count) = clients.join_next().await {
        requests += f64::from(count??);
    }
    Ok(Throughput { requests, processor_time: processor_time()? - before })
}

fn percentile(values: &mut [f64], percentage: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * percentage / 100.0) as usize;
    values[place.min(values.len() - 1)]
}
