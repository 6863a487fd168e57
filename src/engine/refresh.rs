//! Asks the cloud about everything that is recorded.

use crate::{
    Fault,
    plan::Observations,
    provider::{Id, Kind, Kinds},
    state::State,
};
use futures::future::try_join_all;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep};

/// Reads every recorded object, all kinds at once and each kind in as few calls as it can, and looks for what
/// interrupted creates have made. `window` is how long a new object may stay invisible to reads in this cloud.
///
/// # Errors
/// When a read fails: a plan made from half of what exists would be wrong.
pub async fn refresh(kinds: &Kinds, state: &State, window: Duration) -> Result<Observations, Unreadable> {
    let mut ids: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for record in state.resources.values() {
        let superseded = record.superseded.iter().map(|old| &old.object);
        let objects = record.current.iter().chain(superseded);
        ids.entry(record.kind.as_str()).or_default().extend(objects.map(|object| object.id.clone()));
    }
    let found = try_join_all(state.resources.iter().filter_map(|(address, record)| {
        let pending = record.pending.as_ref()?;
        Some(async move {
            let kind = known(kinds, &record.kind)?;
            let found = find(kind, &pending.inputs, &pending.identity, window).await.map_err(of(&record.kind))?;
            Ok::<_, Unreadable>(found.map(|id| (address.clone(), record.kind.as_str(), id)))
        })
    }))
    .await?;
    let mut observations = Observations::default();
    for (address, kind, id) in found.into_iter().flatten() {
        ids.entry(kind).or_default().push(id.clone());
        observations.found(address, id);
    }
    let reads = ids.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(name, ids)| async move {
        patiently(|| async { known(kinds, name)?.read(ids.clone()).await.map_err(of(name)) }).await
    });
    for observed in try_join_all(reads).await?.into_iter().flatten() {
        observations.insert(observed);
    }
    Ok(observations)
}

/// Looks for what an interrupted create has made, for as long as it may stay invisible.
async fn find(
    kind: &dyn Kind,
    inputs: &serde_json::Value,
    identity: &crate::provider::Identity,
    window: Duration,
) -> crate::Result<Option<Id>> {
    let begun = Instant::now();
    loop {
        match kind.find(inputs, identity).await {
            Ok(id) => return Ok(Some(id)),
            Err(fault) if !fault.is_not_found() && !fault.is_passing() => return Err(fault),
            Err(fault) if begun.elapsed() >= window => {
                return if fault.is_not_found() { Ok(None) } else { Err(fault) };
            }
            Err(_) => sleep(Duration::from_millis(500)).await,
        }
    }
}

/// How often a read that fails in passing is repeated.
const ATTEMPTS: u32 = 6;

async fn patiently<T, F: Future<Output = Result<T, Unreadable>>>(call: impl Fn() -> F) -> Result<T, Unreadable> {
    let mut attempt = 1;
    loop {
        match call().await {
            Err(error) if error.fault.is_passing() && attempt < ATTEMPTS => {
                sleep(Duration::from_millis(100) * 2u32.pow(attempt)).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

fn known<'a>(kinds: &'a Kinds, name: &str) -> Result<&'a dyn Kind, Unreadable> {
    kinds.get(name).ok_or_else(|| Unreadable {
        kind: name.to_owned(),
        fault: Fault::Inputs("this version of rust-stack does not know the kind".to_owned()),
    })
}

fn of(kind: &str) -> impl FnOnce(Fault) -> Unreadable + '_ {
    move |fault| Unreadable { kind: kind.to_owned(), fault }
}

/// A kind could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot read {kind}: {fault}")]
pub struct Unreadable {
    /// The kind.
    pub kind: String,
    /// Why.
    pub fault: Fault,
}
