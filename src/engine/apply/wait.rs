use super::{Applier, Failure, Progress, Run, retry::Pauses};
use crate::{
    Fault,
    plan::differs,
    provider::{Id, Kind, Observed, Status},
};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

impl Run<'_> {
    /// Waits until the object exists, and returns it as it is then: ready or not.
    pub(super) async fn appear(&self, step: usize, kind: &dyn Kind, id: &Id) -> Result<Observed, Failure> {
        let mut watch = self.watch(step, kind, "visible");
        loop {
            match self.look(step, kind, id).await? {
                Some(observed) => return Ok(observed),
                None => watch.pause("it is not visible yet").await?,
            }
        }
    }

    /// Waits until the object is ready.
    pub(super) async fn ready(&self, step: usize, kind: &dyn Kind, id: &Id) -> Result<Observed, Failure> {
        let mut watch = self.watch(step, kind, "ready");
        loop {
            match self.look(step, kind, id).await? {
                None => return Err(Failure::Vanished(id.clone())),
                Some(observed) => match observed.status {
                    Status::Ready => return Ok(observed),
                    Status::Pending(reason) => watch.pause(&reason).await?,
                    Status::Failed(reason) => return Err(Fault::Failed(reason).into()),
                    Status::Deleting => return Err(Failure::Vanished(id.clone())),
                },
            }
        }
    }

    /// Waits until the object is ready and these fields are as they were wanted. Reads may lag behind writes for a moment; a change that
    /// is not there after that was undone.
    pub(super) async fn lasting(
        &self,
        step: usize,
        kind: &dyn Kind,
        id: &Id,
        inputs: &Value,
        fields: &[String],
    ) -> Result<Observed, Failure> {
        let begun = Instant::now();
        let mut pauses = self.applier.patience.pauses();
        loop {
            let observed = self.ready(step, kind, id).await?;
            let differs = |field: &&String| {
                kind.schema().field(field).filter(|field| !field.write_only).is_some_and(|field| {
                    let wanted = inputs.get(field.name).unwrap_or(&Value::Null);
                    differs(wanted, observed.inputs.get(field.name).unwrap_or(&Value::Null), field.unordered)
                })
            };
            let fields: Vec<String> = fields.iter().filter(differs).cloned().collect();
            if fields.is_empty() {
                return Ok(observed);
            }
            if begun.elapsed() >= self.applier.patience.lag {
                return Err(Failure::Reverted { fields });
            }
            let reason = format!("{} to be read back as written", fields.join(", "));
            self.applier.observer.notice(Progress::Waiting { step, reason: &reason });
            sleep(pauses.next()).await;
        }
    }

    /// Waits until the object is gone.
    pub(super) async fn gone(&self, step: usize, kind: &dyn Kind, id: &Id) -> Result<(), Failure> {
        let mut watch = self.watch(step, kind, "gone");
        while let Some(observed) = self.look(step, kind, id).await? {
            match observed.status {
                Status::Failed(reason) => watch.pause(&reason).await?,
                _ => watch.pause("it is being deleted").await?,
            }
        }
        Ok(())
    }

    async fn look(&self, step: usize, kind: &dyn Kind, id: &Id) -> Result<Option<Observed>, Failure> {
        let found = self.call(step, kind, "read", Fault::is_passing, || kind.read(vec![id.clone()])).await?;
        Ok(found.into_iter().next())
    }

    fn watch(&self, step: usize, kind: &dyn Kind, what: &'static str) -> Watch<'_> {
        Watch {
            applier: self.applier,
            step,
            what,
            begun: Instant::now(),
            timeout: kind.timeout().min(self.applier.patience.wait),
            pauses: self.applier.patience.pauses(),
        }
    }
}

/// A wait under way.
struct Watch<'a> {
    applier: &'a Applier<'a>,
    step: usize,
    what: &'static str,
    begun: Instant,
    timeout: Duration,
    pauses: Pauses,
}

impl Watch<'_> {
    async fn pause(&mut self, reason: &str) -> Result<(), Failure> {
        if self.begun.elapsed() >= self.timeout {
            return Err(Failure::TimedOut { what: self.what, after: self.timeout, last: reason.to_owned() });
        }
        self.applier.observer.notice(Progress::Waiting { step: self.step, reason });
        sleep(self.pauses.next()).await;
        Ok(())
    }
}
