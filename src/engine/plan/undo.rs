//! The way back: what a plan has changed in place, changed back in the opposite order.
//!
//! Nothing is deleted on the way back. What was made stands unused when its users have gone back, and the next plan
//! towards the earlier stack deletes it, when the way back has been seen to work.

use super::{
    Action, Change, Operation, Phase, Placed, Plan, Step,
    mention::{mentions, texts},
};
use crate::{
    provider::{Id, Tags},
    state::{Object, Record, State},
};
use model::{Address, Lifecycle};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The plan that takes back the steps `begun` of `plan`, by their place in it; `recorded` is the state that it was made
/// from. Steps that were only begun are taken back too: an update that is repeated does no harm.
///
/// Deletions cannot be taken back, and neither can changes of what named a deleted object: that stays as it is until the
/// next plan towards the earlier stack, which makes the deleted anew. So does a value that no two objects may have and
/// that something new has got.
pub fn undo(plan: &Plan, begun: &BTreeSet<usize>, recorded: &State) -> Plan {
    let mut recorded = recorded.clone();
    for event in &plan.learnt {
        // What does not fit was refused by the apply, and nothing was begun.
        let _ = recorded.apply(event.clone());
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut inverse_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, operation) in Past::of(plan, begun, &recorded).inverses().into_iter().rev() {
        let later = waits_for(plan, index);
        let after: BTreeSet<usize> = later.iter().filter_map(|later| inverse_of.get(later).copied()).collect();
        inverse_of.insert(index, steps.len());
        let Step { address, kind, .. } = plan.steps[index].clone();
        steps.push(Step { address, kind, operation, after: after.into_iter().collect() });
    }
    Plan { steps, learnt: Vec::new(), ..plan.clone() }
}

/// What the objects that a plan changes in place were like.
struct Past<'a> {
    plan: &'a Plan,
    begun: &'a BTreeSet<usize>,
    recorded: &'a State,
    /// By the address of their resource.
    updated: BTreeMap<&'a Address, &'a Change>,
    /// What stays as the plan has made it: the object, the field and its value.
    stays: BTreeMap<(&'a Id, &'a str), &'a Value>,
    /// The objects that are deleted, or are being deleted.
    deleted: BTreeSet<&'a Id>,
}

/// An object at one time.
struct Was {
    inputs: Value,
    dependencies: BTreeSet<Address>,
    lifecycle: Lifecycle,
}

impl<'a> Past<'a> {
    fn of(plan: &'a Plan, begun: &'a BTreeSet<usize>, recorded: &'a State) -> Self {
        // An older generation that is deleted is a change of the same address.
        let changed = plan.changes.iter().filter(|it| matches!(it.action, Action::Update | Action::Adopt));
        let updated = changed.map(|change| (&change.address, change)).collect();
        let deletions = begun.iter().filter_map(|step| match &plan.steps.get(*step)?.operation {
            Operation::Delete { id, .. } => Some(id),
            _ => None,
        });
        let deleted = deletions.collect();
        let mut past = Self { plan, begun, recorded, updated, stays: BTreeMap::new(), deleted };
        past.stays = past.taken();
        past
    }

    /// The operation that takes back each step that changes something in place.
    fn inverses(&self) -> BTreeMap<usize, Operation> {
        let lost = self.lost();
        let mut now = self.now();
        let mut inverses = BTreeMap::new();
        for (index, step) in self.plan.steps.iter().enumerate() {
            let inverse = match &step.operation {
                Operation::Update { .. } => self.update(index, &mut now).filter(|_| !lost.contains(&step.address)),
                Operation::Together { field, objects } => self.together(field, objects, &mut now),
                Operation::Create { .. } | Operation::Settle { .. } | Operation::Delete { .. } => None,
            };
            let Some(inverse) = inverse.filter(|_| self.begun.contains(&index)) else { continue };
            // Requests that were sent elsewhere in several steps come back in one, which comes first.
            let shifted = self.earlier_shift(index).and_then(|earlier| inverses.remove(&earlier));
            inverses.insert(index, shifted.unwrap_or(inverse));
        }
        inverses
    }

    /// The step in which the same resource sent requests elsewhere before, if `index` is another such step.
    fn earlier_shift(&self, index: usize) -> Option<usize> {
        let step = self.plan.steps.get(index).filter(|step| is_shift(step))?;
        self.plan.steps[..index].iter().rposition(|earlier| is_shift(earlier) && earlier.address == step.address)
    }

    /// The resources that cannot be as they were, because they named what is deleted.
    fn lost(&self) -> BTreeSet<Option<Address>> {
        let objects = self.recorded.resources.values().flat_map(Record::objects);
        let deleted = objects.filter(|object| self.deleted.contains(&object.id));
        let gone: BTreeSet<&str> =
            deleted.flat_map(|object| texts(&object.outputs).chain([object.id.as_str()])).collect();
        let before = self.updated.iter().filter_map(|(address, change)| Some((*address, change.before.as_ref()?)));
        before.filter(|(_, inputs)| mentions(inputs, &gone)).map(|(address, _)| Some(address.clone())).collect()
    }

