//! How kinds of resources come to the engine.
//!
//! A kind implements [`Provider`] for the cloud it lives in; [`Entry`] is its line in a table of kinds; bound to
//! a client it is a [`Kind`], which has no types left, so that all of them fit in one registry ([`Kinds`]).

mod bound;
mod kinds;

pub use kinds::{Entry, Kind, Kinds, Schemas};

use crate::{Fault, Result};
use model::Resource;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, future::Future, time::Duration};

/// How one kind of resource is read and changed in the cloud `C`.
///
/// Implementations only map to and from API calls. Retrying, waiting until ready, naming, ordering and recording
/// are the engine's work.
pub trait Provider<C>: Resource {
    /// The most ids one `read` may be given.
    const BATCH: usize = 100;
    /// How long an object of this kind may take to become ready, or to go away.
    const TIMEOUT: Duration = Duration::from_secs(10 * 60);

    /// Reports those of `ids` that exist, in any order; what does not exist is left out (or, where the API fails
    /// a whole batch because of it, the call fails with [`Fault::NotFound`] and the engine halves the batch).
    /// The engine polls this to wait.
    fn read(cloud: &C, ids: &[Id]) -> impl Future<Output = Result<Vec<Live<Self>>>> + Send;

    /// Starts to make the object and returns its id at once. Sets what only creation can set, and the tags; the
    /// engine calls `update` for whatever `read` then still reports as different.
    fn create(&self, cloud: &C, new: &Identity) -> impl Future<Output = Result<Id>> + Send;

    /// The object that an earlier, interrupted `create` of `self` made for `new`: found by name, token or tags,
    /// and only if it bears [`Identity::token`] in its tags (where the kind can bear tags).
    fn find(&self, cloud: &C, new: &Identity) -> impl Future<Output = Result<Id>> + Send;

    /// Changes `live` to `self`, with calls only for what differs. Fields that are `Replace` do not differ, and an
    /// input that is `None` is not managed: it stays as it is.
    fn update(&self, cloud: &C, live: &Live<Self>) -> impl Future<Output = Result<()>> + Send;

    /// Gives several objects other values of a field that [changes together](model::OnChange::Together), in one call:
    /// each object and what it is to be, which differs in that field only. Only for kinds that have such a field.
    fn update_together(cloud: &C, changes: &[(Live<Self>, Self)]) -> impl Future<Output = Result<()>> + Send {
        let _ = (cloud, changes);
        let refusal = format!("{} has no field that changes for several at one time", Self::SCHEMA.kind);
        std::future::ready(Err(Fault::Inputs(refusal)))
    }

    /// Whether requests may be sent as `self` says: not where nobody can answer them. Asked directly before a
    /// [shift](crate::plan::Phase::Shift). Only for kinds that divide requests.
    fn may_shift(&self, cloud: &C, live: &Live<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (cloud, live);
        std::future::ready(Ok(()))
    }

    /// Starts to delete the object. The engine polls `read` until it is gone.
    fn delete(cloud: &C, id: &Id) -> impl Future<Output = Result<()>> + Send;

    /// Writes the tags `set` and removes the keys `remove`. Never called for a kind that is not taggable.
    fn tag(cloud: &C, id: &Id, set: &Tags, remove: &[String]) -> impl Future<Output = Result<()>> + Send;
}

/// Tags, by key.
pub type Tags = BTreeMap<String, String>;

/// One resource as the cloud reports it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Live<R: Resource> {
    /// The cloud's own name of it.
    pub id: Id,
    /// Every field that the API reports, with AWS's defaults; `None` only for what it does not report.
    pub inputs: R,
    /// What others may refer to.
    pub outputs: R::Outputs,
    /// All tags; `None` when the kind cannot bear any.
    pub tags: Option<Tags>,
    /// Whether it can be used yet.
    pub status: Status,
}

/// [`Live`] without its types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The cloud's own name of it.
    pub id: Id,
    /// See [`Live::inputs`].
    pub inputs: Value,
    /// See [`Live::outputs`].
    pub outputs: Value,
    /// See [`Live::tags`].
    pub tags: Option<Tags>,
    /// See [`Live::status`].
    pub status: Status,
}

/// Whether an object can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It can.
    Ready,
    /// Not yet; the text says what it is waiting for, in the cloud's words.
    Pending(String),
    /// It never will; the text says why, in the cloud's words.
    Failed(String),
    /// It is going away.
    Deleting,
}

/// What the engine wants a new object to be known by. Decided by the planner and recorded before `create` is
/// called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The physical name: `dev-web`, from the second generation on `dev-web-2`.
    pub name: String,
    /// Unique to this generation of this resource: the client token of APIs that take one.
    pub token: String,
    /// All tags of the new object; among them [`TOKEN_TAG`].
    pub tags: Tags,
}

/// The tag that holds [`Identity::token`]: how an object is recognised after an interrupted create.
pub const TOKEN_TAG: &str = "rust-stack:token";

/// The cloud's own name of an object, such as an ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// Takes over a name that the cloud has given.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as the API takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<R: Resource> Live<R> {
    /// An object that can be used and bears `tags`.
    pub fn ready(id: Id, inputs: R, outputs: R::Outputs, tags: Option<Tags>) -> Self {
        Self { id, inputs, outputs, tags, status: Status::Ready }
    }
}

/// What most `find`s end with: the only candidate, or [`Fault::NotFound`].
///
/// # Errors
/// [`Fault::Failed`] when there are several, because adopting the wrong one would be worse than stopping.
pub fn only(candidates: impl IntoIterator<Item = Id>) -> Result<Id> {
    let mut candidates = candidates.into_iter();
    match (candidates.next(), candidates.next()) {
        (None, _) => Err(Fault::not_found("what an interrupted create has made")),
        (Some(id), None) => Ok(id),
        (Some(one), Some(other)) => Err(Fault::Failed(format!("two objects bear the same token: {one} and {other}"))),
    }
}
