//! An apply that is watched over: each wave is judged, a rise of failures stops it at once, and what was bad is taken
//! back.

use super::Guard;
use crate::{
    arguments::Global,
    commands::apply::{execute, report},
    error::{CliError, Kind},
    output::Output,
    session::Session,
};
use engine::{
    apply::{Failure, Halt, Outcome, Ungated},
    plan::{Mode, Plan, undo},
    state::Journal,
};
use gate::verdict::Verdict;
use model::Document;
use std::{
    collections::BTreeSet,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The wave in which everything is done that the plan asks for.
const LAST: &str = "after the last step";
/// The wave in which everything is as it was.
const REVERTED: &str = "after going back";

/// How a guarded apply ended.
pub(crate) enum End {
    /// Everything was done and judged healthy, or it stopped for a reason of its own.
    Ended(Outcome),
    /// Requests failed, or it could not be told whether they do.
    Halted(Halted),
}

/// A halt and what came of it.
pub(crate) struct Halted {
    pub(crate) why: String,
    pub(crate) verdict: Verdict,
    /// From the halt to the end of the way back, and the verdict on that; `None` when it was left as it is.
    pub(crate) reverted: Option<(Duration, Verdict)>,
}

/// Carries out a plan with a guard.
///
/// `before` is the stack as it was applied before, towards which a bad change is taken back whole.
pub(crate) async fn guarded(
    session: &Session,
    global: &Global,
    journal: &Journal,
    plan: &Plan,
    before: Option<&Document>,
    guard: &Guard,
    output: &Output,
) -> Result<End, CliError> {
    let outcome = execute(session, global, journal, plan, guard, guard.alarmed(), output).await?;
    let alarm = guard.seen().alarm;
    let halt = outcome.failed.iter().find_map(|(_, failure)| match failure {
        Failure::Halted(Halt(why)) => Some(why.clone()),
        _ => None,
    });
    let (why, verdict) = match (halt, alarm) {
        (_, Some(alarm)) => (alarm.to_string(), guard.blame().await),
        (Some(why), None) => (why, guard.blame().await),
        (None, None) if outcome.is_complete() => {
            let verdict = guard.verdict(LAST).await;
            output.note(&format!("Gate: {LAST}: {verdict}."));
            if verdict == Verdict::Healthy {
                return Ok(End::Ended(outcome));
            }
            (format!("{LAST}: {verdict}"), verdict)
        }
        (None, None) => return Ok(End::Ended(outcome)),
    };
    output.warning(&format!("halted: {why}"));
    if verdict != Verdict::Bad {
        return Ok(End::Halted(Halted { why, verdict, reverted: None }));
    }
    let begun = Instant::now();
    take_back(session, global, journal, plan, &outcome, before, output).await?;
    let after = guard.verdict(REVERTED).await;
    output.note(&format!("Gate: {REVERTED}: {after}."));
    Ok(End::Halted(Halted { why, verdict, reverted: Some((begun.elapsed(), after)) }))
}

/// First what carries requests is changed back, step by step against the order of the plan; then what is left over is
/// planned and applied as any other change.
async fn take_back(
    session: &Session,
    global: &Global,
    journal: &Journal,
    plan: &Plan,
    outcome: &Outcome,
    before: Option<&Document>,
    output: &Output,
) -> Result<(), CliError> {
    let failed = outcome.failed.iter().map(|(step, _)| *step);
    let begun: BTreeSet<usize> = outcome.done.iter().copied().chain(outcome.in_flight.iter().copied()).chain(failed).collect();
    let back = undo(plan, &begun);
    if !back.steps.is_empty() {
        output.note(&format!("Going back: {} changes.", back.steps.len()));
        execute(session, global, journal, &back, &Ungated, std::future::pending(), output).await?;
    }
    let Some(before) = before else { return Ok(()) };
    let rest = session.plan(before, &journal.state(), Mode::Apply).await?;
    if !rest.is_empty() {
        output.note("Taking away what the change has made.");
        execute(session, global, journal, &rest, &Ungated, std::future::pending(), output).await?;
    }
    Ok(())
}

/// What people are told at the end, and the exit code.
pub(crate) fn conclude(plan: &Plan, end: &End, output: &Output) -> Result<ExitCode, CliError> {
    match end {
        End::Ended(outcome) => report(plan, outcome, output),
        End::Halted(Halted { why, verdict, reverted: None }) => {
            Err(CliError::new(Kind::Gate, format!("the apply was halted ({why}), and the verdict is {verdict}")).hint(
                "Nothing was taken back, because it is not known that the change is to blame; what stands is safe. Apply \
                 again to go on, or go back: rust-stack rollback",
            ))
        }
        End::Halted(Halted { why, reverted: Some((took, after)), .. }) => {
            let message = format!(
                "the change was halted ({why}) and taken back in {:.1} s; the service is {after} again",
                took.as_secs_f64()
            );
            Err(CliError::new(Kind::Gate, message)
                .hint("See what was wrong with it: rust-stack status shows events and stopped tasks, local logs the rest."))
        }
    }
}
