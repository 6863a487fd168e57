//! A cloud with a data plane, and on it what a service needs.

mod balance;
pub(crate) mod process;
mod service;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use rust_stack_cloud::{Config, ImageProgram, PlaneSettings, SeedImage};
use serde_json::{Value, json};

use crate::client::{Client, Cloud};

/// How long something that is waited for may take: long, for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much faster than AWS time goes.
pub(crate) const TIME_SCALE: f64 = 0.02;

/// A VPC with two subnets, a cluster `main`, a repository `app` and a log group `app`.
pub(crate) struct Stage {
    pub(crate) client: Client,
    vpc: String,
    subnets: Vec<String>,
    cloud: Option<Cloud>,
}

/// The settings of a cloud whose tasks are processes.
pub(crate) fn config() -> Config {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../app");
    let image = |tag: &str, colour: &str| SeedImage {
        tag: tag.to_owned(),
        environment: [("VERSION", tag), ("COLOUR", colour)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let program = |image: &str, script: &str| ImageProgram {
        image: image.to_owned(),
        command: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
    };
    let plane = PlaneSettings {
        images: vec![image("v1", "blue"), image("v2", "green")],
        programs: vec![
            // A process with a child, which both write down who they are.
            program("family:*", "sleep 1000 & echo child $!; echo parent $$; wait"),
            program("secret:*", "test \"$PASSWORD\" = hidden && echo known; sleep 1000"),
        ],
        ..PlaneSettings::new(app)
    };
    Config { plane: Some(plane), time_scale: TIME_SCALE, ..Config::default() }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        let cloud = Cloud::start(config);
        let client = cloud.client();
        Stage { cloud: Some(cloud), ..Self::on(client) }
    }

    /// On a cloud that runs already and has nothing yet.
    pub(crate) fn on(client: Client) -> Self {
        let ec2 = |form: &str| client.query("ec2", &format!("{form}&Version=2016-11-15")).body;
        let vpc = member(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"), "vpcId");
        let subnet = |(block, zone): (&str, &str)| {
            let form = format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock={block}&AvailabilityZone={zone}");
            member(&ec2(&form), "subnetId")
        };
        let subnets = [("10.0.11.0/24", "us-east-1a"), ("10.0.12.0/24", "us-east-1b")].map(subnet).to_vec();
        let gateway = member(&ec2("Action=CreateInternetGateway"), "internetGatewayId");
        ec2(&format!("Action=AttachInternetGateway&InternetGatewayId={gateway}&VpcId={vpc}"));
        let tables = ec2(&format!("Action=DescribeRouteTables&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"));
        let table = member(&tables, "routeTableId");
        ec2(&format!("Action=CreateRoute&RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&GatewayId={gateway}"));
        let role = client.query(
            "iam",
            "Action=CreateRole&Version=2010-05-08&RoleName=execution&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ecs-tasks.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D",
        );
        assert_eq!(role.status, 200, "{}", role.body);
        let stage = Stage { client, vpc, subnets, cloud: None };
        stage.logs("CreateLogGroup", json!({ "logGroupName": "app" }));
        stage.ecr("CreateRepository", json!({ "repositoryName": "app" }));
        stage.ecs("CreateCluster", json!({ "clusterName": "main" }));
        stage
    }

    /// On a cloud that has started again with a stage on it, for whoever only looks.
    pub(crate) fn on_again(client: Client) -> Self {
        Stage { client, vpc: String::new(), subnets: Vec::new(), cloud: None }
    }

    /// The same stage on the next start of its cloud.
    pub(crate) fn moved_to(self, client: Client) -> Self {
        Stage { client, ..self }
    }

    pub(crate) fn ecs(&self, operation: &str, input: Value) -> Value {
        self.call("ecs", "AmazonEC2ContainerServiceV20141113", operation, &input)
    }

    pub(crate) fn ecr(&self, operation: &str, input: Value) -> Value {
        self.call("ecr", "AmazonEC2ContainerRegistry_V20150921", operation, &input)
    }

    pub(crate) fn logs(&self, operation: &str, input: Value) -> Value {
        self.call("logs", "Logs_20140328", operation, &input)
    }

    fn call(&self, service: &str, target: &str, operation: &str, input: &Value) -> Value {
        let answer = self.client.json(service, &format!("{target}.{operation}"), input);
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        if answer.body.is_empty() { Value::Null } else { answer.value() }
    }

    /// Where the cloud listens.
    pub(crate) fn cloud_address(&self) -> SocketAddr {
        self.cloud.as_ref().expect("the cloud is this stage's own").address
    }
}

/// The name of an image in the repository `app`.
pub(crate) fn image(tag: &str) -> String {
    format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/app:{tag}")
}

/// An environment as task definitions have it.
pub(crate) fn environment(name: &str, value: &str) -> Value {
    json!([{ "name": name, "value": value }])
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a string")).to_owned()
}

/// The content of the first element of this name.
fn member(xml: &str, name: &str) -> String {
    let content = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
    content.unwrap_or_else(|| panic!("{xml} has {name}")).0.to_owned()
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
        std::thread::sleep(Duration::from_millis(20));
    }
}
