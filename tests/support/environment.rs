use super::connect;
use aws::live::Connection;
use engine::{
    apply::{Applier, Interrupt, Outcome, Patience, Rates, Silent, Ungated},
    plan::{Mode, Plan, Refusal, Request, plan},
    provider::Kinds,
    refresh::refresh,
    state::{Home, State, Store},
};
use model::{Document, Stack};
use std::{collections::BTreeMap, time::Duration};
use tempfile::TempDir;
use tokio::sync::watch;

/// A stack in a cloud: the whole engine, with the state in a folder of its own.
pub(crate) struct Environment {
    /// The clients, which count their calls.
    pub(crate) connection: Connection,
    /// The kinds, bound to the cloud.
    pub(crate) kinds: Kinds,
    stack: String,
    folder: TempDir,
}

impl Environment {
    /// The stack `stack`, of which nothing exists yet, in the cloud at `url`.
    pub(crate) async fn new(url: &str, stack: &str) -> Self {
        let connection = connect(url).await;
        let kinds = Kinds::bind(aws::KINDS, &connection.aws);
        let folder = TempDir::new().expect("a folder can be made");
        Self { connection, kinds, stack: stack.to_owned(), folder }
    }

    /// What is recorded.
    pub(crate) fn state(&self) -> State {
        self.store().into_state()
    }

    /// Asks the cloud about everything that is recorded, and plans towards `desired`.
    pub(crate) async fn plan(&self, desired: &Document) -> Result<Plan, Refusal> {
        self.plan_for(desired, Mode::Apply).await
    }

    /// Plans towards nothing.
    pub(crate) async fn plan_destroy(&self) -> Result<Plan, Refusal> {
        self.plan_for(&Stack::new(&self.stack).document(BTreeMap::new()), Mode::Destroy).await
    }

    async fn plan_for(&self, desired: &Document, mode: Mode) -> Result<Plan, Refusal> {
        let recorded = self.state();
        let observed = refresh(&self.kinds, &recorded, Duration::ZERO).await.expect("every kind can be read");
        let home = Home {
            account: self.connection.account.clone(),
            region: self.connection.region.clone(),
            endpoint: Some("test".to_owned()),
        };
        plan(&Request {
            desired,
            recorded: &recorded,
            observed: &observed,
            schemas: &self.kinds.schemas(),
            home: &home,
            mode,
            seed: &recorded.serial.to_string(),
        })
    }

    /// Carries out a plan, and records what it did.
    pub(crate) async fn apply(&self, plan: &Plan) -> Outcome {
        let mut store = self.store();
        store.assume_lineage(&plan.lineage);
        let journal = store.lock("test").expect("nobody else works on it");
        let patience =
            Patience { retry: Duration::from_secs(10), wait: Duration::from_secs(60), ..Patience::default() };
        let applier = Applier {
            kinds: &self.kinds,
            recorder: &journal,
            observer: &Silent,
            parallelism: 10,
            patience,
            rates: &Rates::new(None),
            gate: &Ungated,
            interrupt: watch::channel(Interrupt::None).1,
        };
        let outcome = applier.apply(plan, journal.state()).await.expect("the state can be recorded");
        journal.compact().await.expect("the state can be written");
        outcome
    }

    fn store(&self) -> Store {
        Store::open(self.folder.path(), &self.stack).expect("nobody has touched the folder")
    }
}

/// What an apply that did everything looks like; otherwise a panic that says what failed.
pub(crate) fn complete(plan: &Plan, outcome: &Outcome) {
    let failure = |(step, failure): &(usize, engine::apply::Failure)| {
        let step = &plan.steps[*step];
        format!("{:?} {:?}: {failure}", step.address, step.operation)
    };
    let failures: Vec<String> = outcome.failed.iter().map(failure).collect();
    assert!(outcome.is_complete(), "{} steps skipped; failed:\n{}", outcome.skipped.len(), failures.join("\n"));
}
