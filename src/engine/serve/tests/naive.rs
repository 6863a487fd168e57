//! Plans in another order than the planner's: each step after the one before it, as tools do that know no better.

use crate::{
    plan::{Plan, Step},
    serve::recognise::action,
};

/// The plan without some steps, some of the others first, and all of them one after the other.
pub(super) fn naive(plan: &Plan, without: &[&str], first: &[&str]) -> Plan {
    let is = |step: &Step, names: &[&str]| names.iter().any(|name| action(step) == *name);
    let place = |step: &Step| first.iter().position(|name| action(step) == *name).unwrap_or(first.len());
    for name in without.iter().chain(first) {
        assert!(plan.steps.iter().any(|step| action(step) == *name), "no step `{name}` in {:#?}", names(plan));
    }
    let mut steps: Vec<Step> = plan.steps.iter().filter(|step| !is(step, without)).cloned().collect();
    steps.sort_by_key(place);
    for (index, step) in steps.iter_mut().enumerate() {
        step.after = index.checked_sub(1).into_iter().collect();
    }
    Plan { steps, ..plan.clone() }
}

/// The plan with nothing waiting for anything, in an order that would do: what a crash, or ten calls at one time, make
/// of an order that is only written down.
pub(super) fn at_once(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.steps.iter_mut().for_each(|step| step.after.clear());
    plan
}

pub(super) fn names(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(action).collect()
}
