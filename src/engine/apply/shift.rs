//! The lease of who sends requests where: directly before they are sent elsewhere it is looked at again whether anybody
//! else has done so, and whether there is somebody to answer.

use super::{Failure, Run};
use crate::{
    Fault,
    plan::differs,
    provider::{Kind, Observed},
};
use model::Address;
use serde_json::Value;

impl Run<'_> {
    /// Whether the division of requests is still as the steps before this one have left it, and may become as `inputs`
    /// say. AWS has no conditional write for it, so this is the last call before the write.
    pub(super) async fn may_shift(
        &self,
        index: usize,
        kind: &dyn Kind,
        address: &Address,
        inputs: &Value,
    ) -> Result<(), Failure> {
        let Some(object) = self.with_state(|state| state.resources.get(address)?.current.clone()) else {
            return Err(Fault::not_found(address).into());
        };
        let found = self.call(index, kind, "read", Fault::is_passing, || kind.read(vec![object.id.clone()])).await?;
        let Some(live) = found.first() else { return Err(Failure::Vanished(object.id)) };
        let fields = self.taken(index, kind, address, live);
        if !fields.is_empty() {
            return Err(Failure::Taken { fields });
        }
        self.call(index, kind, "read", Fault::is_passing, || kind.may_shift(inputs, &object.id)).await
    }

    /// The fields of a step that somebody else has changed since the plan was made or the step before was done.
    fn taken(&self, index: usize, kind: &dyn Kind, address: &Address, live: &Observed) -> Vec<String> {
        let Some(step) = self.plan.steps.get(index) else { return Vec::new() };
        let expected = self.plan.inputs_before(index, address);
        let differs = |name: &&String| {
            let unordered = kind.schema().field(name).is_some_and(|field| field.unordered);
            let expected = expected.and_then(|inputs| inputs.get(name.as_str()));
            // What was not known when the plan was made cannot be compared.
            expected.is_some_and(|expected| {
                let live = live.inputs.get(name.as_str()).unwrap_or(&Value::Null);
                differs(&self.resolved(expected), live, unordered)
            })
        };
        step.operation.fields().iter().filter(differs).cloned().collect()
    }
}
