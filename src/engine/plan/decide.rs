use super::{
    Action, Dependencies, FieldChange, Refusal, Request, Unknown,
    consequences::{self, Consequences},
    differs,
    fields::{changed_fields, changed_tags, hold, inherit, leave_to_others},
    identity::{self, Names, Owner},
    learn::Learnt,
    removal::{self, Removal},
    resolve,
    rollout::Rules,
    stand_in::StandIn,
};
use crate::{
    provider::{Identity, Observed, Status},
    state::{Object, Record},
};
use model::{Address, Declaration, Lifecycle, Reference, Schema};
use serde_json::Value;
use std::{borrow::Cow, collections::HashMap};

/// What happens to everything.
pub(super) struct Decisions<'a> {
    /// What happens to each declared resource, in the order of the graph.
    pub(super) declared: Vec<Decision<'a>>,
    /// What is deleted.
    pub(super) removals: Vec<Removal<'a>>,
}

/// What happens to one declared resource.
pub(super) struct Decision<'a> {
    pub(super) declaration: &'a Declaration,
    pub(super) schema: &'static Schema,
    /// `None`: it stays as it is.
    pub(super) action: Option<Action>,
    pub(super) reasons: Vec<String>,
    pub(super) fields: Vec<FieldChange>,
    /// The inputs wanted, references resolved as far as they are known. Where they are what is recorded they are borrowed:
    /// most of a large stack is as it should be, and it has no room in memory for its values twice.
    pub(super) inputs: Cow<'a, Value>,
    /// The fields of which the division of requests is left as it is, although another one is declared.
    pub(super) held: Vec<&'static str>,
    /// What a new object does at first, where that is something else than what is wanted.
    pub(super) stand_in: Option<StandIn>,
    /// The object now.
    pub(super) current: Option<(&'a Object, &'a Observed)>,
    /// How the engine was told to treat it at the last apply.
    pub(super) recorded_lifecycle: Option<&'a Lifecycle>,
    /// The generation of the object afterwards.
    pub(super) generation: u32,
    /// What the object is known by afterwards.
    pub(super) identity: Cow<'a, Identity>,
}

impl Decision<'_> {
    pub(super) fn address(&self) -> &Address {
        &self.declaration.address
    }

    /// The fields in which old and new may stand side by side for a while.
    pub(super) fn may_be_both(&self) -> &[FieldChange] {
        match (self.action, &self.stand_in) {
            (Some(Action::Update | Action::Adopt), _) => &self.fields,
            (_, Some(stand_in)) => std::slice::from_ref(&stand_in.change),
            (_, None) => &[],
        }
    }

    /// Whether a new object takes the place of a present one.
    pub(super) fn replaces(&self) -> bool {
        matches!(self.action, Some(Action::Replace | Action::DeleteThenCreate))
    }
}

pub(super) fn decide<'a>(
    request: &Request<'a>,
    learnt: &'a Learnt<'a>,
    dependencies: &Dependencies,
    rules: &Rules,
) -> Decisions<'a> {
    let declarations: HashMap<&Address, &Declaration> =
        request.desired.resources.iter().map(|resource| (&resource.address, resource)).collect();
    let records: HashMap<&Address, &Record> = learnt.state.resources.iter().collect();
    let names = Names::of(&learnt.state);
    let mut consequences = Consequences { replaced: rules.replaced.clone(), ..Consequences::default() };
    loop {
        let (records, names, so_far) = (&records, &names, &consequences);
        let mut pass = Pass { request, learnt, records, names, rules, consequences: so_far, outputs: HashMap::new() };
        let declared: Vec<Decision<'a>> =
            dependencies.order().map(|address| pass.decide(declarations[address])).collect();
        let removals = removal::removals(learnt, &declared, &declarations, &consequences, request);
        let more = consequences::follow(&declared, &removals, learnt, request);
        if !consequences.learn(more) {
            return Decisions { declared, removals };
        }
    }
}

/// Refuses to destroy what must not be destroyed.
pub(super) fn prevented(decisions: &Decisions<'_>) -> Result<(), Refusal> {
    let refuse = |address: &Address, verb| Err(Refusal::PreventDestroy { address: address.clone(), verb });
    for decision in decisions.declared.iter().filter(|decision| decision.replaces()) {
        if decision.declaration.lifecycle.prevent_destroy {
            return refuse(decision.address(), "replaced");
        }
    }
    for removal in &decisions.removals {
        if removal.prevented {
            return refuse(&removal.address, "destroyed");
        }
    }
    Ok(())
}

struct Pass<'a, 'b> {
    request: &'b Request<'a>,
    learnt: &'a Learnt<'a>,
    records: &'b HashMap<&'a Address, &'a Record>,
    names: &'b Names<'a>,
    rules: &'b Rules,
    consequences: &'b Consequences,
    /// The outputs of the resources decided so far, where they are known.
    outputs: HashMap<&'a Address, &'a Value>,
}

