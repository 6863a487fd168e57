//! The same change as a tool would order it that knows what depends on what, and not what serves.

use super::{Action, Operation, Phase, Plan, Step};
use std::collections::{BTreeMap, BTreeSet};

/// `plan` in the order of a tool that knows dependencies only: whatever others refer to is made first, its users are
/// switched over at once, what nothing refers to is deleted before its successor is made, and nothing waits for the new
/// to serve. For demonstrations, and as the control of tests that show that the order of [`plan`](super::plan()) matters.
pub fn naive(plan: &Plan) -> Plan {
    let mut order = Order { plan, steps: Vec::new(), place: BTreeMap::new() };
    let (mut makes, mut leaves, mut updates, mut deletes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, step) in plan.steps.iter().enumerate() {
        match &step.operation {
            Operation::Create { .. } if order.deletion_of(index).is_some() && !order.is_used(index) => {
                leaves.push(index)
            }
            Operation::Create { .. } => makes.push(index),
            Operation::Update { .. } if order.updates_before(index) || order.comes_or_goes(index) => (),
            Operation::Update { .. } | Operation::Together { .. } => updates.push(index),
            Operation::Delete { .. } => deletes.push(index),
            Operation::Settle { .. } => (),
        }
    }
    for &index in &makes {
        order.push(index, []);
    }
    let made: Vec<usize> = (0..order.steps.len()).collect();
    for &index in &updates {
        order.push(index, made.iter().copied());
    }
    let mut gone = BTreeSet::new();
    for &index in &leaves {
        let Some(deletion) = order.deletion_of(index) else { continue };
        let first = order.push(deletion, made.iter().copied());
        order.push(index, [first]);
        gone.insert(deletion);
    }
    let changed: Vec<usize> = (0..order.steps.len()).collect();
    for &index in deletes.iter().filter(|index| !gone.contains(*index)) {
        order.push(index, changed.iter().copied());
    }
    Plan { steps: order.steps, ..plan.clone() }
}

struct Order<'a> {
    plan: &'a Plan,
    steps: Vec<Step>,
    /// Where each step of the plan stands now.
    place: BTreeMap<usize, usize>,
}

impl Order<'_> {
    /// Puts a step last. It waits for those it waited for before, as far as they stand already, and for `after`.
    fn push(&mut self, index: usize, after: impl IntoIterator<Item = usize>) -> usize {
        let step = &self.plan.steps[index];
        let kept = step.after.iter().filter_map(|earlier| self.place.get(earlier).copied());
        let after: BTreeSet<usize> = kept.chain(after).collect();
        let operation = self.at_once(step);
        self.steps.push(Step { after: after.into_iter().collect(), operation, ..step.clone() });
        self.place.insert(index, self.steps.len() - 1);
        self.steps.len() - 1
    }

    /// The deletion of the object that this step's takes the place of.
    fn deletion_of(&self, index: usize) -> Option<usize> {
        let address = self.plan.steps[index].address.as_ref()?;
        let deletes =
            |step: &Step| matches!(step.operation, Operation::Delete { .. }) && step.address.as_ref() == Some(address);
        self.plan.steps.iter().position(deletes)
    }

    /// Whether what others become depends on what this step makes. That they wait for it is not enough: why they do is
    /// what a tool does not know that knows dependencies only.
    fn is_used(&self, index: usize) -> bool {
        let Some(address) = &self.plan.steps[index].address else { return false };
        let uses = |step: &Step| match &step.operation {
            Operation::Create { dependencies, .. } | Operation::Update { dependencies, .. } => {
                dependencies.contains(address)
            }
            _ => false,
        };
        self.plan.steps.iter().any(uses)
    }

    /// All that a resource is to become in one step, where there are several updates of it.
    fn at_once(&self, step: &Step) -> Operation {
        let updates =
            self.plan.steps.iter().filter(|other| other.address == step.address).map(|other| &other.operation);
        let last = updates.rev().find(|it| matches!(it, Operation::Update { .. }));
        match (&step.operation, last) {
            (Operation::Update { phase: Phase::Whole | Phase::Shrink, .. }, _) => step.operation.clone(),
            (
                Operation::Update { fields, tags, .. },
                Some(Operation::Update { inputs, tags: later, dependencies, lifecycle, .. }),
            ) => Operation::Update {
                inputs: inputs.clone(),
                fields: fields.clone(),
                phase: Phase::Whole,
                tags: tags.clone().or_else(|| later.clone()),
                dependencies: dependencies.clone(),
                lifecycle: lifecycle.clone(),
            },
            (
                Operation::Create { generation, identity, dependencies, lifecycle, supersedes, .. },
                Some(Operation::Update { inputs, .. }),
            ) => Operation::Create {
                generation: *generation,
                identity: identity.clone(),
                inputs: inputs.clone(),
                dependencies: dependencies.clone(),
                lifecycle: lifecycle.clone(),
                supersedes: supersedes.clone(),
            },
            (operation, _) => operation.clone(),
        }
    }

    /// Whether what a step changes is made by the same plan, or deleted by it.
    fn comes_or_goes(&self, index: usize) -> bool {
        let address = self.plan.steps[index].address.as_ref();
        let mut changes = self.plan.changes.iter().filter(|change| Some(&change.address) == address);
        changes.all(|change| matches!(change.action, Action::Create | Action::Delete)) && address.is_some()
    }

    fn updates_before(&self, index: usize) -> bool {
        let address = &self.plan.steps[index].address;
        let updates = |step: &Step| {
            matches!(step.operation, Operation::Update { phase: Phase::Expand | Phase::Shift(_) | Phase::Contract, .. })
                && step.address == *address
        };
        self.plan.steps[..index].iter().any(updates)
    }
}
