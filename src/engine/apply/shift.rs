//! The lease of who sends requests where: they are sent elsewhere only if nobody else has done so meanwhile, and only to
//! where somebody answers. AWS has no conditional write for it, so both are asked directly before the write.

use super::{Failure, Run};
use crate::{
    Fault,
    plan::{Operation, Phase, Plan},
    provider::{Id, Kind},
};
use model::Address;
use serde_json::{Map, Value};

impl Run<'_> {
    /// Sends requests elsewhere.
    pub(super) async fn shift(
        &self,
        index: usize,
        kind: &dyn Kind,
        address: &Address,
        inputs: &Value,
        id: &Id,
    ) -> Result<(), Failure> {
        let mut expected = left(self.plan, index, address);
        expected.values_mut().for_each(|value| *value = self.resolved(value));
        let write = || kind.shift(inputs, id, &expected);
        let taken = self.call(index, kind, "update", Fault::is_passing, write).await?;
        if taken.is_empty() { Ok(()) } else { Err(Failure::Taken { fields: taken }) }
    }
}

/// What the steps before this one leave in the fields that it changes; nothing for a step that sends requests back,
/// whoever has sent them elsewhere.
fn left(plan: &Plan, index: usize, address: &Address) -> Map<String, Value> {
    let operation = plan.steps.get(index).map(|step| &step.operation);
    let Some(operation) = operation.filter(|operation| !is_back(operation)) else { return Map::new() };
    let before = plan.inputs_before(index, address);
    operation.fields().iter().filter_map(|field| Some((field.clone(), before?.get(field)?.clone()))).collect()
}

fn is_back(operation: &Operation) -> bool {
    matches!(operation, Operation::Update { phase: Phase::BACK, .. })
}

#[cfg(test)]
mod tests;
