use super::{Failure, Run};
use crate::{
    Fault,
    plan::{Operation, Phase, Placed, differs},
    provider::{Id, Identity, Kind, Observed, Status, Tags},
    secret,
    state::{Event, Object, Pending},
};
use model::{Address, Lifecycle, Seconds};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

impl Run<'_> {
    /// Does one step, to the point where what it wants has been observed.
    pub(super) async fn step(&self, index: usize) -> Result<(), Failure> {
        let step = &self.plan.steps[index];
        if let Operation::Settle { addresses, bake, before } = &step.operation {
            self.settle(index, addresses).await?;
            let bake = Duration::from_secs(bake.map_or(0, Seconds::get).into());
            return Ok(self.applier.gate.judge(before, bake).await?);
        }
        let kind = self.kind(&step.kind)?;
        if let Operation::Together { field, objects } = &step.operation {
            return self.together(index, kind, field, objects).await;
        }
        let address = step.address.as_ref().ok_or_else(|| Failure::UnknownKind(step.kind.clone()))?;
        match &step.operation {
            Operation::Create { generation, identity, inputs, dependencies, lifecycle, supersedes } => {
                let creation = Creation {
                    address,
                    generation: *generation,
                    identity,
                    inputs: &self.resolved(inputs),
                    dependencies,
                    lifecycle,
                    supersedes: supersedes.clone(),
                };
                self.create(index, kind, creation).await
            }
            Operation::Update { inputs, fields, phase, tags, dependencies, lifecycle } => {
                let inputs = &self.resolved(inputs);
                let change = Change { inputs, fields, phase: *phase, tags: tags.as_ref(), dependencies, lifecycle };
                self.update(index, kind, address, change).await
            }
            Operation::Delete { generation, id } => self.delete(index, kind, address, *generation, id).await,
            Operation::Settle { .. } | Operation::Together { .. } => Ok(()),
        }
    }

    async fn create(&self, index: usize, kind: &dyn Kind, new: Creation<'_>) -> Result<(), Failure> {
        let Creation { address, generation, identity, inputs, dependencies, lifecycle, supersedes } = new;
        let recorded = secret::redacted(inputs, kind.schema()).into_owned();
        let pending = Pending {
            generation,
            identity: identity.clone(),
            inputs: recorded.clone(),
            dependencies: dependencies.clone(),
        };
        self.record(Event::CreateIntended {
            address: address.clone(),
            kind: kind.schema().kind.to_owned(),
            pending,
            lifecycle: lifecycle.clone(),
            supersedes,
        })
        .await?;
        let id = match self.make(index, kind, inputs, identity).await {
            Ok(id) => id,
            Err(failure) => {
                if made_nothing(&failure) {
                    self.note(Event::NotCreated { address: address.clone() }).await?;
                }
                return Err(failure);
            }
        };
        self.note(Event::Created { address: address.clone(), id: id.clone() }).await?;
        let appeared = self.appear(index, kind, &id).await?;
        let observed = if wants_update(kind, inputs, &appeared) {
            self.call(index, kind, "update", Fault::is_passing, || kind.update(inputs, &id)).await?;
            self.ready(index, kind, &id).await?
        } else if appeared.status == Status::Ready {
            appeared
        } else {
            self.ready(index, kind, &id).await?
        };
        let object = Object {
            generation,
            id,
            identity: identity.clone(),
            inputs: recorded,
            outputs: observed.outputs,
            ready: true,
            dependencies: dependencies.clone(),
        };
        self.note(Event::Settled { address: address.clone(), object, lifecycle: lifecycle.clone() }).await?;
        Ok(())
    }

    /// Calls `create`. When the call failed so that it may have had its effect all the same, looks for the object
    /// before it calls again, because not every API takes a client token.
    async fn make(&self, index: usize, kind: &dyn Kind, inputs: &Value, new: &Identity) -> Result<Id, Failure> {
        let doubtful = std::sync::atomic::AtomicBool::new(false);
        self.call(index, kind, "create", Fault::is_passing, || async {
            use std::sync::atomic::Ordering::Relaxed;
            if doubtful.load(Relaxed) {
                match kind.find(inputs, new).await {
                    Err(Fault::NotFound(_)) => (),
                    // Not a refusal of the create, so the intent has to stay.
                    Err(fault) if !fault.is_passing() => {
                        return Err(Fault::Failed(format!("whether it was made cannot be found out: {fault}")));
                    }
                    found => return found,
                }
            }
            let created = kind.create(inputs, new).await;
            doubtful.store(matches!(created, Err(Fault::Transient { .. })), Relaxed);
            created
        })
        .await
    }

    async fn update(
        &self,
        index: usize,
        kind: &dyn Kind,
        address: &Address,
        change: Change<'_>,
    ) -> Result<(), Failure> {
        let Some(mut object) = self.current(address) else {
            return Err(Fault::not_found(address).into());
        };
        if let Phase::Shift(_) = change.phase {
            self.shift(index, kind, address, change.inputs, &object.id).await?;
        } else {
            self.call(index, kind, "update", Fault::is_passing, || kind.update(change.inputs, &object.id)).await?;
        }
        if let Some(tags) = change.tags.filter(|_| kind.schema().taggable) {
            let removed: Vec<String> =
                object.identity.tags.keys().filter(|key| !tags.contains_key(*key)).cloned().collect();
            self.call(index, kind, "tag", Fault::is_passing, || kind.tag(&object.id, tags, &removed)).await?;
            object.identity.tags.clone_from(tags);
        }
        let observed = self.lasting(index, kind, &object.id, change.inputs, change.fields).await?;
        object.inputs = secret::redacted(change.inputs, kind.schema()).into_owned();
        object.outputs = observed.outputs;
        object.ready = true;
        object.dependencies.clone_from(change.dependencies);
        let lifecycle = change.lifecycle.clone();
        self.note(Event::Settled { address: address.clone(), object, lifecycle }).await?;
        Ok(())
    }

    /// Changes one field of several objects in one call.
    async fn together(&self, index: usize, kind: &dyn Kind, field: &str, objects: &[Placed]) -> Result<(), Failure> {
        let values: Vec<(Id, Value)> = objects.iter().map(|it| (it.id.clone(), it.value.clone())).collect();
        self.call(index, kind, "update", Fault::is_passing, || kind.update_together(field, &values)).await?;
        for Placed { address, id, value } in objects {
            let wanted = serde_json::json!({ field: value });
            self.lasting(index, kind, id, &wanted, &[field.to_owned()]).await?;
            let current = self.with_state(|state| {
                let record = state.resources.get(address)?;
                let object = record.current.clone().filter(|object| object.id == *id)?;
                Some((object, record.lifecycle.clone()))
            });
            // What is superseded is about to be deleted, and nobody asks what it was like.
            if let Some((mut object, lifecycle)) = current {
                object.inputs[field] = value.clone();
                object.ready = true;
                self.note(Event::Settled { address: address.clone(), object, lifecycle }).await?;
            }
        }
        Ok(())
    }

    async fn delete(
        &self,
        index: usize,
        kind: &dyn Kind,
        address: &Address,
        generation: u32,
        id: &Id,
    ) -> Result<(), Failure> {
        let passing = |fault: &Fault| fault.is_passing() || matches!(fault, Fault::InUse { .. });
        self.call(index, kind, "delete", passing, || kind.delete(id)).await?;
        self.gone(index, kind, id).await?;
        self.note(Event::Deleted { address: address.clone(), generation }).await?;
        Ok(())
    }

    /// Waits until all of these are ready at one time: after a change of one the others are looked at again.
    async fn settle(&self, index: usize, addresses: &[Address]) -> Result<(), Failure> {
        let objects: Vec<(&dyn Kind, Object)> = addresses
            .iter()
            .filter_map(|address| {
                let kind = self.with_state(|state| state.resources.get(address).map(|record| record.kind.clone()))?;
                Some(self.kind(&kind).map(|kind| self.current(address).map(|object| (kind, object))))
            })
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        let mut by_kind: std::collections::BTreeMap<&str, (&dyn Kind, Vec<Id>)> = std::collections::BTreeMap::new();
        for (kind, object) in &objects {
            by_kind.entry(kind.schema().kind).or_insert_with(|| (*kind, Vec::new())).1.push(object.id.clone());
        }
        loop {
            let mut waiting = None;
            for (kind, ids) in by_kind.values() {
                let found = self.call(index, *kind, "read", Fault::is_passing, || kind.read(ids.clone())).await?;
                if let Some(missing) = ids.iter().find(|id| !found.iter().any(|observed| observed.id == **id)) {
                    return Err(Failure::Vanished(missing.clone()));
                }
                let unready = found.into_iter().find(|it| it.status != Status::Ready);
                waiting = waiting.or(unready.map(|observed| (*kind, observed.id)));
            }
            match waiting {
                None => return Ok(()),
                Some((kind, id)) => self.ready(index, kind, &id).await.map(drop)?,
            }
        }
    }

    fn kind(&self, name: &str) -> Result<&dyn Kind, Failure> {
        self.applier.kinds.get(name).ok_or_else(|| Failure::UnknownKind(name.to_owned()))
    }

    fn current(&self, address: &Address) -> Option<Object> {
        self.with_state(|state| state.resources.get(address)?.current.clone())
    }
}

