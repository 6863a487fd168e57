//! The cloud's own endpoints under `/_local/`: health, status, counts of requests and faults on order.

use std::collections::BTreeMap;

use hyper::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::ec2::{network_interface, zone};
use crate::endpoint::Endpoint;
use crate::faults::{Fault, Known};
use crate::plane::SeedImage;
use crate::{ecr, ecs, logs};

/// What the path of an admin endpoint starts with.
pub(crate) const PREFIX: &str = "/_local/";

/// Answers an admin request with an HTTP status and a JSON document.
pub(crate) fn answer(endpoint: &Endpoint, method: &Method, path: &str, body: &[u8]) -> (u16, Value) {
    let place: Vec<&str> = path.strip_prefix(PREFIX).unwrap_or_default().split('/').collect();
    match (method, place.as_slice()) {
        (&Method::GET, ["health"]) => (200, health(endpoint)),
        (&Method::GET, ["status"]) => (200, json!(endpoint.world().counts())),
        (&Method::GET, ["requests"]) => (200, json!(endpoint.requests())),
        (&Method::POST, ["shutdown"]) => {
            endpoint.stop.notify_one();
            (202, json!({ "pid": std::process::id() }))
        }
        (&Method::POST, ["images"]) => reply(make_image(endpoint, body)),
        (&Method::GET, ["zones"]) => reply(zones(endpoint)),
        (&Method::GET, ["services"]) => reply(services(endpoint)),
        (&Method::POST, ["logs"]) => reply(read_logs(endpoint, body)),
        (&Method::GET, ["faults"]) => (200, json!(endpoint.faults.all())),
        (&Method::POST, ["faults"]) => reply(order(endpoint, body)),
        (&Method::DELETE, ["faults"]) => {
            let cleared = endpoint.faults.clear_all();
            endpoint.bell.notify_one();
            (200, json!(cleared))
        }
        (&Method::DELETE, ["faults", id]) => reply(clear(endpoint, id)),
        _ => (404, json!({ "error": format!("there is no {method} {path}") })),
    }
}

/// What was done, or the status and the reason of a refusal.
type Done = Result<Value, (u16, String)>;

fn reply(done: Done) -> (u16, Value) {
    match done {
        Ok(document) => (200, document),
        Err((status, error)) => (status, json!({ "error": error })),
    }
}

fn health(endpoint: &Endpoint) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "profile": endpoint.config.latency.to_string(),
        "time_scale": endpoint.config.time_scale,
        "account": endpoint.config.account,
        "data_plane": endpoint.config.plane.is_some(),
    })
}

/// Orders a fault, and shows it with its id.
fn order(endpoint: &Endpoint, body: &[u8]) -> Done {
    let fault: Fault = serde_json::from_slice(body).map_err(|error| (400, error.to_string()))?;
    let mut known = Known::default();
    in_each_region(endpoint, |cx| known.add(cx))?;
    fault.validate(&known).map_err(|reason| (400, reason))?;
    let order = endpoint.faults.order(fault);
    endpoint.bell.notify_one();
    Ok(json!(order))
}

/// Takes one fault back, and shows what it was.
fn clear(endpoint: &Endpoint, id: &str) -> Done {
    let cleared = id.parse().ok().and_then(|id| endpoint.faults.clear(id));
    endpoint.bell.notify_one();
    cleared.map(|order| json!(order)).ok_or_else(|| (404, format!("there is no fault {id}: it is over, or never was")))
}

/// The availability zones of the regions that are used, and which of them are lost.
fn zones(endpoint: &Endpoint) -> Done {
    let lost = endpoint.faults.lost_zones();
    let zones = in_each_region(endpoint, |cx| {
        let zones = zone::zones(cx.region).into_iter().map(|zone| {
            let interfaces = network_interface::existing(cx).filter(|it| it.availability_zone == zone.name).count();
            json!({ "zone": zone.name, "id": zone.id, "lost": lost.contains(&zone.name), "interfaces": interfaces })
        });
        zones.collect::<Vec<_>>()
    })?;
    Ok(zones.concat().into())
}

/// The tasks of each service, and those of none.
fn services(endpoint: &Endpoint) -> Done {
    Ok(json!(in_each_region(endpoint, |cx| ecs::overview(cx))?.into_iter().flatten().collect::<Vec<_>>()))
}

/// What a log group or a task has written.
fn read_logs(endpoint: &Endpoint, body: &[u8]) -> Done {
    let wish: logs::WishForLines = serde_json::from_slice(body).map_err(|error| (400, error.to_string()))?;
    let mut names = Vec::new();
    let found = in_each_region(endpoint, |cx| {
        names.extend(logs::names(cx));
        logs::read_on(cx, &wish)
    })?;
    let found = found.into_iter().flatten().reduce(|mut all, other| {
        all.add(other);
        all
    });
    found.map(|found| json!(found)).ok_or_else(|| {
        let there_are = if names.is_empty() { "there are no log groups".to_owned() } else { names.join(", ") };
        (404, format!("no log group and no task has this name; log groups: {there_are}"))
    })
}

fn in_each_region<T>(endpoint: &Endpoint, work: impl FnMut(&mut Context<'_>) -> T) -> Result<Vec<T>, (u16, String)> {
    endpoint.world().turn(Timestamp::now(), work).map_err(|error| (500, error.message))
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

fn make_image(endpoint: &Endpoint, body: &[u8]) -> Done {
    let order = serde_json::from_slice(body).map_err(|error| (400, error.to_string()))?;
    let NewImage { repository, tag, environment } = order;
    let image = SeedImage { tag, environment };
    let made = endpoint.world().everywhere(Timestamp::now(), |cx| {
        if repository.is_none() {
            ecr::seed(cx.core, image.clone());
        }
        ecr::put_image(cx, repository.as_deref(), &image)
    });
    let count: usize = made.map_err(|error| (400, error.message))?.iter().sum();
    match (count, repository) {
        (0, Some(name)) => Err((404, format!("there is no repository {name:?}"))),
        _ => Ok(json!({ "repositories": count })),
    }
}
