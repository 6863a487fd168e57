//! The way back: what a plan has changed in place, changed back in the opposite order.
//!
//! Nothing is deleted on the way back. What was made stands unused when its users have gone back, and the next plan
//! towards the earlier stack deletes it, when the way back has been seen to work.

use super::{Action, Change, Operation, Phase, Placed, Plan, Step};
use crate::provider::{Id, Tags};
use model::Address;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The plan that takes back the steps `begun` of `plan`, by their place in it. Steps that were only begun are taken back
/// too: an update that is repeated does no harm.
///
/// Deletions cannot be taken back; they stand in the last wave, behind the last judgement. A value that no two objects
/// may have and that something new has got stays with it until the next plan deletes that.
pub fn undo(plan: &Plan, begun: &BTreeSet<usize>) -> Plan {
    let mut steps: Vec<Step> = Vec::new();
    let mut inverse_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, operation) in Past::of(plan, begun).inverses().into_iter().rev() {
        let later = waits_for(plan, index);
        let after: BTreeSet<usize> = later.iter().filter_map(|later| inverse_of.get(later).copied()).collect();
        inverse_of.insert(index, steps.len());
        let Step { address, kind, .. } = plan.steps[index].clone();
        steps.push(Step { address, kind, operation, after: after.into_iter().collect() });
    }
    Plan { steps, learnt: Vec::new(), ..plan.clone() }
}

/// What the objects that a plan changes in place were like.
struct Past<'a> {
    plan: &'a Plan,
    begun: &'a BTreeSet<usize>,
    /// By the address of their resource.
    updated: BTreeMap<&'a Address, &'a Change>,
    /// What stays as the plan has made it: the object, the field and its value.
    stays: BTreeMap<(&'a Id, &'a str), &'a Value>,
}

impl<'a> Past<'a> {
    fn of(plan: &'a Plan, begun: &'a BTreeSet<usize>) -> Self {
        // An older generation that is deleted is a change of the same address.
        let changed = plan.changes.iter().filter(|it| matches!(it.action, Action::Update | Action::Adopt));
        let updated = changed.map(|change| (&change.address, change)).collect();
        let mut past = Self { plan, begun, updated, stays: BTreeMap::new() };
        past.stays = past.taken();
        past
    }

    /// The operation that takes back each step that changes something in place.
    fn inverses(&self) -> BTreeMap<usize, Operation> {
        let mut now = self.now();
        let mut inverses = BTreeMap::new();
        for (index, step) in self.plan.steps.iter().enumerate() {
            let inverse = match &step.operation {
                Operation::Update { .. } => self.update(step, &mut now),
                Operation::Together { field, objects } => self.together(field, objects, &mut now),
                Operation::Create { .. } | Operation::Settle { .. } | Operation::Delete { .. } => None,
            };
            inverses.extend(inverse.filter(|_| self.begun.contains(&index)).map(|inverse| (index, inverse)));
        }
        inverses
    }

    /// The inputs of each object before the first step.
    fn now(&self) -> BTreeMap<&'a Id, Value> {
        self.plan.changes.iter().filter_map(|change| Some((change.id.as_ref()?, change.before.clone()?))).collect()
    }

    fn update(&self, step: &Step, now: &mut BTreeMap<&'a Id, Value>) -> Option<Operation> {
        let Operation::Update { inputs, fields, tags, dependencies, lifecycle, .. } = &step.operation else {
            return None;
        };
        let change = self.updated.get(step.address.as_ref()?)?;
        let id = change.id.as_ref()?;
        let mut before = now.insert(id, inputs.clone())?;
        for ((_, field), value) in self.stays.iter().filter(|((object, _), _)| *object == id) {
            before[*field] = (*value).clone();
        }
        let tags = tags.as_ref().and_then(|_| tags_before(change));
        Some(Operation::Update {
            inputs: before,
            fields: fields.iter().filter(|field| *field != "tags" || tags.is_some()).cloned().collect(),
            phase: Phase::Whole,
            tags,
            dependencies: dependencies.clone(),
            lifecycle: lifecycle.clone(),
        })
    }

    /// All that changed together goes back together, but for what stays or is deleted.
    fn together(&self, field: &str, objects: &[Placed], now: &mut BTreeMap<&'a Id, Value>) -> Option<Operation> {
        let mut back = Vec::new();
        for Placed { address, id, value } in objects {
            let Some(inputs) = now.get_mut(id) else { continue };
            let before = std::mem::replace(&mut inputs[field], value.clone());
            if !self.stays.contains_key(&(id, field)) && !self.is_deleted(id) {
                back.push(Placed { address: address.clone(), id: id.clone(), value: before });
            }
        }
        (!back.is_empty()).then(|| Operation::Together { field: field.to_owned(), objects: back })
    }

    fn is_deleted(&self, object: &Id) -> bool {
        let mut steps = self.begun.iter().filter_map(|step| self.plan.steps.get(*step));
        steps.any(|step| matches!(&step.operation, Operation::Delete { id, .. } if id == object))
    }

    /// The objects whose value before somebody else has now: something new, or another one that stays.
    fn taken(&self) -> BTreeMap<(&'a Id, &'a str), &'a Value> {
        let now = self.now();
        let mut stays = BTreeMap::new();
        for step in self.begun.iter().filter_map(|step| self.plan.steps.get(*step)) {
            let Operation::Together { field, objects } = &step.operation else { continue };
            let created = self.begun.iter().filter_map(|other| match self.plan.steps.get(*other) {
                Some(Step { kind, operation: Operation::Create { inputs, .. }, .. }) if *kind == step.kind => {
                    inputs.get(field)
                }
                _ => None,
            });
            let mut taken: Vec<&Value> = created.collect();
            let mut rest: Vec<&Placed> = objects.iter().collect();
            // Each that stays has what another one may have had.
            while let Some(place) = rest.iter().position(|it| {
                now.get(&it.id).and_then(|inputs| inputs.get(field)).is_some_and(|before| taken.contains(&before))
            }) {
                let Placed { id, value, .. } = rest.swap_remove(place);
                taken.push(value);
                stays.insert((id, field.as_str()), value);
            }
        }
        stays
    }
}

