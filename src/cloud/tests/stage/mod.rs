//! A cloud with a data plane, and on it what a service needs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rust_stack_cloud::{Config, ImageProgram, PlaneSettings, SeedImage};
use serde_json::{Value, json};

use crate::client::{Client, Cloud};

/// How long something that is waited for may take: long, for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much faster than AWS time goes.
pub(crate) const TIME_SCALE: f64 = 0.02;

const ROLE: &str = "arn:aws:iam::123456789012:role/execution";

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

    /// Registers a revision of the family `web`: one container `web` on port 8080, changed by `change`.
    pub(crate) fn register(&self, image: &str, change: Value) -> String {
        let options = json!({ "awslogs-group": "app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" });
        let mut container = json!({
            "name": "web", "image": image, "portMappings": [{ "containerPort": 8080 }], "stopTimeout": 30,
            "logConfiguration": { "logDriver": "awslogs", "options": options },
        });
        if let (Value::Object(container), Value::Object(change)) = (&mut container, change) {
            container.extend(change);
        }
        let definition = self.ecs(
            "RegisterTaskDefinition",
            json!({
                "family": "web", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
                "memory": "512", "executionRoleArn": ROLE, "containerDefinitions": [container],
            }),
        );
        text(&definition["taskDefinition"]["taskDefinitionArn"])
    }

    /// Runs one task of the newest revision, and gives its ARN.
    pub(crate) fn run(&self) -> String {
        self.run_with("ENABLED")
    }

    /// Runs one task of the newest revision, with or without a public address, and gives its ARN.
    pub(crate) fn run_with(&self, public_address: &str) -> String {
        let task = self.ecs(
            "RunTask",
            json!({ "cluster": "main", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": self.network(public_address) }),
        );
        text(&task["tasks"][0]["taskArn"])
    }

    /// Creates the service `web` with two tasks and a circuit breaker, changed by `change`.
    pub(crate) fn serve(&self, change: Value) {
        let mut input = json!({
            "cluster": "main", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2, "launchType": "FARGATE",
            "networkConfiguration": self.network("ENABLED"),
            "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } },
        });
        if let (Value::Object(input), Value::Object(change)) = (&mut input, change) {
            if change.contains_key("loadBalancers") {
                // A process of a busy machine takes real time to listen: 10 s here.
                input.insert("healthCheckGracePeriodSeconds".to_owned(), json!(500));
            }
            input.extend(change);
        }
        self.ecs("CreateService", input);
    }

    pub(crate) fn update(&self, change: Value) {
        let mut input = json!({ "cluster": "main", "service": "web" });
        if let (Value::Object(input), Value::Object(change)) = (&mut input, change) {
            input.extend(change);
        }
        self.ecs("UpdateService", input);
    }

    /// Where the cloud listens.
    pub(crate) fn cloud_address(&self) -> SocketAddr {
        self.cloud.as_ref().expect("the cloud is this stage's own").address
    }

    fn network(&self, public_address: &str) -> Value {
        json!({ "awsvpcConfiguration": { "subnets": self.subnets, "assignPublicIp": public_address } })
    }

    pub(crate) fn service(&self) -> Value {
        self.ecs("DescribeServices", json!({ "cluster": "main", "services": ["web"] }))["services"][0].clone()
    }

    pub(crate) fn task(&self, arn: &str) -> Value {
        self.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": [arn] }))["tasks"][0].clone()
    }

    /// The tasks with this desired status.
    pub(crate) fn tasks(&self, desired_status: &str) -> Vec<Value> {
        let list = self.ecs("ListTasks", json!({ "cluster": "main", "desiredStatus": desired_status }));
        if list["taskArns"] == json!([]) {
            return Vec::new();
        }
        let tasks = self.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": list["taskArns"] }));
        tasks["tasks"].as_array().cloned().unwrap_or_default()
    }

    /// The lines that a task has written.
    pub(crate) fn lines(&self, task: &str) -> Vec<String> {
        let stream = format!("ecs/web/{}", task.rsplit('/').next().unwrap_or_default());
        let input = json!({ "logGroupName": "app", "logStreamName": stream, "startFromHead": true });
        let answer = self.client.json("logs", "Logs_20140328.GetLogEvents", &input);
        if answer.status != 200 {
            return Vec::new();
        }
        let events = answer.value()["events"].as_array().cloned().unwrap_or_default();
        events.iter().map(|event| text(&event["message"])).collect()
    }

    /// Puts a target group behind a load balancer: the load balancers of a service there, and one of its URLs.
    pub(crate) fn balance(&self) -> (Value, String) {
        let elb = |form: String| {
            let answer = self.client.query("elasticloadbalancing", &format!("{form}&Version=2015-12-01"));
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body
        };
        let form = format!(
            "Action=CreateTargetGroup&Name=web&Protocol=HTTP&Port=8080&VpcId={}&TargetType=ip&HealthCheckPath=/health\
             &HealthCheckIntervalSeconds=10&HealthCheckTimeoutSeconds=8&HealthyThresholdCount=2\
             &UnhealthyThresholdCount=4",
            self.vpc
        );
        let group = member(&elb(form), "TargetGroupArn");
        elb(format!(
            "Action=ModifyTargetGroupAttributes&TargetGroupArn={group}\
             &Attributes.member.1.Key=deregistration_delay.timeout_seconds&Attributes.member.1.Value=30"
        ));
        let security_group =
            format!("Action=DescribeSecurityGroups&Filter.1.Name=vpc-id&Filter.1.Value.1={}", self.vpc);
        let ec2 = |form: &str| self.client.query("ec2", &format!("{form}&Version=2016-11-15")).body;
        let security_group = member(&ec2(&security_group), "groupId");
        ec2(&format!(
            "Action=AuthorizeSecurityGroupIngress&GroupId={security_group}&IpPermissions.1.IpProtocol=-1\
             &IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0"
        ));
        let [one, two] = self.subnets.as_slice() else { panic!("there are two subnets") };
        let form = format!("Action=CreateLoadBalancer&Name=web&Subnets.member.1={one}&Subnets.member.2={two}");
        let load_balancer = member(&elb(form), "LoadBalancerArn");
        elb(format!(
            "Action=CreateListener&LoadBalancerArn={load_balancer}&Protocol=HTTP&Port=18100\
             &DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        ));
        let url = eventually("the load balancer listens", || self.node_urls().first().cloned());
        (json!([{ "targetGroupArn": group, "containerName": "web", "containerPort": 8080 }]), url)
    }

    /// Adds a listener on a port to the load balancer, as the one that there is.
    pub(crate) fn listen(&self, port: u16) {
        let elb = |form: &str| {
            let answer = self.client.query("elasticloadbalancing", &format!("{form}&Version=2015-12-01"));
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body
        };
        let load_balancer = member(&elb("Action=DescribeLoadBalancers"), "LoadBalancerArn");
        let group = member(&elb("Action=DescribeTargetGroups"), "TargetGroupArn");
        elb(&format!(
            "Action=CreateListener&LoadBalancerArn={load_balancer}&Protocol=HTTP&Port={port}\
             &DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        ));
    }

    /// Where the nodes of the load balancer listen.
    pub(crate) fn node_urls(&self) -> Vec<String> {
        let endpoints = self.client.admin("GET", "endpoints", None).value();
        let nodes = endpoints[0]["nodes"].as_array().into_iter().flatten();
        nodes.flat_map(|node| node["urls"].as_array().into_iter().flatten()).map(text).collect()
    }

    /// Where the node of the load balancer in a zone listens.
    pub(crate) fn node_url(&self, zone: &str) -> String {
        eventually("the node listens", || {
            let endpoints = self.client.admin("GET", "endpoints", None).value();
            let node = endpoints[0]["nodes"].as_array()?.iter().find(|node| node["zone"] == zone)?;
            node["urls"][0].as_str().map(str::to_owned)
        })
    }

    /// The addresses of the targets of a group that are not on their way out.
    pub(crate) fn routed(&self, group: &str) -> Vec<String> {
        let form = format!("Action=DescribeTargetHealth&TargetGroupArn={group}&Version=2015-12-01");
        let body = self.client.query("elasticloadbalancing", &form).body;
        let targets = body.split("<member>").filter(|it| it.contains("<Id>") && !it.contains(">draining<"));
        targets.map(|target| member(target, "Id")).collect()
    }

    /// Waits until the service is steady with its newest deployment alone.
    pub(crate) fn settled(&self) -> Value {
        eventually("the service settles", || {
            let service = self.service();
            let deployments = service["deployments"].as_array().map(Vec::len);
            let done = deployments == Some(1)
                && service["deployments"][0]["rolloutState"] == "COMPLETED"
                && service["runningCount"] == service["desiredCount"];
            done.then_some(service)
        })
    }

    /// Waits until a task has this status.
    pub(crate) fn reaches(&self, arn: &str, status: &str) -> Value {
        eventually(&format!("the task is {status}"), || {
            Some(self.task(arn)).filter(|task| task["lastStatus"] == status)
        })
    }

    /// Where a task of the application listens, once it does.
    pub(crate) fn address(&self, task: &str) -> String {
        eventually("the task listens", || {
            self.lines(task).iter().find_map(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                Some(format!("{}:{}", line["host"].as_str()?, line["port"].as_u64()?))
            })
        })
    }

    /// The answer of a task of the application to a GET request.
    pub(crate) fn get(&self, task: &str, path: &str) -> Value {
        let mut answer = ureq::get(format!("http://{}{path}", self.address(task))).call().expect("it answers");
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON")
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

/// The ids of a task's processes, as whoever looks from outside finds them: by the environment that the task gives them.
pub(crate) fn processes(task: &str) -> Vec<String> {
    let id = format!("ECS_TASK_ID={}", task.rsplit('/').next().unwrap_or_default());
    let of_task = |pid: &String| {
        let environment = std::fs::read(PathBuf::from("/proc").join(pid).join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == id.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").expect("the machine is Linux");
    let pids = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter(of_task).collect()
}

/// Whether there is a process with this id, other than one that has ended and was not asked for.
pub(crate) fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(PathBuf::from("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}
