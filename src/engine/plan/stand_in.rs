//! Requests that one rule takes from another, or leaves to it, without a moment in which nobody answers.
//!
//! A service can register only with a group that a rule names, and it has to leave before the rule goes. So a new rule
//! sends its requests where they have gone all along until what is behind it serves; and one that goes sends them to whoever
//! gets them afterwards before anything behind it goes.

use super::{
    Action, FieldChange, canonical,
    decide::{Decision, Decisions},
    mention::mentions,
};
use crate::serve::{Share, share};
use model::{
    Address, Field, Schema,
    serving::{self, Fact},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a rule does for another one.
pub(super) struct StandIn {
    /// The field that says where requests go: what it is for the other one, and what it is for this one.
    pub(super) change: FieldChange,
    /// The field while requests go where the other one sends them, and the groups of this one get none.
    pub(super) meanwhile: Value,
    /// The other one.
    pub(super) other: Address,
}

/// Finds for each new rule who gets its requests now, and for each that goes who gets them afterwards.
pub(super) fn stand_in(decisions: &mut Decisions<'_>) {
    let (now, afterwards) = (Taker::now(decisions), Taker::afterwards(decisions));
    let come = decisions.declared.iter().map(|decision| {
        let is_new = decision.action == Some(Action::Create);
        is_new.then(|| between(decision.schema, &decision.inputs, &now)).flatten()
    });
    let declared: BTreeSet<&Address> = decisions.declared.iter().map(Decision::address).collect();
    let go = decisions.removals.iter().map(|removal| {
        let goes_last = removal.early.is_none() && !declared.contains(&removal.address);
        let inputs = &removal.observed.filter(|_| goes_last)?.inputs;
        between(schema_of(decisions, removal.kind)?, inputs, &afterwards)
    });
    let (come, go): (Vec<_>, Vec<_>) = (come.collect(), go.collect());
    decisions.declared.iter_mut().zip(come).for_each(|(decision, stand_in)| decision.stand_in = stand_in);
    decisions.removals.iter_mut().zip(go).for_each(|(removal, stand_in)| removal.stand_in = stand_in);
}

fn between(schema: &'static Schema, inputs: &Value, takers: &[Taker<'_>]) -> Option<StandIn> {
    let (field, fact) = sender(schema, inputs)?;
    let Fact::Rule(rule) = fact else { return None };
    let taker = instead_of(&rule, takers)?;
    let (their, own) = (taker.inputs.get(taker.field.name)?, inputs.get(field.name)?);
    let meanwhile = (schema.expand)(field.name, their, own)?;
    (canonical(&meanwhile) != canonical(own)).then(|| StandIn {
        change: FieldChange::new(field, Some(their.clone()), Some(own.clone())),
        meanwhile,
        other: taker.address.clone(),
    })
}

/// Who gets all requests of a rule where it is not there. `None` when that is not one alone, or gets them anyway.
fn instead_of<'t, 'a>(rule: &serving::Rule, takers: &'t [Taker<'a>]) -> Option<&'t Taker<'a>> {
    let others = takers.iter().filter_map(|taker| match &taker.fact {
        Fact::Rule(other) if other.listener == rule.listener => Some((taker, other)),
        _ => None,
    });
    let mut others: Vec<_> = others.collect();
    others.sort_by_key(|(_, other)| other.priority);
    for (taker, other) in others {
        match (share(&other.conditions, &rule.conditions), other.priority >= rule.priority) {
            (Share::All, true) => return Some(taker),
            (Share::All, false) | (Share::Some, true) => return None,
            (Share::Some, false) | (Share::None, _) => (),
        }
    }
    let listener = BTreeSet::from([rule.listener.as_str()]);
    let is_its_listener = |taker: &&Taker<'_>| {
        matches!(taker.fact, Fact::Listener(_)) && taker.outputs.is_some_and(|outputs| mentions(outputs, &listener))
    };
    takers.iter().find(is_its_listener)
}

/// Somebody who takes requests.
struct Taker<'a> {
    address: &'a Address,
    inputs: &'a Value,
    outputs: Option<&'a Value>,
    field: &'static Field,
    fact: Fact,
}

impl<'a> Taker<'a> {
    fn now(decisions: &'a Decisions<'_>) -> Vec<Self> {
        let stays = decisions.declared.iter().filter_map(|decision| {
            let (_, observed) = decision.current?;
            Self::of(decision.address(), decision.schema, &observed.inputs, Some(&observed.outputs))
        });
        let goes = decisions.removals.iter().filter(|removal| !removal.replaced).filter_map(|removal| {
            let (schema, observed) = (schema_of(decisions, removal.kind)?, removal.observed?);
            Self::of(&removal.address, schema, &observed.inputs, Some(&observed.outputs))
        });
        stays.chain(goes).collect()
    }

    fn afterwards(decisions: &'a Decisions<'_>) -> Vec<Self> {
        let taker = |decision: &'a Decision<'_>| {
            let known = decision.current.filter(|_| !decision.replaces()).map(|(_, observed)| &observed.outputs);
            Self::of(decision.address(), decision.schema, &decision.inputs, known)
        };
        decisions.declared.iter().filter_map(taker).collect()
    }

    fn of(
        address: &'a Address,
        schema: &'static Schema,
        inputs: &'a Value,
        outputs: Option<&'a Value>,
    ) -> Option<Self> {
        let (field, fact) = sender(schema, inputs)?;
        Some(Self { address, inputs, outputs, field, fact })
    }
}

/// Of a rule or listener, the field that says where requests go, and what it does with them.
fn sender(schema: &'static Schema, inputs: &Value) -> Option<(&'static Field, Fact)> {
    let field = schema.fields.iter().find(|field| field.part_of && field.on_change.unites())?;
    // Nobody stands in for what cannot be read; the proof says that it cannot be read.
    let fact = (schema.serving)(inputs).ok()?.into_iter().next()?;
    matches!(fact, Fact::Rule(_) | Fact::Listener(_)).then_some((field, fact))
}

/// The schema of something that goes. `None` when nothing declared is of its kind: then nothing can stand in for it.
fn schema_of(decisions: &Decisions<'_>, kind: &str) -> Option<&'static Schema> {
    decisions.declared.iter().map(|decision| decision.schema).find(|schema| schema.kind == kind)
}
