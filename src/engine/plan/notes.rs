use super::{Action, Note, Request, decide::Decisions};
use model::references;
use std::collections::HashMap;

/// What people should know about these decisions.
pub(super) fn notes(request: &Request<'_>, decisions: &Decisions<'_>) -> Vec<Note> {
    let mut notes = addresses_of_replaced(request, decisions);
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
    for decision in &decisions.declared {
        let Some(stand_in) = &decision.stand_in else { continue };
        notes.push(Note {
            address: Some(decision.address().clone()),
            message: format!(
                "Its requests go where they go now, by {}, until what it sends them to serves.",
                stand_in.other
            ),
        });
    }
    for decision in decisions.declared.iter().filter(|decision| !decision.held.is_empty()) {
        notes.push(Note {
            address: Some(decision.address().clone()),
            message: format!(
                "It divides requests otherwise than the last rollout did, and is left so ({}): only a rollout moves \
                 requests.",
                decision.held.join(", ")
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

/// What the stack tells its users of an object that is replaced is no longer true when the old one is deleted.
fn addresses_of_replaced(request: &Request<'_>, decisions: &Decisions<'_>) -> Vec<Note> {
    let replaced = decisions.declared.iter().filter(|decision| decision.action == Some(Action::Replace));
    let notes = replaced.filter_map(|decision| {
        let names = request.desired.outputs.iter().filter(|(_, output)| {
            let value = serde_json::to_value(&output.value).unwrap_or_default();
            references(&value).iter().any(|reference| reference.address == *decision.address())
        });
        let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        (!names.is_empty()).then(|| Note {
            address: Some(decision.address().clone()),
            message: format!(
                "The output{plural} {} will change with it. The old object serves until everything else is done, and is \
                 deleted then: whoever uses what was told of it has to move in between.",
                names.join(", ")
            ),
        })
    });
    notes.collect()
}
