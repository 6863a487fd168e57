//! Secrets are kept as digests, also in what is recorded of a plan and of a stack.

use crate::{
    plan::Plan,
    provider::Schemas,
    secret::{digest, is_digest},
};
use model::{Address, Document, Reference, Schema};
use serde_json::Value;

/// A secret that a recorded stack names only by its digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record keeps only a digest of {address}'s {field}, and the secret that the stack has now is another")]
pub struct Withheld {
    /// The resource.
    pub address: Address,
    /// The field.
    pub field: String,
}

/// Puts the secrets of the `present` stack in the places of their digests in a `recorded` one. What is left cannot be
/// planned towards: those secrets were others, and nobody has kept them.
pub fn restore(recorded: &mut Document, present: &Document, schemas: &Schemas) -> Vec<Withheld> {
    let mut withheld = Vec::new();
    for declaration in &mut recorded.resources {
        let now = present.resources.iter().find(|it| it.address == declaration.address);
        for field in secret_fields(schemas, &declaration.kind) {
            let Some(value) = declaration.inputs.get_mut(field).filter(|value| is_digest(value)) else { continue };
            match now.and_then(|now| now.inputs.get(field)).filter(|secret| digest(secret) == *value) {
                Some(secret) => secret.clone_into(value),
                None => withheld.push(Withheld { address: declaration.address.clone(), field: field.to_owned() }),
            }
        }
    }
    withheld
}

/// A stack without its secrets.
pub(super) fn document(document: &Document, schemas: &Schemas) -> Document {
    let mut document = document.clone();
    for declaration in &mut document.resources {
        for field in secret_fields(schemas, &declaration.kind) {
            if let Some(value) = declaration.inputs.get_mut(field) {
                hide(value);
            }
        }
    }
    document
}

/// A plan without its secrets, as JSON. It is for reading: it cannot be carried out any more.
pub(super) fn plan(plan: &Plan, schemas: &Schemas) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(plan)?;
    let each = |value: &mut Value, list: &str, hide: &dyn Fn(&str, &mut Value)| {
        for item in value[list].as_array_mut().into_iter().flatten() {
            let kind = item["kind"].as_str().unwrap_or_default().to_owned();
            hide(&kind, item);
        }
    };
    each(&mut value, "steps", &|kind, step| {
        for field in secret_fields(schemas, kind) {
            hide_members(&mut step["operation"], field);
        }
    });
    each(&mut value, "changes", &|kind, change| {
        for field in secret_fields(schemas, kind) {
            hide_members(&mut change["before"], field);
            hide_members(&mut change["after"], field);
        }
        for field in change["fields"].as_array_mut().into_iter().flatten() {
            if field["sensitive"] == true {
                hide(&mut field["before"]);
                hide(&mut field["after"]);
            }
        }
    });
    Ok(value)
}

fn secret_fields(schemas: &Schemas, kind: &str) -> impl Iterator<Item = &'static str> {
    let fields = schemas.get(kind).map_or(&[][..], |schema: &&'static Schema| schema.fields);
    fields.iter().filter(|field| field.write_only).map(|field| field.name)
}

/// Hides every member of that name, however deep.
fn hide_members(value: &mut Value, name: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| hide_members(item, name)),
        Value::Object(members) => {
            for (member, value) in members {
                if member == name { hide(value) } else { hide_members(value, name) }
            }
        }
        _ => (),
    }
}

/// Puts the digest in the place of a secret. A reference is none: it says where the secret is.
fn hide(value: &mut Value) {
    if Reference::from_json(value).is_none() {
        *value = digest(value);
    }
}
