//! Going back needs nothing new where the old still exists: an older object that is as wanted, while the present one is
//! not, becomes the current one again.

use super::{
    Dependencies, Note, Request,
    fields::{changed_fields, leave_to_others},
    resolve,
};
use crate::{
    provider::Status,
    state::{Event, Object, State},
};
use model::{Declaration, Reference};
use serde_json::Value;
use std::collections::HashMap;

/// What is to be restored: of each resource the newest superseded object that is nearer to what is wanted than the
/// present one: it need not be replaced where that must be, or it is just as wanted where that is not. `recorded` is the
/// state with the news of the cloud in it.
///
/// An object that is being deleted, or that is not ready, is left alone. The plan changes in place what can be.
pub(super) fn restored(request: &Request<'_>, recorded: &State, dependencies: &Dependencies) -> Vec<Event> {
    if recorded.resources.values().all(|record| record.superseded.is_empty()) {
        return Vec::new();
    }
    let mut declarations: HashMap<_, &Declaration> =
        request.desired.resources.iter().map(|declaration| (&declaration.address, declaration)).collect();
    // The outputs of what stays: whoever names anything else is wanted with something that does not exist yet.
    let mut kept = HashMap::new();
    let mut events = Vec::new();
    for address in dependencies.order() {
        let declaration = declarations.remove(address);
        let Some((declaration, record)) = declaration.zip(recorded.resources.get(address)) else { continue };
        let lookup = |reference: &Reference| {
            let outputs: &&Value = kept.get(&reference.address)?;
            outputs.get(&reference.output).filter(|output| !output.is_null())
        };
        let wanted = Wanted { request, declaration, inputs: resolve(&declaration.inputs, &lookup) };
        let present = record.current.iter().filter_map(|object| Some((wanted.fit(object)?, true, object)));
        let older = record.superseded.iter().map(|old| &old.object).filter(|_| record.pending.is_none());
        let older = older.filter(|object| object.ready && wanted.is_ready(object));
        let older = older.filter_map(|object| Some((wanted.fit(object)?, false, object)));
        let best = present.chain(older).max_by_key(|(fit, is_present, object)| (*fit, *is_present, object.generation));
        let Some((_, is_present, object)) = best else { continue };
        if !is_present {
            let reason = format!("generation {} is wanted again", object.generation);
            events.push(Event::Restored { address: address.clone(), generation: object.generation, reason });
        }
        let outputs = request.observed.object(&object.id).map(|observed| &observed.outputs);
        kept.extend(outputs.map(|outputs| (&declaration.address, outputs)));
    }
    events
}

/// What people should know of a restored object.
pub(super) fn note(event: &Event) -> Option<Note> {
    let Event::Restored { address, generation, .. } = event else { return None };
    let message = format!("generation {generation} still exists and is wanted again: no new object is made");
    Some(Note { address: Some(address.clone()), message })
}

/// A resource as it is wanted.
struct Wanted<'a> {
    request: &'a Request<'a>,
    declaration: &'a Declaration,
    /// References resolved as far as they are known.
    inputs: Value,
}

/// How near to what is wanted an object is that need not be replaced.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It can change in place.
    Changes,
    /// It stays as it is.
    Stays,
}

impl Wanted<'_> {
    /// `None` for an object that is gone or would have to be replaced.
    fn fit(&self, object: &Object) -> Option<Fit> {
        let observed = self.request.observed.object(&object.id)?;
        let is_lost = match observed.status {
            Status::Ready | Status::Pending(_) => false,
            Status::Failed(_) => !object.ready,
            Status::Deleting => true,
        };
        let mut inputs = self.inputs.clone();
        leave_to_others(&mut inputs, self.declaration, observed);
        let schema = self.request.schemas[self.declaration.kind.as_str()];
        let changes = changed_fields(schema, &inputs, object, observed);
        if is_lost || changes.iter().any(|change| change.forces_replacement) {
            return None;
        }
        Some(if changes.is_empty() { Fit::Stays } else { Fit::Changes })
    }

    fn is_ready(&self, object: &Object) -> bool {
        self.request.observed.object(&object.id).is_some_and(|observed| observed.status == Status::Ready)
    }
}
