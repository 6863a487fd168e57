//! What the tests on the cloud in memory share: deaths, and what must hold afterwards.

use engine::{
    apply::{Observer, Outcome, Patience, Silent},
    fake::{Injection, Rehearsal, When},
    plan::{Mode, Plan},
    state,
};
use model::Document;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    time::Duration,
};

/// Runs `work` to its end.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("no I/O is asked for").block_on(work)
}

/// An empty stack on an empty cloud, without pauses.
pub(crate) fn rehearsal(stack: &str) -> Rehearsal {
    let mut rehearsal = Rehearsal::new(stack, aws::FAKE_KINDS);
    let (none, long) = (Duration::ZERO, Duration::from_millis(250));
    rehearsal.patience = Patience { retry: long, first: none, longest: none, wait: long, lag: none };
    rehearsal
}

/// Carries out a plan; `None` when it dies on the way. Whatever was injected is gone afterwards.
///
/// # Errors
/// When what happens does not fit the state.
pub(crate) async fn apply(
    rehearsal: &Rehearsal,
    plan: &Plan,
    observer: &dyn Observer,
) -> Result<Option<Outcome>, String> {
    let outcome = rehearsal.apply_or_die(plan, observer).await.transpose();
    outcome.map_err(|error| format!("{error:?} in\n{}", text(&engine::render::steps(plan))))
}

/// Where an apply dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Instead of the write to the journal that comes after so many.
    Write(usize),
    /// Before the call that comes after so many.
    Before(usize),
    /// When that call has had its effect.
    After(usize),
}

impl Death {
    /// Lets the next apply die here.
    pub(crate) fn strike(self, rehearsal: &Rehearsal) {
        let (skip, when) = match self {
            Self::Write(writes) => return rehearsal.record.die_after(Some(writes)),
            Self::Before(calls) => (calls, When::Before),
            Self::After(calls) => (calls, When::After),
        };
        let injection = Injection { kind: None, action: None, skip, times: usize::MAX, when, fault: None };
        rehearsal.cloud.inject(injection);
    }
}

/// Plans and applies once, and says what is then not as it must be.
pub(crate) async fn converge(rehearsal: &mut Rehearsal, desired: &Document, mode: Mode) -> Result<(), String> {
    let plan = rehearsal.plan(desired, mode).await.map_err(|refusal| format!("refused: {refusal:?}"))?;
    let outcome = apply(rehearsal, &plan, &Silent).await?.ok_or("the apply dies")?;
    if !outcome.is_complete() {
        let failed: Vec<String> = outcome
            .failed
            .iter()
            .map(|(step, failure)| format!("{:?}: {failure}", plan.steps[*step].address))
            .collect();
        return Err(format!("{failed:#?} failed in\n{}", text(&engine::render::steps(&plan))));
    }
    let again = rehearsal.plan(desired, mode).await.map_err(|refusal| format!("then refused: {refusal:?}"))?;
    if !again.is_empty() || !again.drift.is_empty() {
        return Err(format!("the second plan is not empty:\n{}", text(&engine::render::plan(&again))));
    }
    sound(rehearsal)?;
    let expected = if mode == Mode::Apply { desired.resources.len() } else { 0 };
    let objects = rehearsal.cloud.objects().len();
    if objects != expected { Err(format!("{objects} objects stand for {expected} resources")) } else { Ok(()) }
}

/// What holds after an apply that came to its end, complete or not: whatever exists is recorded, or can be found by its
/// token. (A deletion of which the end was not seen may have left a phantom for the next plan.)
pub(crate) fn remembered(rehearsal: &Rehearsal) -> Result<(), String> {
    let state = rehearsal.record.state();
    let pending: BTreeSet<&str> =
        state.resources.values().filter_map(|record| Some(record.pending.as_ref()?.identity.name.as_str())).collect();
    let orphans = rehearsal.strays().orphans;
    let objects = rehearsal.cloud.objects();
    let forgotten = objects.iter().find(|it| orphans.contains(&it.id) && !pending.contains(it.name.as_str()));
    forgotten.map_or(Ok(()), |object| Err(format!("{} ({}) is forgotten", object.id, object.name)))
}

/// What holds after an apply that did everything: the state can be true, and knows exactly what exists.
pub(crate) fn sound(rehearsal: &Rehearsal) -> Result<(), String> {
    let violations = state::check(&rehearsal.record.state());
    if !violations.is_empty() {
        return Err(format!("the state cannot be true: {violations:#?}"));
    }
    let strays = rehearsal.strays();
    if strays != engine::fake::Strays::default() {
        return Err(format!("state and cloud disagree: {strays:#?}"));
    }
    Ok(())
}

/// No address has two objects of one generation, also right after a death: nothing was made twice.
pub(crate) fn made_once(rehearsal: &Rehearsal) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    for object in rehearsal.cloud.objects() {
        let tag = |key: &str| object.tags.get(key).cloned().unwrap_or_else(|| object.name.clone());
        let owner = (object.kind, tag("rust-stack:address"), tag("rust-stack:generation"));
        if let Some(other) = seen.insert(owner, object.id.clone()) {
            return Err(format!("{other} and {} are the same generation of one resource", object.id));
        }
    }
    Ok(())
}

/// A text without its styles.
pub(crate) fn text(styled: &str) -> String {
    anstream::adapter::strip_str(styled).to_string()
}