    /// Each object before the first step.
    fn now(&self) -> HashMap<&'a Id, Was> {
        let was = |change: &'a Change| {
            let (id, inputs) = (change.id.as_ref()?, change.before.clone()?);
            let record = self.recorded.resources.get(&change.address);
            let object = record.and_then(|record| record.objects().find(|object| object.id == *id));
            let dependencies = object.map(|object| self.still_there(object)).unwrap_or_default();
            let lifecycle = record.map(|record| record.lifecycle.clone()).unwrap_or_default();
            Some((id, Was { inputs, dependencies, lifecycle }))
        };
        self.plan.changes.iter().filter_map(was).collect()
    }

    /// What an object depends on, but for resources that have lost all their objects: those are forgotten.
    fn still_there(&self, object: &Object) -> BTreeSet<Address> {
        let exists = |address: &&Address| {
            let made = self.begun.iter().filter_map(|step| self.plan.steps.get(*step)).any(|step| {
                matches!(step.operation, Operation::Create { .. }) && step.address.as_ref() == Some(*address)
            });
            let mut objects = self.recorded.resources.get(*address).into_iter().flat_map(Record::objects);
            made || objects.any(|object| !self.deleted.contains(&object.id))
        };
        object.dependencies.iter().filter(exists).cloned().collect()
    }

    fn update(&self, index: usize, now: &mut HashMap<&'a Id, Was>) -> Option<Operation> {
        let step = &self.plan.steps[index];
        let Operation::Update { inputs, fields, tags, dependencies, lifecycle, .. } = &step.operation else {
            return None;
        };
        let Some(change) = self.updated.get(step.address.as_ref()?) else { return self.shift_of_other(index) };
        let id = change.id.as_ref()?;
        let after = Was { inputs: inputs.clone(), dependencies: dependencies.clone(), lifecycle: lifecycle.clone() };
        let mut before = now.insert(id, after)?;
        for ((_, field), value) in self.stays.iter().filter(|((object, _), _)| *object == id) {
            before.inputs[*field] = (*value).clone();
        }
        let tags = tags.as_ref().and_then(|_| tags_before(change));
        Some(Operation::Update {
            inputs: before.inputs,
            fields: fields.iter().filter(|field| *field != "tags" || tags.is_some()).cloned().collect(),
            phase: if is_shift(step) { Phase::BACK } else { Phase::Whole },
            tags,
            dependencies: before.dependencies,
            lifecycle: before.lifecycle,
        })
    }

    /// What comes or goes by this plan is as it was before: the requests go where they went then.
    fn shift_of_other(&self, index: usize) -> Option<Operation> {
        let step = &self.plan.steps[index];
        let (address, Operation::Update { fields, dependencies, lifecycle, .. }) =
            (step.address.as_ref()?, &step.operation)
        else {
            return None;
        };
        let goes = self.plan.changes.iter().find(|change| change.address == *address)?.id.as_ref();
        if goes.is_some_and(|id| self.deleted.contains(id)) {
            return None;
        }
        Some(Operation::Update {
            inputs: self.plan.inputs_before(index, address)?.clone(),
            fields: fields.clone(),
            phase: if is_shift(step) { Phase::BACK } else { Phase::Whole },
            tags: None,
            dependencies: dependencies.clone(),
            lifecycle: lifecycle.clone(),
        })
    }

    /// All that changed together goes back together, but for what stays or is deleted.
    fn together(&self, field: &str, objects: &[Placed], now: &mut HashMap<&'a Id, Was>) -> Option<Operation> {
        let mut back = Vec::new();
        for Placed { address, id, value } in objects {
            let Some(object) = now.get_mut(id) else { continue };
            let before = std::mem::replace(&mut object.inputs[field], value.clone());
            if !self.stays.contains_key(&(id, field)) && !self.deleted.contains(id) {
                back.push(Placed { address: address.clone(), id: id.clone(), value: before });
            }
        }
        (!back.is_empty()).then(|| Operation::Together { field: field.to_owned(), objects: back })
    }

    /// The objects whose value before somebody else has now: something new, or another one that stays.
    fn taken(&self) -> BTreeMap<(&'a Id, &'a str), &'a Value> {
        let now = self.now();
        let mut stays = BTreeMap::new();
        for step in self.begun.iter().filter_map(|step| self.plan.steps.get(*step)) {
            let Operation::Together { field, objects } = &step.operation else { continue };
            let created = self.begun.iter().filter_map(|other| match self.plan.steps.get(*other) {
                Some(Step { kind, operation: Operation::Create { inputs, .. }, .. }) if *kind == step.kind => {
                    inputs.get(field)
                }
                _ => None,
            });
            let mut taken: Vec<&Value> = created.collect();
            let mut rest: Vec<&Placed> = objects.iter().collect();
            // Each that stays has what another one may have had.
            while let Some(place) = rest.iter().position(|it| {
                now.get(&it.id)
                    .and_then(|object| object.inputs.get(field))
                    .is_some_and(|before| taken.contains(&before))
            }) {
                let Placed { id, value, .. } = rest.swap_remove(place);
                taken.push(value);
                stays.insert((id, field.as_str()), value);
            }
        }
        stays
    }
}

fn is_shift(step: &Step) -> bool {
    matches!(step.operation, Operation::Update { phase: Phase::Shift(_), .. })
}

/// Our tags before a change of them.
fn tags_before(change: &Change) -> Option<Tags> {
    let before = change.fields.iter().find(|field| field.field == "tags")?.before.as_ref()?;
    serde_json::from_value(before.clone()).ok()
}

/// All steps that wait for `index`, directly or through others.
fn waits_for(plan: &Plan, index: usize) -> BTreeSet<usize> {
    let mut waiting = BTreeSet::from([index]);
    for (later, step) in plan.steps.iter().enumerate().skip(index + 1) {
        if step.after.iter().any(|earlier| waiting.contains(earlier)) {
            waiting.insert(later);
        }
    }
    waiting.remove(&index);
    waiting
}

#[cfg(test)]
mod tests;
