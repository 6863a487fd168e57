//! Every object that a plan touches or leaves, in each of its versions: as it is now, and after each step on it.

use super::{Question, order::Order};
use crate::{
    plan::{Observations, Operation, Placed, Step},
    provider::{Id, Schemas},
    state::{Object as Recorded, State},
};
use model::{
    Address, Reference,
    serving::{Fact, Node},
};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// All objects.
pub(super) struct World {
    pub(super) objects: Vec<Object>,
    pub(super) order: Order,
    /// The objects of each step: one, several that change together, or none for a step that only settles.
    pub(super) of_step: Vec<Vec<usize>>,
    by_node: HashMap<Node, usize>,
    users: HashMap<Node, BTreeSet<usize>>,
    parts: HashMap<Node, BTreeSet<usize>>,
}

/// One object: a generation of a resource, or something that is not the stack's own.
pub(super) struct Object {
    /// `None`: it is not the stack's own.
    pub(super) address: Option<Address>,
    pub(super) generation: u32,
    pub(super) kind: String,
    pub(super) node: Node,
    /// The first one is how it is now; each other one is what a step makes of it, in the order of the steps.
    pub(super) versions: Vec<Version>,
}

/// An object at one time.
pub(super) struct Version {
    /// The step that makes it so; `None`: it is so now.
    pub(super) step: Option<usize>,
    pub(super) present: bool,
    /// `None`: it does nothing but exist.
    pub(super) fact: Option<Fact>,
    /// Why its inputs cannot be understood, if so.
    pub(super) opaque: Option<String>,
    inputs: Value,
}

impl Version {
    fn absent(step: Option<usize>) -> Self {
        Self { step, present: false, fact: None, opaque: None, inputs: Value::Null }
    }
}

impl Object {
    /// How people call it: by its address, and its generation where that is not the first.
    pub(super) fn name(&self) -> String {
        match &self.address {
            Some(address) if self.generation > 1 => format!("{address} (generation {})", self.generation),
            Some(address) => address.to_string(),
            None => self.node.to_string(),
        }
    }
}

impl World {
    pub(super) fn of(question: &Question<'_>) -> Self {
        let mut recorded = question.recorded.clone();
        for event in &question.plan.learnt {
            // What does not fit changes nothing: the apply refuses it, with a better message.
            let _ = recorded.apply(event.clone());
        }
        let mut builder = Builder::new(question.schemas);
        builder.present(&recorded, question.observed);
        for (node, fact) in question.foreign {
            builder.foreign(node.clone(), fact.clone());
        }
        builder.steps(&question.plan.steps);
        builder.finish(&question.plan.steps)
    }

    /// The object of that node; `None` when it is not known.
    pub(super) fn find(&self, node: &Node) -> Option<usize> {
        self.by_node.get(node).copied()
    }

    /// The objects that speak of `node` in any of their versions.
    pub(super) fn users(&self, node: &Node) -> impl Iterator<Item = usize> {
        self.users.get(node).into_iter().flatten().copied()
    }

    /// The objects that complete `node` in any of their versions, as a passage completes its security group.
    pub(super) fn parts(&self, node: &Node) -> impl Iterator<Item = usize> {
        self.parts.get(node).into_iter().flatten().copied()
    }

    /// How people call what stands at `node`.
    pub(super) fn name(&self, node: &Node) -> String {
        match self.find(node) {
            Some(object) => self.objects[object].name(),
            None => node.reference().map_or(node.as_str(), |(address, _)| address).to_owned(),
        }
    }
}

struct Builder<'a> {
    schemas: &'a Schemas,
    objects: Vec<Object>,
    by_node: HashMap<Node, usize>,
    /// The objects that an output belongs to; names are not unique between kinds.
    outputs: HashMap<String, Vec<usize>>,
    /// The generation of each address that references mean, in the order of the steps so far.
    current: HashMap<Address, u32>,
    /// The object of each id that the cloud has given.
    ids: HashMap<Id, usize>,
    of_step: Vec<Vec<usize>>,
}

impl<'a> Builder<'a> {
    fn new(schemas: &'a Schemas) -> Self {
        Self {
            schemas,
            objects: Vec::new(),
            by_node: HashMap::new(),
            outputs: HashMap::new(),
            current: HashMap::new(),
            ids: HashMap::new(),
            of_step: Vec::new(),
        }
    }

