use engine::{
    Fault,
    plan::differs,
    provider::{Id, Identity, Kind, Kinds, Observed, Status, TOKEN_TAG},
};
use model::Resource;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep};

/// How long anything may take: these clouds are ready at once.
const PATIENCE: Duration = Duration::from_secs(15);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// What a case needs before it begins, in one cloud.
pub(super) struct World<'a> {
    kinds: &'a Kinds,
    name: String,
    made: Vec<(&'a dyn Kind, Id)>,
}

impl<'a> World<'a> {
    /// Nothing yet; every name in it begins with `name`.
    pub(super) fn new(kinds: &'a Kinds, name: String) -> Self {
        Self { kinds, name, made: Vec::new() }
    }

    /// The kind of that name.
    pub(super) fn kind(&self, kind: &str) -> &'a dyn Kind {
        self.kinds.get(kind).expect("every case is of a kind in the table")
    }

    /// Makes an object and returns its outputs.
    pub(super) async fn make<R: Resource>(&mut self, resource: R) -> Result<R::Outputs, Fault> {
        let (kind, new) = (self.kind(R::SCHEMA.kind), self.identity());
        let inputs = serde_json::to_value(resource)?;
        let id = kind.create(&inputs, &new).await?;
        self.made.push((kind, id.clone()));
        let observed = settled(kind, &inputs, &id).await?;
        Ok(serde_json::from_value(observed.outputs)?)
    }

    /// What a new object is to be known by: each a different one.
    pub(super) fn identity(&self) -> Identity {
        let name = format!("{}-{}", self.name, self.made.len());
        let token = format!("token-{name}");
        let tags = [("Name", &name), (TOKEN_TAG, &token)].map(|(key, value)| (key.to_owned(), value.clone()));
        Identity { name, token, tags: BTreeMap::from(tags) }
    }

    /// Deletes what was made, the newest first.
    pub(super) async fn unmake(self) -> Result<(), Fault> {
        for (kind, id) in self.made.into_iter().rev() {
            deleted(kind, &id).await?;
        }
        Ok(())
    }
}

/// Brings a new object to what is wanted, as the engine does, and returns it once it is ready.
pub(super) async fn settled(kind: &dyn Kind, inputs: &Value, id: &Id) -> Result<Observed, Fault> {
    let observed = read(kind, id).await?.ok_or_else(|| Fault::not_found(id))?;
    let differs =
        kind.schema().fields.iter().any(|field| {
            field.write_only || differs(&inputs[field.name], &observed.inputs[field.name], field.unordered)
        });
    if differs {
        kind.update(inputs, id).await?;
    }
    ready(kind, id).await
}

/// Waits until the object is ready.
pub(super) async fn ready(kind: &dyn Kind, id: &Id) -> Result<Observed, Fault> {
    let begun = Instant::now();
    loop {
        let observed = read(kind, id).await?.ok_or_else(|| Fault::not_found(id))?;
        match &observed.status {
            Status::Ready => return Ok(observed),
            Status::Pending(_) if begun.elapsed() < PATIENCE => sleep(PAUSE).await,
            status => return Err(Fault::Failed(format!("{id} is not ready but {status:?}"))),
        }
    }
}

/// Deletes an object, again while something in use holds it, and waits until it is gone.
pub(super) async fn deleted(kind: &dyn Kind, id: &Id) -> Result<(), Fault> {
    let begun = Instant::now();
    while let Err(fault) = kind.delete(id).await {
        let passing = fault.is_passing() || matches!(fault, Fault::InUse { .. });
        if !passing || begun.elapsed() >= PATIENCE {
            return Err(fault);
        }
        sleep(PAUSE).await;
    }
    while let Some(observed) = read(kind, id).await? {
        if begun.elapsed() >= PATIENCE {
            return Err(Fault::Failed(format!("{id} is not gone but {:?}", observed.status)));
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// The object, if it exists.
pub(super) async fn read(kind: &dyn Kind, id: &Id) -> Result<Option<Observed>, Fault> {
    let found = kind.read(vec![id.clone()]).await?;
    match found.as_slice() {
        [] => Ok(None),
        [observed] if observed.id == *id => Ok(found.into_iter().next()),
        others => {
            let ids: Vec<String> = others.iter().map(|it| it.id.to_string()).collect();
            Err(Fault::Failed(format!("asked for {id}, it reads {}", ids.join(", "))))
        }
    }
}
