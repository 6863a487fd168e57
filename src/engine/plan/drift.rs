use super::{Drift, DriftKind, FieldChange, Observations, differs};
use crate::{provider::Schemas, state::State};
use serde_json::Value;

/// What changed outside: every recorded object that is gone, or is not as the last apply left it.
pub fn drift(recorded: &State, observed: &Observations, schemas: &Schemas) -> Vec<Drift> {
    let mut found = Vec::new();
    for (address, record) in &recorded.resources {
        let Some(object) = record.current.as_ref().filter(|object| object.ready) else { continue };
        let kind = match (observed.object(&object.id), schemas.get(record.kind.as_str())) {
            (None, _) => DriftKind::Deleted,
            (Some(now), Some(schema)) => {
                let fields = schema.fields.iter().filter(|field| !field.write_only);
                let mut changed: Vec<FieldChange> = fields
                    .filter_map(|field| {
                        let (before, now) = (object.inputs.get(field.name)?, now.inputs.get(field.name)?);
                        differs(before, now, field.unordered)
                            .then(|| FieldChange::new(field, Some(completed(before, now)), Some(now.clone())))
                    })
                    .collect();
                if let Some(tags) = &now.tags {
                    let ours = |(key, value): (&String, &String)| tags.get(key) != Some(value);
                    if object.identity.tags.iter().any(ours) {
                        let kept = tags.iter().filter(|(key, _)| object.identity.tags.contains_key(*key));
                        changed.push(FieldChange::tags(
                            serde_json::to_value(&object.identity.tags).unwrap_or(Value::Null),
                            kept.map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect(),
                        ));
                    }
                }
                if changed.is_empty() {
                    continue;
                }
                DriftKind::Changed(changed)
            }
            (Some(_), None) => continue,
        };
        found.push(Drift { address: address.clone(), id: object.id.clone(), kind });
    }
    found
}

/// What was recorded, and in the parts that are not managed what is: nobody can tell what those were.
fn completed(recorded: &Value, now: &Value) -> Value {
    match (recorded, now) {
        (Value::Null, now) => now.clone(),
        (Value::Object(recorded), Value::Object(now)) => {
            let part = |(name, part): (&String, &Value)| (name.clone(), completed(part, now.get(name).unwrap_or(part)));
            recorded.iter().map(part).collect()
        }
        _ => recorded.clone(),
    }
}

impl FieldChange {
    /// A change of a field of a kind, which calls for nothing special.
    pub(super) fn new(field: &model::Field, before: Option<Value>, after: Option<Value>) -> Self {
        Self {
            field: field.name.to_owned(),
            before,
            after,
            forces_replacement: false,
            disrupts: None,
            unordered: field.unordered,
            sensitive: field.write_only,
        }
    }

    /// A change of the tags.
    pub(super) fn tags(before: Value, after: Value) -> Self {
        Self {
            field: "tags".to_owned(),
            before: Some(before),
            after: Some(after),
            forces_replacement: false,
            disrupts: None,
            unordered: false,
            sensitive: false,
        }
    }
}
