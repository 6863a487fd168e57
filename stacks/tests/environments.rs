//! What the programs of this repository print, as the command-line tool reads it.

use rust_stack::{
    Failure,
    model::{Document, In},
};
use std::{
    collections::BTreeSet,
    process::{Command, Output},
};

const DEV: &str = env!("CARGO_BIN_EXE_dev");
const PROD: &str = env!("CARGO_BIN_EXE_prod");

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().expect("a program that runs")
}

fn document(program: &str, arguments: &[&str]) -> Document {
    let output = run(program, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).expect("a document")
}

fn failure(arguments: &[&str]) -> Failure {
    let output = run(DEV, arguments);
    assert_eq!(output.status.code(), Some(1));
    serde_json::from_slice(&output.stdout).expect("a failure")
}

fn count(document: &Document, kind: &str) -> usize {
    document.resources.iter().filter(|resource| resource.kind == kind).count()
}

#[test]
fn both_environments_are_whole_and_sound() {
    for (program, name, variables) in [(DEV, "dev", "dev.toml"), (PROD, "prod", "prod.toml")] {
        let document = document(program, &["--name", name, "--vars", variables]);
        assert_eq!(document.stack, name);
        assert_eq!(document.problems, []);
        assert!(document.resources.len() >= 45, "{name} has {}", document.resources.len());
        let addresses: BTreeSet<_> = document.resources.iter().map(|resource| &resource.address).collect();
        assert_eq!(addresses.len(), document.resources.len(), "every address is unique");
        assert_eq!(count(&document, "elbv2.target_group"), 2);
        assert_eq!(document.variables["region"], "us-east-1");
        assert!(matches!(document.outputs["url"].value, In::Join(_)));
    }
}

#[test]
fn production_has_a_nat_gateway_in_every_zone_and_keeps_what_holds_data() {
    let document = document(PROD, &["--name", "prod", "--vars", "prod.toml"]);
    assert_eq!(count(&document, "ec2.nat_gateway"), 3);
    let kept = document.resources.iter().filter(|resource| resource.lifecycle.prevent_destroy);
    let kept: BTreeSet<&str> = kept.map(|resource| resource.kind.as_str()).collect();
    assert_eq!(kept, ["ec2.vpc", "ec2.elastic_ip", "ecr.repository", "elbv2.load_balancer", "logs.log_group"].into());
}

#[test]
fn a_variable_of_the_command_line_is_recorded() {
    let document = document(DEV, &["--name", "dev", "--vars", "dev.toml", "--var", "desired_count=4"]);
    assert_eq!(document.variables["desired_count"], 4);
    let service = document.resources.iter().find(|resource| resource.kind == "ecs.service").expect("a service");
    assert_eq!(service.inputs["desired_count"], 4);
}

#[test]
fn a_rule_that_is_broken_is_reported_with_its_line() {
    let document = document(DEV, &["--name", "dev", "--vars", "dev.toml", "--var", "zones=1"]);
    let [problem] = document.problems.as_slice() else { panic!("{:#?}", document.problems) };
    assert_eq!(problem.address, "load_balancer.web");
    assert!(problem.source.contains("dev.rs:"), "{}", problem.source);
}

#[test]
fn wrong_variables_are_a_failure_that_programs_can_read() {
    let wrong = failure(&["--name", "dev", "--vars", "dev.toml", "--var", "zone=3"]).error;
    assert_eq!(wrong.message, "--var zone=3: there is no variable `zone`");
    assert_eq!(wrong.hint.as_deref(), Some("did you mean `zones`?"));
    let missing = failure(&["--name", "dev", "--vars", "absent.toml"]).error;
    assert_eq!(missing.file.as_deref(), Some("absent.toml"));
}
