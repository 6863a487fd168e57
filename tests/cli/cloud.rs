use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};
use ureq::Agent;

/// The local cloud of a project, seen from outside: its own endpoints, and calls as any AWS client makes them.
pub(crate) struct Cloud {
    /// Where it listens.
    pub(crate) url: String,
    agent: Agent,
}

impl Cloud {
    /// The one that runs in the project at `root`.
    pub(crate) fn of(root: &Path) -> Self {
        Self::find(root).expect("a local cloud runs")
    }

    fn find(root: &Path) -> Option<Self> {
        let endpoint: Value =
            serde_json::from_slice(&fs::read(root.join("state/local/.cloud/endpoint.json")).ok()?).ok()?;
        let agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false)
            .build()
            .into();
        Some(Self { url: endpoint["url"].as_str()?.to_owned(), agent })
    }

    /// Stops the one of the project at `root`, if one runs.
    pub(crate) fn stop(root: &Path) {
        if let Some(cloud) = Self::find(root) {
            // Nobody listens when it has stopped already.
            drop(cloud.agent.post(format!("{}/_local/shutdown", cloud.url)).send_empty());
        }
    }

    /// How many objects there are, by service and table.
    pub(crate) fn status(&self) -> Value {
        self.get("status")
    }

    /// How many objects there are in all.
    pub(crate) fn total(&self) -> u64 {
        let status = self.status();
        let tables = status
            .as_object()
            .expect("it has services")
            .values()
            .flat_map(|tables| tables.as_object().expect("they have tables").values());
        tables.map(|count| count.as_u64().expect("a count")).sum()
    }

    /// How many calls it has answered since it started.
    pub(crate) fn calls(&self) -> u64 {
        sum(&self.get("requests"))
    }

    /// Lets the next calls of an operation fail; see the local cloud's README.
    pub(crate) fn fault(&self, fault: &Value) {
        let url = format!("{}/_local/faults", self.url);
        let mut reply = self.agent.post(url).send(fault.to_string()).expect("it answers");
        let text = reply.body_mut().read_to_string().expect("it answers with text");
        assert_eq!(reply.status(), 200, "{text}");
    }

    /// The faults that are still to happen.
    pub(crate) fn pending_faults(&self) -> usize {
        self.get("faults").as_array().expect("a list").len()
    }

    /// What one of its own endpoints tells.
    pub(crate) fn admin(&self, path: &str) -> Value {
        self.get(path)
    }

    /// Makes an image of the application, with an environment of its own, in every repository.
    pub(crate) fn image(&self, tag: &str, environment: &Value) {
        let url = format!("{}/_local/images", self.url);
        let image = json!({ "tag": tag, "environment": environment });
        let reply = self.agent.post(url).send(image.to_string()).expect("it answers");
        assert_eq!(reply.status(), 200, "{image}");
    }

    /// Calls an operation of EC2, as any client would, and gives the XML of the reply.
    pub(crate) fn ec2(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.query("ec2", "2016-11-15", action, parameters)
    }

    /// Calls an operation of ELBv2.
    pub(crate) fn elb(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.query("elasticloadbalancing", "2015-12-01", action, parameters)
    }

    fn query(&self, service: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let form = [&[("Action", action), ("Version", version)], parameters].concat();
        let reply = self.agent.post(&self.url).header("authorization", signature(service)).send_form(form);
        let mut reply = reply.expect("it answers");
        let text = reply.body_mut().read_to_string().expect("it answers with text");
        assert_eq!(reply.status(), 200, "{text}");
        text
    }

    /// Calls an operation of ECS.
    pub(crate) fn ecs(&self, action: &str, input: &Value) -> Value {
        self.json("ecs", "AmazonEC2ContainerServiceV20141113", action, input)
    }

    /// Calls an operation of a service that speaks JSON; `target`: its name before the dot of `X-Amz-Target`.
    pub(crate) fn json(&self, service: &str, target: &str, action: &str, input: &Value) -> Value {
        let reply = self
            .agent
            .post(&self.url)
            .header("authorization", signature(service))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("{target}.{action}"))
            .send(input.to_string());
        let mut reply = reply.expect("it answers");
        let text = reply.body_mut().read_to_string().expect("it answers with text");
        assert_eq!(reply.status(), 200, "{text}");
        serde_json::from_str(&text).unwrap_or_else(|_| json!(text))
    }

    fn get(&self, path: &str) -> Value {
        let mut reply = self.agent.get(format!("{}/_local/{path}", self.url)).call().expect("it answers");
        let text = reply.body_mut().read_to_string().expect("it answers with text");
        serde_json::from_str(&text).expect("it answers with JSON")
    }
}

/// The local cloud reads the service from a signature and does not verify it.
pub(crate) fn signature(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=outside/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=0000000000000000000000000000000000000000000000000000000000000000"
    )
}

/// The sum of all numbers in a document.
fn sum(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().expect("a count"),
        Value::Object(fields) => fields.values().map(sum).sum(),
        Value::Array(items) => items.iter().map(sum).sum(),
        _ => 0,
    }
}