impl<'a> Pass<'a, '_> {
    fn decide(&mut self, declaration: &'a Declaration) -> Decision<'a> {
        let schema = self.request.schemas[declaration.kind.as_str()];
        let record = self.records.get(&declaration.address).copied();
        let current = record.and_then(|record| record.current.as_ref());
        let current = current.and_then(|object| Some((object, self.request.observed.object(&object.id)?)));
        let mut decision = Decision {
            declaration,
            schema,
            action: None,
            reasons: Vec::new(),
            fields: Vec::new(),
            inputs: self.inputs(declaration, current),
            held: Vec::new(),
            stand_in: None,
            current,
            recorded_lifecycle: record.map(|record| &record.lifecycle),
            generation: 0,
            identity: Cow::default(),
        };
        match current {
            None => self.create(&mut decision, record),
            Some((object, observed)) => {
                if self.rules.held.contains(&declaration.address) {
                    hold(&mut decision, observed);
                }
                self.compare(&mut decision, record, object, observed);
            }
        }
        self.outputs.extend(
            current.filter(|_| !decision.replaces()).map(|(_, observed)| (&declaration.address, &observed.outputs)),
        );
        decision
    }

    /// The inputs wanted: references resolved, and fields that another writer owns as they are.
    fn inputs(&self, declaration: &Declaration, current: Option<(&'a Object, &Observed)>) -> Cow<'a, Value> {
        let lookup = |reference: &Reference| {
            self.outputs.get(&reference.address)?.get(&reference.output).filter(|output| !output.is_null())
        };
        let mut inputs = resolve(&declaration.inputs, &lookup);
        let Some((object, observed)) = current else { return Cow::Owned(inputs) };
        leave_to_others(&mut inputs, declaration, observed);
        if inputs == object.inputs { Cow::Borrowed(&object.inputs) } else { Cow::Owned(inputs) }
    }

    fn create(&self, decision: &mut Decision<'a>, record: Option<&Record>) {
        decision.action = Some(Action::Create);
        if let Some(old) = record.and_then(|record| record.superseded.last()) {
            decision.reasons.push(format!("generation {} still exists and is replaced", old.object.generation));
        }
        self.new_identity(decision, record);
        decision.fields = decision
            .schema
            .fields
            .iter()
            .filter(|field| decision.inputs.get(field.name).is_some_and(|after| !after.is_null()))
            // The values stand in the change as a whole; a large stack has no room for them twice.
            .map(|field| FieldChange::new(field, None, None))
            .collect();
    }

    fn compare(
        &self,
        decision: &mut Decision<'a>,
        record: Option<&Record>,
        object: &'a Object,
        observed: &'a Observed,
    ) {
        decision.generation = object.generation;
        decision.identity = Cow::Borrowed(&object.identity);
        decision.fields = changed_fields(decision.schema, &decision.inputs, object, observed);
        if let Some(why) = self.consequences.replaced.get(decision.address()) {
            decision.reasons.push(why.clone());
        }
        if let (Status::Failed(why), false) = (&observed.status, object.ready) {
            decision.reasons.push(format!("it was never ready: {why}"));
        }
        let replace = !decision.reasons.is_empty() || decision.fields.iter().any(|field| field.forces_replacement);
        if replace {
            let clash = self.cannot_coexist(decision, observed);
            decision.action = Some(if clash.is_some() { Action::DeleteThenCreate } else { Action::Replace });
            decision.reasons.extend(clash.filter(|clash| !decision.reasons.contains(clash)));
            self.new_identity(decision, record);
            inherit(decision, observed);
            return;
        }
        if let Some(actual) = &observed.tags {
            let Identity { name, token, tags: recorded } = &object.identity;
            let wanted = identity::tags(self.owner(), decision.address(), name, object.generation, token);
            decision.fields.extend(changed_tags(actual, recorded, &wanted));
            if *recorded != wanted {
                decision.identity.to_mut().tags = wanted;
            }
        }
        if self.learnt.adopted.contains(decision.address()) {
            decision.action = Some(Action::Adopt);
            decision.reasons.push("an apply that was interrupted made it".to_owned());
        } else if !object.ready {
            decision.action = Some(Action::Update);
            decision.reasons.push("an apply that was interrupted did not see it ready".to_owned());
        } else if !decision.fields.is_empty() {
            decision.action = Some(Action::Update);
        }
    }

    /// Why the new object cannot stand beside the old one, if so.
    fn cannot_coexist(&self, decision: &Decision<'_>, observed: &Observed) -> Option<String> {
        if let Some(why) = self.consequences.delete_first.get(decision.address()) {
            return Some(why.clone());
        }
        if let Some(why) = decision.schema.delete_first {
            return Some(why.to_owned());
        }
        let unique: Vec<&str> =
            decision.schema.fields.iter().filter(|field| field.unique).map(|field| field.name).collect();
        let same = |name: &&str| {
            let (wanted, actual) = (decision.inputs.get(*name), observed.inputs.get(*name));
            wanted.zip(actual).is_some_and(|(wanted, actual)| !differs(wanted, actual, false))
        };
        (!unique.is_empty() && !decision.schema.steps_aside() && unique.iter().all(same))
            .then(|| format!("AWS allows no two with the same {}", unique.join(" and ")))
    }

    fn new_identity(&self, decision: &mut Decision<'a>, record: Option<&Record>) {
        let address = decision.address();
        let (generation, abandoned) = match self.learnt.abandoned.get(address) {
            Some((generation, identity)) => (*generation, Some(identity)),
            None => {
                let next = record.map_or(0, |record| record.generation) + 1;
                (self.names.free(&self.request.desired.stack, address, decision.schema, next), None)
            }
        };
        let mut identity = identity::identity(self.owner(), address, decision.schema, generation, self.request.seed);
        if let Some(abandoned) = abandoned.filter(|abandoned| abandoned.name == identity.name) {
            identity.token.clone_from(&abandoned.token);
            identity.tags = identity::tags(self.owner(), address, &identity.name, generation, &abandoned.token);
        }
        decision.generation = generation;
        decision.identity = Cow::Owned(identity);
    }

    fn owner(&self) -> Owner<'_> {
        Owner {
            stack: &self.request.desired.stack,
            lineage: &self.learnt.state.lineage,
            tags: &self.request.desired.tags,
        }
    }
}

impl Decision<'_> {
    /// Whether any part of the wanted inputs is not known before the apply.
    pub(super) fn is_unknown(&self) -> bool {
        self.inputs.is_unknown()
    }
}
