use super::{Refusal, Request};
use crate::{
    provider::{Identity, Observed, Status},
    state::{Event, Pending, State},
};
use model::Address;
use std::collections::{BTreeMap, BTreeSet};

/// The state, corrected by what the stack and the cloud say: renames, finished creates, objects that are gone.
pub(super) struct Learnt {
    /// The corrected state.
    pub(super) state: State,
    /// What corrects it.
    pub(super) events: Vec<Event>,
    /// Creates that were begun and made nothing: the next attempt uses the same identity, so that an API that
    /// takes a client token or a unique name still cannot make a second object.
    pub(super) abandoned: BTreeMap<Address, (u32, Identity)>,
    /// Resources whose object was made by an apply that did not live to record it.
    pub(super) adopted: BTreeSet<Address>,
}

pub(super) fn learn(request: &Request<'_>) -> Result<Learnt, Refusal> {
    let mut learnt = Learnt {
        state: request.recorded.clone(),
        events: Vec::new(),
        abandoned: BTreeMap::new(),
        adopted: BTreeSet::new(),
    };
    learnt.renames(request)?;
    let mut events = Vec::new();
    for (address, record) in &learnt.state.resources {
        if let Some(pending) = &record.pending {
            if let Some(found) = request.observed.pending(address).filter(|found| exists(found)) {
                events.push(Event::Created { address: address.clone(), id: found.id.clone() });
                learnt.adopted.insert(address.clone());
            } else {
                events.push(Event::NotCreated { address: address.clone() });
                learnt.abandoned.insert(address.clone(), identity(pending));
            }
        }
        let superseded = record.superseded.iter().map(|old| &old.object);
        for object in record.current.iter().chain(superseded) {
            if !request.observed.object(&object.id).is_some_and(exists) {
                events.push(Event::Deleted { address: address.clone(), generation: object.generation });
            }
        }
    }
    for event in events {
        learnt.record(event).map_err(Refusal::Moved)?;
    }
    Ok(learnt)
}

/// An object that is going away counts as gone: nothing can be done with it any more.
fn exists(observed: &Observed) -> bool {
    observed.status != Status::Deleting
}

fn identity(pending: &Pending) -> (u32, Identity) {
    (pending.generation, pending.identity.clone())
}

impl Learnt {
    fn renames(&mut self, request: &Request<'_>) -> Result<(), Refusal> {
        for moved in &request.desired.moved {
            if !self.state.resources.contains_key(&moved.from) {
                continue; // It was applied before, or the stack is new.
            }
            if request.desired.resources.iter().any(|resource| resource.address == moved.from) {
                return Err(Refusal::Moved(format!(
                    "{} is declared, and also said to have moved to {}; remove one of the two",
                    moved.from, moved.to
                )));
            }
            self.record(Event::Moved { from: moved.from.clone(), to: moved.to.clone() }).map_err(Refusal::Moved)?;
        }
        Ok(())
    }

    fn record(&mut self, event: Event) -> Result<(), String> {
        self.state.apply(event.clone())?;
        self.events.push(event);
        Ok(())
    }
}
