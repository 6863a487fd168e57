use crate::{Address, Percent, Seconds};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a new version of a service comes to get the requests: it stands beside the old one, in a target group of its own,
/// and gets them share by share. The old one stays until the new one has been seen to work.
///
/// Of the two target groups one serves and one is idle, and with each rollout they change roles. So a stack declares
/// them as they would be at first, and the engine tells from what is recorded which of them serves now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The service. It is registered with one of the groups.
    pub service: Address,
    /// The fields of the service that make a version: a change of one of them is rolled out.
    pub version: BTreeSet<String>,
    /// The group that serves at first (blue).
    pub serving: Address,
    /// The group that is idle at first (green). Whatever divides requests names both.
    pub idle: Address,
    /// The shares of the requests that the new version gets one after the other, rising, before it gets all.
    pub shares: Vec<Percent>,
    /// How long it is watched at each share at least.
    pub step_bake: Seconds,
    /// How long it is watched with all requests at least, before the old version goes.
    pub bake: Seconds,
}

impl Rollout {
    /// The other of the two groups; `None` for what is neither.
    pub fn other(&self, group: &Address) -> Option<&Address> {
        if *group == self.serving {
            Some(&self.idle)
        } else if *group == self.idle {
            Some(&self.serving)
        } else {
            None
        }
    }
}
