//! A cloud with a network, load balancers and target groups.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rust_stack_cloud::{Config, PlaneSettings, SeedImage};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::backend::{Backend, PORT};
use super::report::{Ledger, Report};
use super::traffic::{Load, Traffic};
use crate::client::{Answer, Client, Cloud};

/// How long something that is waited for may take: long, for a busy machine.
const PATIENCE: Duration = Duration::from_secs(25);

/// How much faster than AWS time goes. Nodes hear of a deregistration after 17 s, which are 0.34 s here.
const TIME_SCALE: f64 = 0.02;

/// The listeners' port.
pub(crate) const FRONT: u16 = 18_300;

/// A VPC with a public subnet in each of three zones, a security group `edge` that lets everybody in, and one `tasks` that
/// lets `edge` in.
pub(crate) struct Land {
    pub(crate) client: Client,
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) edge: String,
    pub(crate) tasks: String,
    /// Whose answers count, besides those of tasks.
    ledgers: Mutex<Vec<std::sync::Arc<Mutex<Ledger>>>>,
    runtime: Runtime,
    _cloud: Cloud,
}

impl Land {
    pub(crate) fn new() -> Self {
        let image =
            |tag: &str| SeedImage { tag: tag.to_owned(), environment: [("VERSION".to_owned(), tag.to_owned())].into() };
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../app");
        let plane = PlaneSettings { images: vec![image("v1"), image("v2")], ..PlaneSettings::new(app) };
        let cloud = Cloud::start(Config { plane: Some(plane), time_scale: TIME_SCALE, ..Config::default() });
        let mut land = Land {
            client: cloud.client(),
            vpc: String::new(),
            subnets: Vec::new(),
            edge: String::new(),
            tasks: String::new(),
            ledgers: Mutex::default(),
            runtime: Runtime::new().expect("a runtime"),
            _cloud: cloud,
        };
        land.vpc = member(&land.ec2("CreateVpc", "CidrBlock=10.0.0.0/16"), "vpcId");
        let gateway = member(&land.ec2("CreateInternetGateway", ""), "internetGatewayId");
        land.ec2("AttachInternetGateway", &format!("InternetGatewayId={gateway}&VpcId={}", land.vpc));
        let tables = land.ec2("DescribeRouteTables", &format!("Filter.1.Name=vpc-id&Filter.1.Value.1={}", land.vpc));
        let table = member(&tables, "routeTableId");
        let route = format!("RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&GatewayId={gateway}");
        land.ec2("CreateRoute", &route);
        land.subnets = [(0, "us-east-1a"), (1, "us-east-1b"), (2, "us-east-1c")]
            .map(|(number, zone)| land.subnet(number, zone))
            .to_vec();
        land.edge = land.security_group("edge");
        land.ingress("Authorize", &land.edge, "IpRanges.1.CidrIp=0.0.0.0/0");
        land.tasks = land.security_group("tasks");
        land.ingress("Authorize", &land.tasks, &format!("Groups.1.GroupId={}", land.edge));
        land
    }

    pub(crate) fn subnet(&self, number: u8, zone: &str) -> String {
        let form = format!("VpcId={}&CidrBlock=10.0.{number}.0/24&AvailabilityZone={zone}", self.vpc);
        member(&self.ec2("CreateSubnet", &form), "subnetId")
    }

    pub(crate) fn security_group(&self, name: &str) -> String {
        member(
            &self.ec2("CreateSecurityGroup", &format!("GroupName={name}&GroupDescription=a&VpcId={}", self.vpc)),
            "groupId",
        )
    }

    /// Adds an ingress rule to a security group (`Authorize`) or takes it away (`Revoke`).
    pub(crate) fn ingress(&self, verb: &str, group: &str, from: &str) {
        let form = format!(
            "GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=65535\
             &IpPermissions.1.{from}"
        );
        self.ec2(&format!("{verb}SecurityGroupIngress"), &form);
    }

    #[track_caller]
    pub(crate) fn ec2(&self, action: &str, form: &str) -> String {
        good(self.client.query("ec2", &format!("Action={action}&Version=2016-11-15&{form}")))
    }

    pub(crate) fn try_elb(&self, action: &str, form: &str) -> Answer {
        self.client.query("elasticloadbalancing", &format!("Action={action}&Version=2015-12-01&{form}"))
    }

    #[track_caller]
    pub(crate) fn elb(&self, action: &str, form: &str) -> String {
        good(self.try_elb(action, form))
    }

    #[track_caller]
    pub(crate) fn iam(&self, action: &str, form: &str) -> String {
        good(self.client.query("iam", &format!("Action={action}&Version=2010-05-08&{form}")))
    }

