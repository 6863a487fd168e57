//! What a service tells about itself, in AWS's words.
//!
//! AWS: ECS Developer Guide, "Viewing Amazon ECS service event messages".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Service;
use crate::context::Context;
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

impl Event {
    pub(super) fn view(&self) -> EventView {
        EventView { id: self.id.clone(), created_at: Epoch(self.created), message: self.message.clone() }
    }
}

impl Service {
    /// Adds a message; `what` goes on after the service's name.
    pub(crate) fn tell(&mut self, cx: &mut Context<'_>, what: &str) {
        let message = format!("(service {}) {what}", self.name);
        self.events.insert(0, Event { id: cx.ids.uuid(), created: cx.now, message });
        self.events.truncate(MAX_EVENTS);
    }
}
