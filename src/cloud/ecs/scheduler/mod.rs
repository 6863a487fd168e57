//! The service scheduler: what has become of tasks and services by now.
//!
//! Nothing runs in the background. Each request first lets happen, in the order of their times, what has become due
//! since the request before: tasks go on to their next status, and services are looked at, which starts and stops
//! tasks. So what a client sees does not depend on how often it asks.

mod failures;
mod look;
mod place;
mod rolling;
mod settle;
mod shift;
mod standing;
mod unhealthy;
mod wait;

use std::time::Duration;

use jiff::Timestamp;

use super::{SERVICE, cluster, service, task, task_definition};
use crate::context::Context;

/// How long the scheduler waits before it looks again at a service that is not steady, on AWS. As long as nothing
/// changes it waits longer and longer.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The least and the most of it here, whatever the time scale.
const LOOK_AGAIN_HERE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(60));

/// Brings every task and service of the region to where it is at `cx.now`.
pub(crate) fn advance(cx: &mut Context<'_>) {
    let (now, asked) = (cx.now, cx.service);
    cx.service = &SERVICE;
    while let Some(time) = next(cx).filter(|time| *time <= now) {
        cx.now = time;
        happen(cx);
    }
    (cx.now, cx.service) = (now, asked);
    task::forget(cx);
    service::forget(cx);
    cluster::forget(cx);
    task_definition::purge(cx);
}

/// Takes tasks on by what their processes have done, and looks at every service: the health of a target changes without
/// a record of it.
pub(crate) fn observe(cx: &mut Context<'_>) {
    let asked = cx.service;
    cx.service = &SERVICE;
    task::observe(cx);
    advance(cx);
    if cx.facts.is_some() {
        let alive = cx.ecs.services.iter().filter(|(_, service)| service.status != service::Status::Inactive);
        let alive: Vec<String> = alive.map(|(key, _)| key.to_owned()).collect();
        for key in alive {
            look::look(cx, &key);
        }
        // What was started has its first steps behind it at once, where they take no time.
        advance(cx);
    }
    cx.service = asked;
}

/// When the next thing happens.
fn next(cx: &Context<'_>) -> Option<Timestamp> {
    let tasks = cx.ecs.tasks.values().filter_map(|task| task.due);
    let services = cx.ecs.services.values().filter_map(|service| service.next_look);
    tasks.chain(services).min()
}

/// Lets everything happen that is due at `cx.now`.
fn happen(cx: &mut Context<'_>) {
    let due = cx.ecs.tasks.iter().filter(|(_, task)| task.due.is_some_and(|due| due <= cx.now));
    let due: Vec<(String, Option<String>)> = due
        .map(|(key, task)| (key.to_owned(), task.service.as_ref().map(|name| service::key_of(&task.cluster, name))))
        .collect();
    for (key, service) in due {
        task::step(cx, &key);
        let now = cx.now;
        if let Some(service) = service.and_then(|service| cx.ecs.services.get_mut(&service)) {
            service.next_look = Some(now);
        }
    }
    let due = cx.ecs.services.iter().filter(|(_, service)| service.next_look.is_some_and(|look| look <= cx.now));
    let due: Vec<String> = due.map(|(key, _)| key.to_owned()).collect();
    for key in due {
        look::look(cx, &key);
        let again = look_again(cx, &key);
        if let Some(service) = cx.ecs.services.get_mut(&key) {
            service.next_look = again;
        }
    }
}

/// When to look at a service again that nothing happens to: never, once it is steady.
fn look_again(cx: &Context<'_>, key: &str) -> Option<Timestamp> {
    let service = cx.ecs.services.get(key)?;
    // With a data plane every service is looked at again soon.
    if cx.facts.is_some() || service.steady || service.status == service::Status::Inactive {
        return None;
    }
    let (least, most) = LOOK_AGAIN_HERE;
    let patience = super::elapsed(service.changed, cx.now) / 2;
    let wait = patience.max(cx.pace.duration(LOOK_AGAIN)).clamp(least, most);
    super::later(cx.now, wait)
}
