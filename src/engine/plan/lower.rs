//! Turns decisions into steps: create before delete, old and new side by side before the old goes, deletes last.

mod deletes;
mod shifts;
mod together;
mod updates;

pub(super) use updates::indivisible;

use super::{
    Action, Change, Dependencies, FORMAT, Operation, OutputChange, Plan, Request, Step, Unknown, VERSION,
    VariableChange,
    decide::{Decision, Decisions},
    drift::drift,
    learn::Learnt,
    mention::texts,
    removal::Removal,
    resolve,
    turns::Turns,
};
use crate::state::{Event, Object, Record, State};
use model::{Address, Percent, Reference};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use together::{Joined, joined_step};

/// All requests.
const ALL: Percent = Percent::new(100);

pub(super) fn lower(
    request: &Request<'_>,
    learnt: &Learnt<'_>,
    dependencies: &Dependencies,
    mut decisions: Decisions<'_>,
    turns: Turns,
) -> Plan {
    let mut lowering = Lowering {
        dependencies,
        steps: Vec::new(),
        first: HashMap::new(),
        passed_on: HashMap::new(),
        contracts: HashMap::new(),
        shrunk: HashMap::new(),
        joined: BTreeMap::new(),
        room: Vec::new(),
        turns,
        vanished: vanished(request),
    };
    let shrinks = lowering.shrink(&decisions);
    let deleted_early = lowering.delete_early(&decisions, &shrinks);
    let groups = together::groups(&decisions);
    lowering.join(&groups);
    lowering.make_room(&groups, &deleted_early);
    for decision in &mut decisions.declared {
        lowering.make(decision, &shrinks, &deleted_early);
    }
    lowering.contract(&decisions, &groups, &request.desired.rollouts);
    lowering.delete_last(&decisions, &request.desired.rollouts);
    let steps = lowering.steps;
    let outputs_after = outputs_after(request, &decisions);
    let variables_after = request.desired.variables.clone();
    Plan {
        format: FORMAT.to_owned(),
        version: VERSION,
        stack: request.desired.stack.clone(),
        lineage: request.recorded.lineage.clone(),
        mode: request.mode,
        home: request.home.clone(),
        base: request.recorded.digest(),
        learnt: learnt.events.iter().cloned().chain(caught_up(&decisions, dependencies, &learnt.state)).collect(),
        drift: drift(request.recorded, request.observed, request.schemas),
        notes: super::notes::notes(request, &decisions),
        changes: changes(decisions),
        steps,
        outputs: changed(&request.recorded.outputs, &outputs_after, |before, after| OutputChange { before, after }),
        outputs_after,
        variables: changed(&request.recorded.variables, &variables_after, |before, after| VariableChange {
            before,
            after,
        }),
        variables_after,
    }
}

/// Steps under construction.
struct Lowering<'a> {
    dependencies: &'a Dependencies,
    steps: Vec<Step>,
    /// The step from which on others can use a resource.
    first: HashMap<Address, usize>,
    /// The steps that a resource that stays as it is would have to wait for: whoever uses it may be about to use what they
    /// bring (a service the routes that are made for a subnet that has been there all along).
    passed_on: HashMap<Address, BTreeSet<usize>>,
    /// The steps that have to come before what depends on a resource contracts.
    contracts: HashMap<Address, BTreeSet<usize>>,
    /// The inputs that a resource has once what goes early is out of its lists.
    shrunk: HashMap<Address, Value>,
    /// What changes together with others instead of with its resource.
    joined: BTreeMap<Address, Joined>,
    /// The steps that give up what new objects of their kind take.
    room: Vec<usize>,
    /// Who waits for another to give up what it takes.
    turns: Turns,
    /// The outputs of recorded objects that do not exist any more. Whoever still names them cannot keep them.
    vanished: BTreeSet<&'a str>,
}

fn vanished<'a>(request: &Request<'a>) -> BTreeSet<&'a str> {
    let recorded = request.recorded.resources.values().flat_map(Record::objects);
    recorded.filter(|it| request.observed.object(&it.id).is_none()).flat_map(|it| texts(&it.outputs)).collect()
}

