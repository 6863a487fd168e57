use super::{
    Action, Mode, Request, Unknown as _, consequences::Consequences, decide::Decision, learn::Learnt, stand_in::StandIn,
};
use crate::{provider::Observed, state::Object};
use model::{Address, Declaration, Schema};
use serde_json::Value;
use std::collections::HashMap;

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
    /// Where its requests go before it goes, where somebody gets them afterwards.
    pub(super) stand_in: Option<StandIn>,
}

pub(super) fn removals<'a>(
    learnt: &'a Learnt<'a>,
    declared: &[Decision<'a>],
    declarations: &HashMap<&Address, &Declaration>,
    consequences: &Consequences,
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
            stand_in: None,
        });
    }
    for (address, record) in &learnt.state.resources {
        let removal = |object: &'a Object, reason: String, prevented| Removal {
            address: address.clone(),
            kind: &record.kind,
            object,
            observed: request.observed.object(&object.id),
            reason,
            early: consequences.early.get(&object.id).cloned(),
            prevented,
            replaced: false,
            stand_in: None,
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
    let mut made: HashMap<(&str, String), &Decision<'_>> = HashMap::new();
    // What can change together with others steps aside instead.
    let stays = |decision: &&Decision<'_>| decision.action.is_none() || decision.schema.steps_aside();
    for decision in declared.iter().filter(|decision| !stays(decision)) {
        if let Some(key) = unique_key(decision.schema, &decision.inputs) {
            made.insert((decision.schema.kind, key), decision);
        }
    }
    if made.is_empty() {
        return;
    }
    let schemas: HashMap<&str, &Schema> = made.values().map(|it| (it.schema.kind, it.schema)).collect();
    for removal in removals.iter_mut().filter(|removal| removal.early.is_none()) {
        let (Some(observed), Some(schema)) = (removal.observed, schemas.get(removal.kind)) else { continue };
        let Some(key) = unique_key(schema, &observed.inputs) else { continue };
        if let Some(decision) = made.get(&(removal.kind, key)) {
            removal.early = Some(format!("{} cannot stand beside it", decision.address()));
        }
    }
}

/// The fields in which no two objects of a kind agree, as one text; `None` where there are none or they are not known.
pub(super) fn unique_key(schema: &Schema, inputs: &Value) -> Option<String> {
    let fields = schema.fields.iter().filter(|field| field.unique);
    let values: Vec<&Value> = fields.map(|field| inputs.get(field.name)).collect::<Option<_>>()?;
    let known = !values.is_empty() && !values.iter().any(|value| value.is_unknown() || value.is_null());
    known.then(|| serde_json::to_string(&values).unwrap_or_default())
}
