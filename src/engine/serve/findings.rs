//! The rules that see a failure mode in the plan as a whole, without looking at states on the way.

mod deployment;
mod order;
mod tasks;
mod traffic;

use super::{
    Finding, Live, Mode, Question, Severity,
    state::Moment,
    world::{Object, Version, World},
};
use model::{
    Address,
    serving::{Fact, Service},
};
use std::collections::HashMap;

/// Everything the rules see.
pub(super) struct Context<'a> {
    question: &'a Question<'a>,
    world: &'a World,
    live: &'a [Live],
    start: Moment<'a>,
    end: Moment<'a>,
    /// The paths that lead to each service before the plan.
    paths_to: HashMap<usize, Vec<&'a Live>>,
}

/// What the rules find, in the order of the modes.
pub(super) fn findings(question: &Question<'_>, world: &World, live: &[Live]) -> Vec<Finding> {
    let (start, end) = (Moment::start(world), Moment::end(world));
    let mut paths_to: HashMap<usize, Vec<&Live>> = HashMap::new();
    for path in live {
        for service in path.path.services(&start) {
            paths_to.entry(service).or_default().push(path);
        }
    }
    let context = Context { question, world, live, start, end, paths_to };
    let mut findings = Vec::new();
    traffic::find(&context, &mut findings);
    deployment::find(&context, &mut findings);
    tasks::find(&context, &mut findings);
    order::find(&context, &mut findings);
    findings.sort_by(|one, other| {
        (one.mode, &one.address, &one.message).cmp(&(other.mode, &other.address, &other.message))
    });
    findings.dedup();
    findings
}

/// A change of one object by one step.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    step: usize,
    index: usize,
    object: &'a Object,
    before: &'a Version,
    after: &'a Version,
}

impl<'a> Context<'a> {
    /// Every change of an object, in the order of the steps.
    fn changes(&self) -> impl Iterator<Item = Change<'a>> {
        let world = self.world;
        let pairs =
            world.of_step.iter().enumerate().flat_map(|(step, objects)| objects.iter().map(move |it| (step, *it)));
        pairs.filter_map(move |(step, index)| {
            let object = &world.objects[index];
            let to = object.versions.iter().position(|version| version.step == Some(step))?;
            let before = &object.versions[to.checked_sub(1)?];
            Some(Change { step, index, object, before, after: &object.versions[to] })
        })
    }

    /// Every change of a service that exists before the plan.
    fn services(&self) -> impl Iterator<Item = (Change<'a>, &'a Service, Option<&'a Service>)> {
        self.changes().filter(|change| change.before.present).filter_map(|change| {
            match (&change.before.fact, &change.after.fact) {
                (Some(Fact::Service(before)), Some(Fact::Service(after))) => Some((change, before, Some(after))),
                (Some(Fact::Service(before)), None) => Some((change, before, None)),
                _ => None,
            }
        })
    }

    /// The paths that lead to a service before the plan.
    fn paths_to(&self, service: usize) -> impl Iterator<Item = &'a Live> {
        self.paths_to.get(&service).into_iter().flatten().copied()
    }
}

fn finding(mode: u8, address: Option<&Address>, severity: Severity, message: String, remedy: &str) -> Finding {
    Finding { mode: Mode::new(mode), address: address.cloned(), severity, message, remedy: remedy.to_owned() }
}
