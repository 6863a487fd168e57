//! From what is wanted, what is recorded and what is observed to a [`Plan`]. Pure: no I/O, no clock, and no
//! randomness but the seed, so that one input always gives one plan.
//!
//! `rollout` turns what is wanted the way things are, `graph` orders the resources, `decide` says what happens to each, `stand_in`
//! what new rules do at first, and `lower` turns that into steps.

mod anchor;
mod consequences;
mod decide;
mod diff;
mod document;
mod drift;
mod fields;
mod graph;
mod identity;
mod learn;
mod lower;
mod mention;
mod naive;
mod notes;
mod observe;
mod removal;
mod resolve;
mod restore;
mod rollout;
mod stand_in;
mod turns;
mod undo;

pub use diff::{canonical, differs};
pub use document::{
    Action, Change, Drift, DriftKind, FORMAT, FieldChange, Mode, Note, Operation, OutputChange, Phase, Placed, Plan,
    Step, Totals, VERSION, VariableChange,
};
pub use drift::drift;
pub use graph::{Cycle, Dependencies};
pub use identity::physical_name;
pub use learn::news;
pub use naive::naive;
pub use observe::Observations;
pub use resolve::{Unknown, resolve};
pub use undo::undo;

use crate::{
    provider::Schemas,
    state::{Home, State},
};
use model::Document;

/// Everything a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is wanted. For a destroy: a document without resources.
    pub desired: &'a Document,
    /// What is remembered.
    pub recorded: &'a State,
    /// What exists.
    pub observed: &'a Observations,
    /// The kinds there are.
    pub schemas: &'a Schemas,
    /// Where the objects are or will be.
    pub home: &'a Home,
    /// What the plan is for.
    pub mode: Mode,
    /// Where the tokens of new objects come from; the same seed gives the same plan.
    pub seed: &'a str,
}

/// Makes the plan.
///
/// # Errors
/// A [`Refusal`] when the desired stack contradicts itself or must not be reached.
pub fn plan(request: &Request<'_>) -> Result<Plan, Refusal> {
    let problems = crate::check::check(request.desired, request.schemas);
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let rollout::Arranged { document, rules } = rollout::arrange(request)?;
    let request = &Request { desired: &document, ..*request };
    let dependencies = Dependencies::of(request.desired, request.schemas).map_err(Refusal::Cycle)?;
    let mut learnt = learn::learn(request)?;
    let restored = learnt.restore(request, &dependencies)?;
    let notes: Vec<Note> = restored.iter().filter_map(restore::note).collect();
    let mut decisions = decide::decide(request, &learnt, &dependencies, &rules);
    decide::prevented(&decisions)?;
    stand_in::stand_in(&mut decisions);
    let turns = turns::turns(&mut decisions, &dependencies)?;
    let mut plan = lower::lower(request, &learnt, &dependencies, decisions, turns);
    plan.notes.extend(notes);
    Ok(plan)
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The stack breaks rules; every one that was found.
    #[error("the stack has {} problem{}", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Invalid(Vec<model::ReportedProblem>),
    /// Resources depend on each other in a circle.
    #[error("{0}")]
    Cycle(Cycle),
    /// A resource that must not be destroyed would be.
    #[error("{address} has prevent_destroy set, but the plan calls for it to be {verb}")]
    PreventDestroy {
        /// The resource.
        address: model::Address,
        /// `destroyed` or `replaced`.
        verb: &'static str,
    },
    /// Each of these would take in place what another of them gives up, and no two may have the same at any moment.
    #[error("{} would exchange what no two of their kind may have alike, and they change one at a time", listed(.0))]
    Exchange(Vec<model::Address>),
    /// A rename that cannot be done.
    #[error("{0}")]
    Moved(String),
}

/// `a, b and c`
fn listed(addresses: &[model::Address]) -> String {
    let texts: Vec<&str> = addresses.iter().map(model::Address::as_str).collect();
    match texts.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => texts.concat(),
    }
}

#[cfg(test)]
mod tests;
