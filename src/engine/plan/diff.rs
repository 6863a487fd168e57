use super::Unknown;
use serde_json::Value;
use std::borrow::Cow;

/// Whether what is wanted differs from what is.
///
/// `null` in what is wanted means "not managed", at any depth, and equals everything. A part that is not known yet
/// differs from everything: it refers to an object that is about to be made. In an `unordered` value lists are
/// compared as sets.
pub fn differs(wanted: &Value, actual: &Value, unordered: bool) -> bool {
    // Most often even the order is the same, and then nothing has to be sorted.
    unequal(wanted, actual) && (!unordered || unequal(&canonical(wanted), &canonical(actual)))
}

fn unequal(wanted: &Value, actual: &Value) -> bool {
    match (wanted, actual) {
        (Value::Null, _) => false,
        (Value::Object(wanted), Value::Object(actual)) => {
            wanted.iter().any(|(name, field)| unequal(field, actual.get(name).unwrap_or(&Value::Null)))
                || actual.iter().any(|(name, field)| !field.is_null() && !wanted.contains_key(name))
        }
        (Value::Array(wanted), Value::Array(actual)) => {
            wanted.len() != actual.len() || wanted.iter().zip(actual).any(|(wanted, actual)| unequal(wanted, actual))
        }
        (Value::Number(wanted), Value::Number(actual)) => wanted.as_f64() != actual.as_f64(),
        _ => wanted.is_unknown() || wanted != actual,
    }
}

/// The value with every list in it sorted.
pub fn canonical(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| canonical(item).into_owned()).collect();
            items.sort_by_cached_key(Value::to_string);
            Cow::Owned(Value::Array(items))
        }
        Value::Object(fields) => Cow::Owned(Value::Object(
            fields.iter().map(|(name, field)| (name.clone(), canonical(field).into_owned())).collect(),
        )),
        _ => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_managed_does_not_differ() {
        assert!(!differs(&json!({"a": 1, "b": null}), &json!({"a": 1, "b": 7}), false));
        assert!(!differs(&json!({"a": {"b": null}}), &json!({"a": {"b": 1}}), false));
        assert!(!differs(&json!(null), &json!({"a": 1}), false));
    }

    #[test]
    fn a_key_that_is_not_wanted_differs() {
        assert!(differs(&json!({"A": "1"}), &json!({"A": "1", "B": "2"}), false));
        assert!(!differs(&json!({"A": "1"}), &json!({"A": "1", "B": null}), false));
        assert!(differs(&json!({"A": "1", "B": "2"}), &json!({"A": "1"}), false));
    }

    #[test]
    fn order_matters_where_it_matters() {
        let (one, other) = (json!([{"s": ["a", "b"]}, 2]), json!([2, {"s": ["b", "a"]}]));
        assert!(differs(&one, &other, false));
        assert!(!differs(&one, &other, true));
        assert!(differs(&json!(["a", "a"]), &json!(["a"]), true));
    }

    #[test]
    fn what_is_not_known_yet_differs() {
        assert!(differs(&json!({"$ref": "vpc.main#id"}), &json!("vpc-1"), false));
        assert!(differs(&json!([{"$ref": "subnet.a#id"}]), &json!(["subnet-1"]), true));
    }
}
