use super::{
    lines::{Lines, Mark},
    style::{BOLD, CREATE, DELETE, DIM, NOTE, UPDATE, styled, symbol, width},
    value::{change as field_change, literal, whole},
};
use crate::plan::{Action, Change, Drift, DriftKind, FieldChange, Mode, Operation, Phase, Plan, Step};
use serde_json::Value;
use std::fmt::Write as _;

/// A plan as people read it.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    if !plan.drift.is_empty() {
        text.push_str(&self::drift(&plan.drift));
    }
    if plan.is_empty() {
        let sentence = match plan.mode {
            Mode::Apply if plan.drift.is_empty() => "Your infrastructure matches the configuration.",
            Mode::Apply => "The changes made outside agree with the configuration.",
            Mode::Destroy => "No objects need to be destroyed.",
        };
        let heading = styled(BOLD, &styled(CREATE, "No changes."));
        let _ = writeln!(text, "{heading} {}", styled(BOLD, sentence));
        notes(&mut text, plan);
        return text;
    }
    if !plan.changes.is_empty() {
        legend(&mut text, plan);
        let _ = writeln!(text, "\nrust-stack will perform the following actions:\n");
        for change in &plan.changes {
            let _ = writeln!(text, "{}", resource(change));
        }
    }
    if is_worth_its_steps(plan) {
        text.push_str(&steps(plan));
        text.push('\n');
    }
    let _ = writeln!(text, "{}", summary(plan));
    outputs(&mut text, plan);
    variables(&mut text, plan);
    notes(&mut text, plan);
    text
}

/// `Plan: 45 to add, 0 to change, 0 to destroy.`
pub fn summary(plan: &Plan) -> String {
    let totals = plan.totals();
    format!(
        "{} {} to add, {} to change, {} to destroy.",
        styled(BOLD, "Plan:"),
        totals.add,
        totals.change,
        totals.destroy
    )
}

/// The steps of a plan in the order in which they may be taken.
pub fn steps(plan: &Plan) -> String {
    let mut text = String::from("Steps, each as soon as those before it that it needs are done:\n\n");
    for (index, step) in plan.steps.iter().enumerate() {
        let address = step.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let (mark, what) = match &step.operation {
            Operation::Create { identity, .. } => {
                (styled(CREATE, "+"), format!("create {address} as {}", identity.name))
            }
            Operation::Update { phase, fields, .. } => {
                let fields = fields.join(", ");
                let fields = if fields.is_empty() { String::new() } else { format!(": {fields}") };
                let what = match *phase {
                    Phase::Whole => format!("update {address}{fields}"),
                    Phase::Expand => format!("expand {address}, old and new side by side{fields}"),
                    Phase::BACK => format!("send the requests back, by {address}{fields}"),
                    Phase::Shift(_) if goes(plan, step) => {
                        format!("send the requests on to who gets them then, by {address}{fields}")
                    }
                    Phase::Shift(share) => format!("send {share} % of the requests to the new, by {address}{fields}"),
                    Phase::Contract => format!("contract {address}, only the new{fields}"),
                    Phase::Shrink => format!("take what goes out of {address}{fields}"),
                };
                (styled(UPDATE, "~"), what)
            }
            Operation::Together { field, objects } => {
                let objects: Vec<String> =
                    objects.iter().map(|it| format!("{} to {}", it.address, literal(&it.value))).collect();
                (styled(UPDATE, "~"), format!("change {field} in one call: {}", objects.join(", ")))
            }
            Operation::Settle { before, bake, .. } => {
                let bake = bake.filter(|bake| bake.get() > 0).map(|bake| format!(" and serving for {bake} s"));
                let bake = bake.unwrap_or_default();
                (styled(NOTE, "="), format!("settle: see everything ready{bake} before {before}"))
            }
            Operation::Delete { generation, id } => {
                (styled(DELETE, "-"), format!("delete {address} generation {generation} ({id})"))
            }
        };
        let after: Vec<String> = step.after.iter().map(|step| (step + 1).to_string()).collect();
        let after = if after.is_empty() { String::new() } else { format!("  (after {})", after.join(", ")) };
        let _ = writeln!(text, "  {:>3}. {mark} {what}{}", index + 1, styled(DIM, &after));
    }
    text
}

