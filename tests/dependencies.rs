//! Dependencies point one way. What each crate may depend on stands here and nowhere else.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// For each crate of ours, the crates of ours it may depend on (development dependencies aside).
const ALLOWED: &[(&str, &[&str])] = &[
    ("rust-stack-model", &[]),
    ("rust-stack-derive", &[]),
    ("rust-stack-gate", &[]),
    ("rust-stack-engine", &["rust-stack-gate", "rust-stack-model"]),
    ("rust-stack-aws", &["rust-stack-derive", "rust-stack-engine", "rust-stack-model"]),
    ("rust-stack-modules", &["rust-stack-aws", "rust-stack-model"]),
    ("rust-stack-report", &["rust-stack-engine", "rust-stack-gate"]),
    ("rust-stack-cloud", &[]),
    (
        "rust-stack",
        &[
            "rust-stack-aws",
            "rust-stack-cloud",
            "rust-stack-engine",
            "rust-stack-gate",
            "rust-stack-model",
            "rust-stack-modules",
            "rust-stack-report",
        ],
    ),
    ("stacks", &["rust-stack"]),
];

/// Crates that a stack program must not compile, nor anything with these beginnings.
const NOT_IN_A_STACK: &[&str] = &["aws-sdk-", "aws-config", "tokio", "hyper", "rust-stack-engine", "rust-stack-cloud"];

#[test]
fn dependencies_point_one_way() {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.iter().map(|(name, others)| (*name, others.iter().copied().collect())).collect();
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    assert_eq!(ours, allowed.keys().copied().collect(), "a crate is missing from the table, or is gone");
    for package in packages {
        let name = package["name"].as_str().expect("a package has a name");
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let other = dependency["name"].as_str().expect("a dependency has a name");
            if ours.contains(other) && dependency["kind"] != "dev" {
                assert!(allowed[name].contains(other), "{name} must not depend on {other}");
            }
        }
    }
}

#[test]
fn a_stack_program_compiles_no_sdk() {
    let tree = cargo(&["tree", "--package", "stacks", "--edges", "normal", "--prefix", "none", "--locked"]);
    for line in tree.lines() {
        let hit = NOT_IN_A_STACK.iter().find(|not| line.starts_with(**not));
        assert!(hit.is_none(), "a stack program would compile {line}");
    }
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
