use crate::{
    Percent,
    serving::{Fact, Serving},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A kind of thing the engine can own. Implement it with `#[derive(Resource)]`.
pub trait Resource: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the engine has to know of the kind besides its data.
    const SCHEMA: &'static Schema;
    /// What the cloud tells about an object of this kind.
    type Outputs: Outputs;

    /// Rules the types cannot state, for one resource alone. Runs in the stack program.
    fn check(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// What an object with these inputs does for the requests that the stack serves. Read by the engine, which proves
    /// with it that a plan keeps serving.
    fn serving(&self) -> Vec<Fact> {
        Vec::new()
    }
}

/// What the cloud tells us about a resource. Implement it with `#[derive(Outputs)]`.
pub trait Outputs: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The names of the outputs, as they stand in JSON and in references.
    const NAMES: &'static [&'static str];
    /// One method per output, each returning an [`In`](crate::In) that other resources accept.
    type Refs;

    /// The references to the outputs of the resource at `address`.
    fn refs(address: crate::Address) -> Self::Refs;
}

/// Everything about a kind that the planner reads. A constant, made by `#[derive(Resource)]`.
#[derive(Debug)]
pub struct Schema {
    /// `<service>.<type>`, such as `ec2.subnet`. Written into state files: never rename or reuse one.
    pub kind: &'static str,
    /// The fields, in the order of the struct.
    pub fields: &'static [Field],
    /// The longest physical name the API accepts, in characters.
    pub name_max: usize,
    /// Whether each generation keeps the same name, because the API numbers versions itself (task definitions).
    pub versioned: bool,
    /// Whether the API lets an object of this kind carry tags.
    pub taggable: bool,
    /// Why two objects of this kind cannot stand side by side, if so: a replacement then deletes first.
    pub delete_first: Option<&'static str>,
    /// How old and new stand side by side while a field changes that [unites](OnChange::unites) them.
    pub expand: Expand,
    /// How requests come to be sent elsewhere little by little, for a field that divides them.
    pub shift: Shift,
    /// What an object does for the requests that the stack serves.
    pub serving: Serving,
}

/// Makes the value of a field in which old and new stand side by side, from its name, its value before and its
/// value after. `None` when they cannot be united: the field then changes in one step.
pub type Expand = fn(field: &str, before: &Value, after: &Value) -> Option<Value>;

/// The [`Expand`] of most kinds: a list with all items of both, the old ones first.
pub fn union(_field: &str, before: &Value, after: &Value) -> Option<Value> {
    let (before, after) = (before.as_array()?, after.as_array()?);
    let added = after.iter().filter(|item| !before.contains(item));
    Some(before.iter().chain(added).cloned().collect())
}

/// Makes the value of a field with which this share of the requests goes as it will after the change, and the rest as
/// before it; from its name, its value before and its value after. `None` when the field divides nothing, or when at
/// least as many go there already.
pub type Shift = fn(field: &str, before: &Value, after: &Value, share: Percent) -> Option<Value>;

/// The [`Shift`] of most kinds, which divide no requests.
pub fn undivided(_field: &str, _before: &Value, _after: &Value, _share: Percent) -> Option<Value> {
    None
}

impl Schema {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether an object that is about to go can first make room for one that is like it in all unique fields.
    pub fn steps_aside(&self) -> bool {
        self.fields.iter().any(|field| field.unique && field.on_change == OnChange::Together)
    }

    /// The part of the kind before the dot: `ec2`.
    pub fn service(&self) -> &'static str {
        self.kind.split('.').next().unwrap_or(self.kind)
    }
}

/// One field of a resource. A top-level field is the unit of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As it stands in the struct and in JSON.
    pub name: &'static str,
    /// What changing it costs.
    pub on_change: OnChange,
    /// Never read back from the cloud and stored only as a digest: a secret.
    pub write_only: bool,
    /// The order of lists anywhere within means nothing to AWS.
    pub unordered: bool,
    /// This resource completes the one the field refers to (a rule its security group, a route its table):
    /// whoever uses that one waits for this one too.
    pub part_of: bool,
    /// The old and the new object of a resource cannot both hold what the field refers to (a NAT gateway its Elastic
    /// IP, a listener its target groups), so a replacement replaces that too.
    pub exclusive: bool,
    /// The API allows no two objects that agree in all unique fields of the kind (a route its table and
    /// destination, a listener its load balancer and port): such a pair is never made side by side.
    pub unique: bool,
    /// Where it is not managed here, the successor of an object begins with the value that the object has (the number of
    /// tasks that autoscaling has come to).
    pub inherited: bool,
    /// The kind of what the object lies in, as far as this field says: following its references one comes to an object
    /// of that kind (from a load balancer by its subnets to a VPC). An object cannot leave it for another one, so when
    /// that changes, a new object takes its place.
    pub anchor: Option<&'static str>,
}

impl Field {
    /// A field with nothing special about it; the derive macro starts from here.
    pub const fn plain(name: &'static str) -> Self {
        Self {
            name,
            on_change: OnChange::InPlace,
            write_only: false,
            unordered: false,
            part_of: false,
            exclusive: false,
            unique: false,
            inherited: false,
            anchor: None,
        }
    }
}

/// What changing a field costs. The planner reads this; nothing else decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnChange {
    /// Updated where it stands.
    InPlace,
    /// A set of edges (rules, subnets, registrations): the union of old and new stands first, and the old
    /// ones leave only when the new ones work.
    UnionFirst,
    /// As [`OnChange::UnionFirst`]; where one object cannot hold both, two do: a new one takes the place of the old one.
    UnionOrReplace,
    /// In place, for several objects in one call: no two may have the same value, and what one gives up another may take
    /// (the priorities of rules).
    Together,
    /// In place, but users notice; the reason is shown in the plan.
    Disrupt(&'static str),
    /// The API cannot change it: a new object takes the place of the old one.
    Replace,
}

impl OnChange {
    /// Whether old and new stand side by side before the old ones leave.
    pub fn unites(self) -> bool {
        matches!(self, Self::UnionFirst | Self::UnionOrReplace)
    }
}

/// A rule of one resource that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field concerned.
    pub field: String,
    /// What is wrong and what to do, as a sentence without its first capital.
    pub message: String,
}

impl Problem {
    /// A problem of `field`.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// For kinds that tell nothing that others could use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoOutputs {}

/// The references of [`NoOutputs`]: only the address, to depend on.
#[derive(Clone, Debug)]
pub struct NoRefs {
    address: crate::Address,
}

impl NoRefs {
    /// The address of the resource.
    pub fn address(&self) -> &crate::Address {
        &self.address
    }
}

impl Outputs for NoOutputs {
    const NAMES: &'static [&'static str] = &[];
    type Refs = NoRefs;

    fn refs(address: crate::Address) -> NoRefs {
        NoRefs { address }
    }
}
