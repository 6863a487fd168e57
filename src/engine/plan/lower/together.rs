//! Changes of several objects in one call: no two may have the same value, and what one gives up another may take.

use super::Lowering;
use crate::plan::{Action, Operation, Placed, decide::Decisions, removal::Removal};
use model::{Address, OnChange, Schema};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Objects of one kind that change one field together.
pub(super) struct Group {
    kind: &'static str,
    field: &'static str,
    objects: Vec<Placed>,
    /// Whether a new object takes a value that one of them gives up.
    makes_room: bool,
}

/// The field of a declared resource that changes together with others', and the step that changes it once there is one.
#[derive(Clone, Copy)]
pub(super) struct Joined {
    pub(super) field: &'static str,
    pub(super) step: Option<usize>,
}

impl Lowering<'_> {
    /// Takes the changes of a group out of those that each resource makes for itself.
    pub(super) fn join(&mut self, groups: &[Group]) {
        for group in groups {
            let joined = Joined { field: group.field, step: None };
            self.joined.extend(group.objects.iter().map(|object| (object.address.clone(), joined)));
        }
    }

    /// Changes those whose values new objects wait for.
    pub(super) fn make_room(&mut self, groups: &[Group], deleted_early: &BTreeMap<Address, usize>) {
        for group in groups.iter().filter(|group| group.makes_room) {
            let of_kind = deleted_early.values().filter(|&&step| self.steps[step].kind == group.kind);
            let step = self.change_together(group, of_kind.copied().collect());
            self.room.push(step);
        }
    }

    /// Changes the others, when everything that was made works: what is judged first then can serve.
    pub(super) fn rearrange(&mut self, groups: &[Group], after: &BTreeSet<usize>) {
        for group in groups.iter().filter(|group| !group.makes_room) {
            let step = self.change_together(group, after.clone());
            self.contracts.extend(group.objects.iter().map(|object| (object.address.clone(), BTreeSet::from([step]))));
        }
    }

    fn change_together(&mut self, group: &Group, after: BTreeSet<usize>) -> usize {
        let operation = Operation::Together { field: group.field.to_owned(), objects: group.objects.clone() };
        let step = self.push(None, group.kind, operation, after);
        for object in &group.objects {
            if let Some(joined) = self.joined.get_mut(&object.address) {
                joined.step = Some(step);
            }
        }
        step
    }
}

impl Group {
    /// Whether there is anything to be done only when everything else works.
    pub(super) fn waits(&self) -> bool {
        !self.makes_room
    }
}

/// The changes that have to be made together. One that nobody else minds is like any other change.
pub(super) fn groups(decisions: &Decisions<'_>) -> Vec<Group> {
    let mut scopes = Scopes::new();
    for decision in &decisions.declared {
        let Some(field) = decision.schema.fields.iter().find(|field| field.on_change == OnChange::Together) else {
            continue;
        };
        let (schema, field) = (decision.schema, field.name);
        match (decision.action, decision.current) {
            (Some(Action::Create | Action::Replace | Action::DeleteThenCreate), _) => {
                if let Some(scope) = within(&mut scopes, schema, field, &decision.inputs) {
                    scope.claimed.push(&decision.inputs[field]);
                }
            }
            (_, Some((object, observed))) => {
                let Some(scope) = within(&mut scopes, schema, field, &observed.inputs) else { continue };
                let change = decision.fields.iter().find(|change| change.field == field);
                let sides = change.and_then(|change| change.before.as_ref().zip(change.after.as_ref()));
                match sides {
                    Some((before, after)) => {
                        scope.given_up.push(before);
                        let (address, id) = (decision.address().clone(), object.id.clone());
                        scope.moves.push(Placed { address, id, value: after.clone() });
                    }
                    None => scope.kept.push(&observed.inputs[field]),
                }
            }
            (_, None) => (),
        }
    }
    for removal in decisions.removals.iter().filter(|removal| removal.early.is_none()) {
        let Some(observed) = removal.observed else { continue };
        let of_kind = scopes.iter_mut().filter(|((kind, ..), _)| *kind == removal.kind);
        for ((_, field, in_scope), found) in of_kind {
            if scope(found.schema, field, &observed.inputs).as_ref() == Some(in_scope) {
                found.leaving.push((removal, &observed.inputs[*field]));
            }
        }
    }
    scopes.into_values().filter_map(Scope::group).collect()
}

