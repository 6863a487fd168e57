use super::{FakeCloud, death::Death};
use crate::{
    apply::{Applier, Interrupt, Limit, Observer, Outcome, Patience, Rates, Recorder, Silent, Ungated},
    plan::{Mode, Plan, Refusal, Request, plan},
    provider::{Entry, Id, Kinds},
    refresh::refresh,
    state::{Event, Home, State, StateError},
};
use futures::{FutureExt as _, future::BoxFuture};
use model::Document;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// A stack on a fake cloud: the whole engine without disk and network, for tests and simulations.
pub struct Rehearsal {
    /// The cloud.
    pub cloud: Arc<FakeCloud>,
    /// The kinds, bound to it.
    pub kinds: Kinds,
    /// What is recorded; it survives a crash of an apply.
    pub record: Arc<Memory>,
    /// Where new tokens come from; each plan uses a new one.
    seed: u32,
    /// The most steps at one time.
    pub parallelism: usize,
    /// How often and how fast calls are repeated.
    pub patience: Patience,
}

/// A state in memory.
#[derive(Debug)]
pub struct Memory {
    state: Mutex<State>,
    /// How many events may still be recorded before the recorder dies, if it is to die.
    left: Mutex<Option<usize>>,
    death: Death,
}

impl Memory {
    /// A state that is recorded already, and outlives everything.
    pub fn of(state: State) -> Self {
        Self { state: Mutex::new(state), left: Mutex::new(None), death: Death::default() }
    }

    fn new(stack: &str, death: Death) -> Self {
        Self { state: Mutex::new(State::new(stack, "lineage")), left: Mutex::new(None), death }
    }

    /// The state as recorded.
    pub fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Dies after `events` more events: whoever records another waits forever, as if the process were gone.
    pub fn die_after(&self, events: Option<usize>) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = events;
    }
}

impl Recorder for Memory {
    fn record(&self, event: Event) -> BoxFuture<'_, Result<(), StateError>> {
        async move {
            let dead = {
                let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
                let dead = *left == Some(0);
                *left = left.map(|left| left.saturating_sub(1));
                dead
            };
            if dead {
                self.death.die::<()>().await;
            }
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.apply(event).map_err(StateError::Unfit)?;
            let violations = crate::state::check(&state);
            if violations.is_empty() { Ok(()) } else { Err(StateError::Unsound(violations)) }
        }
        .boxed()
    }
}

impl Rehearsal {
    /// An empty stack on an empty cloud.
    pub fn new(stack: &str, table: &[Entry<FakeCloud>]) -> Self {
        let cloud = Arc::new(FakeCloud::default());
        let kinds = Kinds::bind(table, &cloud);
        let record = Arc::new(Memory::new(stack, cloud.death.clone()));
        Self { cloud, kinds, record, seed: 0, parallelism: 10, patience: Patience::default() }
    }

    /// Plans towards `desired`.
    ///
    /// # Errors
    /// When the stack is refused.
    ///
    /// # Panics
    /// When the fake cloud cannot be read because of an injected fault.
    pub async fn plan(&mut self, desired: &Document, mode: Mode) -> Result<Plan, Refusal> {
        self.seed += 1;
        let recorded = self.record.state();
        let observed = match refresh(&self.kinds, &recorded, Duration::ZERO).await {
            Ok(observed) => observed,
            Err(error) => panic!("{error}"),
        };
        plan(&Request {
            desired,
            recorded: &recorded,
            observed: &observed,
            schemas: &self.kinds.schemas(),
            home: &home(),
            mode,
            seed: &self.seed.to_string(),
        })
    }

    /// Plans towards nothing.
    ///
    /// # Errors
    /// When something must not be destroyed.
    pub async fn plan_destroy(&mut self) -> Result<Plan, Refusal> {
        let mut nothing = model::Stack::new(self.record.state().stack).document(BTreeMap::new());
        nothing.moved.clear();
        self.plan(&nothing, Mode::Destroy).await
    }

    /// Carries out a plan.
    ///
    /// # Errors
    /// When the state cannot be recorded.
    pub async fn apply(&self, plan: &Plan) -> Result<Outcome, StateError> {
        self.apply_watched(plan, &Silent, watch::channel(Interrupt::None).1).await
    }

    /// Carries out a plan, with an observer and interrupts.
    ///
    /// # Errors
    /// When the state cannot be recorded.
    pub async fn apply_watched(
        &self,
        plan: &Plan,
        observer: &dyn Observer,
        interrupt: watch::Receiver<Interrupt>,
    ) -> Result<Outcome, StateError> {
        let applier = Applier {
            kinds: &self.kinds,
            recorder: &*self.record,
            observer,
            parallelism: self.parallelism,
            patience: self.patience,
            rates: &Rates::new(Some(PLENTY)),
            gate: &Ungated,
            interrupt,
        };
        applier.apply(plan, self.record.state()).await
    }

    /// Carries out a plan; `None` when it dies on the way, at a fault that was injected for that. All faults are gone
    /// afterwards.
    ///
    /// # Errors
    /// When the state cannot be recorded.
    pub async fn apply_or_die(&self, plan: &Plan, observer: &dyn Observer) -> Option<Result<Outcome, StateError>> {
        let outcome = tokio::select! {
            biased;
            () = self.cloud.death.died() => None,
            outcome = self.apply_watched(plan, observer, watch::channel(Interrupt::None).1) => Some(outcome),
        };
        self.record.die_after(None);
        self.cloud.heal();
        self.cloud.death.revive();
        outcome
    }

    /// Every object in the cloud that the state does not know, and every recorded one that does not exist.
    pub fn strays(&self) -> Strays {
        let state = self.record.state();
        let mut recorded: Vec<Id> = Vec::new();
        for record in state.resources.values() {
            let superseded = record.superseded.iter().map(|old| &old.object);
            recorded.extend(record.current.iter().chain(superseded).map(|object| object.id.clone()));
        }
        let existing: Vec<Id> = self.cloud.objects().into_iter().map(|object| object.id).collect();
        Strays {
            orphans: existing.iter().filter(|id| !recorded.contains(id)).cloned().collect(),
            phantoms: recorded.iter().filter(|id| !existing.contains(id)).cloned().collect(),
        }
    }
}

/// More calls than anybody makes: what a fake cloud throttles is not to take time.
const PLENTY: Limit = Limit { burst: 1e9, per_second: 1e9 };

/// Where state and cloud disagree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// Objects that nobody remembers.
    pub orphans: Vec<Id>,
    /// Objects that are remembered and do not exist.
    pub phantoms: Vec<Id>,
}

fn home() -> Home {
    Home { account: "123456789012".to_owned(), region: "us-east-1".to_owned(), endpoint: Some("memory".to_owned()) }
}