/// Whether a step changes what the plan deletes afterwards.
fn goes(plan: &Plan, step: &Step) -> bool {
    let mut changes = plan.changes.iter().filter(|change| Some(&change.address) == step.address.as_ref());
    step.address.is_some() && changes.all(|change| change.action == Action::Delete)
}

/// Whether [`plan`] shows the steps: their order is worth showing when it is more than "what is needed first".
pub fn is_worth_its_steps(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| {
        matches!(
            &step.operation,
            Operation::Settle { .. }
                | Operation::Together { .. }
                | Operation::Update { phase: Phase::Expand | Phase::Shift(_) | Phase::Contract | Phase::Shrink, .. }
        )
    }) || plan.changes.iter().any(|change| matches!(change.action, Action::Replace | Action::DeleteThenCreate))
}

fn legend(text: &mut String, plan: &Plan) {
    text.push_str("rust-stack generated the following execution plan. Resource actions are indicated with the\n");
    text.push_str("following symbols:\n");
    let meanings = [
        (Action::Create, "create"),
        (Action::Update, "update in-place"),
        (Action::Replace, "create replacement and then destroy"),
        (Action::DeleteThenCreate, "destroy and then create replacement"),
        (Action::Delete, "destroy"),
    ];
    for (action, meaning) in meanings {
        let same = |it: Action| it == action || (it == Action::Adopt && action == Action::Update);
        if plan.changes.iter().any(|change| same(change.action)) {
            let _ = writeln!(text, "{}{} {meaning}", " ".repeat(3 - width(action)), symbol(action));
        }
    }
}

/// One resource with everything that changes of it.
fn resource(change: &Change) -> String {
    let mut text = String::new();
    let verb = match change.action {
        Action::Create => "will be created",
        Action::Adopt => "will be adopted",
        Action::Update => "will be updated in-place",
        Action::Replace | Action::DeleteThenCreate => "must be replaced",
        Action::Delete => "will be destroyed",
    };
    let verb = match change.action {
        Action::Delete | Action::Replace | Action::DeleteThenCreate => styled(DELETE, verb),
        _ => verb.to_owned(),
    };
    let _ = writeln!(text, "  {} {verb}", styled(BOLD, &format!("# {}", change.address)));
    for reason in &change.reasons {
        let _ = writeln!(text, "  # (because {reason})");
    }
    let indent = " ".repeat(3 - width(change.action));
    let name = change.address.name();
    let _ = writeln!(text, "{indent}{} resource \"{}\" \"{name}\" {{", symbol(change.action), change.kind);
    let mut lines = Lines::default();
    if change.action == Action::Delete {
        removed(&mut lines, change);
    } else {
        changed(&mut lines, change);
    }
    text.push_str(&lines.text());
    text.push_str("    }\n");
    text
}

fn changed(lines: &mut Lines, change: &Change) {
    let width = change.fields.iter().map(|field| field.field.len()).max().unwrap_or(0).max(2);
    if let Some(id) = &change.id {
        let replaced = matches!(change.action, Action::Replace | Action::DeleteThenCreate);
        if replaced {
            lines.push(1, Mark::Change, &format!("{:width$} = \"{id}\" -> (known after apply)", "id"));
        } else {
            lines.push(1, Mark::None, &format!("{:width$} = \"{id}\"", "id"));
        }
    }
    let new = change.after.as_ref().filter(|_| change.action == Action::Create);
    for field in &change.fields {
        match new.and_then(|after| after.get(&field.field)) {
            Some(after) => field_change(lines, &FieldChange { after: Some(after.clone()), ..field.clone() }, width),
            None => field_change(lines, field, width),
        }
    }
    let shown = |name: &str| change.fields.iter().any(|field| field.field == name);
    let fields = change.before.as_ref().and_then(Value::as_object);
    let hidden = fields.map_or(0, |fields| fields.iter().filter(|(name, it)| !it.is_null() && !shown(name)).count());
    if hidden > 0 {
        let plural = if hidden == 1 { "" } else { "s" };
        lines.push(1, Mark::None, &styled(DIM, &format!("# ({hidden} unchanged attribute{plural} hidden)")));
    }
}

