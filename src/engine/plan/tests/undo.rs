//! The way back from every state of an apply leads to what was there.

use super::*;
use crate::{
    fake::{FakeCloud, FakeObject},
    plan::undo,
    provider::Id,
};
use std::collections::BTreeSet;

/// One of those that are asked one after the other, as listener rules are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.turn", outputs = model::NoOutputs)]
struct Turn {
    #[unique]
    #[on_change(together)]
    place: u32,
    group: In<SecurityGroupId>,
    text: String,
}

const KINDS: &[Entry<FakeCloud>] =
    &[Entry::of::<Network>(), Entry::of::<Group>(), Entry::of::<Rule>(), Entry::of::<Service>(), Entry::of::<Turn>()];

/// What it is before, and with `changed` what it is to become.
fn turns(changed: bool, places: &[(&str, u32)]) -> Document {
    let mut stack = Stack::new("test");
    stack.tag("changed", changed.to_string());
    let network = stack.add("main", Network { cidr: "10.0.0.0/16".to_owned(), dns: None });
    let description = if changed { "new" } else { "old" }.to_owned();
    let web = stack.add("web", Group { network: network.id(), description });
    let rule = Rule { group: web.id(), source: web.id() };
    stack.add("in", rule);
    stack.add("web", Service { groups: vec![web.id()], image: "v1".to_owned(), count: 1 + u32::from(changed) });
    for (name, place) in places {
        let text = if changed { "later" } else { "now" }.to_owned();
        stack.add(name, Turn { place: *place, group: web.id(), text });
    }
    stack.document(BTreeMap::new())
}

/// Applies so many steps of the change and takes them back. The plan, and each object before it and after it.
async fn there_and_back(
    before: &Document,
    after: &Document,
    steps: usize,
) -> (Plan, BTreeMap<Id, FakeObject>, BTreeMap<Id, FakeObject>) {
    let mut rehearsal = Rehearsal::new("test", KINDS);
    let first = rehearsal.plan(before, Mode::Apply).await.unwrap();
    assert!(rehearsal.apply(&first).await.unwrap().is_complete());
    let objects = |rehearsal: &Rehearsal| -> BTreeMap<Id, FakeObject> {
        rehearsal.cloud.objects().into_iter().map(|object| (object.id.clone(), object)).collect()
    };
    let there = objects(&rehearsal);
    let plan = rehearsal.plan(after, Mode::Apply).await.unwrap();
    let begun: BTreeSet<usize> = (0..steps.min(plan.steps.len())).collect();
    let part = Plan { steps: plan.steps[..begun.len()].to_vec(), ..plan.clone() };
    let back = undo(&plan, &begun, &rehearsal.record.state());
    for plan in [&part, &back] {
        let outcome = rehearsal.apply(plan).await.unwrap();
        assert!(outcome.is_complete(), "after {steps} steps: {:?} {:#?}", outcome.failed, plan.steps);
    }
    let back = objects(&rehearsal);
    let gone = there.keys().filter(|id| !back.contains_key(id));
    for (id, object) in gone.flat_map(|gone| back.values().map(move |object| (gone, object))) {
        let inputs = object.inputs.to_string();
        assert!(!inputs.contains(&format!("\"{id}\"")), "after {steps} steps {} names {id}: {inputs}", object.id);
    }
    // And then the rest goes, too; what still exists is the stack's again.
    let rest = rehearsal.plan(before, Mode::Apply).await.unwrap();
    assert!(rehearsal.apply(&rest).await.unwrap().is_complete());
    if steps <= last(&plan) {
        let whole = objects(&rehearsal);
        let ids = |objects: &BTreeMap<Id, FakeObject>| objects.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&whole), ids(&there), "after {steps} steps: {:?}", super::steps(&rest));
    }
    assert!(rehearsal.plan(before, Mode::Apply).await.unwrap().is_empty());
    assert_eq!(rehearsal.strays(), Strays::default());
    (plan, there, back)
}

/// How many steps there are before the first deletion, behind which there is no way back.
fn last(plan: &Plan) -> usize {
    let deletes = |step: &crate::plan::Step| matches!(step.operation, Operation::Delete { .. });
    plan.steps.iter().position(deletes).unwrap_or(plan.steps.len())
}

/// The objects that a plan changes in place.
fn updated(plan: &Plan) -> impl Iterator<Item = &Id> {
    plan.changes.iter().filter(|change| change.action == Action::Update).filter_map(|change| change.id.as_ref())
}

#[tokio::test(start_paused = true)]
async fn whatever_was_changed_in_place_is_as_it_was() {
    let before = turns(false, &[("one", 1), ("two", 2), ("three", 3)]);
    let after = turns(true, &[("one", 2), ("two", 1), ("three", 4)]);
    let all = last(&there_and_back(&before, &after, 0).await.0);
    assert!(all > 9, "{all} steps");
    for steps in 0..=all {
        let (plan, there, back) = there_and_back(&before, &after, steps).await;
        let together = plan.steps.iter().filter(|step| matches!(step.operation, Operation::Together { .. }));
        assert_eq!((together.count(), updated(&plan).count()), (1, 5));
        for id in updated(&plan) {
            let same = |object: &FakeObject| (object.inputs.clone(), object.tags.clone());
            assert_eq!(back.get(id).map(same), there.get(id).map(same), "{id} after {steps} steps");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_deletion_what_named_it_waits_for_the_next_plan() {
    let before = turns(false, &[("one", 1)]);
    let after = turns(true, &[("one", 2)]);
    let (plan, ..) = there_and_back(&before, &after, 0).await;
    let (first, all) = (last(&plan), plan.steps.len());
    assert!(first < all, "something is deleted: {:?}", super::steps(&plan));
    for steps in first + 1..=all {
        there_and_back(&before, &after, steps).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_that_something_new_has_is_given_back_with_the_rest() {
    let before = turns(false, &[("one", 1), ("two", 2)]);
    let after = turns(false, &[("new", 1), ("one", 2), ("two", 3)]);
    let all = last(&there_and_back(&before, &after, 0).await.0);
    for steps in 0..=all {
        let (plan, there, back) = there_and_back(&before, &after, steps).await;
        let made = back.len() > there.len();
        let same = |id: &Id| back.get(id).map(|it| &it.inputs) == there.get(id).map(|it| &it.inputs);
        assert_eq!(updated(&plan).all(same), !made, "after {steps} steps");
    }
}
