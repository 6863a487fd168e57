//! One test for each failure mode that kinds of today can have: avoided by the planner's order and proven, or named.

mod around;
mod paths;
mod replaced;
mod tasks;

use super::{
    fixture::{Case, KINDS, document, edit, stack, stack_with},
    naive::{at_once, naive, names},
};
use crate::{
    fake::{Injection, Rehearsal, When},
    plan::{Action, Mode, Operation, Plan, Step},
    refresh::refresh,
    serve::{Fate, Finding, Proof, Severity, Verdict},
    state::Event,
};
use model::{
    Document, In, Options, Priority, Stack,
    serving::{self, Fact, Node},
};
use modules::Nat;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// What a test expects of a plan.
#[derive(Clone, Copy, Debug)]
enum Expect<'a> {
    /// Everything stays up.
    Proven,
    /// A state in which something does not serve, of that mode, at that step.
    Breaks(&'a str, &'a str),
    /// A finding of that mode that refuses the plan.
    Refused(&'a str),
    /// A finding of that mode, for the gate to watch.
    Watched(&'a str),
}
use Expect::{Breaks, Proven, Refused, Watched};

#[track_caller]
fn expect(case: &Case, plan: &Plan, expected: Expect<'_>) -> Proof {
    let proof = case.prove_plan(plan);
    let finding = |mode: &str, severity: Severity| {
        proof.findings.iter().any(|it: &Finding| it.mode.to_string() == mode && it.severity == severity)
    };
    let holds = match expected {
        Proven => proof.verdict == Verdict::Proven,
        Breaks(mode, step) => proof
            .breaks
            .iter()
            .any(|it| it.mode.to_string() == mode && crate::serve::recognise::action(&plan.steps[it.step]) == step),
        Refused(mode) => finding(mode, Severity::Refuse) && proof.verdict == Verdict::Broken,
        Watched(mode) => finding(mode, Severity::Watch),
    };
    let text = anstyle_free(&crate::render::proof(&proof, plan));
    assert!(holds, "expected {expected:?} of {:#?}\n{text}\n{:#?}\n{:#?}", names(plan), proof.breaks, proof.findings);
    proof
}

fn anstyle_free(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

/// Plans a change from the development environment.
#[track_caller]
fn check(after: &Document, expected: Expect<'_>) -> Case {
    check_from(&document(), after, expected)
}

#[track_caller]
fn check_from(before: &Document, after: &Document, expected: Expect<'_>) -> Case {
    let case = Case::new(before, after, Mode::Apply);
    expect(&case, &case.plan, expected);
    case
}

fn at(document: &Document, address: &str) -> Value {
    document.resources.iter().find(|it| it.address.as_str() == address).map(|it| it.inputs.clone()).unwrap()
}

fn without(mut document: Document, address: &str) -> Document {
    document.resources.retain(|it| it.address.as_str() != address);
    document
}

fn new_revision(document: Document) -> Document {
    edit(document, "task_definition.web", "/containers/web/environment", json!({ "VERSION": "v2" }))
}
