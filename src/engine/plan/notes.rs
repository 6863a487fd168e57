use super::{Action, Note, decide::Decisions};
use std::collections::HashMap;

/// What people should know about these decisions.
pub(super) fn notes(decisions: &Decisions<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for decision in decisions.declared.iter().filter(|it| it.action == Some(Action::DeleteThenCreate)) {
        notes.push(Note {
            address: Some(decision.address().clone()),
            message: format!(
                "The old object is deleted before the new one exists: {}. Whatever uses it is interrupted.",
                decision.reasons.join("; ")
            ),
        });
    }
    for (decision, field) in decisions
        .declared
        .iter()
        .flat_map(|decision| super::lower::indivisible(decision).into_iter().map(move |field| (decision, field)))
    {
        notes.push(Note {
            address: Some(decision.address().clone()),
            message: format!(
                "The old and the new {field} cannot stand side by side, so they change in one step. Requests may fail \
                 in that moment."
            ),
        });
    }
    // A removed and a new resource that are alike look like a rename.
    let removed: HashMap<(&str, String), _> = decisions
        .removals
        .iter()
        .filter(|removal| !removal.replaced && removal.observed.is_some())
        .map(|removal| ((removal.kind, removal.object.inputs.to_string()), &removal.address))
        .collect();
    for decision in decisions.declared.iter().filter(|it| it.action == Some(Action::Create) && !it.is_unknown()) {
        if let Some(from) = removed.get(&(decision.schema.kind, decision.inputs.to_string())) {
            notes.push(Note {
                address: Some(decision.address().clone()),
                message: format!(
                    "It is just like {from}, which is removed. If it was only renamed, say so in the stack and \
                     nothing is made or deleted: stack.moved(\"{from}\", \"{}\").",
                    decision.address()
                ),
            });
        }
    }
    notes
}
