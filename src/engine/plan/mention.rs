//! Which values name which outputs: how it is seen that one object uses another.

use serde_json::Value;
use std::collections::BTreeSet;

/// The texts among the outputs of an object: its ids, ARNs and names.
pub(super) fn texts(outputs: &Value) -> impl Iterator<Item = &str> {
    outputs.as_object().into_iter().flat_map(|outputs| outputs.values()).filter_map(Value::as_str)
}

/// Whether any of `texts` stands anywhere in a value.
pub(super) fn mentions(value: &Value, texts: &BTreeSet<&str>) -> bool {
    match value {
        Value::String(text) => texts.contains(text.as_str()),
        Value::Array(items) => items.iter().any(|item| mentions(item, texts)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, texts)),
        _ => false,
    }
}

/// A list without the items that mention any of `texts`; `None` when it is no list, or nothing would be left of it.
pub(super) fn without(value: &Value, texts: &BTreeSet<&str>) -> Option<Value> {
    let items = value.as_array()?;
    let kept: Vec<Value> = items.iter().filter(|item| !mentions(item, texts)).cloned().collect();
    (!kept.is_empty()).then_some(Value::Array(kept))
}
