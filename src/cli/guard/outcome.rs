//! What of a plan was done, for people and for programs.

use crate::{
    error::{CliError, Kind, hint_of_failure},
    output::Output,
};
use engine::{
    apply::{Interrupt, Outcome},
    history::Changes,
    plan::{Action, Mode, Operation, Plan},
    render,
};
use serde_json::json;
use std::process::ExitCode;

/// Says how an apply ended; an error unless everything was done.
pub(super) fn report(plan: &Plan, outcome: &Outcome, output: &Output) -> Result<ExitCode, CliError> {
    let done = changes(plan, outcome);
    let resources = match plan.mode {
        Mode::Apply => {
            format!("Resources: {} added, {} changed, {} destroyed.", done.add, done.change, done.remove)
        }
        Mode::Destroy => format!("Resources: {} destroyed.", done.remove),
    };
    let more = json!({
        "changes": done,
        "failed": outcome.failed.len(), "skipped": outcome.skipped.len(),
    });
    if outcome.is_complete() {
        let verb = if plan.mode == Mode::Apply { "Apply" } else { "Destroy" };
        let message = format!("{verb} complete! {resources}");
        output.result(&format!("\n{message}\n"));
        output.line("change_summary", &message, more);
        if let Some(outputs) = outcome.outputs.as_ref().filter(|outputs| !outputs.is_empty()) {
            let lines: String = outputs.iter().map(|(name, value)| render::attribute(name, value)).collect();
            output.result(&format!("\nOutputs:\n\n{}", unindented(&lines)));
            output.line("outputs", "Outputs", json!({ "outputs": outputs }));
        }
        return Ok(ExitCode::SUCCESS);
    }
    output.line("change_summary", &resources, more);
    let mut error = if outcome.interrupted == Interrupt::None {
        let failed = outcome.failed.len();
        CliError::new(Kind::Apply, format!("{failed} of {} steps failed. {resources}", plan.steps.len()))
    } else {
        CliError::new(Kind::Interrupted, format!("interrupted. {resources}"))
    };
    error.details = outcome
        .failed
        .iter()
        .map(|(step, failure)| {
            let address = plan.steps[*step].address.as_ref().map(ToString::to_string).unwrap_or_default();
            let hint = hint_of_failure(failure).map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{address}: {failure}{hint}")
        })
        .collect();
    if !outcome.in_flight.is_empty() {
        error.details.push(format!("{} steps were under way.", outcome.in_flight.len()));
    }
    if !outcome.skipped.is_empty() {
        error.details.push(format!("{} steps were not begun.", outcome.skipped.len()));
    }
    Err(error.hint("What was done is recorded. Apply again: it goes on from here."))
}

/// What of a plan was done.
pub(super) fn changes(plan: &Plan, outcome: &Outcome) -> Changes {
    let count = |wanted: fn(&Operation) -> bool| {
        outcome.done.iter().filter(|&&step| wanted(&plan.steps[step].operation)).count()
    };
    let add = count(|operation| matches!(operation, Operation::Create { .. }));
    let remove = count(|operation| matches!(operation, Operation::Delete { .. }));
    let mut changed: Vec<_> = outcome
        .done
        .iter()
        .map(|&step| &plan.steps[step])
        .flat_map(|step| match &step.operation {
            Operation::Update { .. } => step.address.iter().collect(),
            Operation::Together { objects, .. } => objects.iter().map(|object| &object.address).collect(),
            _ => Vec::new(),
        })
        .filter(|address| plan.changes.iter().any(|it| it.address == **address && it.action != Action::Delete))
        .collect();
    changed.sort();
    changed.dedup();
    Changes { add, change: changed.len(), remove }
}

/// Takes away the columns that symbols would stand in.
fn unindented(lines: &str) -> String {
    lines.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect()
}