/// A create, ready to be done.
struct Creation<'a> {
    address: &'a Address,
    generation: u32,
    identity: &'a Identity,
    inputs: &'a Value,
    dependencies: &'a BTreeSet<Address>,
    lifecycle: &'a Lifecycle,
    supersedes: Option<String>,
}

/// An update, ready to be done.
struct Change<'a> {
    inputs: &'a Value,
    fields: &'a [String],
    phase: Phase,
    tags: Option<&'a Tags>,
    dependencies: &'a BTreeSet<Address>,
    lifecycle: &'a Lifecycle,
}

/// Whether a failed create is known to have made nothing. Where it is not known the intent stays in the state, and
/// the next plan looks for the object.
fn made_nothing(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Fault(
            Fault::Rejected { .. }
                | Fault::Denied { .. }
                | Fault::Exists(_)
                | Fault::InUse { .. }
                | Fault::Throttled { .. }
                | Fault::Credentials(_)
                | Fault::Unresolved(_)
                | Fault::Inputs(_)
                | Fault::NotFound(_)
        )
    )
}

/// Whether a new object is not yet as it should be.
fn wants_update(kind: &dyn Kind, inputs: &Value, observed: &Observed) -> bool {
    kind.schema().fields.iter().any(|field| {
        let wanted = inputs.get(field.name).unwrap_or(&Value::Null);
        field.write_only || differs(wanted, observed.inputs.get(field.name).unwrap_or(&Value::Null), field.unordered)
    })
}
