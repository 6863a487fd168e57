//! A new version gets the requests share by share, and is watched at each.

use super::{ALL, Lowering};
use crate::plan::{
    Operation, Phase,
    decide::{Decision, Decisions},
    rollout::divides,
};
use model::{Percent, Rollout, Seconds};
use serde_json::Value;
use std::collections::BTreeSet;

impl Lowering<'_> {
    /// The steps that send the requests to the new version, each behind the one before it and a settle step; returns the
    /// last of them. All fields that divide requests move together.
    pub(super) fn shift(
        &mut self,
        decision: &Decision<'_>,
        fields: &[String],
        rollout: &Rollout,
        mut after: BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        let (address, kind) = (decision.address(), decision.schema.kind);
        for &share in &rollout.shares {
            let Some(inputs) = self.shifted(decision, fields, share) else { continue };
            let update = self.update(decision, inputs, Phase::Shift(share), fields.to_vec());
            let shifted = self.push(Some(address), kind, update, after);
            let settle = Operation::Settle {
                addresses: vec![address.clone(), rollout.service.clone()],
                bake: Some(rollout.step_bake),
                before: format!("sending more than {share} % of the requests"),
            };
            after = BTreeSet::from([self.push(None, "", settle, BTreeSet::from([shifted]))]);
        }
        let update = self.update(decision, decision.inputs.clone().into_owned(), Phase::Shift(ALL), fields.to_vec());
        BTreeSet::from([self.push(Some(address), kind, update, after)])
    }

    /// The inputs with which this share goes to the new version; `None` when it does so already.
    pub(super) fn shifted(&self, decision: &Decision<'_>, fields: &[String], share: Percent) -> Option<Value> {
        let sides = self.sides(decision);
        let mut inputs = decision.inputs.clone().into_owned();
        let mut moves = false;
        for change in decision.may_be_both().iter().filter(|change| fields.contains(&change.field)) {
            let before = sides.united.get(change.field.as_str()).or(change.before.as_ref())?;
            let shifted = (decision.schema.shift)(&change.field, before, change.after.as_ref()?, share);
            moves |= shifted.is_some();
            inputs[&change.field] = shifted.unwrap_or_else(|| before.clone());
        }
        moves.then_some(inputs)
    }
}

/// The rollout between whose groups a resource divides the requests.
pub(super) fn rollout_of<'r>(decision: &Decision<'_>, rollouts: &'r [Rollout]) -> Option<&'r Rollout> {
    rollouts.iter().find(|rollout| divides(decision.declaration, rollout))
}

/// How long all that was changed is watched before anything is deleted: the longest of the rollouts that end here.
pub(super) fn bake(decisions: &Decisions<'_>, rollouts: &[Rollout]) -> Option<Seconds> {
    let ends = |rollout: &&Rollout| {
        let changes = |decision: &Decision<'_>| decision.action.is_some() && divides(decision.declaration, rollout);
        decisions.declared.iter().any(changes)
    };
    rollouts.iter().filter(ends).map(|rollout| rollout.bake).max()
}
