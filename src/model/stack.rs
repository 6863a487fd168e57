use crate::{
    Address, Declaration, Document, FORMAT, In, Lifecycle, Moved, OutputValue, Outputs, Problem, ReportedProblem,
    Resource, Rollout, VERSION, serving::Probe,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::Location,
};

/// An environment under construction. Resources are added to it; [`Stack::document`] is the result.
///
/// Nothing here fails: what is wrong is collected, so that one run reports every problem with its source line.
#[derive(Clone, Debug)]
pub struct Stack {
    name: String,
    tags: BTreeMap<String, String>,
    resources: Vec<Declaration>,
    outputs: BTreeMap<String, OutputValue>,
    serves: Vec<Probe>,
    rollouts: Vec<Rollout>,
    moved: Vec<Moved>,
    problems: Vec<ReportedProblem>,
}

/// What [`Stack::add_with`] can be told about one resource.
#[derive(Clone, Debug, Default)]
pub struct Options {
    depends_on: BTreeSet<Address>,
    lifecycle: Lifecycle,
}

impl Options {
    /// Nothing special.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for `address` although no input refers to it.
    #[must_use]
    pub fn depends_on(mut self, address: &Address) -> Self {
        self.depends_on.insert(address.clone());
        self
    }

    /// Leaves `field` to another writer once the resource exists.
    #[must_use]
    pub fn ignore_changes(mut self, field: &str) -> Self {
        self.lifecycle.ignore_changes.insert(field.to_owned());
        self
    }

    /// Refuses every plan that would delete or replace the resource.
    #[must_use]
    pub fn prevent_destroy(mut self) -> Self {
        self.lifecycle.prevent_destroy = true;
        self
    }
}

impl Stack {
    /// An empty stack. Its name begins every physical name, so it holds lower-case letters, digits and hyphens.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tags: BTreeMap::new(),
            resources: Vec::new(),
            outputs: BTreeMap::new(),
            serves: Vec::new(),
            rollouts: Vec::new(),
            moved: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The name of the stack.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Declares a resource and returns the references to its outputs.
    #[track_caller]
    pub fn add<R: Resource>(&mut self, name: &str, resource: R) -> <R::Outputs as Outputs>::Refs {
        self.add_with(name, resource, Options::default())
    }

    /// Declares a resource with dependencies or lifecycle rules of its own.
    #[track_caller]
    pub fn add_with<R: Resource>(
        &mut self,
        name: &str,
        resource: R,
        options: Options,
    ) -> <R::Outputs as Outputs>::Refs {
        let kind = R::SCHEMA.kind;
        let source = here();
        let address = match Address::new(kind, name) {
            Ok(address) => address,
            Err(error) => {
                self.report(error.0.clone(), Problem::new("name", error.to_string()), source.clone());
                // A stand-in, so that the rest of the stack is checked in the same run; the document is refused.
                Address::new(kind, &format!("invalid-{}", self.problems.len())).unwrap_or_else(|_| unreachable!())
            }
        };
        for problem in resource.check() {
            self.report(address.to_string(), problem, source.clone());
        }
        for field in &options.lifecycle.ignore_changes {
            if R::SCHEMA.field(field).is_none() {
                let message = format!("`{kind}` has no field `{field}` to ignore changes of");
                self.report(address.to_string(), Problem::new(field, message), source.clone());
            }
        }
        let inputs = match serde_json::to_value(&resource) {
            Ok(inputs) => inputs,
            Err(error) => {
                self.report(address.to_string(), Problem::new("", error.to_string()), source.clone());
                Value::Null
            }
        };
        self.resources.push(Declaration {
            address: address.clone(),
            kind: kind.to_owned(),
            inputs,
            depends_on: options.depends_on,
            lifecycle: options.lifecycle,
            source,
        });
        R::Outputs::refs(address)
    }

    /// Puts a tag on everything that can bear one.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.tags.insert(key.into(), value.into());
    }

    /// Tells users of the stack a value, by name.
    pub fn output(&mut self, name: impl Into<String>, value: impl Into<In<String>>) {
        self.outputs.insert(name.into(), OutputValue { value: value.into(), description: String::new() });
    }

    /// Says what has to stay up while the stack changes. A plan that cannot keep it up, or cannot be proven to, says so.
    pub fn serves(&mut self, probe: Probe) {
        self.serves.push(probe);
    }

    /// Says how new versions of a service come to get the requests.
    pub fn rolls_out(&mut self, rollout: Rollout) {
        self.rollouts.push(rollout);
    }

    /// Says that the resource recorded at `from` is the one now declared at `to`, so that a rename changes
    /// nothing in the cloud.
    #[track_caller]
    pub fn moved(&mut self, from: &str, to: &str) {
        match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) => self.moved.push(Moved { from, to }),
            (Err(error), _) | (_, Err(error)) => {
                self.report(error.0.clone(), Problem::new("moved", error.to_string()), here());
            }
        }
    }

    /// Reports a rule that a module found broken.
    #[track_caller]
    pub fn problem(&mut self, address: impl Into<String>, problem: Problem) {
        self.report(address.into(), problem, here());
    }

    fn report(&mut self, address: String, problem: Problem, source: String) {
        self.problems.push(ReportedProblem { address, problem, source });
    }

    /// The finished stack, as the engine reads it.
    pub fn document(self, variables: BTreeMap<String, Value>) -> Document {
        Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            stack: self.name,
            tags: self.tags,
            variables,
            resources: self.resources,
            outputs: self.outputs,
            serves: self.serves,
            rollouts: self.rollouts,
            moved: self.moved,
            problems: self.problems,
        }
    }
}

#[track_caller]
fn here() -> String {
    let location = Location::caller();
    format!("{}:{}", location.file(), location.line())
}
