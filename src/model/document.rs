use crate::{Address, In, Problem, Rollout, serving::Probe};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a stack program prints: the resource graph of one stack. A versioned format.
///
/// To change it: old readers refuse a newer [`VERSION`] with a clear message, so raise it whenever an old reader
/// would misunderstand the document; a new optional field needs `#[serde(default)]` and no new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The name of the stack; the first part of every physical name.
    pub stack: String,
    /// Tags for everything that can bear them.
    pub tags: BTreeMap<String, String>,
    /// The values the stack was built with, to show in a plan which of them changed.
    pub variables: BTreeMap<String, Value>,
    /// In the order in which they were declared.
    pub resources: Vec<Declaration>,
    /// What the stack tells its users.
    pub outputs: BTreeMap<String, OutputValue>,
    /// What has to stay up while the stack changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serves: Vec<Probe>,
    /// How new versions of services come to get the requests, where not by a rolling deployment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Rollout>,
    /// Renamed resources.
    pub moved: Vec<Moved>,
    /// Rules that are broken; a stack with any is refused.
    pub problems: Vec<ReportedProblem>,
}

/// The value of [`Document::format`].
pub const FORMAT: &str = "rust-stack-graph";
/// The version of the format that this crate writes.
pub const VERSION: u32 = 1;

/// One resource as the stack program wants it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// Unique within the stack.
    pub address: Address,
    /// See [`Schema::kind`](crate::Schema::kind).
    pub kind: String,
    /// The fields of the resource, references unresolved.
    pub inputs: Value,
    /// Resources to wait for although no input refers to them.
    #[serde(default)]
    pub depends_on: BTreeSet<Address>,
    /// How the engine treats it.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// `file:line` of the call that declared it.
    #[serde(default)]
    pub source: String,
}

/// How the engine treats one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Fields that another writer owns (an image set by a deployment, a count set by autoscaling): set when the
    /// resource is created, never afterwards.
    #[serde(default)]
    pub ignore_changes: BTreeSet<String>,
    /// A plan that would delete or replace the resource is refused.
    #[serde(default)]
    pub prevent_destroy: bool,
}

/// A value that a stack tells its users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputValue {
    /// The value, references unresolved.
    pub value: In<String>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// The resource recorded at `from` is the one now declared at `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The old address.
    pub from: Address,
    /// The new address.
    pub to: Address,
}

/// A [`Problem`] and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedProblem {
    /// The resource concerned, as text because the address itself may be what is wrong.
    pub address: String,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: Problem,
    /// `file:line` of the declaration.
    pub source: String,
}
