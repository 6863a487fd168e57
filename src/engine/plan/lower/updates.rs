//! Changes in place: in one step, or with old and new side by side in between.

use super::Lowering;
use crate::plan::{
    Action, Operation, Phase, canonical,
    decide::{Decision, Decisions},
};
use model::{Address, OnChange};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

impl Lowering<'_> {
    /// The first update of a resource: the whole change, or the step in which old and new stand side by side.
    pub(super) fn first_update(&self, decision: &Decision<'_>) -> Operation {
        let union = united(decision);
        if union.is_empty() {
            return self.update(decision, decision.inputs.clone(), Phase::Whole, names(decision));
        }
        let mut inputs = decision.inputs.clone();
        for (field, value) in union {
            inputs[field] = value;
        }
        self.update(decision, inputs, Phase::Expand, names(decision))
    }

    /// Once everything that was expanded works, lets go of the old: first who sends requests, then who receives
    /// them, which is the order in which they depend on each other.
    pub(super) fn contract(&mut self, decisions: &Decisions<'_>) {
        let expanded: Vec<(&Decision<'_>, Vec<String>)> = decisions
            .declared
            .iter()
            .map(|decision| (decision, united(decision).into_keys().map(ToOwned::to_owned).collect()))
            .filter(|(_, fields): &(_, Vec<String>)| !fields.is_empty())
            .collect();
        if expanded.is_empty() {
            return;
        }
        let changed: Vec<Address> = decisions
            .declared
            .iter()
            .filter(|decision| decision.action.is_some())
            .map(|decision| decision.address().clone())
            .collect();
        let all: BTreeSet<usize> = self.sinks();
        let before = "letting go of the old".to_owned();
        let settle = self.push(None, "", Operation::Settle { addresses: changed, before }, all);
        let fields_of: BTreeMap<&Address, &Vec<String>> =
            expanded.iter().map(|(decision, fields)| (decision.address(), fields)).collect();
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
                earlier.insert(settle);
                let update = self.update(decision, decision.inputs.clone(), Phase::Contract, (*fields).clone());
                earlier = BTreeSet::from([self.push(Some(address), decision.schema.kind, update, earlier)]);
            }
            if !earlier.is_empty() {
                self.contracts.insert(address.clone(), earlier);
            }
        }
    }

    /// Takes what has to go early out of the lists of those that stay. Returns the step of each.
    pub(super) fn shrink(&mut self, decisions: &Decisions<'_>) -> BTreeMap<Address, usize> {
        let gone: Vec<&str> = decisions
            .removals
            .iter()
            .filter(|removal| removal.early.is_some())
            .flat_map(|removal| removal.object.outputs.as_object().into_iter().flat_map(|outputs| outputs.values()))
            .filter_map(Value::as_str)
            .collect();
        let mut steps = BTreeMap::new();
        if gone.is_empty() {
            return steps;
        }
        for decision in decisions.declared.iter().filter(|decision| decision.action == Some(Action::Update)) {
            let Some((_, observed)) = decision.current else { continue };
            let mut inputs = observed.inputs.clone();
            let mut fields = Vec::new();
            for change in &decision.fields {
                let Some(Value::Array(items)) = inputs.get_mut(&change.field) else { continue };
                let kept: Vec<Value> = items.iter().filter(|item| !mentions(item, &gone)).cloned().collect();
                if !kept.is_empty() && kept.len() < items.len() {
                    *items = kept;
                    fields.push(change.field.clone());
                }
            }
            if !fields.is_empty() {
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

    fn update(&self, decision: &Decision<'_>, inputs: Value, phase: Phase, fields: Vec<String>) -> Operation {
        let tagged = phase != Phase::Shrink && fields.iter().any(|field| field == "tags");
        Operation::Update {
            inputs,
            tags: tagged.then(|| decision.identity.tags.clone()),
            fields,
            phase,
            dependencies: self.dependencies.of_resource(decision.address()),
            lifecycle: decision.declaration.lifecycle.clone(),
        }
    }
}

fn names(decision: &Decision<'_>) -> Vec<String> {
    decision.fields.iter().map(|change| change.field.clone()).collect()
}

/// The fields of a resource in which old and new have to stand side by side, with the value in which they do.
/// Where only something is added, or only something taken away, one step is enough.
fn united<'a>(decision: &'a Decision<'_>) -> BTreeMap<&'a str, Value> {
    let mut union = BTreeMap::new();
    if !matches!(decision.action, Some(Action::Update | Action::Adopt)) {
        return union;
    }
    for change in &decision.fields {
        let Some(field) = decision.schema.field(&change.field) else { continue };
        if field.on_change != OnChange::UnionFirst {
            continue;
        }
        let (Some(before), Some(after)) = (&change.before, &change.after) else { continue };
        let Some(both) = (decision.schema.expand)(field.name, before, after) else { continue };
        if canonical(&both) != canonical(before) && canonical(&both) != canonical(after) {
            union.insert(field.name, both);
        }
    }
    union
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

/// Whether any of `texts` stands anywhere in a value.
fn mentions(value: &Value, texts: &[&str]) -> bool {
    match value {
        Value::String(text) => texts.contains(&text.as_str()),
        Value::Array(items) => items.iter().any(|item| mentions(item, texts)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, texts)),
        _ => false,
    }
}
