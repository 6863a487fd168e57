use crate::plan::Dependencies;
use model::Address;
use petgraph::{
    dot::{Config, Dot},
    graph::{DiGraph, NodeIndex},
};
use serde_json::json;
use std::{collections::HashMap, fmt::Write as _};

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphFormat {
    /// For Graphviz.
    Dot,
    /// For Markdown that draws Mermaid, as GitHub's does.
    Mermaid,
    /// For programs: nodes, and edges from each resource to what it waits for.
    Json,
}

/// The resources of a stack and what each waits for.
pub fn graph(dependencies: &Dependencies, format: GraphFormat) -> String {
    let nodes: Vec<&Address> = dependencies.order().collect();
    match format {
        GraphFormat::Dot => dot(dependencies, &nodes),
        GraphFormat::Mermaid => mermaid(dependencies, &nodes),
        GraphFormat::Json => {
            let edges: Vec<_> = nodes
                .iter()
                .flat_map(|node| {
                    let waits = dependencies.of_resource(node);
                    waits.into_iter().map(|needed| json!({ "from": node, "to": needed })).collect::<Vec<_>>()
                })
                .collect();
            let document = json!({ "format": "rust-stack-dependencies", "version": 1, "nodes": nodes, "edges": edges });
            format!("{document:#}\n")
        }
    }
}

fn dot(dependencies: &Dependencies, nodes: &[&Address]) -> String {
    let mut graph: DiGraph<&Address, ()> = DiGraph::new();
    let indices: HashMap<&Address, NodeIndex> = nodes.iter().map(|node| (*node, graph.add_node(node))).collect();
    for node in nodes {
        for needed in dependencies.of_resource(node) {
            graph.add_edge(indices[node], indices[&needed], ());
        }
    }
    let label = |_: &DiGraph<&Address, ()>, (_, address): (NodeIndex, &&Address)| format!("label = \"{address}\"");
    let none = |_, _| String::new();
    let body = Dot::with_attr_getters(
        &graph,
        &[Config::EdgeNoLabel, Config::NodeNoLabel, Config::GraphContentOnly],
        &none,
        &label,
    );
    format!("digraph {{\n    rankdir = \"RL\"\n    node [shape = \"rect\"]\n{body:?}}}\n")
}

fn mermaid(dependencies: &Dependencies, nodes: &[&Address]) -> String {
    let mut text = String::from("flowchart RL\n");
    let index: HashMap<&Address, usize> = nodes.iter().enumerate().map(|(index, node)| (*node, index)).collect();
    for (number, node) in nodes.iter().enumerate() {
        let _ = writeln!(text, "    n{number}[\"{node}\"]");
    }
    for (number, node) in nodes.iter().enumerate() {
        for needed in dependencies.of_resource(node) {
            let _ = writeln!(text, "    n{number} --> n{}", index[&needed]);
        }
    }
    text
}
