//! Tells what ECS and the traffic say while the change goes on.

use crate::{error::CliError, session::Session, traffic::Watcher};
use aws::live::status::ServiceEvent;
use std::time::Duration;

/// How often ECS is asked.
const ASK: Duration = Duration::from_millis(500);

/// Says each new event of the stack's services, and each change of the failures, until it is dropped. Ends only in an
/// error.
pub(super) async fn follow(session: &Session, watcher: Option<&Watcher>, say: &impl Fn(&str)) -> CliError {
    let mut known: Option<Vec<ServiceEvent>> = None;
    let mut failures = 0;
    let mut tick = tokio::time::interval(ASK);
    loop {
        tick.tick().await;
        let services = match session.services().await {
            Ok(services) => services,
            Err(error) => return error,
        };
        let events: Vec<ServiceEvent> =
            services.iter().flat_map(|service| service.events.iter().rev().cloned()).collect();
        // What was told before the change is not news.
        let old = known.get_or_insert_with(|| events.clone());
        for event in events.iter().filter(|event| !old.contains(event)) {
            say(&format!("  ecs: {}", event.message.trim_end_matches('.')));
        }
        known = Some(events);
        let Some(counts) = watcher.map(|watcher| watcher.tally().counts()) else { continue };
        if counts.failures() != failures {
            failures = counts.failures();
            say(&format!("  traffic: {failures} of {} requests failed so far", counts.probes()));
        }
    }
}
