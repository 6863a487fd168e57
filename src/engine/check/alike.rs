use crate::provider::Schemas;
use model::{Document, Problem, ReportedProblem};
use serde_json::Value;
use std::collections::HashMap;

/// Resources that the API would not let stand side by side, because they agree in everything in which no two may.
pub(super) fn alike(document: &Document, schemas: &Schemas) -> Vec<ReportedProblem> {
    let mut seen = HashMap::new();
    let mut problems = Vec::new();
    for resource in &document.resources {
        let Some(schema) = schemas.get(resource.kind.as_str()) else { continue };
        let unique: Vec<&str> = schema.fields.iter().filter(|field| field.unique).map(|field| field.name).collect();
        let values: Option<Vec<&Value>> = unique.iter().map(|field| resource.inputs.get(field)).collect();
        let Some(values) = values.filter(|it| !it.is_empty() && !it.iter().any(|value| value.is_null())) else {
            continue;
        };
        let values = serde_json::to_string(&values).unwrap_or_default();
        let Some(first) = seen.insert((schema.kind, values), &resource.address) else { continue };
        // One that is declared twice is reported as that.
        if *first != resource.address {
            let message = format!("it has the same {} as {first}, and no two may", unique.join(" and "));
            problems.push(ReportedProblem {
                address: resource.address.to_string(),
                problem: Problem::new("", message),
                source: resource.source.clone(),
            });
        }
    }
    problems
}
