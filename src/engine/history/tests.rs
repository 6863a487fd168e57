//! Records of applies on a small cloud: what is in them, what damage does to them, and that no secret is.

mod damage;
mod secrets;

use super::*;
use crate::{
    apply::{Interrupt, Observer, Progress},
    fake::{FakeCloud, Rehearsal},
    plan::{Mode, Plan},
    provider::{Entry, Schemas},
};
use derive::{Outputs, Resource};
use model::{Document, In, Stack, VpcId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use tempfile::TempDir;
use tokio::sync::watch;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.network", outputs = NetworkOutputs)]
struct Network {
    #[on_change(replace)]
    cidr: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct NetworkOutputs {
    id: VpcId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "test.database", outputs = model::NoOutputs)]
struct Database {
    network: In<VpcId>,
    #[write_only]
    password: In<String>,
}

const KINDS: &[Entry<FakeCloud>] = &[Entry::of::<Network>(), Entry::of::<Database>()];
const SECRET: &str = "correct horse battery staple";

fn stack(cidr: &str, password: &str) -> Document {
    let mut stack = Stack::new("test");
    let network = stack.add("main", Network { cidr: cidr.to_owned() });
    stack.add("main", Database { network: network.id(), password: password.to_owned().into() });
    stack.document([("cidr".to_owned(), json!(cidr))].into())
}

/// A stack on a cloud, with a history in a folder of its own.
struct World {
    folder: TempDir,
    history: History,
    rehearsal: Rehearsal,
    schemas: Schemas,
}

/// Counts what it is told.
#[derive(Default)]
struct Count(AtomicUsize);

impl Observer for Count {
    fn notice(&self, _: Progress<'_>) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let history = History::open(folder.path());
        let rehearsal = Rehearsal::new("test", KINDS);
        let schemas = rehearsal.kinds.schemas();
        Self { folder, history, rehearsal, schemas }
    }

    async fn plan(&mut self, document: &Document) -> Plan {
        self.rehearsal.plan(document, Mode::Apply).await.unwrap()
    }

    fn begin(&self, document: &Document, plan: &Plan) -> Recording {
        let proof = Proof { data: json!({ "proven": true }), text: "\u{1b}[32mProven.\u{1b}[0m".to_owned() };
        let opening = Opening {
            command: Command::Apply,
            document,
            plan,
            proof: Some(proof),
            schemas: &self.schemas,
            rust_stack: "1.2.3",
            images: [("service.web".to_owned(), "app:v1".to_owned())].into(),
            reverts: None,
            resumes: None,
        };
        self.history.begin(&opening).unwrap()
    }

    /// Applies `document` and records it.
    async fn apply(&mut self, document: &Document) -> Record {
        let plan = self.plan(document).await;
        let recording = self.begin(document, &plan);
        let count = Count::default();
        let interrupt = watch::channel(Interrupt::None).1;
        let outcome = self.rehearsal.apply_watched(&plan, &recording.tee(&count), interrupt).await.unwrap();
        assert!(outcome.is_complete());
        assert!(count.0.load(Relaxed) >= 2 * plan.steps.len());
        recording.finish(complete(&plan)).unwrap()
    }

    fn read(&self, number: u32) -> Applied {
        self.history.read(number).unwrap().unwrap()
    }

    fn endings(&self) -> Vec<Option<Ending>> {
        self.history.list().unwrap().into_iter().map(|summary| summary.ending).collect()
    }
}

fn complete(plan: &Plan) -> Closing {
    Closing { outcome: Outcome::Complete, done: plan.totals().into(), message: None }
}

#[tokio::test]
async fn a_record_tells_everything_about_an_apply() {
    let mut world = World::new();
    assert!(world.history.list().unwrap().is_empty());
    assert!(world.history.latest().unwrap().is_none());
    let wanted = stack("10.0.0.0/16", SECRET);
    let written = world.apply(&wanted).await;

    let applied = world.read(1);
    assert_eq!(applied.problems, [""; 0]);
    assert_eq!(applied.summary.record.as_ref().unwrap(), &written);
    assert_eq!(applied.summary.ending, Some(Ending::Complete));
    assert_eq!((written.number, written.stack.as_str()), (1, "test"));
    assert_eq!(written.done, Some(Changes { add: 2, change: 0, remove: 0 }));
    assert_eq!(written.variables["cidr"], "10.0.0.0/16");
    assert!(written.operator.contains('@'));
    assert!(written.ended.unwrap() >= written.started);
    assert!(applied.plan.as_ref().unwrap().contains("\n  + resource \"test.network\" \"main\" {"), "{applied:?}");
    assert_eq!(applied.proof.as_deref(), Some("Proven."));
    assert_eq!(applied.document().unwrap().resources.len(), 2);

    let HistoryEvent::Planned { part: Part::Change, steps } = &applied.events[0].event else { panic!("{applied:?}") };
    assert_eq!((steps[0].verb.as_str(), steps[0].detail.as_str()), ("create", "test-main"));
    let done = |event: &HistoryEvent| matches!(event, HistoryEvent::StepDone { id: Some(_), .. });
    assert_eq!(applied.events.iter().filter(|line| done(&line.event)).count(), steps.len());
    assert!(applied.events.is_sorted_by_key(|line| line.offset));
}

#[tokio::test]
async fn records_are_numbered_and_the_last_complete_one_is_found() {
    let mut world = World::new();
    world.apply(&stack("10.0.0.0/16", SECRET)).await;
    let wanted = stack("10.1.0.0/16", SECRET);
    let plan = world.plan(&wanted).await;
    let recording = world.begin(&wanted, &plan);
    assert_eq!(recording.number(), 2);
    assert_eq!(world.endings(), [Some(Ending::Complete), Some(Ending::Running)]);
    assert_eq!(world.history.latest_complete().unwrap().unwrap().summary.number, 1);
    let closing = Closing { outcome: Outcome::Halted, message: Some("5 % fail".to_owned()), ..complete(&plan) };
    recording.finish(closing).unwrap();
    drop(recording);
    assert_eq!(world.endings(), [Some(Ending::Complete), Some(Ending::Halted)]);
    assert_eq!(world.history.latest().unwrap().unwrap().summary.number, 2);
    assert!(world.history.read(3).unwrap().is_none());
}

#[tokio::test]
async fn the_way_back_is_recorded_beside_the_change() {
    let mut world = World::new();
    world.apply(&stack("10.0.0.0/16", SECRET)).await;
    let wanted = stack("10.1.0.0/16", SECRET);
    let plan = world.plan(&wanted).await;
    let recording = world.begin(&wanted, &plan);
    let outcome = world.rehearsal.apply_watched(&plan, &recording, watch::channel(Interrupt::None).1).await.unwrap();
    assert!(outcome.is_complete());
    let undo = world.plan(&stack("10.0.0.0/16", SECRET)).await;
    recording.reverting(&undo, "requests fail");
    recording.write_undo(&undo).unwrap();
    let outcome = world.rehearsal.apply_watched(&undo, &recording, watch::channel(Interrupt::None).1).await.unwrap();
    assert!(outcome.is_complete());
    let rest = world.plan(&stack("10.2.0.0/16", SECRET)).await;
    recording.reverting_on(&undo, &rest).unwrap();
    let outcome = world.rehearsal.apply_watched(&rest, &recording, watch::channel(Interrupt::None).1).await.unwrap();
    assert!(outcome.is_complete());
    recording.finish(Closing { outcome: Outcome::Reverted, ..complete(&plan) }).unwrap();

    let applied = world.read(2);
    let done = |wanted: Part| {
        let of = |line: &&Line| matches!(line.event, HistoryEvent::StepDone { part, .. } if part == wanted);
        applied.events.iter().filter(of).count()
    };
    assert_eq!((done(Part::Change), done(Part::Undo)), (plan.steps.len(), undo.steps.len() + rest.steps.len()));
    let last = applied.events.iter().rev().find_map(|line| match line.event {
        HistoryEvent::StepDone { part: Part::Undo, step, .. } => Some(step),
        _ => None,
    });
    assert_eq!(last, Some(undo.steps.len() + rest.steps.len() - 1), "steps are numbered on");
    assert!(applied.undo.as_ref().unwrap().contains("10.2.0.0/16"));
}

#[tokio::test]
async fn a_step_that_fails_is_recorded_with_its_reason() {
    let mut world = World::new();
    let wanted = stack("10.0.0.0/16", SECRET);
    let plan = world.plan(&wanted).await;
    let recording = world.begin(&wanted, &plan);
    let failure = crate::apply::Failure::TimedOut {
        what: "ready",
        after: std::time::Duration::from_secs(5),
        last: "CannotPullContainerError".to_owned(),
    };
    recording.notice(Progress::Begun { step: 0 });
    recording.notice(Progress::Failed { step: 0, failure: &failure, elapsed: std::time::Duration::from_secs(5) });
    recording.finish(Closing { outcome: Outcome::Incomplete, ..complete(&plan) }).unwrap();
    let told = world.read(1).events.into_iter().find_map(|line| match line.event {
        HistoryEvent::StepFailed { why, .. } => Some(why),
        _ => None,
    });
    assert!(told.unwrap().contains("CannotPullContainerError"));
}

#[tokio::test]
async fn old_records_go_but_never_the_last_complete_one() {
    let mut world = World::new();
    let wanted = stack("10.0.0.0/16", SECRET);
    world.apply(&wanted).await;
    let plan = world.plan(&wanted).await;
    for _ in 0..4 {
        world.begin(&wanted, &plan).finish(Closing { outcome: Outcome::Halted, ..complete(&plan) }).unwrap();
    }
    let numbers = |world: &World| world.history.list().unwrap().iter().map(|it| it.number).collect::<Vec<_>>();
    assert_eq!(world.history.prune(Retention::default()).unwrap(), [0; 0]);
    assert_eq!(world.history.prune(Retention { records: 3, ..Retention::default() }).unwrap(), [2]);
    assert_eq!(numbers(&world), [1, 3, 4, 5]);
    assert_eq!(world.history.prune(Retention { bytes: 1, ..Retention::default() }).unwrap(), [3, 4]);
    assert_eq!(numbers(&world), [1, 5]);
    assert_eq!(world.begin(&wanted, &plan).number(), 6);
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    files
}
