//! The cloud's own endpoints under `/_local/`: health, status, counts of requests, faults on order and images.

use std::collections::BTreeMap;

use hyper::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ecr;
use crate::endpoint::Endpoint;
use crate::faults::Fault;
use crate::plane::SeedImage;

/// What the path of an admin endpoint starts with.
pub(crate) const PREFIX: &str = "/_local/";

/// Answers an admin request with an HTTP status and a JSON document.
pub(crate) fn answer(endpoint: &Endpoint, method: &Method, path: &str, body: &[u8]) -> (u16, Value) {
    match (method, path.strip_prefix(PREFIX).unwrap_or_default()) {
        (&Method::GET, "health") => (200, health(endpoint)),
        (&Method::GET, "status") => (200, json!(endpoint.world().counts())),
        (&Method::GET, "requests") => (200, json!(endpoint.requests())),
        (&Method::GET, "faults") => (200, json!(endpoint.faults().pending)),
        (&Method::POST, "shutdown") => {
            endpoint.stop.notify_one();
            (202, json!({ "pid": std::process::id() }))
        }
        (&Method::POST, "faults") => order_fault(endpoint, body),
        (&Method::POST, "images") => make_image(endpoint, body),
        (&Method::DELETE, "faults") => {
            endpoint.faults().pending.clear();
            (200, json!([]))
        }
        _ => (404, json!({ "error": format!("there is no {method} {path}") })),
    }
}

fn health(endpoint: &Endpoint) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "profile": endpoint.config.latency.to_string(),
        "time_scale": endpoint.config.time_scale,
        "account": endpoint.config.account,
    })
}

fn order_fault(endpoint: &Endpoint, body: &[u8]) -> (u16, Value) {
    let fault = serde_json::from_slice::<Fault>(body).map_err(|error| error.to_string());
    match fault.and_then(|fault| fault.validate().map(|()| fault)) {
        Ok(fault) => {
            let mut faults = endpoint.faults();
            faults.pending.push(fault);
            (200, json!(faults.pending))
        }
        Err(reason) => (400, json!({ "error": reason })),
    }
}

/// An image to make: in one repository, or in every one that there is and will be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewImage {
    repository: Option<String>,
    tag: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

fn make_image(endpoint: &Endpoint, body: &[u8]) -> (u16, Value) {
    let NewImage { repository, tag, environment } = match serde_json::from_slice(body) {
        Ok(order) => order,
        Err(error) => return (400, json!({ "error": error.to_string() })),
    };
    let image = SeedImage { tag, environment };
    let made = endpoint.world().everywhere(Timestamp::now(), |cx| {
        if repository.is_none() {
            ecr::seed(cx.core, image.clone());
        }
        ecr::put_image(cx, repository.as_deref(), &image)
    });
    match made.map(|counts| counts.iter().sum::<usize>()) {
        Err(error) => (400, json!({ "error": error.message })),
        Ok(0) if repository.is_some() => (404, json!({ "error": format!("there is no repository {repository:?}") })),
        Ok(count) => (200, json!({ "repositories": count })),
    }
}
