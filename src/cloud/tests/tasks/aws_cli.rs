//! The AWS CLI looks on while a service rolls. Where it is not installed, the test says so and does nothing.

use std::process::{Command, Stdio};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::stage::{Stage, image, text};
use crate::traffic::{Traffic, counts};

struct Cli {
    url: String,
}

impl Cli {
    /// `None`, after saying so, when there is none that works.
    #[expect(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
    fn find(stage: &Stage) -> Option<Self> {
        let cli = Cli { url: format!("http://{}", stage.cloud_address()) };
        if cli.command().arg("--version").output().is_ok_and(|output| output.status.success()) {
            return Some(cli);
        }
        eprintln!("SKIPPED: nothing was looked at with the AWS CLI, because no `aws` that works is on the PATH");
        None
    }

    fn command(&self) -> Command {
        let mut aws = Command::new("aws");
        // Its user's settings must not lead it anywhere else.
        aws.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN").stdin(Stdio::null());
        aws.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", ""),
            ("AWS_SHARED_CREDENTIALS_FILE", ""),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_PAGER", ""),
            ("NO_PROXY", "127.0.0.1"),
        ]);
        // Versions before 2.13 do not read the address from the environment.
        aws.args(["--endpoint-url", &self.url]);
        aws
    }

    /// What a command prints; it must succeed.
    #[track_caller]
    fn run(&self, arguments: &str) -> String {
        let output = self.command().args(arguments.split_whitespace()).output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "aws {arguments} ended with {}: {}", output.status, errors.trim());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What tasks have written in the last hour. Version 1 has no `logs tail`, and its user `logs filter-log-events`.
    #[track_caller]
    fn tail(&self) -> String {
        match self.run("--version").starts_with("aws-cli/1") {
            false => self.run("logs tail app --since 1h"),
            true => self.run("logs filter-log-events --log-group-name app --output text"),
        }
    }

    /// How many requests CloudWatch says that the load balancer has had in the last hour. `None`, after saying so, when
    /// this version asks CloudWatch by the Query protocol, which is not modelled for it.
    #[track_caller]
    #[expect(clippy::print_stderr, reason = "a skipped check must not look like a passed one")]
    fn request_count(&self) -> Option<f64> {
        let listed = self.command().args(["cloudwatch", "list-metrics"]).output().expect("it runs");
        if String::from_utf8_lossy(&listed.stderr).contains("The header X-Amz-Target names no operation") {
            eprintln!("SKIPPED: metrics were not looked at, because this AWS CLI is too old to ask for them in JSON");
            return None;
        }
        let load_balancer = self.json("elbv2 describe-load-balancers")["LoadBalancers"][0]["LoadBalancerArn"].clone();
        let load_balancer = text(&load_balancer);
        let name = load_balancer.split_once(":loadbalancer/").expect("an ARN").1;
        let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
        let query = json!([{ "Id": "requests", "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount",
                "Dimensions": [{ "Name": "LoadBalancer", "Value": name }],
            },
            "Period": 3600, "Stat": "Sum",
        }}]);
        let data = self.json(&format!(
            "cloudwatch get-metric-data --start-time {} --end-time {} --metric-data-queries {query}",
            now - 3600,
            now + 60
        ));
        let values = data["MetricDataResults"][0]["Values"].as_array().cloned().unwrap_or_default();
        Some(values.iter().filter_map(Value::as_f64).sum())
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.run(&format!("{arguments} --output json"))).expect("JSON")
    }
}

#[test]
fn it_sees_a_service_roll() {
    let stage = Stage::new();
    let Some(cli) = Cli::find(&stage) else { return };
    let (load_balancers, url) = stage.balance();
    let group = text(&load_balancers[0]["targetGroupArn"]);
    stage.register(&image("v1"), json!({}));
    stage.serve(json!({ "loadBalancers": load_balancers }));
    stage.settled();
    let traffic = Traffic::start(&url, 1);
    traffic.until_more(10);
    stage.register(&image("v2"), json!({}));
    cli.run("ecs update-service --cluster main --service web --task-definition web");
    let rolling = cli.json("ecs describe-services --cluster main --services web");
    assert_eq!(rolling["services"][0]["deployments"][0]["status"], "PRIMARY");
    assert!(cli.request_count().is_none_or(|count| count > 0.0), "metrics are there while it rolls");
    assert!(cli.tail().contains("v1"), "logs are there while it rolls");
    // Each looks at once, and then every 15 seconds.
    std::thread::scope(|scope| {
        scope.spawn(|| cli.run("ecs wait services-stable --cluster main --services web"));
        scope.spawn(|| cli.run(&format!("elbv2 wait target-in-service --target-group-arn {group}")));
    });
    let replies = traffic.end();
    assert_eq!(counts(&replies).into_keys().collect::<Vec<_>>(), ["v1", "v2"], "{:?}", counts(&replies));

    let service = cli.json("ecs describe-services --cluster main --services web")["services"][0].clone();
    assert_eq!(
        (&service["deployments"][0]["rolloutState"], &service["runningCount"]),
        (&json!("COMPLETED"), &json!(2))
    );
    let events: Vec<String> =
        service["events"].as_array().into_iter().flatten().map(|event| text(&event["message"])).collect();
    for told in [
        "has started",
        " targets in (target-group arn:",
        "has begun draining",
        "has stopped",
        "has reached a steady state.",
    ] {
        assert!(events.iter().any(|event| event.contains(told)), "{told:?} is not in {events:#?}");
    }
    let health = cli.json(&format!("elbv2 describe-target-health --target-group-arn {group}"));
    let states = health["TargetHealthDescriptions"].as_array().cloned().unwrap_or_default();
    assert_eq!(states.iter().filter(|it| it["TargetHealth"]["State"] == "healthy").count(), 2, "{health}");

    for version in ["v1", "v2"] {
        let found = cli.json(&format!("logs filter-log-events --log-group-name app --filter-pattern \"{version}\""));
        assert!(!found["events"].as_array().expect("a list").is_empty(), "{version} has written nothing");
        assert!(cli.tail().contains(version));
    }
    assert!(cli.request_count().is_none_or(|count| count == replies.len() as f64));
}