impl Lowering<'_> {
    fn push(&mut self, address: Option<&Address>, kind: &str, operation: Operation, after: BTreeSet<usize>) -> usize {
        self.steps.push(Step {
            address: address.cloned(),
            kind: kind.to_owned(),
            operation,
            after: after.into_iter().collect(),
        });
        self.steps.len() - 1
    }

    /// The steps after which everything a resource waits for can be used.
    fn ready(&self, address: &Address) -> BTreeSet<usize> {
        let direct = self.dependencies.waited_for(address);
        direct
            .flat_map(|it| self.first.get(it).into_iter().chain(self.passed_on.get(it).into_iter().flatten()))
            .copied()
            .collect()
    }

    /// The step that makes or changes one resource; the first of them where there are several.
    fn make(
        &mut self,
        decision: &mut Decision<'_>,
        shrinks: &BTreeMap<Address, usize>,
        deleted_early: &BTreeMap<Address, usize>,
    ) {
        let address = &decision.declaration.address;
        let mut after = self.ready(address);
        after.extend(self.turns.get(address).and_then(|first| self.first.get(first)));
        let step = match decision.action {
            Some(Action::Create | Action::Replace | Action::DeleteThenCreate) => {
                after.extend(deleted_early.get(address));
                after.extend(self.makes_room(decision, deleted_early));
                let creation = self.creation(decision);
                self.push(Some(address), decision.schema.kind, creation, after)
            }
            Some(Action::Adopt | Action::Update) => {
                after.extend(shrinks.get(address));
                after.extend(joined_step(&self.joined, address));
                after.extend(self.makes_room(decision, deleted_early));
                let Some(update) = self.first_update(decision) else { return };
                self.push(Some(address), decision.schema.kind, update, after)
            }
            Some(Action::Delete) | None => {
                let before = self.ready(address);
                if !before.is_empty() {
                    self.passed_on.insert(address.clone(), before);
                }
                return;
            }
        };
        self.first.insert(address.clone(), step);
    }

    /// Takes the identity out of the decision.
    fn creation(&self, decision: &mut Decision<'_>) -> Operation {
        let supersedes = (decision.action == Some(Action::Replace)).then(|| why(decision));
        let mut inputs = decision.inputs.clone().into_owned();
        let mut dependencies = self.dependencies.of_resource(decision.address());
        if let Some(stand_in) = &decision.stand_in {
            inputs[&stand_in.change.field] = stand_in.meanwhile.clone();
            dependencies.extend(self.dependencies.of_resource(&stand_in.other));
        }
        Operation::Create {
            generation: decision.generation,
            identity: std::mem::take(&mut decision.identity).into_owned(),
            inputs,
            dependencies,
            lifecycle: decision.declaration.lifecycle.clone(),
            supersedes,
        }
    }

    /// The early steps that make room for a resource of another address.
    fn makes_room(&self, decision: &Decision<'_>, deleted_early: &BTreeMap<Address, usize>) -> Vec<usize> {
        let is_new = decision.action == Some(Action::Create) || decision.replaces();
        let moves = |field: &model::Field| is_new || decision.fields.iter().any(|change| change.field == field.name);
        if !decision.schema.fields.iter().any(|field| field.unique && moves(field)) {
            return Vec::new();
        }
        let same_kind = |&&step: &&usize| self.steps[step].kind == decision.schema.kind;
        deleted_early.values().chain(&self.room).filter(same_kind).copied().collect()
    }
}

