//! Deletions: users before what they use; early where something new needs the room, otherwise last of all.

use super::Lowering;
use crate::plan::{Operation, decide::Decisions, removal::Removal};
use model::Address;
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
    pub(super) fn delete_last(&mut self, decisions: &Decisions<'_>) {
        let last: Vec<&Removal<'_>> = decisions.removals.iter().filter(|removal| removal.early.is_none()).collect();
        if last.is_empty() {
            return;
        }
        let changed: Vec<Address> = decisions
            .declared
            .iter()
            .filter(|decision| decision.action.is_some())
            .map(|decision| decision.address().clone())
            .collect();
        let mut gate = BTreeSet::new();
        if !changed.is_empty() {
            let sinks = self.sinks();
            let before = "deleting what is no longer used".to_owned();
            gate.insert(self.push(None, "", Operation::Settle { addresses: changed, before }, sinks));
        }
        self.delete(&last, &gate);
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

/// The removals in an order in which each stands behind all its users. Generations of different applies may use
/// each other in a circle; within such a circle the order is free, and the API decides what can go.
fn users_first(removals: &[&Removal<'_>], users: &HashMap<&Address, Vec<usize>>) -> Vec<usize> {
    let mut graph = DiGraph::<usize, ()>::with_capacity(removals.len(), removals.len());
    let nodes: Vec<_> = (0..removals.len()).map(|index| graph.add_node(index)).collect();
    for (index, removal) in removals.iter().enumerate() {
        for &user in users.get(&removal.address).into_iter().flatten() {
            if user != index {
                graph.update_edge(nodes[user], nodes[index], ());
            }
        }
    }
    // Components come in reverse topological order.
    kosaraju_scc(&graph).into_iter().rev().flatten().map(|node| graph[node]).collect()
}
