//! The cloud's own endpoints about load balancers: where they are, who saw which request, whom to trust.

use hyper::{Method, Uri};
use serde_json::{Value, json};

use super::census::Settings;
use crate::admin::PREFIX;
use crate::endpoint::Endpoint;

/// An answer.
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// Answers a request if it is about load balancers.
pub(crate) fn answer(endpoint: &Endpoint, method: &Method, uri: &Uri, body: &[u8]) -> Option<Shown> {
    let world = endpoint.world();
    let facts = world.seen();
    let census = facts.and_then(|facts| facts.census.as_ref());
    let place = uri.path().strip_prefix(PREFIX)?;
    let shown = match (method, place) {
        (&Method::GET, "endpoints") => json(200, json!(facts.map(|facts| &facts.endpoints[..]).unwrap_or_default())),
        (&Method::GET, "ca") => match facts.and_then(|facts| facts.authority.as_ref()) {
            Some(authority) => {
                Shown { status: 200, content_type: "application/x-pem-file", body: authority.pem().to_owned() }
            }
            None => json(404, json!({ "error": "there is no data plane, so there are no certificates" })),
        },
        (_, "census") => match census {
            None => json(404, json!({ "error": "there is no data plane, so nothing is counted" })),
            Some(census) => match *method {
                Method::GET => {
                    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
                    let name = query.into_owned().find(|(name, _)| name == "load_balancer").map(|(_, value)| value);
                    json(200, json!(census.counts(name.as_deref())))
                }
                Method::POST => match serde_json::from_slice::<Settings>(if body.is_empty() { b"{}" } else { body }) {
                    Ok(settings) => {
                        let shown = json!(settings);
                        census.start(settings);
                        json(200, shown)
                    }
                    Err(error) => json(400, json!({ "error": error.to_string() })),
                },
                Method::DELETE => {
                    census.stop();
                    json(200, json!({}))
                }
                _ => return None,
            },
        },
        _ => return None,
    };
    Some(shown)
}

fn json(status: u16, document: Value) -> Shown {
    Shown { status, content_type: "application/json", body: document.to_string() }
}
