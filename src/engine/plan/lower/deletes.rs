//! Deletions: users before what they use; early where something new needs the room, otherwise last of all.

use super::{ALL, Lowering, shifts};
use crate::plan::{
    Operation, Phase,
    decide::Decisions,
    mention::{mentions, texts},
    removal::Removal,
};
use model::{Address, Lifecycle, Rollout};
use petgraph::{algo::kosaraju_scc, graph::DiGraph};
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Lowering<'_> {
    /// Deletes what has to go before something new can come. Returns the step of each address.
    pub(super) fn delete_early(
        &mut self,
        decisions: &Decisions<'_>,
        shrinks: &BTreeMap<Address, usize>,
    ) -> BTreeMap<Address, usize> {
        let early: Vec<&Removal<'_>> = decisions.removals.iter().filter(|removal| removal.early.is_some()).collect();
        let shrunk: BTreeSet<usize> = shrinks.values().copied().collect();
        self.delete(&early, &shrunk)
    }

    /// Deletes the rest, when everything that stays has been seen to work.
    pub(super) fn delete_last(&mut self, decisions: &Decisions<'_>, rollouts: &[Rollout]) {
        let last: Vec<&Removal<'_>> = decisions.removals.iter().filter(|removal| removal.early.is_none()).collect();
        if last.is_empty() {
            return;
        }
        let declared = decisions.declared.iter().filter(|decision| decision.action.is_some());
        let mut changed: Vec<Address> = declared.map(|decision| decision.address().clone()).collect();
        changed.extend(self.send_on(&last));
        let mut gate = BTreeSet::new();
        if !changed.is_empty() {
            let sinks = self.sinks();
            let before = "deleting what is no longer used".to_owned();
            let bake = shifts::bake(decisions, rollouts);
            gate.insert(self.push(None, "", Operation::Settle { addresses: changed, bake, before }, sinks));
        }
        self.delete(&last, &gate);
    }

    /// Sends requests to whoever gets them afterwards, while what has answered them until now still does. Returns who does.
    fn send_on(&mut self, removals: &[&Removal<'_>]) -> Vec<Address> {
        let sinks = self.sinks();
        let mut senders = Vec::new();
        for removal in removals {
            let (Some(stand_in), Some(observed)) = (&removal.stand_in, removal.observed) else { continue };
            let field = &stand_in.change.field;
            let mut inputs = observed.inputs.clone();
            inputs[field] = stand_in.meanwhile.clone();
            let mut dependencies = removal.object.dependencies.clone();
            dependencies.extend(self.dependencies.of_resource(&stand_in.other));
            let operation = Operation::Update {
                inputs,
                fields: vec![field.clone()],
                phase: Phase::Shift(ALL),
                tags: None,
                dependencies,
                lifecycle: Lifecycle::default(),
            };
            self.push(Some(&removal.address), removal.kind, operation, sinks.clone());
            senders.push(removal.address.clone());
        }
        senders
    }

    fn delete(&mut self, removals: &[&Removal<'_>], after: &BTreeSet<usize>) -> BTreeMap<Address, usize> {
        let mut users: HashMap<&Address, Vec<usize>> = HashMap::new();
        for (index, removal) in removals.iter().enumerate() {
            for dependency in &removal.object.dependencies {
                users.entry(dependency).or_default().push(index);
            }
        }
        let mut step_of: Vec<Option<usize>> = vec![None; removals.len()];
        let mut steps = BTreeMap::new();
        for index in users_first(removals, &users) {
            let removal = removals[index];
            let users = users.get(&removal.address).into_iter().flatten();
            let mut waits: BTreeSet<usize> = users.filter_map(|&user| step_of[user]).collect();
            if waits.is_empty() {
                waits.clone_from(after);
            }
            let operation = Operation::Delete { generation: removal.object.generation, id: removal.object.id.clone() };
            let step = self.push(Some(&removal.address), removal.kind, operation, waits);
            step_of[index] = Some(step);
            steps.insert(removal.address.clone(), step);
        }
        steps
    }
}

/// The removals in an order in which each stands behind all its users. What objects wait for was recorded by different
/// applies, so together it may be a circle; within one only that counts what they really use.
fn users_first(removals: &[&Removal<'_>], users: &HashMap<&Address, Vec<usize>>) -> Vec<usize> {
    let all: Vec<usize> = (0..removals.len()).collect();
    let knots = knots(&all, |&used| users.get(&removals[used].address).into_iter().flatten().copied().collect());
    let order = knots.into_iter().flat_map(|knot| match knot.as_slice() {
        [_] => knot,
        _ => by_use(removals, &knot),
    });
    order.collect()
}

/// The members of a circle, each behind all whose inputs name it.
fn by_use(removals: &[&Removal<'_>], knot: &[usize]) -> Vec<usize> {
    let users = |&used: &usize| {
        let outputs: BTreeSet<&str> = texts(&removals[used].object.outputs).collect();
        let uses = |&&user: &&usize| {
            let Removal { object, observed, .. } = removals[user];
            mentions(observed.map_or(&object.inputs, |observed| &observed.inputs), &outputs)
        };
        knot.iter().filter(uses).copied().collect()
    };
    knots(knot, users).into_iter().flatten().collect()
}

/// The circles among these, and each that is in none by itself, behind those of its users.
fn knots(members: &[usize], users: impl Fn(&usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<usize, ()>::with_capacity(members.len(), members.len());
    let nodes: HashMap<usize, _> = members.iter().map(|&member| (member, graph.add_node(member))).collect();
    for used in members {
        for user in users(used).iter().filter(|user| *user != used) {
            graph.update_edge(nodes[user], nodes[used], ());
        }
    }
    // Components come in reverse topological order.
    let knots = kosaraju_scc(&graph).into_iter().rev();
    knots.map(|knot| knot.into_iter().map(|node| graph[node]).collect()).collect()
}
