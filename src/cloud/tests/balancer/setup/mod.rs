//! A cloud with a data plane and a load balancer in it.

#[path = "../../client/mod.rs"]
#[allow(dead_code, reason = "it is shared with another test")]
mod client;

mod connection;
mod target;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rust_stack_cloud::{Config, PlaneSettings, Server};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use client::{Answer, Client};

pub(crate) use connection::{Connection, Reply};
pub(crate) use target::{Behaviour, Target};

/// How long a test waits for something that should come soon.
const PATIENCE: Duration = Duration::from_secs(10);

/// A cloud with one VPC, two zones and a load balancer `web` with a target group `web`.
pub(crate) struct Cloud {
    pub(crate) client: Client,
    pub(crate) vpc: String,
    pub(crate) subnets: [String; 2],
    pub(crate) load_balancer: String,
    pub(crate) security_group: String,
    /// The addresses of the load balancer's nodes on this machine.
    pub(crate) nodes: Vec<Ipv4Addr>,
    /// Targets that are to live as long as the cloud.
    kept: Mutex<Vec<Target>>,
    _server: JoinHandle<()>,
}

impl Cloud {
    /// Durations take a hundredth of their time; nodes hear of deregistrations after `lag` on AWS's clock.
    pub(crate) async fn start(lag: Duration) -> Self {
        let mut plane = PlaneSettings::new("no application is started");
        plane.deregistration_lag = lag;
        let config = Config { plane: Some(plane), time_scale: 0.01, ..Config::default() };
        let server = Server::bind(config).await.expect("it starts");
        let client = Client::new(server.address());
        let server = tokio::spawn(async move { server.run(std::future::pending()).await.expect("it runs") });
        let mut cloud = Cloud {
            client,
            vpc: String::new(),
            subnets: Default::default(),
            load_balancer: String::new(),
            security_group: String::new(),
            nodes: Vec::new(),
            kept: Mutex::default(),
            _server: server,
        };
        cloud.vpc = cloud.ec2("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
        let gateway = cloud.ec2("CreateInternetGateway", "", "internetGatewayId");
        let vpc = cloud.vpc.clone();
        cloud.ec2("AttachInternetGateway", &format!("InternetGatewayId={gateway}&VpcId={vpc}"), "return");
        for (number, zone) in ["us-east-1a", "us-east-1b"].into_iter().enumerate() {
            let subnet = format!("VpcId={vpc}&CidrBlock=10.0.{number}.0/24&AvailabilityZone={zone}");
            cloud.subnets[number] = cloud.ec2("CreateSubnet", &subnet, "subnetId");
        }
        let table =
            cloud.ec2("DescribeRouteTables", &format!("Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"), "routeTableId");
        let route = format!("RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&GatewayId={gateway}");
        cloud.ec2("CreateRoute", &route, "return");
        let security_group = format!("GroupName=web&GroupDescription=web&VpcId={vpc}");
        cloud.security_group = cloud.ec2("CreateSecurityGroup", &security_group, "groupId");
        cloud.ingress("Authorize");
        let ([one, two], security_group) = (cloud.subnets.clone(), cloud.security_group.clone());
        let form =
            format!("Name=web&Subnets.member.1={one}&Subnets.member.2={two}&SecurityGroups.member.1={security_group}");
        cloud.load_balancer = cloud.elb("CreateLoadBalancer", &form, "LoadBalancerArn");
        cloud.nodes = cloud.nodes_of("web", 2).await;
        cloud
    }

    /// The addresses of a load balancer's nodes, once they are known.
    pub(crate) async fn nodes_of(&self, name: &str, count: usize) -> Vec<Ipv4Addr> {
        eventually(|| {
            let body = self.try_elb("DescribeLoadBalancers", &format!("Names.member.1={name}")).body;
            let addresses: Vec<Ipv4Addr> = texts(&body, "IpAddress").iter().filter_map(|it| it.parse().ok()).collect();
            (addresses.len() == count).then_some(addresses)
        })
        .await
    }

    fn ec2(&self, action: &str, form: &str, wanted: &str) -> String {
        let answer = self.client.query("ec2", &format!("Action={action}&Version=2016-11-15&{form}"));
        first(&answer, wanted)
    }

    /// Lets the internet reach the load balancer (`Authorize`) or no longer (`Revoke`).
    pub(crate) fn ingress(&self, verb: &str) {
        let rule = format!(
            "GroupId={}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=65535\
             &IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0",
            self.security_group
        );
        self.ec2(&format!("{verb}SecurityGroupIngress"), &rule, "return");
    }

    pub(crate) fn try_elb(&self, action: &str, form: &str) -> Answer {
        self.client.query("elasticloadbalancing", &format!("Action={action}&Version=2015-12-01&{form}"))
    }

    /// Calls an operation of Elastic Load Balancing that must succeed; gives the first text of an element of the reply.
    #[track_caller]
    pub(crate) fn elb(&self, action: &str, form: &str, wanted: &str) -> String {
        first(&self.try_elb(action, form), wanted)
    }

    /// Calls an operation whose reply is of no interest.
    #[track_caller]
    pub(crate) fn call(&self, action: &str, form: &str) {
        let answer = self.try_elb(action, form);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// A target group of addresses, checked every 5 s of AWS's clock at `/health`.
    pub(crate) fn target_group(&self, name: &str) -> String {
        let form = format!(
            "Name={name}&Protocol=HTTP&Port=80&VpcId={}&TargetType=ip&HealthCheckPath=/health\
             &HealthCheckIntervalSeconds=10&HealthCheckTimeoutSeconds=5&HealthyThresholdCount=2",
            self.vpc
        );
        self.elb("CreateTargetGroup", &form, "TargetGroupArn")
    }

    pub(crate) fn set(&self, group: &str, key: &str, value: &str) {
        let form = format!("TargetGroupArn={group}&Attributes.member.1.Key={key}&Attributes.member.1.Value={value}");
        self.call("ModifyTargetGroupAttributes", &form);
    }

    /// A listener on a port of its own that forwards to a group, and its ARN; it is open when this returns.
    pub(crate) async fn listener(&self, group: &str) -> (u16, String) {
        self.listener_with(&format!(
            "DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        ))
        .await
    }

    /// The same with other default actions.
    pub(crate) async fn listener_with(&self, actions: &str) -> (u16, String) {
        self.listener_on("HTTP", actions).await
    }

    /// The same with another protocol.
    pub(crate) async fn listener_on(&self, protocol: &str, more: &str) -> (u16, String) {
        static NEXT: AtomicU16 = AtomicU16::new(18_000);
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        let form = format!("LoadBalancerArn={}&Protocol={protocol}&Port={port}&{more}", self.load_balancer);
        let arn = self.elb("CreateListener", &form, "ListenerArn");
        for node in &self.nodes {
            while TcpStream::connect((*node, port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        (port, arn)
    }

    /// A target with this last byte of its address, in the first zone.
    pub(crate) async fn target(&self, last: u8, behaviour: Behaviour) -> Target {
        self.target_in(0, last, behaviour).await
    }

    pub(crate) async fn target_in(&self, zone: u8, last: u8, behaviour: Behaviour) -> Target {
        let network = self.nodes[0].octets()[1];
        Target::start(SocketAddr::from(([127, network, zone, last], 9000)), format!("10.0.{zone}.{last}"), behaviour)
            .await
    }

    pub(crate) fn register(&self, group: &str, target: &Target) {
        self.call("RegisterTargets", &form_of(group, target));
    }

    pub(crate) fn deregister(&self, group: &str, target: &Target) {
        self.call("DeregisterTargets", &form_of(group, target));
    }

    /// The state and the reason of a target's health.
    pub(crate) fn health(&self, group: &str, target: &Target) -> (String, String) {
        let body = self.try_elb("DescribeTargetHealth", &form_of(group, target)).body;
        let text = |name| texts(&body, name).first().cloned().unwrap_or_default();
        (text("State"), text("Reason"))
    }

    pub(crate) async fn until_healthy(&self, group: &str, target: &Target) {
        eventually(|| (self.health(group, target).0 == "healthy").then_some(())).await;
    }

    pub(crate) async fn until_health(&self, group: &str, target: &Target, wanted: (&str, &str)) {
        eventually(|| {
            let (state, reason) = self.health(group, target);
            ((state.as_str(), reason.as_str()) == wanted).then_some(())
        })
        .await;
    }

    /// Asks the first node on new connections until an answer is as wanted: a change takes a moment.
    pub(crate) async fn until(&self, port: u16, path: &str, mut wanted: impl FnMut(&Reply) -> bool) -> Reply {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = self.connect(port).await.get(path).await;
            if wanted(&reply) {
                return reply;
            }
            assert!(Instant::now() < deadline, "it never came: {reply:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The same until several answers in a row are as wanted: where targets or groups take turns, one tells nothing.
    pub(crate) async fn until_always(&self, port: u16, wanted: impl Fn(&Reply) -> bool) {
        let mut in_a_row = 0;
        let mut enough = |reply: &Reply| {
            in_a_row = if wanted(reply) { in_a_row + 1 } else { 0 };
            in_a_row == 4
        };
        self.until(port, "/", &mut enough).await;
    }

    pub(crate) async fn until_status(&self, port: u16, path: &str, status: u16) -> Reply {
        self.until(port, path, |reply| reply.status == status).await
    }

    /// Keeps a target as long as the cloud.
    pub(crate) fn keep(&self, target: Target) {
        self.kept.lock().expect("nobody panicked").push(target);
    }

    /// Where a target in the first zone is.
    pub(crate) fn place(&self, last: u8) -> SocketAddr {
        SocketAddr::from(([127, self.nodes[0].octets()[1], 0, last], 9000))
    }

    /// A target that somebody else runs.
    pub(crate) fn named(&self, last: u8) -> Target {
        Target::named(self.place(last), format!("10.0.0.{last}"))
    }

    pub(crate) fn admin(&self, path: &str) -> serde_json::Value {
        self.client.admin("GET", path, None).value()
    }

    /// A client's connection to the first node.
    pub(crate) async fn connect(&self, port: u16) -> Connection {
        Connection::open(SocketAddr::from((self.nodes[0], port))).await
    }
}

fn form_of(group: &str, target: &Target) -> String {
    format!("TargetGroupArn={group}&Targets.member.1.Id={}&Targets.member.1.Port=9000", target.private)
}

#[track_caller]
fn first(answer: &Answer, element: &str) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    texts(&answer.body, element).first().cloned().unwrap_or_else(|| panic!("no {element} in {}", answer.body))
}

/// The texts of all elements with this name.
pub(crate) fn texts(xml: &str, element: &str) -> Vec<String> {
    let start = format!("<{element}>");
    let pieces = xml.split(&start).skip(1);
    pieces.filter_map(|piece| piece.split_once("</").map(|(text, _)| text.to_owned())).collect()
}

/// Waits until something is there.
#[track_caller]
pub(crate) fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < deadline, "it never happened: {caller}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// What was answered how often.
pub(crate) fn census<T: Ord>(answers: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut census = BTreeMap::new();
    for answer in answers {
        *census.entry(answer).or_default() += 1;
    }
    census
}

/// Actions that forward to weighted groups, perhaps sticky for some seconds.
pub(crate) fn forward(parameter: &str, groups: &[(&str, u16)], sticky: Option<u32>) -> String {
    let config = format!("{parameter}.member.1.ForwardConfig");
    let mut form = format!("{parameter}.member.1.Type=forward");
    for ((arn, weight), number) in groups.iter().zip(1..) {
        let group = format!("{config}.TargetGroups.member.{number}");
        form += &format!("&{group}.TargetGroupArn={arn}&{group}.Weight={weight}");
    }
    if let Some(seconds) = sticky {
        let stickiness = format!("{config}.TargetGroupStickinessConfig");
        form += &format!("&{stickiness}.Enabled=true&{stickiness}.DurationSeconds={seconds}");
    }
    form
}