/// By kind, field, and the other unique fields.
type Scopes<'a> = BTreeMap<(&'static str, &'static str, String), Scope<'a>>;

/// The scope of an object with these inputs.
fn within<'s, 'a>(
    scopes: &'s mut Scopes<'a>,
    schema: &'static Schema,
    field: &'static str,
    inputs: &Value,
) -> Option<&'s mut Scope<'a>> {
    let key = (schema.kind, field, scope(schema, field, inputs)?);
    Some(scopes.entry(key).or_insert_with(|| Scope::of(schema, field)))
}

/// Objects among which a value is unique.
struct Scope<'a> {
    schema: &'static Schema,
    field: &'static str,
    /// What existing objects change to.
    moves: Vec<Placed>,
    /// What they have now.
    given_up: Vec<&'a Value>,
    /// What new objects will have.
    claimed: Vec<&'a Value>,
    /// What others have and keep.
    kept: Vec<&'a Value>,
    /// What is deleted last, and what it has now.
    leaving: Vec<(&'a Removal<'a>, &'a Value)>,
}

impl<'a> Scope<'a> {
    fn of(schema: &'static Schema, field: &'static str) -> Self {
        let (moves, given_up, claimed, kept, leaving) = Default::default();
        Self { schema, field, moves, given_up, claimed, kept, leaving }
    }

    /// Who moves, and who of those that are about to be deleted steps aside for them or for a new object.
    fn group(self) -> Option<Group> {
        let Self { schema, field, moves, given_up, claimed, kept, leaving } = self;
        let in_the_way = |value: &Value| claimed.contains(&value) || moves.iter().any(|object| object.value == *value);
        let makes_room = claimed.iter().any(|it| given_up.contains(it) || leaving.iter().any(|(_, has)| has == it));
        let mut taken: Vec<Value> = moves.iter().map(|object| object.value.clone()).collect();
        taken.extend(claimed.iter().chain(&kept).map(|value| (*value).clone()));
        let now: Vec<&Value> = given_up.iter().copied().chain(leaving.iter().map(|(_, value)| *value)).collect();
        let mut asides = Vec::new();
        for (removal, value) in leaving.iter().filter(|(_, value)| in_the_way(value)) {
            let spare = given_up.iter().find(|spare| !taken.contains(spare)).map(|spare| (*spare).clone());
            let Some(spare) = spare.or_else(|| free(value, |it| taken.contains(it) || now.contains(&it))) else {
                continue;
            };
            taken.push(spare.clone());
            asides.push(Placed { address: removal.address.clone(), id: removal.object.id.clone(), value: spare });
        }
        let objects: Vec<Placed> = moves.into_iter().chain(asides).collect();
        let together = objects.len() > 1 || makes_room && !objects.is_empty();
        together.then_some(Group { kind: schema.kind, field, objects, makes_room })
    }
}

/// A number beside `value` that is not taken, or else the first one behind it.
fn free(value: &Value, taken: impl Fn(&Value) -> bool) -> Option<Value> {
    let number = value.as_u64()?;
    let before = number.checked_sub(1).filter(|before| *before > 0);
    let mut choices = [number + 1].into_iter().chain(before).chain(number + 2..).map(Value::from);
    choices.find(|choice| !taken(choice))
}

/// The other unique fields of an object as one text: only among objects that agree in them a value is unique.
fn scope(schema: &Schema, field: &str, inputs: &Value) -> Option<String> {
    let others = schema.fields.iter().filter(|it| it.unique && it.name != field);
    let values: Vec<&Value> = others.map(|it| inputs.get(it.name)).collect::<Option<_>>()?;
    serde_json::to_string(&values).ok()
}

/// The steps that a change of one resource waits for because it changed together with others before.
pub(super) fn joined_step(joined: &BTreeMap<Address, Joined>, address: &Address) -> Option<usize> {
    joined.get(address)?.step
}
