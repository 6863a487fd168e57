//! Carries out a [`Plan`]. It makes no choices: what to do, in which order and under which names stands in the plan.
//!
//! `schedule` says which step may begin, `step` does one, `wait` watches until it is true, `retry` repeats calls.

mod gate;
mod progress;
mod rate;
mod retry;
mod schedule;
mod shift;
mod step;
mod wait;

pub use gate::{Gate, Halt, Ungated};
pub use progress::{Failure, Observer, Progress, Silent};
pub use rate::{Limit, Rates};
pub use retry::Patience;
pub use schedule::Schedule;

use crate::{
    plan::{Operation, Plan, Step},
    provider::Kinds,
    state::{Event, Journal, State, StateError},
};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use model::Address;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};
use tokio::{sync::watch, time::Instant};

/// What the user has asked of a running apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// Nothing: go on.
    #[default]
    None,
    /// Start nothing new, wait for what is in flight, then stop.
    Gracefully,
    /// Stop now; what is in flight is found by the next plan.
    Now,
}

/// Where events are kept, in the order in which their futures were first polled. An event is on disk when its future ends
/// well, and all before it are too.
pub trait Recorder: Send + Sync {
    /// Records one event.
    fn record(&self, event: Event) -> BoxFuture<'_, Result<(), StateError>>;
}

impl Recorder for Journal {
    fn record(&self, event: Event) -> BoxFuture<'_, Result<(), StateError>> {
        Journal::record(self, event).boxed()
    }
}

/// How to carry out a plan.
pub struct Applier<'a> {
    /// The kinds, bound to the cloud in which the stack lives.
    pub kinds: &'a Kinds,
    /// Where events are kept.
    pub recorder: &'a dyn Recorder,
    /// Who is told what happens.
    pub observer: &'a dyn Observer,
    /// The most steps at one time.
    pub parallelism: usize,
    /// How often and how fast calls are repeated.
    pub patience: Patience,
    /// How many calls are made at most.
    pub rates: &'a Rates,
    /// Asked after each wave whether to go on.
    pub gate: &'a dyn Gate,
    /// What the user asks meanwhile.
    pub interrupt: watch::Receiver<Interrupt>,
}

/// How an apply ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The steps that were done, by their place in the plan.
    pub done: Vec<usize>,
    /// The steps that failed.
    pub failed: Vec<(usize, Failure)>,
    /// The steps that were under way when it was stopped at once.
    pub in_flight: Vec<usize>,
    /// The steps that were not begun.
    pub skipped: Vec<usize>,
    /// Whether the user stopped it.
    pub interrupted: Interrupt,
    /// The outputs of the stack; only when everything was done.
    pub outputs: Option<BTreeMap<String, Value>>,
}

impl Outcome {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.in_flight.is_empty() && self.skipped.is_empty()
    }
}

impl Applier<'_> {
    /// Carries out `plan`, which was made from `state`.
    ///
    /// A step that fails takes down only the steps that wait for it; the others go on.
    ///
    /// # Errors
    /// When the state can no longer be recorded. Nothing new is begun then; what was begun has its intent on disk.
    pub async fn apply(self, plan: &Plan, state: State) -> Result<Outcome, StateError> {
        let begun_before = state.home.as_ref() == Some(&plan.home);
        let run = Run { applier: &self, plan, state: Mutex::new(state), on_their_way: Mutex::default() };
        let begun = Event::Begun { home: plan.home.clone() };
        // Nobody has to wait for what is known already.
        if begun_before {
            run.note(begun).await?
        } else {
            run.record(begun).await?
        }
        for event in &plan.learnt {
            run.note(event.clone()).await?;
        }
        run.steps().await
    }
}

/// An apply under way.
struct Run<'a> {
    applier: &'a Applier<'a>,
    plan: &'a Plan,
    state: Mutex<State>,
    /// Events that are not on disk yet and that no step waits for.
    on_their_way: Mutex<Vec<Recording<'a>>>,
}

type Recording<'a> = BoxFuture<'a, Result<(), StateError>>;

