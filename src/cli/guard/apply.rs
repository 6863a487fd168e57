//! An apply that is watched over: each wave is judged, a rise of failures stops it at once, and what was bad is taken
//! back.

use super::{Change, Guard, execute::execute};
use crate::error::CliError;
use engine::{
    apply::{Failure, Halt, Outcome, Ungated},
    history::Recording,
    plan::{Mode, undo},
    state::State,
};
use gate::verdict::Verdict;
use model::Document;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// The wave in which everything is done that the plan asks for.
const LAST: &str = "after the last step";
/// The wave in which everything is as it was.
const REVERTED: &str = "after going back";

/// How a guarded apply ended.
pub(super) struct End {
    pub(super) outcome: Outcome,
    /// What the gate did about it, if it did anything.
    pub(super) halted: Option<Halted>,
}

/// A halt and what came of it.
pub(super) struct Halted {
    pub(super) why: String,
    pub(super) verdict: Verdict,
    /// How long the way back took, and the verdict on that; `None` when it was left as it is.
    pub(super) reverted: Option<(Duration, Verdict)>,
}

/// Carries out a change with a guard. `before` is the stack as it was last applied whole, towards which a bad change is
/// taken back.
pub(super) async fn guarded(
    change: &Change<'_>,
    recording: &Recording,
    before: Option<&Document>,
    guard: &Guard<'_>,
) -> Result<End, CliError> {
    let output = change.wanted.output;
    let recorded = change.journal.state();
    let outcome = execute(change.running(recording), &change.plan, guard, guard.alarmed()).await?;
    let alarm = guard.alarm();
    let halt = outcome.failed.iter().find_map(|(_, failure)| match failure {
        Failure::Halted(Halt(why)) => Some(why.clone()),
        _ => None,
    });
    let (why, verdict) = match (halt, alarm) {
        (_, Some(alarm)) => (alarm, guard.blame().await),
        (Some(why), None) => {
            guard.halted(&why);
            (why, guard.blame().await)
        }
        (None, None) if outcome.is_complete() => match guard.verdict(LAST).await {
            Verdict::Healthy => return Ok(End { outcome, halted: None }),
            verdict => (format!("{LAST}: {verdict}"), verdict),
        },
        (None, None) => return Ok(End { outcome, halted: None }),
    };
    guard.halted(&why);
    output.warning(&format!("halted: {why}"));
    let reverted = if verdict == Verdict::Bad {
        let begun = Instant::now();
        take_back(change, recording, &outcome, &recorded, before, &why).await?;
        let after = guard.verdict(REVERTED).await;
        if after == Verdict::Healthy {
            recording.event(engine::history::HistoryEvent::Reverted);
        }
        Some((begun.elapsed(), after))
    } else {
        None
    };
    Ok(End { outcome, halted: Some(Halted { why, verdict, reverted }) })
}

/// First what carries requests is changed back, step by step against the order of the plan; then what is left over is
/// planned and applied as any other change.
async fn take_back(
    change: &Change<'_>,
    recording: &Recording,
    outcome: &Outcome,
    recorded: &State,
    before: Option<&Document>,
    why: &str,
) -> Result<(), CliError> {
    let output = change.wanted.output;
    let failed = outcome.failed.iter().map(|(step, _)| *step);
    let begun: BTreeSet<usize> =
        outcome.done.iter().copied().chain(outcome.in_flight.iter().copied()).chain(failed).collect();
    let back = undo(&change.plan, &begun, recorded);
    if let Err(error) = recording.reverting(&back, why) {
        output.warning(&format!("the way back cannot be recorded: {error}"));
    }
    if !back.steps.is_empty() {
        output.note(&match back.steps.len() {
            1 => "Going back: 1 change.".to_owned(),
            count => format!("Going back: {count} changes."),
        });
        execute(change.running(recording), &back, &Ungated, std::future::pending::<()>()).await?;
    }
    let Some(before) = before else { return Ok(()) };
    // What served before needs no trial, and whoever is nowhere now is not to get there in shares.
    let mut before = before.clone();
    before.rollouts.iter_mut().for_each(|rollout| rollout.shares.clear());
    let rest = change.wanted.session.plan(&before, &change.journal.state(), Mode::Apply).await?;
    if !rest.steps.is_empty() {
        output.note("Taking away what the change has made.");
        if let Err(error) = recording.reverting_on(&back, &rest) {
            output.warning(&format!("the way back cannot be recorded: {error}"));
        }
    }
    // Also when nothing is left to do: it records that variables and outputs are as they were.
    execute(change.running(recording), &rest, &Ungated, std::future::pending::<()>()).await?;
    Ok(())
}
