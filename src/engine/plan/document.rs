use crate::{
    provider::{Id, Identity, Tags},
    state::{Event, Home},
};
use model::{Address, Lifecycle, Percent, Seconds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What an apply will do, complete: an apply makes no choices. A versioned format (`plan --out`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The stack.
    pub stack: String,
    /// The lineage of the state; it stands in the tags of every new object.
    pub lineage: String,
    /// What the plan is for.
    pub mode: Mode,
    /// Where it will work.
    pub home: Home,
    /// The digest of the state it was made from; with another state it is stale.
    pub base: String,
    /// What comparing the state with the cloud and the stack has taught, to be recorded before the first step:
    /// renames, objects that an interrupted apply made, objects that are gone.
    pub learnt: Vec<Event>,
    /// What changed outside since the last apply.
    pub drift: Vec<Drift>,
    /// What will happen, by resource, in the order of the graph.
    pub changes: Vec<Change>,
    /// How it will happen.
    pub steps: Vec<Step>,
    /// Outputs that will change.
    pub outputs: BTreeMap<String, OutputChange>,
    /// Every output afterwards, references unresolved.
    pub outputs_after: BTreeMap<String, Value>,
    /// Variables that changed since the last apply.
    pub variables: BTreeMap<String, VariableChange>,
    /// Every variable, to record.
    pub variables_after: BTreeMap<String, Value>,
    /// What the planner wants people to know, among it why something was not planned.
    pub notes: Vec<Note>,
}

/// The value of [`Plan::format`].
pub const FORMAT: &str = "rust-stack-plan";
/// The version of the format.
pub const VERSION: u32 = 2;

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// To make what is declared.
    Apply,
    /// To leave nothing.
    Destroy,
}

/// Something that is not as the last apply left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The resource.
    pub address: Address,
    /// The object.
    pub id: Id,
    /// What happened to it.
    pub kind: DriftKind,
}

/// What happened outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// The object is gone.
    Deleted,
    /// Fields changed, from what was recorded to what is.
    Changed(Vec<FieldChange>),
}

/// What will happen to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The resource.
    pub address: Address,
    /// See [`Schema::kind`](model::Schema::kind).
    pub kind: String,
    /// What will happen.
    pub action: Action,
    /// Why, where the fields do not say it.
    pub reasons: Vec<String>,
    /// The object now, if there is one.
    pub id: Option<Id>,
    /// The inputs now, as observed.
    pub before: Option<Value>,
    /// The inputs afterwards; what is not known before the apply is a reference.
    pub after: Option<Value>,
    /// The fields that change.
    pub fields: Vec<FieldChange>,
}

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A new object.
    Create,
    /// An object that an interrupted apply made becomes the resource's.
    Adopt,
    /// The object changes where it stands.
    Update,
    /// A new object is made, then the old one deleted.
    Replace,
    /// The old object is deleted, then a new one made, because they cannot stand side by side.
    DeleteThenCreate,
    /// The object is deleted.
    Delete,
}

/// A change of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field; `tags` for the tags.
    pub field: String,
    /// Its value now. `None`: not set or not known.
    pub before: Option<Value>,
    /// Its value afterwards. A part that is not known before the apply is a reference. `None`: not set, or the resource
    /// is new; then [`Change::after`] has it.
    pub after: Option<Value>,
    /// Whether this change calls for a new object.
    pub forces_replacement: bool,
    /// What users will notice, if anything.
    pub disrupts: Option<String>,
    /// Whether the order of lists within means nothing.
    pub unordered: bool,
    /// Whether the values must not be shown.
    pub sensitive: bool,
}

/// One thing an apply does. A step begins when all steps in `after` are done, and is done when the object it
/// concerns has been observed to be as the step wants it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The resource. `None` for a step that concerns several.
    pub address: Option<Address>,
    /// See [`Schema::kind`](model::Schema::kind); empty for a step that concerns several.
    pub kind: String,
    /// What to do.
    pub operation: Operation,
    /// The steps to wait for, by their place in [`Plan::steps`]; all of them come earlier.
    pub after: Vec<usize>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Operation {
    /// Makes a new object and waits until it is ready.
    Create {
        /// Which generation of the resource.
        generation: u32,
        /// What the object is to be known by.
        identity: Identity,
        /// Its inputs; a reference stands for the output of the current object of another resource.
        inputs: Value,
        /// The resources it refers to or waits for.
        dependencies: BTreeSet<Address>,
        /// How the engine treats it.
        lifecycle: Lifecycle,
        /// Why the present object is superseded, if there is one.
        supersedes: Option<String>,
    },
    /// Changes an object where it stands and waits until it is ready again.
    Update {
        /// As it should be after this step.
        inputs: Value,
        /// The fields that this step changes.
        fields: Vec<String>,
        /// Which part of a change in several steps this is.
        phase: Phase,
        /// All tags it should bear, when they change.
        tags: Option<Tags>,
        /// The resources it refers to or waits for.
        dependencies: BTreeSet<Address>,
        /// How the engine treats it.
        lifecycle: Lifecycle,
    },
    /// Changes one field of several objects of a kind in one call and waits until they are ready again.
    Together {
        /// The field.
        field: String,
        /// The objects. One that is deleted later is among them when another takes its value.
        objects: Vec<Placed>,
    },
    /// Waits until all of these resources are ready at one time, and is where an apply is judged.
    Settle {
        /// The resources.
        addresses: Vec<Address>,
        /// How long what was changed is watched at least.
        #[serde(default)]
        bake: Option<Seconds>,
        /// What comes after it.
        before: String,
    },
    /// Deletes an object and waits until it is gone.
    Delete {
        /// Which generation of the resource.
        generation: u32,
        /// The object.
        id: Id,
    },
}

