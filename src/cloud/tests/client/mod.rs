//! A cloud on a free port, and a plain HTTP client for it.

use std::net::SocketAddr;

use rust_stack_cloud::{Config, Server};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A running cloud; it stops with the value.
pub(crate) struct Cloud {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

impl Cloud {
    pub(crate) fn start(config: Config) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(Server::bind(config)).expect("it starts");
        let address = server.address();
        runtime.spawn(server.run(std::future::pending()));
        Cloud { address, _runtime: runtime }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }
}

/// A client with its own connections.
pub(crate) struct Client {
    base: String,
    agent: ureq::Agent,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) error: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// The header of a request that is signed for a service, as far as the cloud looks at it.
pub(crate) fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIATEST/20260131/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Client { base: format!("http://{address}"), agent }
    }

    pub(crate) fn query(&self, service: &str, form: &str) -> Answer {
        let request = self.agent.post(&self.base).header("authorization", authorization(service));
        answer(request.content_type("application/x-www-form-urlencoded").send(form)).expect("a reply")
    }

    pub(crate) fn json(&self, service: &str, target: &str, input: &Value) -> Answer {
        self.try_json(service, target, input).expect("a reply")
    }

    pub(crate) fn try_json(&self, service: &str, target: &str, input: &Value) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(&self.base).header("authorization", authorization(service));
        let request = request.header("x-amz-target", target).content_type("application/x-amz-json-1.1");
        answer(request.send(input.to_string()))
    }

    pub(crate) fn admin(&self, method: &str, path: &str, input: Option<&Value>) -> Answer {
        let address = format!("{}/_local/{path}", self.base);
        let result = match input {
            Some(input) => self.agent.post(&address).send(input.to_string()),
            None if method == "GET" => self.agent.get(&address).call(),
            None => self.agent.delete(&address).call(),
        };
        answer(result).expect("a reply")
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let mut response = result?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (content_type, error) = (header("content-type").unwrap_or_default(), header("x-amzn-errortype"));
    let status = response.status().as_u16();
    Ok(Answer { status, content_type, error, body: response.body_mut().read_to_string()? })
}