fn removed(lines: &mut Lines, change: &Change) {
    let fields = change.before.as_ref().and_then(Value::as_object);
    let fields: Vec<(&String, &Value)> = fields.into_iter().flatten().filter(|(_, field)| !field.is_null()).collect();
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(2);
    if let Some(id) = &change.id {
        lines.push(1, Mark::Remove, &format!("{:width$} = \"{id}\" -> null", "id"));
    }
    for (name, field) in fields {
        whole(lines, 1, Mark::Remove, &format!("{name:width$} = "), field, " -> null", "");
    }
}

/// What changed outside, as people read it.
pub fn drift(drift: &[Drift]) -> String {
    let mut text = String::new();
    let heading = styled(NOTE, &styled(BOLD, "Note:"));
    let _ = writeln!(text, "{heading} {}\n", styled(BOLD, "Objects have changed outside of rust-stack"));
    let _ = writeln!(
        text,
        "rust-stack detected the following changes made outside of rust-stack since the last \"rust-stack apply\":\n"
    );
    for drift in drift {
        match &drift.kind {
            DriftKind::Deleted => {
                let _ = writeln!(text, "  {} has been deleted", styled(BOLD, &format!("# {}", drift.address)));
                let _ = writeln!(text, "  {} id = \"{}\"\n", styled(DELETE, "-"), drift.id);
            }
            DriftKind::Changed(fields) => {
                let _ = writeln!(text, "  {} has changed", styled(BOLD, &format!("# {}", drift.address)));
                let mut lines = Lines::default();
                let width = fields.iter().map(|field| field.field.len()).max().unwrap_or(0).max(2);
                lines.push(1, Mark::None, &format!("{:width$} = \"{}\"", "id", drift.id));
                for field in fields {
                    field_change(&mut lines, field, width);
                }
                let _ = writeln!(text, "{}", lines.text());
            }
        }
    }
    text.push_str(&"\u{2500}".repeat(75));
    text.push_str("\n\n");
    text
}

fn outputs(text: &mut String, plan: &Plan) {
    if plan.outputs.is_empty() {
        return;
    }
    text.push_str("\nChanges to Outputs:\n");
    let pairs = plan.outputs.iter().map(|(name, output)| (name, output.before.as_ref(), output.after.as_ref()));
    pair_lines(text, pairs.collect());
}

fn variables(text: &mut String, plan: &Plan) {
    // On the first apply every variable is new and after a destroy none is left, which says nothing.
    let says_nothing = plan.mode == Mode::Destroy || plan.variables.values().all(|variable| variable.before.is_none());
    if says_nothing {
        return;
    }
    text.push_str("\nChanged variables:\n");
    let pairs = plan.variables.iter().map(|(name, variable)| (name, variable.before.as_ref(), variable.after.as_ref()));
    pair_lines(text, pairs.collect());
}

fn pair_lines(text: &mut String, pairs: Vec<(&String, Option<&Value>, Option<&Value>)>) {
    let width = pairs.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    for (name, before, after) in pairs {
        let _ = match (before, after) {
            (None, Some(after)) => writeln!(text, "  {} {name:width$} = {}", styled(CREATE, "+"), literal(after)),
            (Some(before), None) => {
                writeln!(text, "  {} {name:width$} = {} -> null", styled(DELETE, "-"), literal(before))
            }
            (Some(before), Some(after)) => {
                writeln!(text, "  {} {name:width$} = {} -> {}", styled(UPDATE, "~"), literal(before), literal(after))
            }
            (None, None) => Ok(()),
        };
    }
}

fn notes(text: &mut String, plan: &Plan) {
    for note in &plan.notes {
        let about = note.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
        let _ = writeln!(text, "\n{} {about}{}", styled(NOTE, &styled(BOLD, "Note:")), note.message);
    }
}
