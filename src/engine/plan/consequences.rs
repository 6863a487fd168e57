use super::{Action, decide::Decision, learn::Learnt, removal::Removal};
use model::Address;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The replacements and early deletions that follow from these decisions.
pub(super) fn follow(declared: &[Decision<'_>], removals: &[Removal<'_>], learnt: &Learnt<'_>) -> Consequences {
    let mut more = Consequences::default();
    let by_address: HashMap<&Address, &Decision<'_>> =
        declared.iter().map(|decision| (decision.address(), decision)).collect();
    // Who depends on something that has to go first has to go before it.
    let mut early: BTreeSet<&Address> = declared
        .iter()
        .filter(|decision| decision.action == Some(Action::DeleteThenCreate))
        .map(Decision::address)
        .chain(removals.iter().filter(|removal| removal.early.is_some()).map(|removal| &removal.address))
        .collect();
    let mut queue: Vec<&Address> = early.iter().copied().collect();
    while let Some(gone) = queue.pop() {
        for (address, record) in &learnt.state.resources {
            let depends = record.current.as_ref().is_some_and(|object| object.dependencies.contains(gone));
            let replaced = by_address.get(address).is_some_and(|decision| decision.replaces());
            if depends && replaced && early.insert(address) {
                more.delete_first.insert(address.clone(), format!("it uses {gone}, which has to go first"));
                queue.push(address);
            }
        }
    }
    // Whoever goes first lets go of what it holds; so this is asked only when it is known who does.
    if !more.delete_first.is_empty() {
        return more;
    }
    // What only one object can hold is replaced together with its holder.
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
    more
}

/// Replacements that follow from others, found by deciding again until no more are found.
#[derive(Default)]
pub(super) struct Consequences {
    /// Resources that are replaced although nothing of them changed, and why.
    pub(super) replaced: BTreeMap<Address, String>,
    /// Resources whose object must go before the new one can come, and why.
    pub(super) delete_first: BTreeMap<Address, String>,
}

impl Consequences {
    /// Adds what was found; whether any of it is new.
    pub(super) fn learn(&mut self, more: Self) -> bool {
        let new = more.replaced.keys().any(|address| !self.replaced.contains_key(address))
            || more.delete_first.keys().any(|address| !self.delete_first.contains_key(address));
        self.replaced.extend(more.replaced);
        self.delete_first.extend(more.delete_first);
        new
    }
}