    /// Takes in what exists.
    fn present(&mut self, recorded: &State, observed: &Observations) {
        let objects = |(address, record): (&'_ Address, &'_ crate::state::Record)| {
            let found =
                record.objects().filter_map(|object| Some((object.clone(), observed.object(&object.id)?.clone())));
            found.map(|(object, seen)| (address.clone(), record.kind.clone(), object, seen)).collect::<Vec<_>>()
        };
        let all: Vec<_> = recorded.resources.iter().flat_map(objects).collect();
        for (address, kind, object, seen) in &all {
            let index = self.add(address, object.generation, kind);
            self.ids.insert(object.id.clone(), index);
            for output in [&object.outputs, &seen.outputs].into_iter().filter_map(Value::as_object) {
                for text in output.values().filter_map(Value::as_str) {
                    let owners = self.outputs.entry(text.to_owned()).or_default();
                    if owners.last() != Some(&index) {
                        owners.push(index);
                    }
                }
            }
        }
        for (address, record) in &recorded.resources {
            self.current.extend(record.current.as_ref().map(|object| (address.clone(), object.generation)));
        }
        for (address, kind, object, seen) in all {
            let Recorded { generation, dependencies, .. } = object;
            let version = self.version(None, &kind, seen.inputs, &dependencies, false);
            if let Some(index) = self.by_node.get(&canonical(&address, generation)) {
                self.objects[*index].versions = vec![version];
            }
        }
    }

    fn add(&mut self, address: &Address, generation: u32, kind: &str) -> usize {
        let node = canonical(address, generation);
        let object = Object {
            address: Some(address.clone()),
            generation,
            kind: kind.to_owned(),
            node: node.clone(),
            versions: vec![Version::absent(None)],
        };
        self.objects.push(object);
        self.by_node.insert(node, self.objects.len() - 1);
        self.objects.len() - 1
    }

    /// Takes in what is somebody else's. What an interrupted apply made is the stack's own, though the state that others
    /// were told from by did not know it yet.
    fn foreign(&mut self, node: Node, fact: Fact) {
        if self.ids.contains_key(&Id::new(node.as_str())) {
            return;
        }
        let fact = Some(fact.renamed(&|node| self.resolve(node, &BTreeSet::new())));
        let version = Version { step: None, present: true, fact, opaque: None, inputs: Value::Null };
        self.by_node.insert(node.clone(), self.objects.len());
        self.objects.push(Object { address: None, generation: 1, kind: String::new(), node, versions: vec![version] });
    }

