use super::{Action, Mode, Request, decide::Decision, differs, learn::Learnt};
use crate::{provider::Observed, state::Object};
use model::{Address, Declaration};
use std::collections::{BTreeMap, HashMap};

/// An object that is deleted: its resource is not declared any more, or another object has taken its place.
pub(super) struct Removal<'a> {
    pub(super) address: Address,
    pub(super) kind: &'a str,
    pub(super) object: &'a Object,
    pub(super) observed: Option<&'a Observed>,
    pub(super) reason: String,
    /// Why it has to go before something else can come, if so.
    pub(super) early: Option<String>,
    /// Whether its resource must not be destroyed.
    pub(super) prevented: bool,
    /// Whether it is the second half of a replacement, which the change of the resource already tells.
    pub(super) replaced: bool,
}

pub(super) fn removals<'a>(
    learnt: &'a Learnt<'a>,
    declared: &[Decision<'a>],
    declarations: &HashMap<&Address, &Declaration>,
    request: &Request<'a>,
) -> Vec<Removal<'a>> {
    let mut removals = Vec::new();
    for decision in declared.iter().filter(|decision| decision.replaces()) {
        let Some((object, observed)) = decision.current else { continue };
        let early = decision.action == Some(Action::DeleteThenCreate);
        removals.push(Removal {
            address: decision.address().clone(),
            kind: decision.schema.kind,
            object,
            observed: Some(observed),
            reason: "another object takes its place".to_owned(),
            early: early.then(|| decision.reasons.join("; ")),
            prevented: false,
            replaced: true,
        });
    }
    for (address, record) in &learnt.state.resources {
        let removal = |object: &'a Object, reason: String, prevented| Removal {
            address: address.clone(),
            kind: &record.kind,
            object,
            observed: request.observed.object(&object.id),
            reason,
            early: None,
            prevented,
            replaced: false,
        };
        for old in &record.superseded {
            let reason = format!("generation {} was superseded: {}", old.object.generation, old.reason);
            removals.push(removal(&old.object, reason, false));
        }
        if let Some(object) = record.current.as_ref().filter(|_| !declarations.contains_key(address)) {
            let reason = match request.mode {
                Mode::Apply => format!("{address} is not in the stack any more"),
                Mode::Destroy => String::new(),
            };
            removals.push(removal(object, reason, record.lifecycle.prevent_destroy));
        }
    }
    clash(&mut removals, declared);
    removals
}

/// Marks what has to go early because something new cannot stand beside it.
fn clash(removals: &mut [Removal<'_>], declared: &[Decision<'_>]) {
    let mut created: BTreeMap<&str, Vec<&Decision<'_>>> = BTreeMap::new();
    for decision in declared.iter().filter(|decision| decision.action == Some(Action::Create)) {
        if decision.schema.fields.iter().any(|field| field.unique) {
            created.entry(decision.schema.kind).or_default().push(decision);
        }
    }
    for removal in removals.iter_mut().filter(|removal| removal.early.is_none()) {
        let Some(observed) = removal.observed else { continue };
        let clashes = |decision: &&&Decision<'_>| {
            decision.schema.fields.iter().filter(|field| field.unique).all(|field| {
                let (wanted, actual) = (decision.inputs.get(field.name), observed.inputs.get(field.name));
                wanted.zip(actual).is_some_and(|(wanted, actual)| !differs(wanted, actual, false))
            })
        };
        if let Some(decision) = created.get(removal.kind).and_then(|created| created.iter().find(clashes)) {
            removal.early = Some(format!("{} cannot stand beside it", decision.address()));
        }
    }
}
