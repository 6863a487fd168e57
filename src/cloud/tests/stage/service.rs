//! Task definitions, tasks and services on the stage, and waiting for them.

use serde_json::{Value, json};

use super::{Stage, eventually, text};

const ROLE: &str = "arn:aws:iam::123456789012:role/execution";

impl Stage {
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

    fn network(&self, public_address: &str) -> Value {
        json!({ "awsvpcConfiguration": { "subnets": self.subnets, "assignPublicIp": public_address } })
    }

    pub(crate) fn service(&self) -> Value {
        self.service_as("web")
    }

    fn service_as(&self, name: &str) -> Value {
        self.ecs("DescribeServices", json!({ "cluster": "main", "services": [name] }))["services"][0].clone()
    }

    /// How many tasks of all services run.
    pub(crate) fn running(&self) -> usize {
        let services = self.client.admin("GET", "services", None).value();
        let running = services.as_array().into_iter().flatten().filter_map(|it| it["running"].as_u64());
        running.sum::<u64>() as usize
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

    /// Waits until the service is steady with its newest deployment alone.
    pub(crate) fn settled(&self) -> Value {
        self.settled_as("web")
    }

    /// The same for the service of this name.
    pub(crate) fn settled_as(&self, name: &str) -> Value {
        eventually("the service settles", || {
            let service = self.service_as(name);
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