impl Operation {
    /// The fields that it changes in place.
    pub fn fields(&self) -> &[String] {
        match self {
            Self::Update { fields, .. } => fields,
            Self::Together { field, .. } => std::slice::from_ref(field),
            Self::Create { .. } | Self::Settle { .. } | Self::Delete { .. } => &[],
        }
    }
}

/// The value that an object gets together with others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// The resource.
    pub address: Address,
    /// The object.
    pub id: Id,
    /// The value afterwards.
    pub value: Value,
}

/// Which part of a change in several steps an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The whole change.
    Whole,
    /// Old and new side by side.
    Expand,
    /// Of the requests so many go to the new; the value of the field is replaced only where it still is what the step
    /// before has left there, and nothing is sent to where nobody can answer.
    Shift(Percent),
    /// Only the new.
    Contract,
    /// Without what is about to be deleted, because its successor cannot stand beside it.
    Shrink,
}

impl Phase {
    /// No more requests go to the new: they go back, whoever has changed it meanwhile.
    pub const BACK: Self = Self::Shift(Percent::new(0));
}

/// An output of the stack that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// Its value now.
    pub before: Option<Value>,
    /// Its value afterwards.
    pub after: Option<Value>,
}

/// A variable that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariableChange {
    /// Its value at the last apply.
    pub before: Option<Value>,
    /// Its value now.
    pub after: Option<Value>,
}

/// Something people should know about a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The resource concerned, if one is.
    pub address: Option<Address>,
    /// What there is to know, as a sentence.
    pub message: String,
}

/// How many resources a plan adds, changes and destroys, as Terraform counts them: a replacement is one of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Objects made.
    pub add: usize,
    /// Objects changed in place.
    pub change: usize,
    /// Objects deleted.
    pub destroy: usize,
}

impl Plan {
    /// Whether there is nothing to do; outputs count, drift alone does not.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.outputs.is_empty() && self.steps.is_empty()
    }

    /// The inputs of a resource as the steps before this one leave them: as its last change in place wants them, or as
    /// they were observed.
    pub fn inputs_before(&self, step: usize, address: &Address) -> Option<&Value> {
        let earlier = self.steps.iter().take(step).rev().filter(|it| it.address.as_ref() == Some(address));
        let written = earlier.into_iter().find_map(|step| match &step.operation {
            Operation::Update { inputs, .. } | Operation::Create { inputs, .. } => Some(inputs),
            _ => None,
        });
        let observed = || self.changes.iter().find(|it| it.address == *address)?.before.as_ref();
        written.or_else(observed)
    }

    /// The numbers of the summary line.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for change in &self.changes {
            match change.action {
                Action::Create => totals.add += 1,
                Action::Adopt | Action::Update => totals.change += 1,
                Action::Replace | Action::DeleteThenCreate => {
                    totals.add += 1;
                    totals.destroy += 1;
                }
                Action::Delete => totals.destroy += 1,
            }
        }
        totals
    }
}

#[cfg(test)]
impl Plan {
    /// A plan of nothing but these steps, for tests of what reads only those.
    pub(crate) fn of_steps(steps: Vec<Step>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            stack: "dev".to_owned(),
            lineage: "lineage".to_owned(),
            mode: Mode::Apply,
            home: Home { account: "1".repeat(12), region: "us-east-1".to_owned(), endpoint: None },
            base: String::new(),
            learnt: Vec::new(),
            drift: Vec::new(),
            changes: Vec::new(),
            steps,
            outputs: BTreeMap::new(),
            outputs_after: BTreeMap::new(),
            variables: BTreeMap::new(),
            variables_after: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}
