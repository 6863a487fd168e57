use super::{Home, Object, Pending};
use crate::provider::Id;
use model::{Address, Lifecycle};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One change of the state: a line of the journal. Replaying a journal over the document it belongs to gives the
/// state; so each event says the whole change, and replaying is pure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An apply begins: where it works.
    Begun {
        /// See [`State::home`](super::State::home).
        home: Home,
    },
    /// About to call `create`. On disk before the call is made.
    CreateIntended {
        /// The resource.
        address: Address,
        /// Its kind.
        kind: String,
        /// What is to be created.
        pending: Pending,
        /// How the engine treats the resource.
        lifecycle: Lifecycle,
        /// Why the present object is being superseded, if there is one.
        supersedes: Option<String>,
    },
    /// `create` returned, or the object was found: it exists under this id and is the current one.
    Created {
        /// The resource.
        address: Address,
        /// The cloud's own name of the object.
        id: Id,
    },
    /// `create` was refused, or `find` showed that nothing was made.
    NotCreated {
        /// The resource.
        address: Address,
    },
    /// The current object was written or read: its inputs and outputs as they are now.
    Settled {
        /// The resource.
        address: Address,
        /// The object as it is now.
        object: Object,
        /// How the engine treats the resource.
        lifecycle: Lifecycle,
    },
    /// An object is gone, whoever deleted it. Recorded before a new object takes its id.
    Deleted {
        /// The resource.
        address: Address,
        /// Which generation is gone.
        generation: u32,
    },
    /// An older object that still exists is the current one again, because it is what is wanted; the one that was
    /// current is superseded in its turn. Never while a create is pending.
    Restored {
        /// The resource.
        address: Address,
        /// Which generation is wanted again.
        generation: u32,
        /// Why the present object, if there is one, is superseded.
        reason: String,
    },
    /// A resource is known by another address, also to those that depend on it.
    Moved {
        /// The old address.
        from: Address,
        /// The new address.
        to: Address,
    },
    /// An apply ended with everything done.
    Finished {
        /// See [`State::variables`](super::State::variables).
        variables: BTreeMap<String, Value>,
        /// See [`State::outputs`](super::State::outputs).
        outputs: BTreeMap<String, Value>,
    },
}

impl Event {
    /// The resources whose own records the event changes. ([`Event::Moved`] also renames dependencies of others.)
    pub fn addresses(&self) -> Vec<Address> {
        match self {
            Self::Begun { .. } | Self::Finished { .. } => Vec::new(),
            Self::CreateIntended { address, .. }
            | Self::Created { address, .. }
            | Self::NotCreated { address }
            | Self::Settled { address, .. }
            | Self::Deleted { address, .. }
            | Self::Restored { address, .. } => vec![address.clone()],
            Self::Moved { from, to } => vec![from.clone(), to.clone()],
        }
    }
}
