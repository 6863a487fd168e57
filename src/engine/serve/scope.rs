//! What a path depends on, and so which steps matter to it.

use super::{path::Path, takers::is_stable, world::World};
use crate::plan::Step;
use fixedbitset::FixedBitSet;
use model::serving::{Fact, Node};
use std::collections::BTreeSet;

/// How a step can matter to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It only adds, or only lets others wait: it never hurts, and may be still to come.
    Adds,
    /// It only takes away: it never helps, and may be done already.
    Removes,
    /// Both.
    Changes,
}

/// The objects that a path depends on in any of their versions.
pub(super) fn objects(world: &World, path: &Path) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut queue = vec![path.load_balancer];
    let load_balancer = &world.objects[path.load_balancer].node;
    let listens = |object: &usize| {
        facts(world, *object).any(
            |fact| matches!(fact, Fact::Listener(it) if it.load_balancer == *load_balancer && it.port == path.port),
        )
    };
    for listener in world.users(load_balancer).filter(listens) {
        queue.push(listener);
        let node = &world.objects[listener].node;
        queue.extend(world.users(node).filter(|rule| path.depends_on_rule(world, *rule)));
    }
    while let Some(object) = queue.pop() {
        if !found.insert(object) {
            continue;
        }
        for fact in facts(world, object) {
            let forward: Vec<&Node> = match fact {
                // The other end of a passage is only compared, and rules and listeners are chosen above.
                Fact::Passage(_) | Fact::Permission { .. } | Fact::Scaling(_) => Vec::new(),
                Fact::Listener(it) => it.action.groups().collect(),
                Fact::Rule(it) => it.action.groups().collect(),
                other => other.nodes(),
            };
            queue.extend(forward.into_iter().filter_map(|node| world.find(node)));
        }
        let node = &world.objects[object].node;
        queue.extend(world.parts(node));
    }
    found
}

fn facts(world: &World, object: usize) -> impl Iterator<Item = &Fact> {
    world.objects[object].versions.iter().filter_map(|version| version.fact.as_ref())
}

/// The steps on some objects, and all that settle.
pub(super) fn steps(world: &World, steps: &[Step], objects: &BTreeSet<usize>) -> FixedBitSet {
    let mut scope = FixedBitSet::with_capacity(steps.len());
    scope.extend((0..steps.len()).filter(|step| world.order.settles[*step]));
    scope.extend(objects.iter().flat_map(|object| &world.objects[*object].versions).filter_map(|version| version.step));
    scope
}

/// How a step can matter to paths that depend on its object.
pub(super) fn effect(world: &World, step: usize) -> Effect {
    let mut effects = world.of_step[step].iter().map(|object| effect_on(world, step, *object));
    let first = effects.next().unwrap_or(Effect::Adds);
    if effects.all(|effect| effect == first) { first } else { Effect::Changes }
}

fn effect_on(world: &World, step: usize, object: usize) -> Effect {
    let versions = &world.objects[object].versions;
    let Some(to) = versions.iter().position(|version| version.step == Some(step)) else { return Effect::Adds };
    let (before, after) = (&versions[to - 1], &versions[to]);
    // A rule that comes may take the requests of another one, and one that goes may leave them to it.
    let routes = |fact: &Option<Fact>| matches!(fact, Some(Fact::Rule(_) | Fact::Listener(_)));
    match (before.present, after.present) {
        _ if routes(&before.fact) || routes(&after.fact) => Effect::Changes,
        (false, _) => Effect::Adds,
        (true, false) => Effect::Removes,
        (true, true) if before.fact == after.fact && before.opaque == after.opaque => Effect::Adds,
        (true, true) => Effect::Changes,
    }
}

impl Path {
    /// Whether a rule of the listener can get the requests of this path.
    fn depends_on_rule(&self, world: &World, rule: usize) -> bool {
        let place = |rule: usize| {
            let first = facts(world, rule).find_map(|fact| match fact {
                Fact::Rule(it) => Some(it.priority),
                _ => None,
            });
            first.filter(|_| is_stable(world, rule))
        };
        let below = || place(self.taker).zip(place(rule)).is_some_and(|(own, other)| own < other);
        rule == self.taker || (self.candidates().contains(&rule) && !below())
    }
}
