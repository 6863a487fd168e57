use super::StateError;
use crate::provider::{Id, Identity};
use model::{Address, Lifecycle};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What the engine remembers of one stack: `state.json`. A versioned format.
///
/// To change it: raise [`VERSION`] whenever an older program would misread the document or drop what it does not
/// know; a reader refuses a newer version. A new optional field that may be lost needs only `#[serde(default)]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The name of the stack.
    pub stack: String,
    /// A random name given when the state was first made. It tells two states of the same stack name apart, and is
    /// the value of the owner tag of every object.
    pub lineage: String,
    /// Counts the compactions: raised by one each time the document is written.
    pub serial: u64,
    /// Where the objects are. `None` until the first apply.
    pub home: Option<Home>,
    /// The values the stack was built with when it was last applied.
    pub variables: BTreeMap<String, Value>,
    /// What the stack told its users when it was last applied.
    pub outputs: BTreeMap<String, Value>,
    /// Every resource of which an object exists, or may exist, or on which such a resource depends.
    pub resources: BTreeMap<Address, Record>,
}

/// The value of [`State::format`].
pub const FORMAT: &str = "rust-stack-state";
/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// The account, region and endpoint in which a stack lives. State refuses to be used with another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// Twelve digits.
    pub account: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// `None` for AWS itself; `local` for the local cloud, whose port may change.
    pub endpoint: Option<String>,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// See [`Schema::kind`](model::Schema::kind).
    pub kind: String,
    /// The number of the newest generation that was ever begun.
    pub generation: u32,
    /// The object that the resource is now.
    pub current: Option<Object>,
    /// A create that was begun and of whose end nothing is known.
    pub pending: Option<Pending>,
    /// Older generations that still exist.
    pub superseded: Vec<Superseded>,
    /// How the engine treats it; kept because it outlives the declaration.
    #[serde(default)]
    pub lifecycle: Lifecycle,
}

/// One object in the cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Which generation of the resource it is, from 1.
    pub generation: u32,
    /// The cloud's own name of it.
    pub id: Id,
    /// What it was created as.
    pub identity: Identity,
    /// The inputs last written, references resolved, secrets as digests.
    pub inputs: Value,
    /// The outputs last read.
    pub outputs: Value,
    /// Whether it has ever been seen ready; an object that failed before that is replaced.
    pub ready: bool,
    /// The resources it refers to or waits for: direct ones only.
    pub dependencies: BTreeSet<Address>,
}

/// A create that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Which generation.
    pub generation: u32,
    /// What it was to be created as: how to find it.
    pub identity: Identity,
    /// The inputs it was created with, references resolved, secrets as digests.
    pub inputs: Value,
    /// The resources it refers to or waits for.
    pub dependencies: BTreeSet<Address>,
}

/// An object whose place another has taken, but which still exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Superseded {
    /// The object.
    pub object: Object,
    /// Why it was superseded.
    pub reason: String,
}

impl State {
    /// The state of a stack of which nothing exists yet.
    pub fn new(stack: impl Into<String>, lineage: impl Into<String>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            stack: stack.into(),
            lineage: lineage.into(),
            serial: 0,
            home: None,
            variables: BTreeMap::new(),
            outputs: BTreeMap::new(),
            resources: BTreeMap::new(),
        }
    }

    /// Whether the objects of the stack, if there are any, are at `home`.
    ///
    /// # Errors
    /// [`StateError::Foreign`] when they are in another account, region or endpoint.
    pub fn claim(&self, home: &Home) -> Result<(), StateError> {
        match &self.home {
            Some(recorded) if recorded != home && !self.resources.is_empty() => {
                Err(StateError::Foreign { recorded: Box::new(recorded.clone()), present: Box::new(home.clone()) })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {} in {}", self.account, self.region)?;
        self.endpoint.as_ref().map_or(Ok(()), |endpoint| write!(f, " at the endpoint `{endpoint}`"))
    }
}

impl Record {
    /// A resource of which nothing exists yet.
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            generation: 0,
            current: None,
            pending: None,
            superseded: Vec::new(),
            lifecycle: Lifecycle::default(),
        }
    }

    /// Whether no object exists or may exist.
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.pending.is_none() && self.superseded.is_empty()
    }

    /// Its objects that exist: the superseded ones, oldest first, then the current one.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.superseded.iter().map(|old| &old.object).chain(&self.current)
    }

    /// The direct dependencies of each of its objects and of its pending create.
    pub fn dependencies(&self) -> impl Iterator<Item = &BTreeSet<Address>> {
        let pending = self.pending.iter().map(|pending| &pending.dependencies);
        self.objects().map(|object| &object.dependencies).chain(pending)
    }

    pub(super) fn dependencies_mut(&mut self) -> impl Iterator<Item = &mut BTreeSet<Address>> {
        let objects = self.superseded.iter_mut().map(|old| &mut old.object).chain(&mut self.current);
        let pending = self.pending.iter_mut().map(|pending| &mut pending.dependencies);
        objects.map(|object| &mut object.dependencies).chain(pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::*;

    #[test]
    fn objects_bind_a_stack_to_its_home() {
        let mut state = State::new("dev", "l");
        let ours = home("us-east-1", None);
        state.apply(crate::state::Event::Begun { home: ours.clone() }).expect("nothing exists yet");
        assert!(state.claim(&home("eu-west-1", None)).is_ok(), "a stack without objects may go anywhere");

        state.apply(intended("vpc.a", 1, &[])).expect("it fits");
        assert!(state.claim(&ours).is_ok());
        let strangers =
            [home("eu-west-1", None), home("us-east-1", Some("local")), Home { account: "2".repeat(12), ..ours }];
        for stranger in strangers {
            let error = state.claim(&stranger).expect_err("it is elsewhere");
            assert!(matches!(error, StateError::Foreign { .. }));
            assert!(error.to_string().contains("us-east-1"), "{error}");
            assert!(state.apply(crate::state::Event::Begun { home: stranger }).is_err());
        }
    }
}
