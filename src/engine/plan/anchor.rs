//! What lies in something (a load balancer, by its subnets, in a VPC) cannot leave it: it is replaced instead.

use super::{Request, consequences::Consequences, decide::Decision, learn::Learnt, mention::texts};
use crate::{provider::Id, state::Object};
use model::{Address, references};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The replacements of what would otherwise have to move.
pub(super) fn held_inside(
    declared: &[Decision<'_>],
    learnt: &Learnt<'_>,
    request: &Request<'_>,
    more: &mut Consequences,
) {
    // What names the same as before cannot have moved.
    let candidates = declared.iter().filter(|it| it.current.is_some() && !it.replaces());
    let changes: Vec<(&Decision<'_>, &str, &str)> = candidates
        .flat_map(|decision| decision.fields.iter().map(move |change| (decision, change)))
        .filter_map(|(decision, change)| Some((decision, decision.schema.field(&change.field)?)))
        .filter_map(|(decision, field)| Some((decision, field.name, field.anchor?)))
        .collect();
    if changes.is_empty() {
        return;
    }
    let wanted = Wanted(declared.iter().map(|decision| (decision.address(), decision)).collect());
    let present = Present::of(learnt, request);
    for (decision, field, kind) in changes {
        let Some((object, observed)) = decision.current else { continue };
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        present.reach(&observed.inputs[field], &object.dependencies, kind, &mut BTreeSet::new(), &mut before);
        wanted.reach(decision.declaration.inputs.get(field), kind, &mut BTreeSet::new(), &mut after);
        let stays = |anchor: &&&Address| wanted.kept(anchor).is_some_and(|id| before.contains(id));
        // Where it lies is not known when what it names is not of this stack.
        let Some(anchor) = after.iter().find(|anchor| !before.is_empty() && !stays(anchor)) else { continue };
        let is_replaced = wanted.0[*anchor].replaces();
        let why = if is_replaced {
            format!("it lies in {anchor}, which is replaced")
        } else {
            format!("it cannot move to {anchor}")
        };
        more.replaced.insert(decision.address().clone(), why);
    }
}

/// The resources as they are declared.
struct Wanted<'a>(HashMap<&'a Address, &'a Decision<'a>>);

impl<'a> Wanted<'a> {
    /// The object that a resource has and keeps.
    fn kept(&self, address: &Address) -> Option<&'a Id> {
        let decision = self.0.get(address).filter(|decision| !decision.replaces())?;
        decision.current.map(|(object, _)| &object.id)
    }

    /// The resources of a kind at which the references in a value end.
    fn reach(
        &self,
        value: Option<&Value>,
        kind: &str,
        seen: &mut BTreeSet<&'a Address>,
        found: &mut BTreeSet<&'a Address>,
    ) {
        for reference in value.map(references).unwrap_or_default() {
            let Some((&address, decision)) = self.0.get_key_value(&reference.address) else { continue };
            if !seen.insert(address) {
                continue;
            }
            if decision.schema.kind == kind {
                found.insert(address);
            } else {
                self.reach(Some(&decision.declaration.inputs), kind, seen, found);
            }
        }
    }
}

/// The objects as they are.
struct Present<'a> {
    request: &'a Request<'a>,
    /// Whose output a text may be: the resource, its kind, its object.
    owners: HashMap<&'a str, Vec<(&'a Address, &'a str, &'a Object)>>,
}

impl<'a> Present<'a> {
    fn of(learnt: &'a Learnt<'_>, request: &'a Request<'_>) -> Self {
        let mut owners: HashMap<_, Vec<_>> = HashMap::new();
        for (address, record) in &learnt.state.resources {
            for object in record.objects() {
                for text in texts(&object.outputs) {
                    owners.entry(text).or_default().push((address, record.kind.as_str(), object));
                }
            }
        }
        Self { request, owners }
    }

    /// The objects of a kind to which a value leads: by what it names of `dependencies`, by what that names, and so on.
    /// Only by those, because a text may be an output of one object and something else in another.
    fn reach(
        &self,
        value: &Value,
        dependencies: &BTreeSet<Address>,
        kind: &str,
        seen: &mut BTreeSet<&'a Id>,
        found: &mut BTreeSet<&'a Id>,
    ) {
        match value {
            Value::String(text) => {
                let owners = self.owners.get(text.as_str()).into_iter().flatten();
                for (_, of, object) in owners.filter(|(address, ..)| dependencies.contains(*address)) {
                    if !seen.insert(&object.id) {
                        continue;
                    }
                    if *of == kind {
                        found.insert(&object.id);
                    } else if let Some(observed) = self.request.observed.object(&object.id) {
                        self.reach(&observed.inputs, &object.dependencies, kind, seen, found);
                    }
                }
            }
            Value::Array(items) => {
                items.iter().for_each(|item| self.reach(item, dependencies, kind, seen, found));
            }
            Value::Object(fields) => {
                fields.values().for_each(|field| self.reach(field, dependencies, kind, seen, found));
            }
            _ => (),
        }
    }
}
