//! Secrets never reach state, logs, plans or error texts: what is kept of one is its digest.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What is recorded of a secret: enough to see that it changed, not what it is.
pub fn digest(secret: &Value) -> Value {
    if secret.is_null() {
        return Value::Null;
    }
    json!({ "$digest": format!("sha256:{}", hex::encode(Sha256::digest(secret.to_string()))) })
}

/// The inputs with every secret field as its digest.
pub fn redacted(inputs: &Value, schema: &model::Schema) -> Value {
    redact(inputs.clone(), schema)
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