impl<'a> Run<'a> {
    async fn steps(&self) -> Result<Outcome, StateError> {
        let mut schedule = Schedule::of(self.plan);
        let mut interrupt = self.applier.interrupt.clone();
        let mut running = FuturesUnordered::new();
        let mut recordings = FuturesUnordered::new();
        let mut outcome = Outcome::default();
        let mut under_way = BTreeSet::new();
        let mut broken: Option<StateError> = None;
        loop {
            recordings.extend(self.take_recordings());
            let asked = *interrupt.borrow_and_update();
            outcome.interrupted = outcome.interrupted.max(asked);
            if asked == Interrupt::None && broken.is_none() {
                while running.len() < self.applier.parallelism.max(1) {
                    let Some(step) = schedule.take() else { break };
                    under_way.insert(step);
                    running.push(self.timed(step));
                }
            }
            if running.is_empty() || asked == Interrupt::Now {
                break;
            }
            tokio::select! {
                Some((step, result)) = running.next() => {
                    under_way.remove(&step);
                    match result {
                    Ok(()) => {
                        schedule.done(step);
                        outcome.done.push(step);
                    }
                    Err(Failure::State(error)) => broken = Some(error),
                    Err(failure) => outcome.failed.push((step, failure)),
                    }
                },
                Some(recorded) = recordings.next() => broken = broken.or(recorded.err()),
                Ok(()) = interrupt.changed() => (),
            }
        }
        drop(running);
        recordings.extend(self.take_recordings());
        while let Some(recorded) = recordings.next().await {
            broken = broken.or(recorded.err());
        }
        if let Some(error) = broken {
            return Err(error);
        }
        outcome.in_flight = under_way.into_iter().collect();
        let begun = |step: &usize| {
            let failed = || outcome.failed.iter().any(|(it, _)| it == step);
            outcome.done.contains(step) || outcome.in_flight.contains(step) || failed()
        };
        if outcome.done.len() + outcome.in_flight.len() + outcome.failed.len() < self.plan.steps.len() {
            outcome.skipped = (0..self.plan.steps.len()).filter(|step| !begun(step)).collect();
        }
        if outcome.is_complete() {
            outcome.outputs = Some(self.finish().await?);
        }
        Ok(outcome)
    }

    async fn timed(&self, step: usize) -> (usize, Result<(), Failure>) {
        let begun = Instant::now();
        self.applier.observer.notice(Progress::Begun { step });
        let result = self.step(step).await;
        self.applier.observer.notice(match &result {
            Ok(()) => Progress::Done { step, id: self.id(step), elapsed: begun.elapsed() },
            Err(failure) => Progress::Failed { step, failure, elapsed: begun.elapsed() },
        });
        (step, result)
    }

    /// Records that everything was done, with the outputs.
    async fn finish(&self) -> Result<BTreeMap<String, Value>, StateError> {
        let outputs: BTreeMap<String, Value> =
            self.plan.outputs_after.iter().map(|(name, value)| (name.clone(), self.resolved(value))).collect();
        let variables = self.plan.variables_after.clone();
        self.record(Event::Finished { variables, outputs: outputs.clone() }).await?;
        Ok(outputs)
    }

    /// Records an event; only then is it true in memory.
    async fn record(&self, event: Event) -> Result<(), StateError> {
        self.applier.recorder.record(event.clone()).await?;
        self.with_state(|state| state.apply(event)).map_err(StateError::Unfit)
    }

    /// Records an outcome: it takes its place among the events now and comes to disk meanwhile. If a crash loses it, the next
    /// plan sees in the cloud what it says; and no intent is on disk before it.
    async fn note(&self, event: Event) -> Result<(), StateError> {
        let mut recording = self.applier.recorder.record(event.clone());
        match futures::poll!(&mut recording) {
            Poll::Ready(recorded) => recorded?,
            Poll::Pending => self.recordings().push(recording),
        }
        self.with_state(|state| state.apply(event)).map_err(StateError::Unfit)
    }

    fn recordings(&self) -> MutexGuard<'_, Vec<Recording<'a>>> {
        self.on_their_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_recordings(&self) -> Vec<Recording<'a>> {
        std::mem::take(&mut *self.recordings())
    }

    fn with_state<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A value with the outputs of the present objects in the place of references.
    fn resolved(&self, value: &Value) -> Value {
        self.with_state(|state| {
            crate::plan::resolve(value, &|reference| {
                let object = state.resources.get(&reference.address)?.current.as_ref()?;
                object.outputs.get(&reference.output).filter(|output| !output.is_null())
            })
        })
    }

    fn id(&self, step: usize) -> Option<crate::provider::Id> {
        let Step { address, operation, .. } = &self.plan.steps[step];
        let address: &Address = address.as_ref().filter(|_| !matches!(operation, Operation::Delete { .. }))?;
        self.with_state(|state| Some(state.resources.get(address)?.current.as_ref()?.id.clone()))
    }
}
