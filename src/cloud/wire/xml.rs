//! From a tree to XML, as AWS's query protocols write it.

use quick_xml::escape::escape;
use serde_json::Value;

/// Writes `value` as an element called `name`; the items of a list are elements called `item`.
pub(crate) fn element(out: &mut String, name: &str, item: &str, value: &Value) {
    out.push_str(&format!("<{name}>"));
    content(out, item, value);
    out.push_str(&format!("</{name}>"));
}

/// Writes what stands inside an element.
pub(crate) fn content(out: &mut String, item: &str, value: &Value) {
    match value {
        Value::Null => (),
        Value::String(text) => out.push_str(&escape(text)),
        Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::Array(items) => items.iter().for_each(|value| element(out, item, item, value)),
        Value::Object(members) => members.iter().for_each(|(name, value)| element(out, name, item, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_text_and_empty_lists() {
        let mut out = String::new();
        let value = json!({"a": [{"b": "x<y"}, {"b": 2}], "c": [], "d": true});
        element(&mut out, "r", "item", &value);
        assert_eq!(out, "<r><a><item><b>x&lt;y</b></item><item><b>2</b></item></a><c></c><d>true</d></r>");
    }
}
