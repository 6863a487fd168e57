//! Values, and the difference between two of them: structural, and without regard to order where there is none.

use super::{
    lines::{Lines, Mark},
    style::{DELETE, DIM, styled},
};
use crate::plan::{FieldChange, Unknown as _, canonical, differs};
use serde_json::{Map, Value};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeSet;

/// What stands for a value that is not known before the apply.
const UNKNOWN: &str = "(known after apply)";
/// What stands for a value that must not be shown.
const SENSITIVE: &str = "(sensitive value)";

/// One value on one line, as in `desired_count = 2`.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        value if is_reference(value) => UNKNOWN.to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{} = {}", key(name), literal(field))).collect();
            if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
        }
        scalar => scalar.to_string(),
    }
}

/// A named value on as many lines as it needs, without symbols: for `state show` and outputs.
pub fn attribute(name: &str, value: &Value) -> String {
    let mut lines = Lines::default();
    whole(&mut lines, 0, Mark::None, &format!("{name} = "), value, "", "");
    lines.text()
}

/// One change of a field, its name padded to `width`.
pub(super) fn change(lines: &mut Lines, change: &FieldChange, width: usize) {
    let label = format!("{:width$} = ", change.field);
    let mut suffix = String::new();
    if change.forces_replacement {
        suffix = format!(" {}", styled(DELETE, "# forces replacement"));
    } else if let Some(why) = &change.disrupts {
        suffix = format!(" {}", styled(DELETE, &format!("# interrupts: {why}")));
    }
    if change.sensitive {
        let mark = if change.before.is_none() { Mark::Add } else { Mark::Change };
        lines.push(1, mark, &format!("{label}{SENSITIVE}{suffix}"));
        return;
    }
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let sorted = |value: &Value| if change.unordered { canonical(value).into_owned() } else { value.clone() };
    match (before.map(sorted), after.map(sorted)) {
        (None, None) => (),
        (None, Some(after)) => whole(lines, 1, Mark::Add, &label, &after, &suffix, ""),
        (Some(before), None) => {
            whole(lines, 1, Mark::Remove, &label, &before, &format!(" -> null{suffix}"), "");
        }
        (Some(before), Some(after)) => {
            Differ { lines, unordered: change.unordered }.between(1, &label, &before, &after, &suffix, "");
        }
    }
}

/// A value that comes, goes or stays as a whole. `suffix` stands behind its first line, `end` behind its last.
pub(super) fn whole(lines: &mut Lines, depth: usize, mark: Mark, label: &str, value: &Value, suffix: &str, end: &str) {
    match value {
        value if is_reference(value) => lines.push(depth, mark, &format!("{label}{UNKNOWN}{end}{suffix}")),
        Value::Object(fields) if fields.values().any(|field| !field.is_null()) => {
            lines.push(depth, mark, &format!("{label}{{{suffix}"));
            let width = widest(fields.keys());
            for (name, field) in fields.iter().filter(|(_, field)| !field.is_null()) {
                whole(lines, depth + 1, mark, &format!("{:width$} = ", key(name)), field, "", "");
            }
            lines.push(depth, Mark::None, &format!("}}{end}"));
        }
        Value::Object(_) => lines.push(depth, mark, &format!("{label}{{}}{end}{suffix}")),
        Value::Array(items) if !items.is_empty() => {
            lines.push(depth, mark, &format!("{label}[{suffix}"));
            for item in items {
                whole(lines, depth + 1, mark, "", item, "", ",");
            }
            lines.push(depth, Mark::None, &format!("]{end}"));
        }
        scalar => lines.push(depth, mark, &format!("{label}{}{end}{suffix}", literal(scalar))),
    }
}

struct Differ<'a> {
    lines: &'a mut Lines,
    unordered: bool,
}

