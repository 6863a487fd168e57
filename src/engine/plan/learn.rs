use super::{Dependencies, Observations, Refusal, Request, restore};
use crate::{
    provider::{Identity, Observed, Status},
    state::{Event, Pending, State},
};
use model::Address;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The state, corrected by what the stack and the cloud say: renames, finished creates, objects that are gone.
pub(super) struct Learnt<'a> {
    /// The corrected state.
    pub(super) state: Cow<'a, State>,
    /// What corrects it.
    pub(super) events: Vec<Event>,
    /// Creates that were begun and made nothing: the next attempt uses the same identity, so that an API that
    /// takes a client token or a unique name still cannot make a second object.
    pub(super) abandoned: BTreeMap<Address, (u32, Identity)>,
    /// Resources whose object was made by an apply that did not live to record it.
    pub(super) adopted: BTreeSet<Address>,
}

pub(super) fn learn<'a>(request: &Request<'a>) -> Result<Learnt<'a>, Refusal> {
    let mut learnt = Learnt {
        state: Cow::Borrowed(request.recorded),
        events: Vec::new(),
        abandoned: BTreeMap::new(),
        adopted: BTreeSet::new(),
    };
    // The cloud was asked about the addresses as they are recorded, so its news come before the new names.
    for event in news(&learnt.state, request.observed) {
        let pending = |address: &Address| learnt.state.resources.get(address)?.pending.as_ref().map(identity);
        match &event {
            Event::Created { address, .. } => {
                learnt.adopted.insert(address.clone());
            }
            Event::NotCreated { address } => {
                let abandoned = pending(address).map(|identity| (address.clone(), identity));
                learnt.abandoned.extend(abandoned);
            }
            _ => (),
        }
        learnt.record(event).map_err(Refusal::Moved)?;
    }
    learnt.renames(request)?;
    Ok(learnt)
}

/// What the cloud tells that the state does not say: what interrupted creates made, and what is gone.
pub fn news(recorded: &State, observed: &Observations) -> Vec<Event> {
    let mut events = Vec::new();
    for (address, record) in &recorded.resources {
        if record.pending.is_some() {
            events.push(match observed.pending(address).filter(|found| exists(found)) {
                Some(found) => Event::Created { address: address.clone(), id: found.id.clone() },
                None => Event::NotCreated { address: address.clone() },
            });
        }
        let superseded = record.superseded.iter().map(|old| &old.object);
        for object in record.current.iter().chain(superseded) {
            if !observed.object(&object.id).is_some_and(exists) {
                events.push(Event::Deleted { address: address.clone(), generation: object.generation });
            }
        }
    }
    events
}

/// An object that is going away counts as gone: nothing can be done with it any more.
fn exists(observed: &Observed) -> bool {
    observed.status != Status::Deleting
}

fn identity(pending: &Pending) -> (u32, Identity) {
    (pending.generation, pending.identity.clone())
}

impl Learnt<'_> {
    /// Makes older objects that are wanted again the current ones; returns what was done.
    pub(super) fn restore(
        &mut self,
        request: &Request<'_>,
        dependencies: &Dependencies,
    ) -> Result<Vec<Event>, Refusal> {
        let restored = restore::restored(request, &self.state, dependencies);
        for event in &restored {
            if let Event::Restored { address, .. } = event {
                // What was adopted is superseded now, and what is current was there all along.
                self.adopted.remove(address);
            }
            self.record(event.clone()).map_err(Refusal::Moved)?;
        }
        Ok(restored)
    }

    fn renames(&mut self, request: &Request<'_>) -> Result<(), Refusal> {
        for moved in &request.desired.moved {
            if request.desired.resources.iter().any(|resource| resource.address == moved.from) {
                return Err(Refusal::Moved(format!(
                    "{} is declared, and also said to have moved to {}; remove one of the two",
                    moved.from, moved.to
                )));
            }
            if !self.state.resources.contains_key(&moved.from) {
                continue; // It was applied before, or the stack is new.
            }
            let (from, to) = (moved.from.clone(), moved.to.clone());
            self.record(Event::Moved { from: from.clone(), to: to.clone() }).map_err(Refusal::Moved)?;
            if let Some(identity) = self.abandoned.remove(&from) {
                self.abandoned.insert(to.clone(), identity);
            }
            if self.adopted.remove(&from) {
                self.adopted.insert(to);
            }
        }
        Ok(())
    }

    /// Takes in one event.
    pub(super) fn record(&mut self, event: Event) -> Result<(), String> {
        self.state.to_mut().apply(event.clone())?;
        self.events.push(event);
        Ok(())
    }
}
