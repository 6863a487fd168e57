use crate::error::{CliError, Kind};
use engine::{
    plan::{Mode, Plan},
    serve::{Proof, Verdict},
};
use model::{Address, Document};

/// Refuses a plan that is not proven to keep serving, unless the user allows what it disrupts.
pub(crate) fn permit(plan: &Plan, proof: &Proof, allowed: &[Address]) -> Result<(), CliError> {
    if matches!(proof.verdict, Verdict::Idle | Verdict::Proven) || plan.mode == Mode::Destroy {
        return Ok(());
    }
    let disrupted: Vec<&Address> = proof.disrupted(plan).collect();
    let refused: Vec<String> =
        disrupted.iter().filter(|address| !allowed.contains(address)).map(ToString::to_string).collect();
    if refused.is_empty() && !disrupted.is_empty() {
        return Ok(());
    }
    let message = match proof.verdict {
        Verdict::Broken => "the plan interrupts requests, as shown above",
        _ => "the plan is not proven to keep serving, as shown above",
    };
    let flags: Vec<String> = refused.iter().map(|address| format!("--allow-disruption {address}")).collect();
    Err(CliError::new(Kind::Plan, message).hint(format!(
        "Change what the proof names (rust-stack explain tells about a failure mode), or accept it: {}",
        flags.join(" ")
    )))
}

/// Refuses to change what serves already when the stack does not say by which requests that is to be watched.
pub(super) fn watchable(plan: &Plan, proof: &Proof, document: &Document) -> Result<(), CliError> {
    let serves = proof.paths.iter().any(|path| path.before.is_some());
    if plan.mode == Mode::Destroy || plan.steps.is_empty() || !serves || !document.serves.is_empty() {
        return Ok(());
    }
    let message =
        format!("`{}` serves requests, and nothing in it says what to probe; nothing was changed", plan.stack);
    Err(CliError::new(Kind::Gate, message).hint(
        "Say in the stack what has to stay up, as in stack.serves(traffic.probe(\"/\")), or apply without the gate: \
         --no-gate.",
    ))
}
