//! Secrets never reach state, logs, plans or error texts: what is kept of one is its digest.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;

/// What is recorded of a secret: enough to see that it changed, not what it is. A digest is its own, so that what was
/// recorded can be compared with what is wanted.
pub fn digest(secret: &Value) -> Value {
    if secret.is_null() || is_digest(secret) {
        return secret.clone();
    }
    json!({ "$digest": format!("sha256:{}", hex::encode(Sha256::digest(secret.to_string()))) })
}

/// Whether a value is what [`digest`] gives, and not a secret.
pub fn is_digest(value: &Value) -> bool {
    let members = value.as_object().filter(|members| members.len() == 1);
    members.and_then(|members| members.get("$digest")?.as_str()).is_some_and(|text| text.starts_with("sha256:"))
}

/// The inputs with every secret field as its digest; borrowed where there is no secret in them.
pub fn redacted<'a>(inputs: &'a Value, schema: &model::Schema) -> Cow<'a, Value> {
    let is_secret = |field: &model::Field| {
        field.write_only && inputs.get(field.name).is_some_and(|secret| !secret.is_null() && !is_digest(secret))
    };
    match schema.fields.iter().any(is_secret) {
        true => Cow::Owned(redact(inputs.clone(), schema)),
        false => Cow::Borrowed(inputs),
    }
}

/// [`redacted`], in place of the inputs.
pub fn redact(mut inputs: Value, schema: &model::Schema) -> Value {
    if let Some(fields) = inputs.as_object_mut() {
        for field in schema.fields.iter().filter(|field| field.write_only) {
            if let Some(secret) = fields.get_mut(field.name) {
                *secret = digest(secret);
            }
        }
    }
    inputs
}
