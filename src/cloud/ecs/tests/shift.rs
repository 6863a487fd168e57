//! Deployments that shift traffic.

use std::time::Duration;

use serde_json::{Value, json};

use super::{World, merge, query, text};
use crate::testing::Local;

/// A service that shifts traffic, deployed for the first time.
struct Shifting {
    world: World,
    rule: String,
    alternate: String,
}

impl Shifting {
    fn new(configuration: Value) -> Self {
        let mut world = World::new(Local::aws());
        world.listen();
        let vpc = world.vpc.clone();
        let form = [("Name", "green"), ("Port", "8080"), ("Protocol", "HTTP"), ("TargetType", "ip"), ("VpcId", &*vpc)];
        let made = query(&mut world.cloud, "elbv2", "CreateTargetGroup", &form);
        let alternate = text(&made["TargetGroups"][0]["TargetGroupArn"]);
        let load_balancers = query(&mut world.cloud, "elbv2", "DescribeLoadBalancers", &[]);
        let load_balancer = text(&load_balancers["LoadBalancers"][0]["LoadBalancerArn"]);
        let listeners =
            query(&mut world.cloud, "elbv2", "DescribeListeners", &[("LoadBalancerArn", load_balancer.as_str())]);
        let listener = text(&listeners["Listeners"][0]["ListenerArn"]);
        let target_group = world.target_group.clone();
        let form = [
            ("ListenerArn", listener.as_str()),
            ("Priority", "1"),
            ("Conditions.member.1.Field", "path-pattern"),
            ("Conditions.member.1.Values.member.1", "/*"),
            ("Actions.member.1.Type", "forward"),
            ("Actions.member.1.TargetGroupArn", &target_group),
        ];
        let made = query(&mut world.cloud, "elbv2", "CreateRule", &form);
        let rule = text(&made["Rules"][0]["RuleArn"]);
        let mut behind = world.behind();
        let advanced = json!({
            "alternateTargetGroupArn": alternate, "productionListenerRule": rule,
            "roleArn": "arn:aws:iam::123456789012:role/shift",
        });
        behind[0]["advancedConfiguration"] = advanced;
        let input = world.service(json!({ "loadBalancers": behind, "deploymentConfiguration": configuration }));
        world.ecs("CreateService", input);
        let mut shifting = Shifting { world, rule, alternate };
        shifting.after(600);
        assert_eq!(shifting.world.describe()["deployments"][0]["rolloutState"], "COMPLETED");
        assert_eq!(shifting.weights(), [100, 0]);
        shifting
    }

    /// Deploys another revision, and gives the ARN of the service deployment.
    fn deploy(&mut self) -> String {
        self.world.register("web", "nginx:2");
        self.world.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "taskDefinition": "web" }));
        text(&self.world.describe()["currentServiceDeployment"])
    }

    fn after(&mut self, seconds: u64) {
        self.world.cloud.advance(Duration::from_secs(seconds));
    }

    /// The weights of the main and of the alternate target group.
    fn weights(&mut self) -> [u64; 2] {
        let form = [("RuleArns.member.1", self.rule.as_str())];
        let rules = query(&mut self.world.cloud, "elbv2", "DescribeRules", &form);
        let groups = rules["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"].clone();
        [self.world.target_group.clone(), self.alternate.clone()].map(|arn| {
            let group = groups.as_array().and_then(|all| all.iter().find(|group| group["TargetGroupArn"] == arn));
            group.and_then(|group| group["Weight"].as_u64()).unwrap_or_default()
        })
    }

    fn deployment(&mut self, arn: &str) -> Value {
        let input = json!({ "serviceDeploymentArns": [arn] });
        self.world.ecs("DescribeServiceDeployments", input)["serviceDeployments"][0].clone()
    }
}

/// The configuration of a blue/green deployment that pauses before production traffic is shifted.
fn paused() -> Value {
    let hook = json!({ "targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"] });
    json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [hook] })
}