    #[track_caller]
    pub(crate) fn fault(&self, document: &Value) {
        good(self.client.admin("POST", "faults", Some(document)));
    }

    /// A load balancer in the first two zones.
    pub(crate) fn load_balancer(&self, name: &str) -> String {
        let form = format!(
            "Name={name}&SecurityGroups.member.1={}&Subnets.member.1={}&Subnets.member.2={}",
            self.edge, self.subnets[0], self.subnets[1]
        );
        let arn = member(&self.elb("CreateLoadBalancer", &form), "LoadBalancerArn");
        self.nodes(name, 2);
        arn
    }

    /// Where the nodes of a load balancer listen, in the order of their zones, once there are so many.
    pub(crate) fn nodes(&self, name: &str, count: usize) -> Vec<SocketAddr> {
        eventually("the load balancer has its nodes", || {
            let endpoints = self.client.admin("GET", "endpoints", None).value();
            let endpoint = endpoints.as_array()?.iter().find(|endpoint| endpoint["name"] == name)?;
            let mut nodes: Vec<(&str, Ipv4Addr)> = endpoint["nodes"]
                .as_array()?
                .iter()
                .filter_map(|node| Some((node["zone"].as_str()?, node["address"].as_str()?.parse().ok()?)))
                .collect();
            nodes.sort();
            (nodes.len() == count).then(|| nodes.into_iter().map(|(_, ip)| SocketAddr::from((ip, FRONT))).collect())
        })
    }

    /// A target group whose targets are checked ten times in a second, and drained for 0.5 s.
    pub(crate) fn group(&self, name: &str) -> String {
        self.group_on(name, 8080)
    }

    pub(crate) fn group_on(&self, name: &str, port: u16) -> String {
        let arn = member(&good(self.try_group(name, port)), "TargetGroupArn");
        self.delay(&arn, 25);
        arn
    }

    pub(crate) fn try_group(&self, name: &str, port: u16) -> Answer {
        let form = format!(
            "Name={name}&Protocol=HTTP&Port={port}&VpcId={}&TargetType=ip&HealthCheckPath=/health\
             &HealthCheckIntervalSeconds=5&HealthCheckTimeoutSeconds=4&HealthyThresholdCount=2&UnhealthyThresholdCount=2",
            self.vpc
        );
        self.try_elb("CreateTargetGroup", &form)
    }

    /// Sets the deregistration delay of a group, in seconds of AWS's clock.
    pub(crate) fn delay(&self, group: &str, seconds: u32) {
        let attribute = "Attributes.member.1.Key=deregistration_delay.timeout_seconds&Attributes.member.1.Value";
        self.elb("ModifyTargetGroupAttributes", &format!("TargetGroupArn={group}&{attribute}={seconds}"));
    }

    /// A listener on the front port, and its ARN; its nodes listen when this returns.
    pub(crate) fn listener(&self, load_balancer: &str, actions: &str) -> String {
        self.listener_on(load_balancer, FRONT, actions)
    }

    pub(crate) fn listener_on(&self, load_balancer: &str, port: u16, actions: &str) -> String {
        let form = format!("LoadBalancerArn={load_balancer}&Protocol=HTTP&Port={port}&{actions}");
        let arn = member(&self.elb("CreateListener", &form), "ListenerArn");
        eventually("the nodes listen", || {
            let endpoints = self.client.admin("GET", "endpoints", None).value();
            let endpoint = endpoints.as_array()?.iter().find(|endpoint| endpoint["arn"] == load_balancer)?;
            let open = |node: &Value| {
                node["urls"].as_array().is_some_and(|urls| {
                    urls.iter().any(|url| url.as_str().is_some_and(|url| url.ends_with(&format!(":{port}/"))))
                })
            };
            endpoint["nodes"].as_array()?.iter().all(open).then_some(())
        });
        arn
    }

    pub(crate) fn point(&self, listener: &str, actions: &str) {
        self.elb("ModifyListener", &format!("ListenerArn={listener}&{actions}"));
    }

    /// A bare target with this address in a zone, registered with a group and healthy.
    pub(crate) fn target(&self, group: &str, zone: u8, last: u8, name: &'static str) -> Backend {
        let backend = self.backend(zone, last, name);
        self.register(group, &backend);
        self.until_healthy(group, &backend);
        backend
    }

