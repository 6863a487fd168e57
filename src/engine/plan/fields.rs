//! The fields of one resource: what is wanted of them beside what is, and in which of them the two differ.

use super::{FieldChange, decide::Decision, differs};
use crate::{
    provider::{Observed, Tags},
    state::Object,
};
use model::{Declaration, OnChange, Percent, Schema};
use serde_json::Value;
use std::borrow::Cow;

/// The fields in which an object is not as `inputs` want it.
pub(super) fn changed_fields(
    schema: &Schema,
    inputs: &Value,
    object: &Object,
    observed: &Observed,
) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for field in schema.fields {
        // `null` is not managed; a field that is left out altogether is wanted absent.
        let after = inputs.get(field.name);
        // A secret cannot be read back; its digest is what was recorded.
        let (before, wanted) = if field.write_only {
            (object.inputs.get(field.name), after.map(|after| Cow::Owned(crate::secret::digest(after))))
        } else {
            (observed.inputs.get(field.name), after.map(Cow::Borrowed))
        };
        let before = before.filter(|before| !before.is_null());
        let changes_it = match &wanted {
            Some(wanted) => differs(wanted, before.unwrap_or(&Value::Null), field.unordered),
            None => before.is_some(),
        };
        if !changes_it {
            continue;
        }
        let mut change = FieldChange::new(field, before.cloned(), after.cloned());
        match field.on_change {
            // What is still empty was never set: an interrupted create is finished, not replaced.
            OnChange::Replace => change.forces_replacement = before.is_none_or(|before| before != ""),
            OnChange::Disrupt(why) => change.disrupts = Some(why.to_owned()),
            OnChange::UnionOrReplace => {
                let sides = change.before.as_ref().zip(change.after.as_ref());
                let united = |(before, after)| (schema.expand)(field.name, before, after).is_some();
                change.forces_replacement = !sides.is_none_or(united);
            }
            OnChange::InPlace | OnChange::UnionFirst | OnChange::Together => (),
        }
        changes.push(change);
    }
    changes
}

/// Wants fields that another writer owns as they are.
pub(super) fn leave_to_others(inputs: &mut Value, declaration: &Declaration, observed: &Observed) {
    let Some(fields) = inputs.as_object_mut() else { return };
    for name in &declaration.lifecycle.ignore_changes {
        if let Some(actual) = observed.inputs.get(name) {
            fields.insert(name.clone(), actual.clone());
        }
    }
}

/// Tags that others wrote are left alone: only ours are compared.
pub(super) fn changed_tags(actual: &Tags, recorded: &Tags, wanted: &Tags) -> Option<FieldChange> {
    let ours = || actual.iter().filter(|(key, _)| wanted.contains_key(*key) || recorded.contains_key(*key));
    let json = |(key, value): (&String, &String)| (key.clone(), Value::from(value.as_str()));
    (!ours().eq(wanted)).then(|| FieldChange::tags(ours().map(json).collect(), wanted.iter().map(json).collect()))
}

/// Divides requests as they are divided.
pub(super) fn hold(decision: &mut Decision<'_>, observed: &Observed) {
    let inputs = decision.inputs.to_mut();
    for field in decision.schema.fields {
        let (Some(wanted), Some(has)) = (inputs.get_mut(field.name), observed.inputs.get(field.name)) else {
            continue;
        };
        let kept = (decision.schema.shift)(field.name, has, wanted, const { Percent::new(0) });
        if let Some(kept) = kept.filter(|kept| differs(wanted, kept, field.unordered)) {
            *wanted = kept;
            decision.held.push(field.name);
        }
    }
}

/// Begins with what the present object has where nothing else is wanted.
pub(super) fn inherit(decision: &mut Decision<'_>, observed: &Observed) {
    let inputs = decision.inputs.to_mut();
    for field in decision.schema.fields.iter().filter(|field| field.inherited) {
        let sides = inputs.get_mut(field.name).zip(observed.inputs.get(field.name));
        if let Some((wanted, has)) = sides.filter(|(wanted, _)| wanted.is_null()) {
            wanted.clone_from(has);
        }
    }
}
