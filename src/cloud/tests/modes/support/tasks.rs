//! Services of the real application.

use serde_json::{Value, json};

use super::land::{Land, eventually, good};
use super::report::Ledger;

/// Where tasks write.
pub(crate) const LOGS: &str = "app";

const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ecs-tasks.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

impl Land {
    /// A role, a repository, a log group and a cluster.
    pub(crate) fn with_tasks() -> Self {
        let land = Land::new();
        land.role("execution");
        land.call("ecr", "CreateRepository", &json!({ "repositoryName": "app" }));
        land.call("logs", "CreateLogGroup", &json!({ "logGroupName": LOGS }));
        land.ecs("CreateCluster", json!({ "clusterName": "main" }));
        land
    }

    pub(crate) fn role(&self, name: &str) {
        self.iam("CreateRole", &format!("RoleName={name}&AssumeRolePolicyDocument={TRUST}"));
    }

    pub(crate) fn try_call(&self, service: &str, operation: &str, input: &Value) -> crate::client::Answer {
        let target = match service {
            "ecs" => "AmazonEC2ContainerServiceV20141113",
            "ecr" => "AmazonEC2ContainerRegistry_V20150921",
            _ => "Logs_20140328",
        };
        self.client.json(service, &format!("{target}.{operation}"), input)
    }

    #[track_caller]
    pub(crate) fn call(&self, service: &str, operation: &str, input: &Value) -> Value {
        let body = good(self.try_call(service, operation, input));
        if body.is_empty() { Value::Null } else { serde_json::from_str(&body).expect("JSON") }
    }

    #[track_caller]
    pub(crate) fn ecs(&self, operation: &str, input: Value) -> Value {
        self.call("ecs", operation, &input)
    }

    /// Registers a revision of the family `web` with one container, changed by `container` and `definition`.
    pub(crate) fn define(&self, container: Value, definition: Value) -> String {
        let logs = json!({ "awslogs-group": LOGS, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" });
        let mut input = json!({
            "family": "web", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "containerDefinitions": [{
                "name": "web", "image": image("v1"), "portMappings": [{ "containerPort": 8080 }], "stopTimeout": 30,
                "logConfiguration": { "logDriver": "awslogs", "options": logs },
            }],
        });
        merge(&mut input["containerDefinitions"][0], container);
        merge(&mut input, definition);
        let registered = self.ecs("RegisterTaskDefinition", input);
        registered["taskDefinition"]["taskDefinitionArn"].as_str().expect("an ARN").to_owned()
    }

    /// What `serve` sends. The grace period is 6 s here: on a busy machine a process takes its time to start.
    pub(crate) fn service_input(&self, name: &str, definition: &str, group: &str, change: Value) -> Value {
        let mut input = json!({
            "cluster": "main", "serviceName": name, "taskDefinition": definition, "desiredCount": 2,
            "launchType": "FARGATE", "healthCheckGracePeriodSeconds": 300,
            "networkConfiguration": { "awsvpcConfiguration": {
                "subnets": &self.subnets[..2], "securityGroups": [self.tasks], "assignPublicIp": "ENABLED",
            } },
            "loadBalancers": [{ "targetGroupArn": group, "containerName": "web", "containerPort": 8080 }],
        });
        merge(&mut input, change);
        input
    }

    /// Creates a service with two tasks behind a group, changed by `change`.
    pub(crate) fn serve(&self, name: &str, definition: &str, group: &str, change: Value) {
        self.ecs("CreateService", self.service_input(name, definition, group, change));
    }

    pub(crate) fn update(&self, name: &str, change: Value) {
        let mut input = json!({ "cluster": "main", "service": name });
        merge(&mut input, change);
        self.ecs("UpdateService", input);
    }

    pub(crate) fn service(&self, name: &str) -> Value {
        self.ecs("DescribeServices", json!({ "cluster": "main", "services": [name] }))["services"][0].clone()
    }

    /// Waits until a service has all its tasks and those of no other deployment.
    pub(crate) fn until_settled(&self, name: &str) {
        eventually("the service settles", || {
            let service = self.service(name);
            let alone = service["deployments"].as_array().is_some_and(|all| all.len() == 1);
            let done = alone
                && service["deployments"][0]["rolloutState"] == "COMPLETED"
                && service["runningCount"] == service["desiredCount"];
            done.then_some(())
        });
    }

    /// Waits until so many targets of a group are healthy, and no other is left.
    pub(crate) fn until_all_healthy(&self, group: &str, count: usize) {
        eventually("the targets are healthy", || {
            let states = self.states(group);
            (states.len() == count && states.iter().all(|state| state == "healthy")).then_some(())
        });
    }

    /// The tasks of a service with this desired status.
    pub(crate) fn tasks(&self, name: &str, status: &str) -> Vec<Value> {
        let list = self.ecs("ListTasks", json!({ "cluster": "main", "serviceName": name, "desiredStatus": status }));
        if list["taskArns"].as_array().is_none_or(Vec::is_empty) {
            return Vec::new();
        }
        let tasks = self.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": list["taskArns"] }));
        tasks["tasks"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until a task of a service has stopped for a reason that has this in it.
    pub(crate) fn until_stopped(&self, name: &str, reason: &str) {
        eventually(reason, || {
            let tasks = self.tasks(name, "STOPPED");
            tasks.iter().any(|task| task["stoppedReason"].as_str().is_some_and(|it| it.contains(reason))).then_some(())
        });
    }

    /// How often tasks have answered each request, by what their access logs say in CloudWatch Logs.
    pub(crate) fn answered_by_tasks(&self) -> Ledger {
        let mut ledger = Ledger::new();
        let groups = self.call("logs", "DescribeLogGroups", &json!({}));
        for group in groups["logGroups"].as_array().into_iter().flatten() {
            let mut input = json!({ "logGroupName": group["logGroupName"], "filterPattern": "request_id" });
            loop {
                let found = self.call("logs", "FilterLogEvents", &input);
                for event in found["events"].as_array().into_iter().flatten() {
                    let line = event["message"].as_str().and_then(|line| serde_json::from_str::<Value>(line).ok());
                    if let Some(id) = line.as_ref().and_then(|line| line["request_id"].as_str()) {
                        *ledger.entry(id.to_owned()).or_default() += 1;
                    }
                }
                match &found["nextToken"] {
                    Value::Null => break,
                    token => input["nextToken"] = token.clone(),
                }
            }
        }
        ledger
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

fn merge(whole: &mut Value, change: Value) {
    if let (Value::Object(whole), Value::Object(change)) = (whole, change) {
        whole.extend(change);
    }
}