    /// A bare target that nobody knows.
    pub(crate) fn backend(&self, zone: u8, last: u8, name: &'static str) -> Backend {
        let endpoints = self.client.admin("GET", "endpoints", None).value();
        let network: Ipv4Addr =
            endpoints[0]["nodes"][0]["address"].as_str().and_then(|it| it.parse().ok()).expect("an address");
        let address = SocketAddr::from(([127, network.octets()[1], zone, last], PORT));
        let backend = Backend::start(self.runtime.handle(), address, format!("10.0.{zone}.{last}"), name);
        self.ledgers.lock().expect("nobody panicked").push(std::sync::Arc::clone(&backend.ledger));
        backend
    }

    pub(crate) fn register(&self, group: &str, target: &Backend) {
        self.elb("RegisterTargets", &of(group, target));
    }

    pub(crate) fn deregister(&self, group: &str, target: &Backend) {
        self.elb("DeregisterTargets", &of(group, target));
    }

    /// The states of a group's targets.
    pub(crate) fn states(&self, group: &str) -> Vec<String> {
        members(&self.elb("DescribeTargetHealth", &format!("TargetGroupArn={group}")), "State")
    }

    pub(crate) fn until_healthy(&self, group: &str, target: &Backend) {
        self.until_state(group, target, "healthy");
    }

    pub(crate) fn until_state(&self, group: &str, target: &Backend, wanted: &str) {
        eventually(wanted, || {
            (member(&self.elb("DescribeTargetHealth", &of(group, target)), "State") == wanted).then_some(())
        });
    }

    /// Waits until a group has no target that is drained.
    pub(crate) fn until_drained(&self, group: &str) {
        eventually("the targets are drained", || (!self.states(group).contains(&"draining".to_owned())).then_some(()));
    }

    /// Sends requests before, during and after a change, and tells what became of them.
    pub(crate) fn during(&self, nodes: &[SocketAddr], load: Load, change: impl FnOnce(&Traffic)) -> Report {
        good(self.client.admin("POST", "census", Some(&json!({}))));
        let traffic = Traffic::start(self.runtime.handle(), nodes, load);
        traffic.pass(20);
        change(&traffic);
        traffic.pass(40);
        let sent = traffic.stop();
        let census = self.client.admin("GET", "census", None).value();
        let answered = || sent.iter().filter(|sent| sent.outcome.is_ok());
        // What tasks write takes a moment until it is in the log.
        let ledger = eventually("the targets say what they have answered", || {
            let ledger = self.ledger();
            (load.kills || answered().all(|sent| ledger.contains_key(&sent.id))).then_some(ledger)
        });
        let report = Report::reconcile(&sent, &census, &ledger, load.kills);
        println!("{}: {report}", std::thread::current().name().unwrap_or_default());
        report
    }

    fn ledger(&self) -> Ledger {
        let mut all = self.answered_by_tasks();
        for ledger in self.ledgers.lock().expect("nobody panicked").iter() {
            for (id, count) in ledger.lock().expect("nobody panicked").iter() {
                *all.entry(id.clone()).or_default() += count;
            }
        }
        all
    }
}

fn of(group: &str, target: &Backend) -> String {
    format!("TargetGroupArn={group}&Targets.member.1.Id={}&Targets.member.1.Port={PORT}", target.private)
}

#[track_caller]
pub(crate) fn good(answer: Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The content of the first element of this name.
#[track_caller]
pub(crate) fn member(xml: &str, name: &str) -> String {
    members(xml, name).into_iter().next().unwrap_or_else(|| panic!("{xml} has {name}"))
}

/// The content of each element of this name.
pub(crate) fn members(xml: &str, name: &str) -> Vec<String> {
    let pieces = xml.split(&format!("<{name}>")).skip(1).map(str::to_owned).collect::<Vec<_>>();
    pieces.iter().filter_map(|piece| piece.split_once("</").map(|(text, _)| text.to_owned())).collect()
}

/// Waits until there is a value.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An action that forwards to weighted groups.
pub(crate) fn forward(parameter: &str, groups: &[(&str, u16)]) -> String {
    let mut form = format!("{parameter}.member.1.Type=forward");
    for ((arn, weight), number) in groups.iter().zip(1..) {
        let group = format!("{parameter}.member.1.ForwardConfig.TargetGroups.member.{number}");
        form += &format!("&{group}.TargetGroupArn={arn}&{group}.Weight={weight}");
    }
    form
}

/// The default actions of a listener that forwards to weighted groups.
pub(crate) fn to(groups: &[(&str, u16)]) -> String {
    forward("DefaultActions", groups)
}

/// The default actions of a listener that answers by itself.
pub(crate) fn fixed(status: u16) -> String {
    format!(
        "DefaultActions.member.1.Type=fixed-response&DefaultActions.member.1.FixedResponseConfig.StatusCode={status}"
    )
}