/// What stays as it is but is not recorded so: an apply died between the call and the record, somebody else made
/// the change that was wanted, or only the declaration changed. A dependency that is only about to be made cannot be
/// recorded yet; the next plan catches up on it.
fn caught_up(decisions: &Decisions<'_>, dependencies: &Dependencies, state: &State) -> Vec<Event> {
    let still = decisions.declared.iter().filter(|decision| decision.action.is_none());
    let recorded: HashSet<&Address> = state.resources.keys().collect();
    still
        .filter_map(|decision| {
            let (object, observed) = decision.current?;
            let address = decision.address();
            let (inputs, outputs) = (crate::secret::redacted(&decision.inputs, decision.schema), &observed.outputs);
            let lifecycle = &decision.declaration.lifecycle;
            let dependencies: BTreeSet<&Address> =
                dependencies.waited_for(address).filter(|it| recorded.contains(*it)).collect();
            let last = (&object.inputs, &object.outputs, decision.recorded_lifecycle, &object.identity);
            if last == (&*inputs, outputs, Some(lifecycle), &*decision.identity)
                && dependencies.iter().copied().eq(&object.dependencies)
            {
                return None;
            }
            let (identity, inputs) = (decision.identity.clone().into_owned(), inputs.into_owned());
            let (outputs, dependencies) = (outputs.clone(), dependencies.into_iter().cloned().collect());
            let object = Object { identity, inputs, outputs, dependencies, ..object.clone() };
            Some(Event::Settled { address: address.clone(), object, lifecycle: lifecycle.clone() })
        })
        .collect()
}

/// Why a resource is replaced, in a few words for the record.
fn why(decision: &Decision<'_>) -> String {
    let forcing = decision.fields.iter().filter(|field| field.forces_replacement).map(|field| field.field.as_str());
    let fields: Vec<&str> = forcing.collect();
    let mut reasons = decision.reasons.clone();
    if !fields.is_empty() {
        reasons.insert(0, format!("{} cannot be changed in place", fields.join(", ")));
    }
    reasons.join("; ")
}

/// Takes the decisions apart, because a large stack has no room for its values twice.
fn changes(decisions: Decisions<'_>) -> Vec<Change> {
    let declared = decisions.declared.into_iter().filter_map(|decision| {
        let action = decision.action?;
        let new = action == Action::Create;
        Some(Change {
            address: decision.declaration.address.clone(),
            kind: decision.schema.kind.to_owned(),
            action,
            reasons: decision.reasons,
            id: decision.current.map(|(object, _)| object.id.clone()),
            before: decision.current.filter(|_| !new).map(|(_, observed)| observed.inputs.clone()),
            after: Some(crate::secret::redact(decision.inputs.into_owned(), decision.schema)),
            fields: decision.fields,
        })
    });
    let removed = decisions.removals.iter().filter(|removal| !removal.replaced).map(removed);
    declared.chain(removed).collect()
}

fn removed(removal: &Removal<'_>) -> Change {
    Change {
        address: removal.address.clone(),
        kind: removal.kind.to_owned(),
        action: Action::Delete,
        reasons: Some(removal.reason.clone())
            .into_iter()
            .chain(removal.early.clone())
            .filter(|it| !it.is_empty())
            .collect(),
        id: Some(removal.object.id.clone()),
        before: Some(removal.observed.map_or(&removal.object.inputs, |observed| &observed.inputs).clone()),
        after: None,
        fields: Vec::new(),
    }
}

/// Every output of the stack, resolved as far as it is known before the apply.
fn outputs_after(request: &Request<'_>, decisions: &Decisions<'_>) -> BTreeMap<String, Value> {
    let known: HashMap<&Address, &Value> = decisions
        .declared
        .iter()
        .filter(|decision| !decision.replaces())
        .filter_map(|decision| Some((decision.address(), &decision.current?.1.outputs)))
        .collect();
    let lookup = |reference: &Reference| {
        known.get(&reference.address)?.get(&reference.output).filter(|output| !output.is_null())
    };
    request
        .desired
        .outputs
        .iter()
        .map(|(name, output)| {
            let value = serde_json::to_value(&output.value).unwrap_or(Value::Null);
            (name.clone(), resolve(&value, &lookup))
        })
        .collect()
}

/// The entries that differ between two maps.
fn changed<T>(
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
    change: impl Fn(Option<Value>, Option<Value>) -> T,
) -> BTreeMap<String, T> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name) || after.get(*name).is_some_and(Unknown::is_unknown))
        .map(|name| (name.clone(), change(before.get(name).cloned(), after.get(name).cloned())))
        .collect()
}
