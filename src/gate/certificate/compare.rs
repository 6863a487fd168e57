//! Compares two documents, field by field.

use serde_json::Value;

/// Floating-point numbers differ by their last digits between machines and after being written and read.
const TOLERANCE: f64 = 1e-9;

/// Calls `differ` with the path of each value that differs, and both values; absent ones are null.
pub(super) fn compare(path: &str, left: &Value, right: &Value, differ: &mut impl FnMut(&str, &Value, &Value)) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let others = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(others) {
                let value = |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                compare(&format!("{path}/{key}"), &value(left), &value(right), differ);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}/{index}"), left, right, differ);
            }
        }
        _ if left == right || alike(left, right) => {}
        _ => differ(path, left, right),
    }
}

fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_f64() && right.is_f64() => {
            let (left, right) = (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
            (left - right).abs() <= TOLERANCE * left.abs().max(right.abs())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(left: &Value, right: &Value) -> Vec<String> {
        let mut paths = Vec::new();
        compare("", left, right, &mut |path, _, _| paths.push(path.to_owned()));
        paths
    }

    #[test]
    fn every_difference_has_its_path() {
        let left = json!({"a": 1, "b": [1, {"c": 0.1}], "d": "x"});
        assert_eq!(paths(&left, &left), [""; 0]);
        assert_eq!(paths(&left, &json!({"a": 2, "b": [1, {"c": 0.2}], "e": 1})), ["/a", "/b/1/c", "/d", "/e"]);
        assert_eq!(paths(&left, &json!({"a": 1, "b": [1], "d": "x"})), ["/b"]);
    }

    #[test]
    fn only_the_last_digits_of_a_fraction_may_differ() {
        assert_eq!(paths(&json!(0.1), &json!(0.100_000_000_000_01)), [""; 0]);
        assert_eq!(paths(&json!(0.1), &json!(0.100_000_01)), [""]);
        assert_eq!(paths(&json!(10_000_000_000_u64), &json!(10_000_000_001_u64)), [""]);
    }
}
