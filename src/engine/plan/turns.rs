//! Who takes in place what another gives up waits for it: the API changes these objects one at a time, and allows no two
//! alike at any moment.

use super::{
    Action, Cycle, Dependencies, Refusal,
    decide::{Decision, Decisions},
    removal::unique_key,
};
use model::{Address, OnChange};
use petgraph::{algo::toposort, graph::DiGraph};
use std::collections::{BTreeMap, HashMap};

/// Each resource that takes what another gives up, and that other one.
pub(super) type Turns = BTreeMap<Address, Address>;

/// Finds them, and puts the decisions in an order in which each stands behind all that it waits for.
///
/// # Errors
/// When some exchange what they have: then nobody can be first.
pub(super) fn turns(decisions: &mut Decisions<'_>, dependencies: &Dependencies) -> Result<Turns, Refusal> {
    let gives_up: HashMap<(&str, String), &Address> = decisions
        .declared
        .iter()
        .filter(|decision| moves(decision))
        .filter_map(|decision| {
            let has = unique_key(decision.schema, &decision.current?.1.inputs)?;
            Some(((decision.schema.kind, has), decision.address()))
        })
        .collect();
    if gives_up.is_empty() {
        return Ok(Turns::new());
    }
    let turns: Turns = decisions
        .declared
        .iter()
        .filter(|decision| decision.action == Some(Action::Create) || decision.replaces() || moves(decision))
        .filter_map(|decision| {
            let wants = unique_key(decision.schema, &decision.inputs)?;
            let first = *gives_up.get(&(decision.schema.kind, wants))?;
            (first != decision.address()).then(|| (decision.address().clone(), first.clone()))
        })
        .collect();
    if !turns.is_empty() {
        sort(decisions, dependencies, &turns)?;
    }
    Ok(turns)
}

/// Whether an object stays, and changes in place what no two may have alike.
fn moves(decision: &Decision<'_>) -> bool {
    let changes = |field: &model::Field| {
        let in_place = !matches!(field.on_change, OnChange::Together | OnChange::Replace);
        field.unique && in_place && decision.fields.iter().any(|change| change.field == field.name)
    };
    matches!(decision.action, Some(Action::Update | Action::Adopt)) && decision.schema.fields.iter().any(changes)
}

fn sort(decisions: &mut Decisions<'_>, dependencies: &Dependencies, turns: &Turns) -> Result<(), Refusal> {
    let mut graph: DiGraph<Address, ()> = DiGraph::new();
    let nodes: HashMap<Address, _> = decisions
        .declared
        .iter()
        .map(|decision| (decision.address().clone(), graph.add_node(decision.address().clone())))
        .collect();
    for address in decisions.declared.iter().map(Decision::address) {
        for earlier in dependencies.of_resource(address).iter().chain(turns.get(address)) {
            graph.update_edge(nodes[earlier], nodes[address], ());
        }
    }
    let order = toposort(&graph, None).map_err(|_| {
        let mut circle = Cycle::of(&graph).0;
        circle.sort();
        Refusal::Exchange(circle)
    })?;
    let place: HashMap<&Address, usize> =
        order.iter().enumerate().map(|(place, &node)| (&graph[node], place)).collect();
    decisions.declared.sort_by_key(|decision| place[decision.address()]);
    Ok(())
}
