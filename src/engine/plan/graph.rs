use crate::provider::Schemas;
use model::{Address, Declaration, Document, references};
use petgraph::{
    Direction,
    algo::{has_path_connecting, kosaraju_scc, toposort},
    graph::{DiGraph, NodeIndex},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

/// Which declared resource waits for which. Edges lead from what is waited for to who waits.
#[derive(Debug)]
pub struct Dependencies {
    graph: DiGraph<Address, ()>,
    nodes: HashMap<Address, NodeIndex>,
    order: Vec<NodeIndex>,
}

impl Dependencies {
    /// The graph of a stack: references, `depends_on`, and the wait for what completes a resource referred to
    /// (see [`Field::part_of`](model::Field::part_of)).
    ///
    /// # Errors
    /// When resources depend on each other in a circle. Dangling references are not edges; `check` reports them.
    pub fn of(document: &Document, schemas: &Schemas) -> Result<Self, Cycle> {
        let mut graph = DiGraph::with_capacity(document.resources.len(), document.resources.len() * 2);
        let nodes: HashMap<Address, NodeIndex> = document
            .resources
            .iter()
            .map(|resource| (resource.address.clone(), graph.add_node(resource.address.clone())))
            .collect();
        for resource in &document.resources {
            for dependency in direct(resource) {
                if let Some(&from) = nodes.get(&dependency) {
                    graph.update_edge(from, nodes[&resource.address], ());
                }
            }
        }
        wait_for_parts(&mut graph, &nodes, &parts(document, schemas));
        match toposort(&graph, None) {
            Ok(order) => Ok(Self { graph, nodes, order }),
            Err(_) => Err(Cycle::of(&graph)),
        }
    }

    /// Every resource, each behind all that it waits for.
    pub fn order(&self) -> impl Iterator<Item = &Address> {
        self.order.iter().map(|&node| &self.graph[node])
    }

    /// What a resource waits for, directly.
    pub fn of_resource(&self, address: &Address) -> BTreeSet<Address> {
        self.waited_for(address).cloned().collect()
    }

    /// Who waits for a resource, directly.
    pub fn dependents(&self, address: &Address) -> BTreeSet<Address> {
        self.neighbors(address, Direction::Outgoing).cloned().collect()
    }

    /// [`Dependencies::of_resource`], borrowed and in no order.
    pub(super) fn waited_for(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.neighbors(address, Direction::Incoming)
    }

    fn neighbors(&self, address: &Address, direction: Direction) -> impl Iterator<Item = &Address> {
        let node = self.nodes.get(address);
        node.into_iter()
            .flat_map(move |&node| self.graph.neighbors_directed(node, direction))
            .map(|node| &self.graph[node])
    }
}

/// What a declaration names itself, in order and each once.
fn direct(resource: &Declaration) -> Vec<Address> {
    let mut named: Vec<Address> = references(&resource.inputs).into_iter().map(|reference| reference.address).collect();
    named.extend(resource.depends_on.iter().cloned());
    named.sort_unstable();
    named.dedup();
    named
}

/// The resources that complete each resource.
fn parts(document: &Document, schemas: &Schemas) -> BTreeMap<Address, Vec<Address>> {
    let mut parts: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    for resource in &document.resources {
        let Some(schema) = schemas.get(resource.kind.as_str()) else { continue };
        for field in schema.fields.iter().filter(|field| field.part_of) {
            for whole in resource.inputs.get(field.name).map(references).unwrap_or_default() {
                parts.entry(whole.address).or_default().push(resource.address.clone());
            }
        }
    }
    parts
}

/// Lets whoever uses a resource wait for what completes it, unless that would close a circle: two security groups
/// may name each other in their rules.
fn wait_for_parts(
    graph: &mut DiGraph<Address, ()>,
    nodes: &HashMap<Address, NodeIndex>,
    parts: &BTreeMap<Address, Vec<Address>>,
) {
    for (whole, parts) in parts {
        let Some(&whole) = nodes.get(whole) else { continue };
        let part_nodes: BTreeSet<NodeIndex> = parts.iter().filter_map(|part| nodes.get(part).copied()).collect();
        let users: Vec<NodeIndex> =
            graph.neighbors_directed(whole, Direction::Outgoing).filter(|user| !part_nodes.contains(user)).collect();
        for user in users {
            for &part in &part_nodes {
                if !has_path_connecting(&*graph, user, part, None) {
                    graph.update_edge(part, user, ());
                }
            }
        }
    }
}

/// Resources that depend on each other in a circle, in the order of the circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<Address>);

impl Cycle {
    pub(super) fn of(graph: &DiGraph<Address, ()>) -> Self {
        let knot = kosaraju_scc(graph)
            .into_iter()
            .find(|knot| knot.len() > 1 || graph.contains_edge(knot[0], knot[0]))
            .unwrap_or_default();
        let members: BTreeSet<NodeIndex> = knot.iter().copied().collect();
        // Walk along edges within the knot until a node comes again; the walk from there on is a circle.
        let mut walk: Vec<NodeIndex> = knot.first().copied().into_iter().collect();
        while let Some(&last) = walk.last() {
            let Some(next) = graph.neighbors(last).find(|next| members.contains(next)) else { break };
            if let Some(start) = walk.iter().position(|&node| node == next) {
                walk.drain(..start);
                break;
            }
            walk.push(next);
        }
        Self(walk.into_iter().map(|node| graph[node].clone()).collect())
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("resources depend on each other in a circle: ")?;
        for address in &self.0 {
            write!(f, "{address} <- ")?;
        }
        self.0.first().map_or(Ok(()), |first| write!(f, "{first}"))
    }
}
