//! An apply that is watched over: each wave is judged, a rise of failures stops it at once, and what was bad is taken
//! back.

use super::{Change, Guard, execute::execute};
use crate::error::CliError;
use engine::{
    apply::{Failure, Gate, Halt, Outcome, Ungated},
    history::{HistoryEvent, Recording},
    plan::{Mode, Plan, undo},
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
/// The wave in which requests go where they went before.
const BACK: &str = "after going back";
/// The wave in which everything is as it was, where going back alone was not enough.
const WHOLE: &str = "after everything is as it was";

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
        let back = take_back(change, recording, &outcome, &recorded, &why).await?;
        let (seen, after) = seen_to_serve(recording, guard, async {
            let mut after = guard.verdict(BACK).await;
            if let Some(before) = before {
                let whole = take_away(change, recording, &back, before, guard, after).await?;
                if after != Verdict::Healthy || !whole {
                    after = guard.verdict(WHOLE).await;
                }
            }
            Ok::<_, CliError>(after)
        })
        .await;
        let after = after?;
        if seen.is_none() && after == Verdict::Healthy {
            recording.event(HistoryEvent::Reverted);
        }
        Some((seen.unwrap_or_else(Instant::now) - begun, after))
    } else {
        None
    };
    Ok(End { outcome, halted: Some(Halted { why, verdict, reverted }) })
}

/// Does all that is left of going back, and records meanwhile when requests are seen to be served again, which is sooner
/// than any verdict: that time, if there was one, and what came of it all.
async fn seen_to_serve<T>(
    recording: &Recording,
    guard: &Guard<'_>,
    rest: impl Future<Output = T>,
) -> (Option<Instant>, T) {
    let mut rest = std::pin::pin!(rest);
    tokio::select! {
        done = &mut rest => (None, done),
        () = guard.serves() => {
            recording.event(HistoryEvent::Reverted);
            (Some(Instant::now()), rest.await)
        }
    }
}

/// Changes back what carries requests, step by step against the order of the plan; returns the way back. Each moment of
/// it counts, so nothing is written that can be written meanwhile.
async fn take_back(
    change: &Change<'_>,
    recording: &Recording,
    outcome: &Outcome,
    recorded: &State,
    why: &str,
) -> Result<Plan, CliError> {
    let output = change.wanted.output;
    let failed = outcome.failed.iter().map(|(step, _)| *step);
    let begun: BTreeSet<usize> =
        outcome.done.iter().copied().chain(outcome.in_flight.iter().copied()).chain(failed).collect();
    let back = undo(&change.plan, &begun, recorded);
    recording.reverting(&back, why);
    if back.steps.is_empty() {
        return Ok(back);
    }
    output.note(&match back.steps.len() {
        1 => "Going back: 1 change.".to_owned(),
        count => format!("Going back: {count} changes."),
    });
    let write = async {
        if let Err(error) = recording.write_undo(&back) {
            output.warning(&format!("the way back cannot be recorded: {error}"));
        }
    };
    let going = execute(change.running(recording), &back, &Ungated, std::future::pending::<()>());
    let (gone, ()) = futures::join!(going, write);
    // What could not be changed back is planned again with the rest.
    gone?;
    Ok(back)
}

/// Plans towards the stack `before`, and applies that as any other change. `verdict`, on the way back: if it was healthy, what
/// is left over goes wave by wave under the gate; if not, this is what mends. Returns whether all of it was done.
async fn take_away(
    change: &Change<'_>,
    recording: &Recording,
    back: &Plan,
    before: &Document,
    guard: &Guard<'_>,
    verdict: Verdict,
) -> Result<bool, CliError> {
    let output = change.wanted.output;
    // What served before needs no trial, and whoever is nowhere now is not to get there in shares.
    let mut before = before.clone();
    before.rollouts.iter_mut().for_each(|rollout| rollout.shares.clear());
    let rest = change.wanted.session.plan(&before, &change.journal.state(), Mode::Apply).await?;
    if !rest.steps.is_empty() {
        output.note("Taking away what the change has made.");
        if let Err(error) = recording.reverting_on(back, &rest) {
            output.warning(&format!("the way back cannot be recorded: {error}"));
        }
    }
    // What does not serve yet is mended by this, so the gate would hold up what it asks for, and alarm all the time.
    let gate: &dyn Gate = if verdict == Verdict::Healthy { guard } else { &Ungated };
    let alarm = async {
        if verdict != Verdict::Healthy {
            std::future::pending::<()>().await;
        }
        guard.alarmed().await;
    };
    // Also when nothing is left to do: it records that variables and outputs are as they were.
    let outcome = execute(change.running(recording), &rest, gate, alarm).await?;
    if !outcome.is_complete() {
        output.warning("not all that the change has made is taken away; the next plan shows what is left");
    }
    Ok(outcome.is_complete())
}