    fn steps(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            let objects = match &step.operation {
                Operation::Together { field, objects } => self.together(index, field, objects),
                _ => self.step(index, step).into_iter().collect(),
            };
            self.of_step.push(objects);
        }
    }

    /// The versions that a step makes of several objects at one time.
    fn together(&mut self, index: usize, field: &str, objects: &[Placed]) -> Vec<usize> {
        let mut changed = Vec::new();
        for placed in objects {
            let Some(&object) = self.ids.get(&placed.id) else { continue };
            let Some(last) = self.objects[object].versions.last() else { continue };
            let mut inputs = last.inputs.clone();
            inputs[field] = placed.value.clone();
            // What it names stays what it is.
            let kind = self.objects[object].kind.clone();
            let dependencies = BTreeSet::from([placed.address.clone()]);
            let version = self.version(Some(index), &kind, inputs, &dependencies, false);
            self.objects[object].versions.push(version);
            changed.push(object);
        }
        changed
    }

    fn step(&mut self, index: usize, step: &Step) -> Option<usize> {
        let address = step.address.as_ref()?;
        match &step.operation {
            Operation::Create { generation, inputs, dependencies, .. } => {
                let node = canonical(address, *generation);
                let object = self.by_node.get(&node).copied();
                let object = object.unwrap_or_else(|| self.add(address, *generation, &step.kind));
                let version = self.version(Some(index), &step.kind, inputs.clone(), dependencies, true);
                self.objects[object].versions.push(version);
                self.current.insert(address.clone(), *generation);
                Some(object)
            }
            Operation::Update { inputs, dependencies, .. } => {
                let object = *self.by_node.get(&canonical(address, *self.current.get(address)?))?;
                let mut inputs = inputs.clone();
                if let Some(last) = self.objects[object].versions.last() {
                    keep_unmanaged(&last.inputs, &mut inputs);
                }
                let version = self.version(Some(index), &step.kind, inputs, dependencies, false);
                self.objects[object].versions.push(version);
                Some(object)
            }
            Operation::Delete { generation, .. } => {
                let object = *self.by_node.get(&canonical(address, *generation))?;
                self.objects[object].versions.push(Version::absent(Some(index)));
                Some(object)
            }
            Operation::Together { .. } | Operation::Settle { .. } => None,
        }
    }

    fn version(
        &self,
        step: Option<usize>,
        kind: &str,
        inputs: Value,
        dependencies: &BTreeSet<Address>,
        new: bool,
    ) -> Version {
        let facts = match self.schemas.get(kind) {
            Some(schema) => (schema.serving)(&inputs),
            None => Err(format!("there is no kind `{kind}`")),
        };
        let (fact, opaque) = match facts {
            Ok(facts) => (facts.into_iter().next(), None),
            Err(error) => (None, Some(error)),
        };
        let fact = fact.map(|fact| fact.renamed(&|node| self.resolve(node, dependencies)));
        let fact = fact.map(|fact| match fact {
            // A new service starts with one task where another writer decides.
            Fact::Service(mut service) if new => {
                service.desired = service.desired.or(Some(1));
                Fact::Service(service)
            }
            other => other,
        });
        Version { step, present: true, fact, opaque, inputs }
    }

    /// The node that a text of inputs means: what a reference leads to now, or whose output it is.
    fn resolve(&self, node: Node, dependencies: &BTreeSet<Address>) -> Node {
        if let Some((address, _)) = node.reference() {
            let generation = self.current.get(address);
            let parsed: Option<Address> = address.parse().ok();
            return generation.zip(parsed).map_or(node, |(generation, address)| canonical(&address, *generation));
        }
        let Some(owners) = self.outputs.get(node.as_str()) else { return node };
        let depends =
            |owner: &&usize| self.objects[**owner].address.as_ref().is_some_and(|it| dependencies.contains(it));
        let owner = owners.iter().rfind(depends).or(owners.last());
        owner.map_or(node, |owner| self.objects[*owner].node.clone())
    }

    fn finish(self, steps: &[Step]) -> World {
        let mut users: HashMap<Node, BTreeSet<usize>> = HashMap::new();
        let mut parts: HashMap<Node, BTreeSet<usize>> = HashMap::new();
        for (index, object) in self.objects.iter().enumerate() {
            for fact in object.versions.iter().filter_map(|version| version.fact.as_ref()) {
                for node in fact.nodes() {
                    users.entry(node.clone()).or_default().insert(index);
                    if completes(fact, node) {
                        parts.entry(node.clone()).or_default().insert(index);
                    }
                }
            }
        }
        let order = Order::of(steps, &self.of_step);
        World { objects: self.objects, order, of_step: self.of_step, by_node: self.by_node, users, parts }
    }
}

/// Whether a fact is about `node`, as a passage is about its security group.
fn completes(fact: &Fact, node: &Node) -> bool {
    match fact {
        Fact::Passage(it) => it.security_group == *node,
        Fact::Association { subnet, .. } => subnet == node,
        Fact::Route(it) => it.table == *node,
        Fact::Permission { role, .. } => role == node,
        Fact::Scaling(it) => it.service == *node,
        Fact::Service(it) => it.registrations.iter().any(|registration| registration.target_group == *node),
        _ => false,
    }
}

/// The node of an object of the stack: no name in a cloud has a line break.
fn canonical(address: &Address, generation: u32) -> Node {
    Node::new(format!("{address}\n{generation}"))
}

/// Puts what is into the places of what is not managed.
fn keep_unmanaged(before: &Value, after: &mut Value) {
    if let (Value::Object(before), Value::Object(after_fields)) = (before, &mut *after) {
        if after_fields.len() == 1 && after_fields.contains_key("$ref") {
            return;
        }
        for (name, field) in after_fields {
            match before.get(name) {
                Some(kept) if field.is_null() => *field = kept.clone(),
                Some(kept) => keep_unmanaged(kept, field),
                None => (),
            }
        }
    }
}

/// Whether a reference leads to what is not there yet; used to tell an order that cannot work.
pub(super) fn dangling(node: &Node) -> Option<Reference> {
    let (address, output) = node.reference()?;
    Some(Reference { address: address.parse().ok()?, output: output.to_owned() })
}
