//! The many ways in which AWS writes down the same.

use super::{Conditions, PrincipalType, Principals};
use model::In;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// AWS writes a list of one as the thing itself.
pub(super) fn one_or_many<'de, D: Deserializer<'de>, T: Ord + for<'a> Deserialize<'a>>(
    input: D,
) -> Result<BTreeSet<T>, D::Error> {
    set(Value::deserialize(input)?)
}

fn set<T: Ord + for<'a> Deserialize<'a>, E: serde::de::Error>(value: Value) -> Result<BTreeSet<T>, E> {
    let items = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    items.into_iter().map(|item| T::deserialize(scalar(item)).map_err(E::custom)).collect()
}

/// The values of a condition may be written as booleans and numbers; they mean their text.
fn scalar(value: Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other,
    }
}

/// In a resource's policy `"*"` and `{"AWS": "*"}` mean the same: everybody.
pub(super) fn principals<'de, D: Deserializer<'de>>(input: D) -> Result<Principals, D::Error> {
    let value = match Value::deserialize(input)? {
        Value::String(everybody) => serde_json::json!({ "AWS": everybody }),
        by_type => by_type,
    };
    let by_type = BTreeMap::<PrincipalType, Value>::deserialize(value).map_err(serde::de::Error::custom)?;
    by_type.into_iter().map(|(kind, value)| Ok((kind, set(value)?))).collect()
}

pub(super) fn conditions<'de, D: Deserializer<'de>>(input: D) -> Result<Conditions, D::Error> {
    let operators = BTreeMap::<String, BTreeMap<String, Value>>::deserialize(input)?;
    let values = |(key, value)| Ok((key, set::<In<String>, D::Error>(value)?));
    operators
        .into_iter()
        .map(|(operator, keys)| Ok((operator, keys.into_iter().map(values).collect::<Result<_, _>>()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{Policy, PolicyVersion, PrincipalType};

    #[test]
    fn however_aws_writes_it_down() {
        let short = r#"{
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                "Condition": { "Bool": { "aws:SecureTransport": true } }
            }
        }"#;
        let long =
            Policy::allow(["s3:GetObject"]).to(PrincipalType::Aws, ["*"]).when("Bool", "aws:SecureTransport", ["true"]);
        assert_eq!(short.parse::<Policy>().unwrap(), long);
        assert_eq!(long.document().unwrap().parse::<Policy>().unwrap(), long);
    }

    #[test]
    fn a_document_without_version_has_the_earlier_one() {
        let policy: Policy = r#"{"Statement": []}"#.parse().unwrap();
        assert_eq!(policy.version, PolicyVersion::Earlier);
    }
}
