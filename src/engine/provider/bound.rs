use super::{Id, Identity, Kind, Live, Observed, Provider, Tags};
use crate::{Fault, Result};
use futures::{FutureExt as _, future::BoxFuture};
use model::{Resource, Schema};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    marker::PhantomData,
    sync::Arc,
    time::Duration,
};

/// The one implementation of [`Kind`].
pub(super) struct Bound<C, R> {
    cloud: Arc<C>,
    kind: PhantomData<fn() -> R>,
}

impl<C, R> Bound<C, R> {
    pub(super) fn new(cloud: Arc<C>) -> Self {
        Self { cloud, kind: PhantomData }
    }
}

impl<C: Send + Sync + 'static, R: Provider<C>> Kind for Bound<C, R> {
    fn schema(&self) -> &'static Schema {
        R::SCHEMA
    }

    fn timeout(&self) -> Duration {
        R::TIMEOUT
    }

    fn read(&self, ids: Vec<Id>) -> BoxFuture<'_, Result<Vec<Observed>>> {
        async move { read_batched::<C, R>(&self.cloud, &ids).await?.into_iter().map(observed).collect() }.boxed()
    }

    fn create<'a>(&'a self, inputs: &'a Value, new: &'a Identity) -> BoxFuture<'a, Result<Id>> {
        async move {
            let inputs: R = decode(inputs)?;
            match inputs.create(&self.cloud, new).await {
                Err(Fault::Exists(name)) => match inputs.find(&self.cloud, new).await {
                    Err(Fault::NotFound(_)) => Err(Fault::Exists(name)),
                    found => found,
                },
                created => created,
            }
        }
        .boxed()
    }

    fn find<'a>(&'a self, inputs: &'a Value, new: &'a Identity) -> BoxFuture<'a, Result<Id>> {
        async move { decode::<R>(inputs)?.find(&self.cloud, new).await }.boxed()
    }

    fn update<'a>(&'a self, inputs: &'a Value, id: &'a Id) -> BoxFuture<'a, Result<()>> {
        async move {
            let desired: R = decode(inputs)?;
            let live = R::read(&self.cloud, std::slice::from_ref(id)).await?;
            desired.update(&self.cloud, live.first().ok_or_else(|| Fault::not_found(id))?).await
        }
        .boxed()
    }

    fn update_together<'a>(&'a self, field: &'a str, values: &'a [(Id, Value)]) -> BoxFuture<'a, Result<()>> {
        async move {
            let ids: Vec<Id> = values.iter().map(|(id, _)| id.clone()).collect();
            let mut changes = Vec::new();
            let mut found: BTreeMap<Id, Live<R>> = read_batched::<C, R>(&self.cloud, &ids)
                .await?
                .into_iter()
                .map(|live| (live.id.clone(), live))
                .collect();
            for (id, value) in values {
                let live = found.remove(id).ok_or_else(|| Fault::not_found(id))?;
                let mut inputs = serde_json::to_value(&live.inputs)?;
                inputs[field] = value.clone();
                changes.push((live, decode(&inputs)?));
            }
            R::update_together(&self.cloud, &changes).await
        }
        .boxed()
    }

    fn may_shift<'a>(&'a self, inputs: &'a Value, id: &'a Id) -> BoxFuture<'a, Result<()>> {
        async move {
            let desired: R = decode(inputs)?;
            let live = R::read(&self.cloud, std::slice::from_ref(id)).await?;
            desired.may_shift(&self.cloud, live.first().ok_or_else(|| Fault::not_found(id))?).await
        }
        .boxed()
    }

    fn delete<'a>(&'a self, id: &'a Id) -> BoxFuture<'a, Result<()>> {
        async move {
            match R::delete(&self.cloud, id).await {
                Err(Fault::NotFound(_)) => Ok(()),
                deleted => deleted,
            }
        }
        .boxed()
    }

    fn tag<'a>(&'a self, id: &'a Id, set: &'a Tags, remove: &'a [String]) -> BoxFuture<'a, Result<()>> {
        async move { R::tag(&self.cloud, id, set, remove).await }.boxed()
    }
}

/// Reads in batches. Some APIs fail a whole batch because one id is gone, so a batch that is "not found" is halved
/// until the missing id stands alone.
async fn read_batched<C, R: Provider<C>>(cloud: &C, ids: &[Id]) -> Result<Vec<Live<R>>> {
    let mut found = Vec::new();
    let mut queue: VecDeque<&[Id]> = ids.chunks(R::BATCH).collect();
    while let Some(batch) = queue.pop_front() {
        match R::read(cloud, batch).await {
            Ok(lives) => found.extend(lives),
            Err(Fault::NotFound(_)) if batch.len() == 1 => (),
            Err(Fault::NotFound(_)) => {
                let (left, right) = batch.split_at(batch.len() / 2);
                queue.extend([left, right]);
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

fn decode<R: Resource>(inputs: &Value) -> Result<R> {
    R::deserialize(inputs).map_err(Fault::from)
}

fn observed<R: Resource>(live: Live<R>) -> Result<Observed> {
    Ok(Observed {
        id: live.id,
        inputs: serde_json::to_value(live.inputs)?,
        outputs: serde_json::to_value(live.outputs)?,
        tags: live.tags,
        status: live.status,
    })
}
