use super::{
    Action, Request,
    anchor::held_inside,
    decide::Decision,
    learn::Learnt,
    mention::{mentions, texts, without},
    removal::Removal,
};
use crate::provider::Id;
use model::Address;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The replacements and early deletions that follow from these decisions.
pub(super) fn follow(
    declared: &[Decision<'_>],
    removals: &[Removal<'_>],
    learnt: &Learnt<'_>,
    request: &Request<'_>,
) -> Consequences {
    let mut more = Consequences::default();
    held_inside(declared, learnt, request, &mut more);
    go_first(declared, removals, &mut more);
    // Whoever goes first lets go of what it holds; so this is asked only when it is known who does.
    if more.delete_first.is_empty() {
        held_together(declared, &mut more);
    }
    more
}

/// Whoever uses what has to go first has to let go of it before, or to go before it.
fn go_first(declared: &[Decision<'_>], removals: &[Removal<'_>], more: &mut Consequences) {
    let early: Vec<&Removal<'_>> = removals.iter().filter(|removal| removal.early.is_some()).collect();
    if early.is_empty() {
        return;
    }
    let gone: BTreeSet<&Address> = early.iter().map(|removal| &removal.address).collect();
    let outputs: BTreeSet<&str> = early.iter().flat_map(|removal| texts(&removal.object.outputs)).collect();
    for decision in declared.iter().filter(|decision| decision.action != Some(Action::DeleteThenCreate)) {
        let Some((object, observed)) = decision.current else { continue };
        let address = decision.address();
        let asked = early.iter().find(|removal| removal.replaced && removal.address == *address);
        let used = object.dependencies.iter().find(|used| gone.contains(used));
        let why = match (asked.and_then(|removal| removal.early.clone()), used) {
            (Some(why), _) => why,
            (None, Some(used)) if decision.replaces() || is_stuck(decision, &observed.inputs, &outputs) => {
                format!("it uses {used}, which has to go first")
            }
            _ => continue,
        };
        if !decision.replaces() {
            more.replaced.insert(address.clone(), why.clone());
        }
        more.delete_first.insert(address.clone(), why);
    }
    for removal in removals.iter().filter(|removal| removal.early.is_none() && !removal.replaced) {
        let inputs = removal.observed.map_or(&removal.object.inputs, |observed| &observed.inputs);
        if mentions(inputs, &outputs) {
            more.early.insert(removal.object.id.clone(), "it uses what has to go first".to_owned());
        }
    }
}

/// Whether an object that stays uses any of these outputs otherwise than as some items of a list, out of which a
/// change in place can take them.
fn is_stuck(decision: &Decision<'_>, inputs: &Value, outputs: &BTreeSet<&str>) -> bool {
    inputs.as_object().into_iter().flatten().any(|(_, value)| {
        mentions(value, outputs) && (decision.action != Some(Action::Update) || without(value, outputs).is_none())
    })
}

/// What only one object can hold is replaced together with its holder.
fn held_together(declared: &[Decision<'_>], more: &mut Consequences) {
    let by_address: HashMap<&Address, &Decision<'_>> =
        declared.iter().map(|decision| (decision.address(), decision)).collect();
    for decision in declared.iter().filter(|decision| decision.action == Some(Action::Replace)) {
        for field in decision.schema.fields.iter().filter(|field| field.exclusive) {
            let held = decision.declaration.inputs.get(field.name).map(model::references).unwrap_or_default();
            for reference in held {
                if by_address.get(&reference.address).is_some_and(|held| held.current.is_some() && !held.replaces()) {
                    let why = format!("only one can hold it, and {} is replaced", decision.address());
                    more.replaced.insert(reference.address, why);
                }
            }
        }
    }
}

/// Replacements that follow from others, found by deciding again until no more are found.
#[derive(Default)]
pub(super) struct Consequences {
    /// Resources that are replaced although nothing of them changed, and why.
    pub(super) replaced: BTreeMap<Address, String>,
    /// Resources whose object must go before the new one can come, and why.
    pub(super) delete_first: BTreeMap<Address, String>,
    /// Objects that are deleted anyway and have to go early, because what they use has to, and why.
    pub(super) early: BTreeMap<Id, String>,
}

impl Consequences {
    /// Adds what was found; whether any of it is new.
    pub(super) fn learn(&mut self, more: Self) -> bool {
        let known = |it: &Self| (it.replaced.len(), it.delete_first.len(), it.early.len());
        let before = known(self);
        self.replaced.extend(more.replaced);
        self.delete_first.extend(more.delete_first);
        self.early.extend(more.early);
        known(self) != before
    }
}
