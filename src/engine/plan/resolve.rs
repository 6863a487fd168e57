use model::Reference;
use serde_json::Value;

/// Puts outputs in the place of references: `lookup` gives the output, or `None` when it is not known yet; such a
/// reference stays.
pub fn resolve<'a>(value: &Value, lookup: &impl Fn(&Reference) -> Option<&'a Value>) -> Value {
    if let Some(reference) = Reference::from_json(value) {
        return lookup(&reference).cloned().unwrap_or_else(|| value.clone());
    }
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| resolve(item, lookup)).collect()),
        Value::Object(fields) => {
            let resolved: serde_json::Map<String, Value> =
                fields.iter().map(|(name, field)| (name.clone(), resolve(field, lookup))).collect();
            joined(&resolved).unwrap_or(Value::Object(resolved))
        }
        _ => value.clone(),
    }
}

/// The text of `{"$join": [..]}` once all its parts are texts.
fn joined(fields: &serde_json::Map<String, Value>) -> Option<Value> {
    let parts = fields.get("$join").filter(|_| fields.len() == 1)?.as_array()?;
    parts.iter().map(Value::as_str).collect::<Option<String>>().map(Value::from)
}

/// Whether parts of a value will be known only during the apply.
pub trait Unknown {
    /// Whether any reference is left anywhere in it.
    fn is_unknown(&self) -> bool;
}

impl Unknown for Value {
    fn is_unknown(&self) -> bool {
        match self {
            Self::Array(items) => items.iter().any(Self::is_unknown),
            Self::Object(fields) => Reference::from_json(self).is_some() || fields.values().any(Self::is_unknown),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_and_joined_texts_resolve() {
        let known = json!("vpc-1");
        let lookup = |reference: &Reference| (reference.output == "id").then_some(&known);
        let value = json!({"vpc": {"$ref": "vpc.main#id"}, "arn": {"$join": ["a/", {"$ref": "vpc.main#id"}]}});
        assert_eq!(resolve(&value, &lookup), json!({"vpc": "vpc-1", "arn": "a/vpc-1"}));
        let later = json!({"arn": {"$join": ["a/", {"$ref": "vpc.main#arn"}]}});
        assert_eq!(resolve(&later, &lookup), later);
        assert!(later.is_unknown());
        assert!(!json!({"plain": [1, "a"]}).is_unknown());
    }
}
