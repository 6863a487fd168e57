//! Who takes requests, and what becomes of them: the rules of a listener that compete for them, the action of the one that
//! wins, and the groups and services that get them then.

use super::{
    matching::{Share, share, significant},
    state::Moment,
    world::World,
};
use model::serving::{Action, Fact, Match, Node};
use std::collections::BTreeSet;

/// A rule that competes for requests with the others of its listener.
pub(super) struct Contender<'w> {
    pub(super) rule: usize,
    /// What it takes, in each of its versions.
    pub(super) conditions: BTreeSet<&'w BTreeSet<Match>>,
    stable: bool,
}

/// The rules of a listener, in any of their versions.
pub(super) fn rules<'w>(world: &'w World, listener: &Node) -> Vec<Contender<'w>> {
    let contender = |rule: usize| {
        let facts = world.objects[rule].versions.iter().filter_map(|version| version.fact.as_ref());
        let conditions: BTreeSet<_> = facts
            .filter_map(|fact| match fact {
                Fact::Rule(it) => Some(&it.conditions),
                _ => None,
            })
            .collect();
        (!conditions.is_empty()).then(|| Contender { rule, conditions, stable: is_stable(world, rule) })
    };
    world.users(listener).filter_map(contender).collect()
}

/// What the rules of a listener take, and what the listener takes by default.
pub(super) fn classes(rules: &[Contender<'_>]) -> BTreeSet<BTreeSet<Match>> {
    let taken = rules.iter().flat_map(|it| it.conditions.iter().map(|conditions| (significant(conditions), it.stable)));
    let taken: Vec<(BTreeSet<Match>, bool)> = taken.collect();
    let mut classes = BTreeSet::from([BTreeSet::new()]);
    for (index, (one, stable)) in taken.iter().enumerate() {
        // Among rules that stay what they are it is always the same one that gets what both take.
        for (other, _) in taken[..index].iter().filter(|(_, other_stable)| !(*stable && *other_stable)) {
            if share(one, other) == Share::Some && share(other, one) == Share::Some {
                classes.insert(one.union(other).cloned().collect());
            }
        }
    }
    classes.extend(taken.into_iter().map(|(class, _)| class));
    classes
}

/// Whether a rule stands where it stands, and takes what it takes, all the time.
pub(super) fn is_stable(world: &World, rule: usize) -> bool {
    let mut places = world.objects[rule].versions.iter().map(|version| match &version.fact {
        Some(Fact::Rule(rule)) => Some((&rule.listener, rule.priority, &rule.conditions)),
        _ => None,
    });
    let first = places.next().flatten();
    first.is_some() && places.all(|place| place == first)
}

/// What becomes of the requests that a rule or listener takes.
pub(super) fn action<'w>(moment: &Moment<'w>, taker: usize) -> Option<&'w Action> {
    action_of(moment.fact(taker)?)
}

pub(super) fn action_of(fact: &Fact) -> Option<&Action> {
    match fact {
        Fact::Rule(rule) => Some(&rule.action),
        Fact::Listener(listener) => Some(&listener.action),
        _ => None,
    }
}

/// The groups that get requests: those with a weight, and those that clients with a cookie still use.
pub(super) fn serving_groups<'w>(moment: &Moment<'w>, taker: usize) -> BTreeSet<&'w Node> {
    let Some(Action::Forward { groups, sticky }) = action(moment, taker) else { return BTreeSet::new() };
    let mut serving: BTreeSet<&Node> =
        groups.iter().filter(|(_, weight)| **weight > 0).map(|(group, _)| group).collect();
    if sticky.is_some() {
        let past = moment.past(taker).filter_map(action_of).filter_map(|action| match action {
            Action::Forward { groups, sticky: Some(_) } => Some(groups),
            _ => None,
        });
        let used: BTreeSet<&Node> = past.flatten().filter(|(_, weight)| **weight > 0).map(|(group, _)| group).collect();
        serving.extend(groups.keys().filter(|group| used.contains(group)));
    }
    serving
}

/// The services registered with a group.
pub(super) fn services_of<'a>(moment: &'a Moment<'_>, group: &'a Node) -> impl Iterator<Item = usize> + 'a {
    moment.users(group).filter(|(_, fact)| matches!(fact, Fact::Service(_))).map(|(object, _)| object)
}