#[test]
fn blue_stays_until_green_has_been_baked() {
    let mut shifting = Shifting::new(json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5 }));
    let mut configuration = paused();
    merge(&mut configuration, json!({ "strategy": null, "bakeTimeInMinutes": null }));
    let change = json!({ "cluster": "main", "service": "web", "deploymentConfiguration": configuration });
    shifting.world.ecs("UpdateService", change);
    let arn = shifting.deploy();
    shifting.after(200);
    let paused = shifting.deployment(&arn);
    assert_eq!(
        (&paused["status"], &paused["lifecycleStage"]),
        (&json!("IN_PROGRESS"), &json!("POST_TEST_TRAFFIC_SHIFT"))
    );
    assert_eq!(paused["lifecycleHookDetails"][0]["status"], "AWAITING_ACTION");
    assert_eq!((shifting.weights(), shifting.world.tasks("RUNNING").len()), ([100, 0], 4));
    assert_eq!(paused["targetServiceRevision"]["requestedProductionTrafficWeight"], 0.0);

    let hook = json!({ "serviceDeploymentArn": arn, "hookId": paused["lifecycleHookDetails"][0]["hookId"] });
    shifting.world.ecs("ContinueServiceDeployment", hook.clone());
    assert!(shifting.world.refused("ContinueServiceDeployment", hook).1.contains("not awaiting"));
    shifting.after(60);
    assert_eq!(shifting.deployment(&arn)["lifecycleStage"], "BAKE_TIME");
    assert_eq!((shifting.weights(), shifting.world.tasks("RUNNING").len()), ([0, 100], 4));
    shifting.after(600);
    assert_eq!(shifting.deployment(&arn)["status"], "SUCCESSFUL");
    let running = shifting.world.tasks("RUNNING");
    assert_eq!((running.len(), shifting.world.describe()["deployments"].as_array().map(Vec::len)), (2, Some(1)));
    assert!(running.iter().all(|task| text(&task["taskDefinitionArn"]).ends_with("web:2")));
    let revision = shifting.deployment(&arn)["targetServiceRevision"]["arn"].clone();
    let revisions = shifting.world.ecs("DescribeServiceRevisions", json!({ "serviceRevisionArns": [revision] }));
    assert!(text(&revisions["serviceRevisions"][0]["taskDefinition"]).ends_with("web:2"));
}

#[test]
fn a_deployment_that_is_stopped_goes_back() {
    let mut shifting = Shifting::new(json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5 }));
    let before = shifting.world.tasks("RUNNING");
    let arn = shifting.deploy();
    shifting.after(200);
    assert_eq!(
        (shifting.deployment(&arn)["lifecycleStage"].clone(), shifting.weights()),
        (json!("BAKE_TIME"), [0, 100])
    );
    shifting.world.ecs("StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
    shifting.world.describe();
    assert_eq!(shifting.weights(), [100, 0]);
    shifting.after(600);
    let stopped = shifting.deployment(&arn);
    assert_eq!(stopped["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(shifting.world.tasks("RUNNING").len(), 2);
    let arns = |tasks: &[Value]| tasks.iter().map(|task| text(&task["taskArn"])).collect::<Vec<_>>();
    assert_eq!(arns(&shifting.world.tasks("RUNNING")), arns(&before));
    let list = shifting.world.ecs("ListServiceDeployments", json!({ "cluster": "main", "service": "web" }));
    let statuses: Vec<String> =
        list["serviceDeployments"].as_array().expect("a list").iter().map(|it| text(&it["status"])).collect();
    assert_eq!(statuses, ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
    let again = shifting.world.refused("StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
    assert_eq!(again.0, "ConflictException");
}

#[test]
fn shares_are_shifted_step_by_step() {
    let seen = |configuration: Value| {
        let mut shifting = Shifting::new(configuration);
        let arn = shifting.deploy();
        let mut weights = Vec::new();
        for _ in 0..120 {
            shifting.after(15);
            shifting.world.describe();
            weights.push(shifting.weights());
        }
        assert_eq!(shifting.deployment(&arn)["status"], "SUCCESSFUL");
        weights.dedup();
        weights
    };
    let canary = json!({ "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5 });
    let canary = seen(json!({ "strategy": "CANARY", "bakeTimeInMinutes": 1, "canaryConfiguration": canary }));
    assert_eq!(canary, [[100, 0], [90, 10], [0, 100]]);
    let linear = json!({ "stepPercent": 40.0, "stepBakeTimeInMinutes": 2 });
    let linear = seen(json!({ "strategy": "LINEAR", "bakeTimeInMinutes": 1, "linearConfiguration": linear }));
    assert_eq!(linear, [[100, 0], [60, 40], [20, 80], [0, 100]]);
}

#[test]
fn what_shifts_needs_an_advanced_configuration() {
    let mut world = World::new(Local::new());
    world.listen();
    let configuration = json!({ "strategy": "BLUE_GREEN" });
    let input = world.service(json!({ "loadBalancers": world.behind(), "deploymentConfiguration": configuration }));
    assert!(world.refused("CreateService", input).1.contains("advancedConfiguration"));
    let lambda = json!({ "hookTargetArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "lifecycleStages": ["PRE_SCALE_UP"] });
    let input = world.service(json!({ "deploymentConfiguration": { "lifecycleHooks": [lambda] } }));
    assert_eq!(world.refused("CreateService", input).0, "UnsupportedFeatureException");
}
