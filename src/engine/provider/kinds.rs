use super::{Id, Identity, Observed, Provider, Tags, bound::Bound};
use crate::Result;
use futures::future::BoxFuture;
use model::Schema;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A kind of resource bound to a cloud: [`Provider`] without its types.
///
/// Inputs are JSON without references. See [`Provider`] for what each method promises; in addition `read` batches,
/// and `delete` of what does not exist succeeds.
pub trait Kind: Send + Sync {
    /// What the planner has to know.
    fn schema(&self) -> &'static Schema;
    /// See [`Provider::TIMEOUT`].
    fn timeout(&self) -> Duration;
    /// See [`Provider::read`].
    fn read(&self, ids: Vec<Id>) -> BoxFuture<'_, Result<Vec<Observed>>>;
    /// See [`Provider::create`]; an object that an earlier call with the same identity made is found instead.
    fn create<'a>(&'a self, inputs: &'a Value, new: &'a Identity) -> BoxFuture<'a, Result<Id>>;
    /// See [`Provider::find`].
    fn find<'a>(&'a self, inputs: &'a Value, new: &'a Identity) -> BoxFuture<'a, Result<Id>>;
    /// See [`Provider::update`].
    fn update<'a>(&'a self, inputs: &'a Value, id: &'a Id) -> BoxFuture<'a, Result<()>>;
    /// See [`Provider::update_together`]: the field, and its value by object.
    fn update_together<'a>(&'a self, field: &'a str, values: &'a [(Id, Value)]) -> BoxFuture<'a, Result<()>>;
    /// See [`Provider::may_shift`].
    fn may_shift<'a>(&'a self, inputs: &'a Value, id: &'a Id) -> BoxFuture<'a, Result<()>>;
    /// See [`Provider::delete`].
    fn delete<'a>(&'a self, id: &'a Id) -> BoxFuture<'a, Result<()>>;
    /// See [`Provider::tag`].
    fn tag<'a>(&'a self, id: &'a Id, set: &'a Tags, remove: &'a [String]) -> BoxFuture<'a, Result<()>>;
}

/// A line of a table of kinds: a kind that waits to be bound to a client of the cloud `C`.
pub struct Entry<C: 'static> {
    /// What the planner has to know.
    pub schema: &'static Schema,
    bind: fn(Arc<C>) -> Box<dyn Kind>,
}

impl<C: Send + Sync + 'static> Entry<C> {
    /// The line of the kind `R`.
    pub const fn of<R: Provider<C>>() -> Self {
        Self { schema: R::SCHEMA, bind: |cloud| Box::new(Bound::<C, R>::new(cloud)) }
    }
}

/// Every kind the engine can own, by name.
#[derive(Default)]
pub struct Kinds(BTreeMap<&'static str, Box<dyn Kind>>);

impl Kinds {
    /// The kinds of a table, bound to `cloud`.
    pub fn bind<C>(table: &[Entry<C>], cloud: &Arc<C>) -> Self {
        Self(table.iter().map(|entry| (entry.schema.kind, (entry.bind)(Arc::clone(cloud)))).collect())
    }

    /// The kind of that name.
    pub fn get(&self, kind: &str) -> Option<&dyn Kind> {
        self.0.get(kind).map(Box::as_ref)
    }

    /// Every kind, by name.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Kind> {
        self.0.values().map(Box::as_ref)
    }
}

/// Schemas by kind: all that planning needs of a registry.
pub type Schemas = BTreeMap<&'static str, &'static Schema>;

impl Kinds {
    /// The schemas of the registry.
    pub fn schemas(&self) -> Schemas {
        self.iter().map(|kind| (kind.schema().kind, kind.schema())).collect()
    }
}
