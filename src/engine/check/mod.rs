//! Rules about a stack as a whole, checked before anything is planned.

mod alike;

use crate::provider::Schemas;
use model::{Address, Document, FORMAT, Problem, ReportedProblem, VERSION, references};
use std::collections::HashMap;

/// Every rule that a stack breaks, its own complaints first.
pub fn check(document: &Document, schemas: &Schemas) -> Vec<ReportedProblem> {
    let mut problems = document.problems.clone();
    problems.extend(format(document));
    problems.extend(name(document));
    let mut seen: HashMap<&Address, &str> = HashMap::new();
    for resource in &document.resources {
        let mut report = |field: &str, message: String| {
            problems.push(ReportedProblem {
                address: resource.address.to_string(),
                problem: Problem::new(field, message),
                source: resource.source.clone(),
            });
        };
        if let Some(first) = seen.insert(&resource.address, &resource.source) {
            report("", format!("{} is declared twice; the first time at {first}", resource.address));
        }
        if !schemas.contains_key(resource.kind.as_str()) {
            report("", format!("there is no kind `{}` in this version of rust-stack", resource.kind));
        }
    }
    for resource in &document.resources {
        let mut report = |field: &str, message: String| {
            problems.push(ReportedProblem {
                address: resource.address.to_string(),
                problem: Problem::new(field, message),
                source: resource.source.clone(),
            });
        };
        for (field, value) in resource.inputs.as_object().into_iter().flatten() {
            for reference in references(value) {
                if !seen.contains_key(&reference.address) {
                    report(field, format!("it refers to {}, which is not declared", reference.address));
                }
            }
        }
        for dependency in resource.depends_on.iter().filter(|dependency| !seen.contains_key(dependency)) {
            report("depends_on", format!("it depends on {dependency}, which is not declared"));
        }
    }
    problems.extend(alike::alike(document, schemas));
    for probe in &document.serves {
        let value = serde_json::to_value(&probe.url).unwrap_or_default();
        for reference in references(&value).into_iter().filter(|it| !seen.contains_key(&it.address)) {
            problems.push(ReportedProblem {
                address: document.stack.clone(),
                problem: Problem::new("serves", format!("it refers to {}, which is not declared", reference.address)),
                source: String::new(),
            });
        }
    }
    for (name, output) in &document.outputs {
        let value = serde_json::to_value(&output.value).unwrap_or_default();
        for reference in references(&value).into_iter().filter(|it| !seen.contains_key(&it.address)) {
            problems.push(ReportedProblem {
                address: format!("output.{name}"),
                problem: Problem::new("value", format!("it refers to {}, which is not declared", reference.address)),
                source: String::new(),
            });
        }
    }
    problems
}

fn format(document: &Document) -> Option<ReportedProblem> {
    (document.format != FORMAT || document.version != VERSION).then(|| ReportedProblem {
        address: document.stack.clone(),
        problem: Problem::new(
            "version",
            format!(
                "the stack program speaks {} version {}, but this program reads {FORMAT} version {VERSION}; use the \
                 same version of rust-stack in both",
                document.format, document.version
            ),
        ),
        source: String::new(),
    })
}

fn name(document: &Document) -> Option<ReportedProblem> {
    let valid = document.stack.starts_with(|c: char| c.is_ascii_lowercase())
        && document.stack.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !document.stack.ends_with('-');
    (!valid).then(|| ReportedProblem {
        address: document.stack.clone(),
        problem: Problem::new(
            "name",
            format!(
                "`{}` cannot name a stack: use lower-case letters, digits and hyphens, beginning with a letter",
                document.stack
            ),
        ),
        source: String::new(),
    })
}
