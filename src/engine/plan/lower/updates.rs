//! Changes in place: in one step, or with old and new side by side in between.

use super::{ALL, Lowering, shifts, together::Group};
use crate::plan::{
    Action, Operation, Phase, canonical,
    decide::{Decision, Decisions},
    mention::{mentions, texts, without},
};
use model::{Address, OnChange, Rollout};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// See [`Lowering::before_others`].
enum BeforeOthers {
    /// It sends its requests elsewhere, and still names what it does not send any to.
    Moves(Value),
    /// The whole change: it names nothing that it would have to keep.
    Whole,
    /// It sends no requests, so it stays as it is.
    Nothing,
}

impl Lowering<'_> {
    /// The first update of a resource: the whole change, or the step in which old and new stand side by side. `None`
    /// when all it does is to let go, which comes later.
    pub(super) fn first_update(&self, decision: &Decision<'_>) -> Option<Operation> {
        let Sides { united, deferred } = self.sides(decision);
        let joined = self.joined.get(decision.address());
        let later = |field: &str| deferred.contains(field) || joined.is_some_and(|joined| joined.field == field);
        let now: Vec<String> =
            decision.fields.iter().map(|it| &it.field).filter(|field| !later(field)).cloned().collect();
        if now.is_empty() && decision.fields.iter().any(|change| later(&change.field)) {
            return None;
        }
        let phase = if united.is_empty() { Phase::Whole } else { Phase::Expand };
        let mut inputs = decision.inputs.clone().into_owned();
        for (field, both) in united {
            inputs[field] = both;
        }
        let is_done = |field: &str| joined.is_some_and(|joined| joined.field == field && joined.step.is_some());
        for change in decision.fields.iter().filter(|change| later(&change.field) && !is_done(&change.field)) {
            inputs[&change.field] = change.before.clone().unwrap_or_default();
        }
        Some(self.update(decision, inputs, phase, now))
    }

    /// Once everything that was expanded works, lets go of the old: first who sends requests sends them elsewhere, then
    /// who receives them leaves, which is the order in which they depend on each other. What is used until then stays
    /// until then: a target group stands in its rule with weight 0, because ECS wants it there, and a load balancer keeps
    /// its subnets.
    pub(super) fn contract(&mut self, decisions: &Decisions<'_>, groups: &[Group], rollouts: &[Rollout]) {
        let fields_of: BTreeMap<&Address, Vec<String>> = decisions
            .declared
            .iter()
            .map(|decision| (decision.address(), self.sides(decision).names()))
            .filter(|(_, fields)| !fields.is_empty())
            .collect();
        if fields_of.is_empty() && !groups.iter().any(Group::waits) {
            return;
        }
        let sinks = self.sinks();
        let phase = if sinks.is_empty() { Phase::Whole } else { Phase::Contract };
        let settle = (!sinks.is_empty()).then(|| {
            let changed = decisions.declared.iter().filter(|decision| decision.action.is_some());
            let addresses = changed.map(|decision| decision.address().clone()).collect();
            let before = if fields_of.is_empty() { "several change together" } else { "letting go of the old" };
            self.push(None, "", Operation::Settle { addresses, bake: None, before: before.to_owned() }, sinks)
        });
        self.rearrange(groups, &settle.into_iter().collect());
        let used = self.used_by(fields_of.keys().copied());
        let mut kept: Vec<(&Decision<'_>, &[String])> = Vec::new();
        for decision in &decisions.declared {
            let address = decision.address();
            let mut earlier: BTreeSet<usize> = self
                .dependencies
                .of_resource(address)
                .iter()
                .filter_map(|dependency| self.contracts.get(dependency))
                .flatten()
                .copied()
                .collect();
            if let Some(fields) = fields_of.get(address) {
                earlier.extend(settle);
                earlier.extend(self.contracts.get(address).into_iter().flatten());
                let before_others =
                    if used.contains(address) { self.before_others(decision, fields) } else { BeforeOthers::Whole };
                earlier = match (shifts::rollout_of(decision, rollouts), before_others) {
                    (Some(rollout), _) => self.shift(decision, fields, rollout, earlier),
                    (None, BeforeOthers::Whole) => BTreeSet::from([self.whole(decision, fields, phase, earlier)]),
                    (None, BeforeOthers::Moves(inputs)) => {
                        kept.push((decision, fields));
                        let update = self.update(decision, inputs, Phase::Shift(ALL), fields.clone());
                        BTreeSet::from([self.push(Some(address), decision.schema.kind, update, earlier)])
                    }
                    (None, BeforeOthers::Nothing) => {
                        kept.push((decision, fields));
                        earlier
                    }
                };
            }
            if !earlier.is_empty() {
                self.contracts.entry(address.clone()).or_default().extend(earlier);
            }
        }
        for (decision, fields) in kept.into_iter().rev() {
            let all = self.sinks();
            let step = self.whole(decision, fields, phase, all);
            self.contracts.entry(decision.address().clone()).or_default().insert(step);
        }
    }

    /// The step after which a resource is as it is wanted.
    fn whole(&mut self, decision: &Decision<'_>, fields: &[String], phase: Phase, after: BTreeSet<usize>) -> usize {
        let update = self.update(decision, decision.inputs.clone().into_owned(), phase, fields.to_vec());
        self.push(Some(decision.address()), decision.schema.kind, update, after)
    }

    /// Everything that these resources depend on, directly or through others.
    fn used_by<'a>(&self, users: impl Iterator<Item = &'a Address>) -> BTreeSet<Address> {
        let mut used = BTreeSet::new();
        let mut rest: Vec<Address> = users.cloned().collect();
        while let Some(user) = rest.pop() {
            for dependency in self.dependencies.waited_for(&user) {
                if used.insert(dependency.clone()) {
                    rest.push(dependency.clone());
                }
            }
        }
        used
    }

    /// What a resource that others still use can do before they let go of it.
    fn before_others(&self, decision: &Decision<'_>, fields: &[String]) -> BeforeOthers {
        let sends =
            decision.schema.fields.iter().any(|field| field.part_of && fields.iter().any(|it| it == field.name));
        if !sends {
            return BeforeOthers::Nothing;
        }
        let stays =
            |inputs: &Value| fields.iter().any(|field| canonical(&inputs[field]) != canonical(&decision.inputs[field]));
        self.shifted(decision, fields, ALL).filter(stays).map_or(BeforeOthers::Whole, BeforeOthers::Moves)
    }

    /// Takes what has to go early out of the lists of those that stay. Returns the step of each.
    pub(super) fn shrink(&mut self, decisions: &Decisions<'_>) -> BTreeMap<Address, usize> {
        let early = decisions.removals.iter().filter(|removal| removal.early.is_some());
        let gone: BTreeSet<&str> = early.flat_map(|removal| texts(&removal.object.outputs)).collect();
        let mut steps = BTreeMap::new();
        if gone.is_empty() {
            return steps;
        }
        // Nobody can be told to keep what does not exist either.
        let unusable: BTreeSet<&str> = gone.union(&self.vanished).copied().collect();
        for decision in decisions.declared.iter().filter(|decision| decision.action == Some(Action::Update)) {
            let Some((_, observed)) = decision.current.filter(|(_, it)| mentions(&it.inputs, &gone)) else { continue };
            let mut inputs = observed.inputs.clone();
            let mut fields = Vec::new();
            for change in &decision.fields {
                let Some(value) = inputs.get_mut(&change.field).filter(|value| mentions(value, &unusable)) else {
                    continue;
                };
                if let Some(kept) = without(value, &unusable) {
                    *value = kept;
                    fields.push(change.field.clone());
                }
            }
            if !fields.is_empty() {
                self.shrunk.insert(decision.address().clone(), inputs.clone());
                let update = self.update(decision, inputs, Phase::Shrink, fields);
                let step = self.push(Some(decision.address()), decision.schema.kind, update, BTreeSet::new());
                steps.insert(decision.address().clone(), step);
            }
        }
        steps
    }

    /// Every step that no other waits for.
    pub(super) fn sinks(&self) -> BTreeSet<usize> {
        let waited_for: BTreeSet<usize> = self.steps.iter().flat_map(|step| step.after.iter().copied()).collect();
        (0..self.steps.len()).filter(|step| !waited_for.contains(step)).collect()
    }

    pub(super) fn update(
        &self,
        decision: &Decision<'_>,
        inputs: Value,
        phase: Phase,
        fields: Vec<String>,
    ) -> Operation {
        let tags = |field: &str| field == "tags";
        // An apply may have died between writing the tags and recording them: then they are as wanted, and not recorded.
        let unrecorded = !decision.fields.iter().any(|change| tags(&change.field))
            && decision.current.is_some_and(|(object, _)| object.identity.tags != decision.identity.tags);
        let tagged = phase != Phase::Shrink && (unrecorded || fields.iter().any(|field| tags(field)));
        Operation::Update {
            inputs,
            tags: tagged.then(|| decision.identity.tags.clone()),
            fields,
            phase,
            dependencies: match decision.current {
                // What it will depend on may not be there yet.
                Some((object, _)) if phase == Phase::Shrink => object.dependencies.clone(),
                _ => self.dependencies.of_resource(decision.address()),
            },
            lifecycle: decision.declaration.lifecycle.clone(),
        }
    }
}

