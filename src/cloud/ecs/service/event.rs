//! What a service tells about itself, in AWS's words.
//!
//! AWS: ECS Developer Guide, "Viewing Amazon ECS service event messages".

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Service;
use crate::context::Context;
use crate::ecs::elapsed;
use crate::wire::Epoch;

/// As many as DescribeServices gives.
const MAX_EVENTS: usize = 100;

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    id: String,
    created: Timestamp,
    pub(crate) message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventView {
    id: String,
    created_at: Epoch,
    message: String,
}

/// What a service has done with targets and not told of yet: it is told of together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Untold {
    change: TargetChange,
    /// The target group's ARN.
    group: String,
    count: usize,
    /// When the first of them was.
    since: Timestamp,
}

/// What a service does with the targets that its tasks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TargetChange {
    Registered,
    Deregistered,
}

impl Event {
    pub(super) fn view(&self) -> EventView {
        EventView { id: self.id.clone(), created_at: Epoch(self.created), message: self.message.clone() }
    }
}

impl Service {
    /// Adds a message; `what` goes on after the service's name.
    pub(crate) fn tell(&mut self, cx: &mut Context<'_>, what: &str) {
        self.tell_of_targets(cx);
        self.add(cx, what);
    }

    /// Remembers that a task was registered with a target group or deregistered.
    pub(crate) fn note_target(&mut self, change: TargetChange, group: &str, now: Timestamp) {
        match self.untold.iter_mut().find(|it| it.change == change && it.group == group) {
            Some(same) => same.count += 1,
            None => self.untold.push(Untold { change, group: group.to_owned(), count: 1, since: now }),
        }
    }

    /// Whether something was done with targets so long ago, and not told of.
    pub(crate) fn owes_word_of_targets(&self, now: Timestamp, since: Duration) -> bool {
        self.untold.first().is_some_and(|first| elapsed(first.since, now) >= since)
    }

    /// Tells what was done with targets, in one message for each group.
    pub(crate) fn tell_of_targets(&mut self, cx: &mut Context<'_>) {
        for Untold { change, group, count, .. } in std::mem::take(&mut self.untold) {
            let done = match change {
                TargetChange::Registered => "registered",
                TargetChange::Deregistered => "deregistered",
            };
            self.add(cx, &format!("{done} {count} targets in (target-group {group})"));
        }
    }

    fn add(&mut self, cx: &mut Context<'_>, what: &str) {
        let message = format!("(service {}) {what}", self.name);
        self.events.insert(0, Event { id: cx.ids.uuid(), created: cx.now, message });
        self.events.truncate(MAX_EVENTS);
    }
}
