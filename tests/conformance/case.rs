use engine::plan::differs;
use model::{OnChange, Resource, Schema};
use serde_json::Value;

/// What is made of one kind, and what is changed.
pub(super) struct Case {
    /// The inputs it is made with; each change is made from these and undone again.
    pub(super) base: Value,
    /// Inputs that it is changed to in place.
    pub(super) changes: Vec<Value>,
    /// What a second `create` with the same identity does.
    pub(super) again: Again,
    schema: &'static Schema,
    replace: &'static [&'static str],
    untested: &'static [(&'static str, &'static str)],
}

/// What the API does when an object is made a second time with one identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// There can be only one of that name or place, so `create` gives that one, and refuses somebody else's.
    Only,
    /// There is only one for a client token, so `create` gives that one.
    ByToken,
    /// It makes another one, so the engine looks for the first before it creates again.
    Another,
}

impl Case {
    /// A case of the kind `R`.
    pub(super) fn new<R: Resource>(base: &R, again: Again, changes: impl IntoIterator<Item = R>) -> Self {
        let json = |resource: &R| serde_json::to_value(resource).expect("a resource is JSON");
        let changes = changes.into_iter().map(|changed| json(&changed)).collect();
        Self { base: json(base), changes, again, schema: R::SCHEMA, replace: &[], untested: &[] }
    }

    /// The fields whose change calls for a new object.
    pub(super) fn replace(self, fields: &'static [&'static str]) -> Self {
        Self { replace: fields, ..self }
    }

    /// Fields that no change touches, each with the reason.
    pub(super) fn untested(self, fields: &'static [(&'static str, &'static str)]) -> Self {
        Self { untested: fields, ..self }
    }

    /// The fields in which `changed` is not as the base.
    pub(super) fn changed(&self, changed: &Value) -> Vec<&'static str> {
        let names = self.schema.fields.iter().map(|field| field.name);
        names.filter(|name| self.base[name] != changed[name]).collect()
    }

    /// What is wrong with the case itself: every field must be changed in place, be replaced, or have a reason.
    pub(super) fn gaps(&self) -> Vec<String> {
        let changed: Vec<&str> = self.changes.iter().flat_map(|it| self.changed(it)).collect();
        let gap = |field: &model::Field| {
            let replaces = field.on_change == OnChange::Replace;
            let untested = self.untested.iter().any(|(name, _)| *name == field.name);
            match (self.replace.contains(&field.name), changed.contains(&field.name), untested) {
                (true, false, false) if replaces => None,
                (false, true, false) | (false, false, true) if !replaces => None,
                _ => {
                    Some(format!("`{}` is {:?}, and the case takes it for something else", field.name, field.on_change))
                }
            }
        };
        self.schema.fields.iter().filter_map(gap).collect()
    }
}

/// The fields in which `actual` is not as `wanted`, as the planner judges.
pub(super) fn differing(schema: &'static Schema, wanted: &Value, actual: &Value) -> Vec<&'static str> {
    let differs = |field: &&model::Field| differs(&wanted[field.name], &actual[field.name], field.unordered);
    schema.fields.iter().filter(|field| !field.write_only).filter(differs).map(|field| field.name).collect()
}
