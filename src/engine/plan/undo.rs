//! The way back: what a plan has changed in place, changed back in the opposite order.
//!
//! Nothing is deleted on the way back. What was made stands unused when its users have gone back, and the next plan
//! towards the earlier stack deletes it, when the way back has been seen to work.

use super::{Operation, Phase, Plan, Step};
use model::Address;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The plan that takes back the steps `begun` of `plan`, by their place in it. Steps that were only begun are taken back
/// too: an update that is repeated does no harm.
///
/// Deletions cannot be taken back; they stand in the last wave, behind the last judgement.
pub fn undo(plan: &Plan, begun: &BTreeSet<usize>) -> Plan {
    let before = inputs_before(plan);
    let mut steps: Vec<Step> = Vec::new();
    let mut inverse_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate().rev() {
        let Operation::Update { fields, dependencies, lifecycle, .. } = &step.operation else { continue };
        let Some(inputs) = before.get(&index).filter(|_| begun.contains(&index)) else { continue };
        let after = waits_for(plan, index).into_iter().filter_map(|later| inverse_of.get(&later).copied()).collect();
        steps.push(Step {
            address: step.address.clone(),
            kind: step.kind.clone(),
            operation: Operation::Update {
                inputs: inputs.clone(),
                fields: fields.iter().filter(|field| *field != "tags").cloned().collect(),
                phase: Phase::Whole,
                tags: None,
                dependencies: dependencies.clone(),
                lifecycle: lifecycle.clone(),
            },
            after,
        });
        inverse_of.insert(index, steps.len() - 1);
    }
    Plan { steps, learnt: Vec::new(), ..plan.clone() }
}

/// What the inputs of each updated object were before the step.
fn inputs_before(plan: &Plan) -> BTreeMap<usize, Value> {
    let changes = plan.changes.iter();
    let mut present: BTreeMap<&Address, Value> =
        changes.filter_map(|change| Some((&change.address, change.before.clone()?))).collect();
    let mut before = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate() {
        if let (Some(address), Operation::Update { inputs, .. }) = (&step.address, &step.operation)
            && let Some(earlier) = present.insert(address, inputs.clone())
        {
            before.insert(index, earlier);
        }
    }
    before
}

/// All steps that wait for `index`, directly or through others.
fn waits_for(plan: &Plan, index: usize) -> BTreeSet<usize> {
    let mut waiting = BTreeSet::from([index]);
    for (later, step) in plan.steps.iter().enumerate().skip(index + 1) {
        if step.after.iter().any(|earlier| waiting.contains(earlier)) {
            waiting.insert(later);
        }
    }
    waiting.remove(&index);
    waiting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Change, FORMAT, Mode, VERSION};
    use crate::state::Home;
    use serde_json::json;

    fn address(text: &str) -> Address {
        text.parse().expect("it is one")
    }

    fn update(name: &str, inputs: Value, phase: Phase, after: &[usize]) -> Step {
        Step {
            address: Some(address(name)),
            kind: "test.rule".to_owned(),
            operation: Operation::Update {
                inputs,
                fields: vec!["to".to_owned(), "tags".to_owned()],
                phase,
                tags: Some([("a".to_owned(), "b".to_owned())].into()),
                dependencies: BTreeSet::new(),
                lifecycle: model::Lifecycle::default(),
            },
            after: after.to_vec(),
        }
    }

    fn change(name: &str, before: Value) -> Change {
        Change {
            address: address(name),
            kind: "test.rule".to_owned(),
            action: Action::Update,
            reasons: Vec::new(),
            id: None,
            before: Some(before),
            after: None,
            fields: Vec::new(),
        }
    }

    fn plan() -> Plan {
        let settle = Operation::Settle { addresses: Vec::new(), before: "letting go".to_owned() };
        Plan {
            format: FORMAT.to_owned(),
            version: VERSION,
            stack: "dev".to_owned(),
            lineage: "l".to_owned(),
            mode: Mode::Apply,
            home: Home { account: "1".repeat(12), region: "us-east-1".to_owned(), endpoint: None },
            base: String::new(),
            learnt: Vec::new(),
            drift: Vec::new(),
            changes: vec![change("rule.a", json!({"to": ["old"]})), change("rule.b", json!({"to": 1}))],
            steps: vec![
                update("rule.a", json!({"to": ["old", "new"]}), Phase::Expand, &[]),
                update("rule.b", json!({"to": 2}), Phase::Whole, &[0]),
                Step { address: None, kind: String::new(), operation: settle, after: vec![1] },
                update("rule.a", json!({"to": ["new"]}), Phase::Contract, &[2]),
            ],
            outputs: BTreeMap::new(),
            outputs_after: BTreeMap::new(),
            variables: BTreeMap::new(),
            variables_after: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    fn taken_back(begun: &[usize]) -> Vec<(String, Value, Vec<usize>)> {
        let undone = undo(&plan(), &begun.iter().copied().collect());
        let step = |step: Step| {
            let Operation::Update { inputs, fields, tags, phase, .. } = step.operation else { panic!("no update") };
            assert_eq!((fields, tags, phase), (vec!["to".to_owned()], None, Phase::Whole));
            (step.address.expect("it has one").to_string(), inputs, step.after)
        };
        undone.steps.into_iter().map(step).collect()
    }

    #[test]
    fn the_last_change_is_taken_back_first() {
        let (a, b) = ("rule.a".to_owned(), "rule.b".to_owned());
        let expected = vec![
            (a.clone(), json!({"to": ["old", "new"]}), vec![]),
            (b.clone(), json!({"to": 1}), vec![0]),
            (a.clone(), json!({"to": ["old"]}), vec![0, 1]),
        ];
        assert_eq!(taken_back(&[0, 1, 2, 3]), expected);
        assert_eq!(taken_back(&[0, 1]), [(b, json!({"to": 1}), vec![]), (a, json!({"to": ["old"]}), vec![0])]);
    }

    #[test]
    fn what_was_not_begun_stays_as_it_is() {
        assert_eq!(taken_back(&[]), []);
        assert_eq!(taken_back(&[0]), [("rule.a".to_owned(), json!({"to": ["old"]}), vec![])]);
    }
}