/// The fields of a resource that do not change in one step.
#[derive(Default)]
pub(super) struct Sides<'a> {
    /// Old and new stand side by side first: the field, and the value in which they do.
    pub(super) united: BTreeMap<&'a str, Value>,
    /// Something is only taken away, or requests are only sent elsewhere: that waits until everything else works.
    deferred: BTreeSet<&'a str>,
}

impl Sides<'_> {
    fn names(&self) -> Vec<String> {
        self.united.keys().chain(&self.deferred).map(|field| (*field).to_owned()).collect()
    }
}

impl Lowering<'_> {
    pub(super) fn sides<'a>(&self, decision: &'a Decision<'_>) -> Sides<'a> {
        let mut sides = Sides::default();
        let shrunk = self.shrunk.get(decision.address());
        for change in decision.may_be_both() {
            let Some(field) = decision.schema.field(&change.field) else { continue };
            if !field.on_change.unites() {
                let only_less = |(before, after)| field.unordered && takes_away(before, after);
                if change.before.as_ref().zip(change.after.as_ref()).is_some_and(only_less) {
                    sides.deferred.insert(field.name);
                }
                continue;
            }
            let before = shrunk.and_then(|inputs| inputs.get(field.name)).or(change.before.as_ref());
            let (Some(before), Some(after)) = (before, &change.after) else { continue };
            let before = match before {
                Value::Array(_) if mentions(before, &self.vanished) => {
                    &without(before, &self.vanished).unwrap_or_default()
                }
                before => before,
            };
            let Some(both) = (decision.schema.expand)(field.name, before, after) else { continue };
            if canonical(&both) == canonical(after) {
                continue;
            }
            if canonical(&both) == canonical(before) {
                sides.deferred.insert(field.name);
            } else {
                sides.united.insert(field.name, both);
            }
        }
        sides
    }
}

/// Whether a list only loses elements.
fn takes_away(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            after.len() < before.len() && after.iter().all(|kept| before.contains(kept))
        }
        _ => false,
    }
}

/// The fields of a resource in which old and new should stand side by side and cannot.
pub(in crate::plan) fn indivisible<'a>(decision: &'a Decision<'_>) -> Vec<&'a str> {
    if decision.action != Some(Action::Update) {
        return Vec::new();
    }
    let changes = decision.fields.iter().filter_map(|change| {
        let field = decision.schema.field(&change.field)?;
        let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
        let united = (decision.schema.expand)(field.name, before, after).is_some();
        (field.on_change == OnChange::UnionFirst && !united).then_some(field.name)
    });
    changes.collect()
}