/// Our tags before a change of them.
fn tags_before(change: &Change) -> Option<Tags> {
    let before = change.fields.iter().find(|field| field.field == "tags")?.before.as_ref()?;
    serde_json::from_value(before.clone()).ok()
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
    use crate::plan::{FORMAT, FieldChange, Mode, VERSION};
    use crate::state::Home;
    use serde_json::json;

    fn address(text: &str) -> Address {
        text.parse().expect("it is one")
    }

    fn step(name: Option<&str>, operation: Operation, after: &[usize]) -> Step {
        Step { address: name.map(address), kind: "test.rule".to_owned(), operation, after: after.to_vec() }
    }

    fn tags(value: &str) -> Tags {
        [("a".to_owned(), value.to_owned())].into()
    }

    fn update(name: &str, inputs: Value, phase: Phase, after: &[usize]) -> Step {
        let operation = Operation::Update {
            inputs,
            fields: vec!["to".to_owned(), "tags".to_owned()],
            phase,
            tags: Some(tags("new")),
            dependencies: BTreeSet::new(),
            lifecycle: model::Lifecycle::default(),
        };
        step(Some(name), operation, after)
    }

    fn together(objects: &[(&str, u32)], after: &[usize]) -> Step {
        let placed = objects.iter().map(|(name, value)| Placed {
            address: address(name),
            id: Id::new(*name),
            value: json!(value),
        });
        step(None, Operation::Together { field: "place".to_owned(), objects: placed.collect() }, after)
    }

    fn create(name: &str, inputs: Value, after: &[usize]) -> Step {
        let operation = Operation::Create {
            generation: 1,
            identity: crate::provider::Identity::default(),
            inputs,
            dependencies: BTreeSet::new(),
            lifecycle: model::Lifecycle::default(),
            supersedes: None,
        };
        step(Some(name), operation, after)
    }

    fn change(name: &str, id: &str, action: Action, before: Value) -> Change {
        Change {
            address: address(name),
            kind: "test.rule".to_owned(),
            action,
            reasons: Vec::new(),
            id: Some(Id::new(id)),
            before: Some(before),
            after: None,
            fields: Vec::new(),
        }
    }

    fn updated(name: &str, before: Value) -> Change {
        change(name, name, Action::Update, before)
    }

    fn plan(changes: Vec<Change>, steps: Vec<Step>) -> Plan {
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
            changes,
            steps,
            outputs: BTreeMap::new(),
            outputs_after: BTreeMap::new(),
            variables: BTreeMap::new(),
            variables_after: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// A consumer that lets go of the old when another one has changed.
    fn in_phases() -> Plan {
        let settle = Operation::Settle { addresses: Vec::new(), before: "letting go".to_owned() };
        plan(
            vec![
                updated("rule.a", json!({"to": ["old"]})),
                updated("rule.b", json!({"to": 1})),
                change("rule.b", "older", Action::Delete, json!({"to": 0})),
            ],
            vec![
                update("rule.a", json!({"to": ["old", "new"]}), Phase::Expand, &[]),
                update("rule.b", json!({"to": 2}), Phase::Whole, &[0]),
                step(None, settle, &[1]),
                update("rule.a", json!({"to": ["new"]}), Phase::Contract, &[2]),
            ],
        )
    }

    fn taken_back(plan: &Plan, begun: &[usize]) -> Vec<Step> {
        undo(plan, &begun.iter().copied().collect()).steps
    }

    fn updates(begun: &[usize]) -> Vec<(String, Value, Vec<usize>)> {
        let step = |step: Step| {
            let Operation::Update { inputs, fields, tags, phase, .. } = step.operation else { panic!("no update") };
            assert_eq!((fields, tags, phase), (vec!["to".to_owned()], None, Phase::Whole));
            (step.address.expect("it has one").to_string(), inputs, step.after)
        };
        taken_back(&in_phases(), begun).into_iter().map(step).collect()
    }

    #[test]
    fn the_last_change_is_taken_back_first() {
        let (a, b) = ("rule.a".to_owned(), "rule.b".to_owned());
        let expected = vec![
            (a.clone(), json!({"to": ["old", "new"]}), vec![]),
            (b.clone(), json!({"to": 1}), vec![0]),
            (a.clone(), json!({"to": ["old"]}), vec![0, 1]),
        ];
        assert_eq!(updates(&[0, 1, 2, 3]), expected);
        assert_eq!(updates(&[0, 1]), [(b, json!({"to": 1}), vec![]), (a, json!({"to": ["old"]}), vec![0])]);
    }

    #[test]
    fn what_was_not_begun_stays_as_it_is() {
        assert_eq!(updates(&[]), []);
        assert_eq!(updates(&[0]), [("rule.a".to_owned(), json!({"to": ["old"]}), vec![])]);
    }

    #[test]
    fn tags_that_changed_come_back() {
        let mut plan = in_phases();
        plan.changes[1].fields = vec![FieldChange::tags(json!({"a": "old"}), json!({"a": "new"}))];
        let back = taken_back(&plan, &[0, 1]);
        let Operation::Update { tags: back, fields, .. } = &back[0].operation else { panic!("{back:?}") };
        assert_eq!((back, fields), (&Some(tags("old")), &vec!["to".to_owned(), "tags".to_owned()]));
    }

    #[test]
    fn what_changed_together_goes_back_together() {
        let inputs = |place: u32, to: u32| json!({"place": place, "to": to});
        let changes = vec![updated("rule.a", inputs(10, 1)), updated("rule.b", inputs(20, 1))];
        let swap = together(&[("rule.a", 20), ("rule.b", 10)], &[0]);
        let steps = vec![
            update("rule.a", inputs(10, 2), Phase::Whole, &[]),
            swap,
            update("rule.b", inputs(10, 2), Phase::Whole, &[1]),
        ];
        let back = taken_back(&plan(changes, steps), &[0, 1, 2]);
        assert_eq!(back[1], together(&[("rule.a", 10), ("rule.b", 20)], &[0]));
        let inputs_of = |step: &Step| match &step.operation {
            Operation::Update { inputs, .. } => inputs.clone(),
            other => panic!("{other:?}"),
        };
        // Each as it was at that time: an update must not move what only moves together.
        assert_eq!((inputs_of(&back[0]), back[0].after.clone()), (inputs(10, 1), vec![]));
        assert_eq!((inputs_of(&back[2]), back[2].after.clone()), (inputs(10, 1), vec![0, 1]));
    }

    #[test]
    fn a_value_that_something_new_has_stays_with_it() {
        let place = |place: u32| json!({ "place": place });
        let changes = vec![
            updated("rule.a", place(10)),
            updated("rule.b", place(20)),
            updated("rule.c", place(50)),
            change("rule.gone", "rule.gone", Action::Delete, place(60)),
        ];
        let moved = [("rule.a", 20), ("rule.b", 30), ("rule.c", 60), ("rule.gone", 50)];
        let delete = Operation::Delete { generation: 1, id: Id::new("rule.gone") };
        let steps =
            vec![together(&moved, &[]), create("rule.new", place(10), &[0]), step(Some("rule.gone"), delete, &[1])];
        let plan = plan(changes, steps);
        let back = |begun: &[usize]| taken_back(&plan, begun);
        assert_eq!(back(&[0]), [together(&[("rule.a", 10), ("rule.b", 20), ("rule.c", 50), ("rule.gone", 60)], &[])]);
        assert_eq!(back(&[0, 1]), [together(&[("rule.c", 50), ("rule.gone", 60)], &[])]);
        assert_eq!(back(&[0, 1, 2]), [together(&[("rule.c", 50)], &[])]);
    }
}