impl Differ<'_> {
    fn between(&mut self, depth: usize, label: &str, before: &Value, after: &Value, suffix: &str, end: &str) {
        match (before, after) {
            (Value::Object(before), Value::Object(after_fields)) if !is_reference(after) => {
                self.lines.push(depth, Mark::Change, &format!("{label}{{{suffix}"));
                self.objects(depth + 1, before, after_fields);
                self.lines.push(depth, Mark::None, &format!("}}{end}"));
            }
            (Value::Array(before), Value::Array(after)) => {
                self.lines.push(depth, Mark::Change, &format!("{label}[{suffix}"));
                self.arrays(depth + 1, before, after);
                self.lines.push(depth, Mark::None, &format!("]{end}"));
            }
            _ => {
                let text = format!("{label}{} -> {}{end}{suffix}", literal(before), literal(after));
                self.lines.push(depth, Mark::Change, &text);
            }
        }
    }

    fn objects(&mut self, depth: usize, before: &Map<String, Value>, after: &Map<String, Value>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let value = |fields: &'_ Map<String, Value>, name: &str| fields.get(name).filter(|it| !it.is_null()).cloned();
        let changed: Vec<&String> = names
            .into_iter()
            .filter(|name| match (after.get(*name), before.get(*name)) {
                (Some(after), before) => differs(after, before.unwrap_or(&Value::Null), self.unordered),
                (None, before) => before.is_some_and(|before| !before.is_null()),
            })
            .collect();
        let width = widest(changed.iter().copied());
        for name in &changed {
            let label = format!("{:width$} = ", key(name));
            match (value(before, name), value(after, name)) {
                (Some(before), Some(after)) => self.between(depth, &label, &before, &after, "", ""),
                (None, Some(after)) => whole(self.lines, depth, Mark::Add, &label, &after, "", ""),
                (Some(before), None) => whole(self.lines, depth, Mark::Remove, &label, &before, " -> null", ""),
                (None, None) => (),
            }
        }
        let hidden = before.iter().filter(|(name, field)| !field.is_null() && !changed.contains(name)).count();
        self.hidden(depth, hidden, "attribute");
    }

    fn arrays(&mut self, depth: usize, before: &[Value], after: &[Value]) {
        let keys = |items: &[Value]| items.iter().map(Value::to_string).collect::<Vec<_>>();
        let mut hidden = 0;
        for operation in capture_diff_slices(Algorithm::Myers, &keys(before), &keys(after)) {
            match operation {
                DiffOp::Equal { old_index, len, .. } => {
                    for item in &before[old_index..old_index + len] {
                        if item.is_object() || item.is_array() {
                            hidden += 1;
                        } else {
                            whole(self.lines, depth, Mark::None, "", item, "", ",");
                        }
                    }
                }
                DiffOp::Delete { old_index, old_len, .. } => {
                    self.all(depth, Mark::Remove, &before[old_index..][..old_len])
                }
                DiffOp::Insert { new_index, new_len, .. } => self.all(depth, Mark::Add, &after[new_index..][..new_len]),
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    self.replaced(depth, &before[old_index..][..old_len], &after[new_index..][..new_len]);
                }
            }
        }
        self.hidden(depth, hidden, "element");
    }

    /// Elements of which some became others: those that say they are the same one are compared, the rest come and go.
    fn replaced(&mut self, depth: usize, before: &[Value], after: &[Value]) {
        let mut left: Vec<&Value> = before.iter().collect();
        for item in after {
            let same = |other: &&Value| identity(other).is_some() && identity(other) == identity(item);
            match left.iter().position(same) {
                Some(index) => {
                    let other = left.remove(index);
                    self.between(depth, "", other, item, "", ",");
                }
                None => whole(self.lines, depth, Mark::Add, "", item, "", ","),
            }
        }
        for item in left {
            whole(self.lines, depth, Mark::Remove, "", item, "", ",");
        }
    }

    fn all(&mut self, depth: usize, mark: Mark, items: &[Value]) {
        for item in items {
            whole(self.lines, depth, mark, "", item, "", ",");
        }
    }

    fn hidden(&mut self, depth: usize, count: usize, what: &str) {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            let text = styled(DIM, &format!("# ({count} unchanged {what}{plural} hidden)"));
            self.lines.push(depth, Mark::None, &text);
        }
    }
}

/// What makes an element of a list the same one although parts of it changed: a container's name, a statement's Sid.
fn identity(value: &Value) -> Option<&str> {
    ["name", "sid", "Sid", "target_group"].iter().find_map(|name| value.get(name)?.as_str())
}

fn is_reference(value: &Value) -> bool {
    value.is_object() && value.as_object().is_some_and(|fields| fields.len() == 1) && {
        let marker = value.get("$ref").or_else(|| value.get("$join"));
        marker.is_some() && value.is_unknown()
    }
}

/// A key as it is written before `=`: bare where it is a word, quoted otherwise.
fn key(name: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(word) { name.to_owned() } else { Value::from(name).to_string() }
}

fn widest<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| key(name).len()).max().unwrap_or(0)
}
