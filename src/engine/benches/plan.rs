//! How planning and applying grow: `cargo bench --bench plan -p rust-stack-engine`.
//!
//! Plans stacks of 1,000 to 100,000 resources in memory, each in a process of its own so that its peak memory is its
//! own, and applies 5,000 resources to the cloud in memory with the real journal on disk. Half of the resources refer
//! to two earlier ones each; the others are groups, rules that complete them, and services that use them.

#![allow(clippy::print_stdout, missing_docs)]

use derive::{Outputs, Resource};
use model::{Document, In, SecurityGroupId, Stack};
use rust_stack_engine::{
    apply::{Applier, Interrupt, Patience, Rates, Silent, Ungated},
    fake::FakeCloud,
    plan::{Mode, Observations, Operation, Plan, Request, plan, resolve},
    provider::{Entry, Id, Kinds, Observed, Schemas, Status},
    state::{Event, Home, Object, State, Store},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, error::Error, process::Command, sync::Arc, time::Instant};
use tokio::sync::watch;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const APPLIED: usize = 5_000;
/// How often each is measured.
const REPETITIONS: usize = 5;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["create", size] => report(create(size.parse()?)?),
        ["unchanged", size] => report(unchanged(size.parse()?)?),
        ["apply", size] => report(apply(size.parse()?)?),
        _ => all(),
    }
}

/// Runs each measurement in a process of its own.
fn all() -> Outcome<()> {
    for what in ["create", "unchanged"] {
        let figures = SIZES.map(|size| measured(what, size));
        let [Ok((first, _)), _, Ok((last, _))] = figures else { return Err("a measurement failed".into()) };
        let growth = (last / first).log10() / (SIZES[2] as f64 / SIZES[0] as f64).log10();
        println!("plan, {what}: time grows as n^{growth:.2} from {} to {}", SIZES[0], SIZES[2]);
    }
    measured("apply", APPLIED).map(drop)
}

/// The fewest seconds and the most mebibytes of several measurements: whatever else the machine does only adds to the
/// time.
fn measured(what: &str, size: usize) -> Outcome<(f64, f64)> {
    let (mut seconds, mut mebibytes) = (f64::INFINITY, 0.0_f64);
    for _ in 0..REPETITIONS {
        let output = Command::new(std::env::current_exe()?).args([what, &size.to_string()]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let (time, memory) = serde_json::from_slice(&output.stdout)?;
        (seconds, mebibytes) = (seconds.min(time), mebibytes.max(memory));
    }
    println!("{what} {size:>7}: {seconds:>7.3} s, at most {mebibytes:>5.0} MiB in memory");
    Ok((seconds, mebibytes))
}

fn report(seconds: f64) -> Outcome<()> {
    println!("{}", json!([seconds, peak_mebibytes()?]));
    Ok(())
}

/// The most memory this process has held. Linux: proc_pid_status(5), `VmHWM`.
fn peak_mebibytes() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("there is no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// Plans `size` resources of which none exists.
fn create(size: usize) -> Outcome<f64> {
    let (document, nothing) = (stack(size), State::new("bench", "lineage"));
    let (seconds, plan) = planned(&document, &nothing, &Observations::default())?;
    assert_eq!(plan.totals().add, size);
    Ok(seconds)
}

/// Plans `size` resources that are all as they should be.
fn unchanged(size: usize) -> Outcome<f64> {
    let document = stack(size);
    let (recorded, observed) = made(&document)?;
    let (seconds, plan) = planned(&document, &recorded, &observed)?;
    assert!(plan.is_empty());
    Ok(seconds)
}

fn planned(document: &Document, recorded: &State, observed: &Observations) -> Outcome<(f64, Plan)> {
    let schemas: Schemas = KINDS.iter().map(|entry| (entry.schema.kind, entry.schema)).collect();
    let request = Request {
        desired: document,
        recorded,
        observed,
        schemas: &schemas,
        home: &home(),
        mode: Mode::Apply,
        seed: "bench",
    };
    // What it took to make the inputs does not count. Linux: proc_pid_clear_refs(5).
    std::fs::write("/proc/self/clear_refs", "5")?;
    let begun = Instant::now();
    let plan = plan(&request)?;
    Ok((begun.elapsed().as_secs_f64(), plan))
}

/// State and cloud as an apply of the whole stack would leave them.
fn made(document: &Document) -> Outcome<(State, Observations)> {
    // The rest of the plan goes at once, so that it is not counted with the plan that is measured.
    let steps = planned(document, &State::new("bench", "lineage"), &Observations::default())?.1.steps;
    let (mut state, mut observed) = (State::new("bench", "lineage"), Observations::default());
    for step in steps {
        let (Some(address), Operation::Create { generation, identity, inputs, dependencies, lifecycle, .. }) =
            (step.address, step.operation)
        else {
            return Err("there is nothing but creates".into());
        };
        let id = Id::new(address.as_str());
        let inputs = resolve(&inputs, &|reference| {
            state.resources.get(&reference.address)?.current.as_ref()?.outputs.get(&reference.output)
        });
        let outputs = json!({ "id": format!("id-of-{address}") });
        let tags = Some(identity.tags.clone());
        let (status, known) = (Status::Ready, inputs.clone());
        observed.insert(Observed { id: id.clone(), inputs: known, outputs: outputs.clone(), tags, status });
        let object = Object { generation, id, identity, inputs, outputs, ready: true, dependencies };
        let mut record = rust_stack_engine::state::Record::new(step.kind);
        (record.generation, record.current, record.lifecycle) = (generation, Some(object), lifecycle);
        state.resources.insert(address, record);
    }
    state.apply(Event::Begun { home: home() })?;
    Ok((state, observed))
}

/// Applies `size` creates to the cloud in memory, and records them on disk as the command line does.
#[tokio::main]
async fn apply(size: usize) -> Outcome<f64> {
    let folder = tempfile::tempdir()?;
    let (document, cloud) = (stack(size), Arc::new(FakeCloud::default()));
    let kinds = Kinds::bind(KINDS, &cloud);
    let store = Store::open(folder.path(), "bench")?;
    let (_, plan) = planned(&document, store.state(), &Observations::default())?;
    let begun = Instant::now();
    let journal = store.lock("bench")?;
    let applier = Applier {
        kinds: &kinds,
        recorder: &journal,
        observer: &Silent,
        parallelism: 10,
        patience: Patience::default(),
        rates: &Rates::new(None),
        gate: &Ungated,
        interrupt: watch::channel(Interrupt::None).1,
    };
    let outcome = applier.apply(&plan, journal.state()).await?;
    journal.compact().await?;
    let seconds = begun.elapsed().as_secs_f64();
    assert!(outcome.is_complete());
    assert_eq!(cloud.objects().len(), size);
    Ok(seconds)
}

fn home() -> Home {
    Home { account: "123456789012".to_owned(), region: "us-east-1".to_owned(), endpoint: None }
}

/// Resources that refer to two others each, all of them earlier ones.
fn stack(size: usize) -> Document {
    let mut stack = Stack::new("bench");
    let mut dice = Dice(size as u64);
    let mut nodes: Vec<In<String>> = Vec::new();
    let mut groups: Vec<In<SecurityGroupId>> = Vec::new();
    for number in 0..size {
        let name = number.to_string();
        match number % 20 {
            0..10 => {
                let needs = [(); 2].map(|()| dice.pick(&nodes)).into_iter().flatten().collect();
                let node = Node { needs, size: 1, comment: Some(format!("number {number}")), secret: None };
                nodes.push(stack.add(&name, node).id());
            }
            10..12 => groups.push(stack.add(&name, Group { comment: name.clone(), vpc: dice.pick(&nodes) }).id()),
            12..16 => {
                let [group, source] = [(); 2].map(|()| dice.pick(&groups[groups.len() - 2..]).unwrap_or_else(unlikely));
                stack.add(&name, Rule { group, source, port: number as u32 });
            }
            _ => {
                let groups = [(); 2].map(|()| dice.pick(&groups)).into_iter().flatten().collect();
                stack.add(&name, Service { groups, image: "v1".to_owned(), count: 2 });
            }
        }
    }
    stack.document(BTreeMap::new())
}

fn unlikely() -> In<SecurityGroupId> {
    unreachable!("groups come before rules")
}

/// Numbers that look random and are the same each time (xorshift64).
struct Dice(u64);

impl Dice {
    fn pick<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let index = usize::try_from(self.0 % u64::try_from(choices.len()).ok()?.max(1)).ok()?;
        choices.get(index).cloned()
    }
}

const KINDS: &[Entry<FakeCloud>] =
    &[Entry::of::<Node>(), Entry::of::<Group>(), Entry::of::<Rule>(), Entry::of::<Service>()];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "bench.node", outputs = NodeOutputs)]
struct Node {
    #[on_change(union_first)]
    #[unordered]
    needs: Vec<In<String>>,
    size: u32,
    comment: Option<String>,
    #[write_only]
    secret: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct NodeOutputs {
    id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "bench.group", outputs = GroupOutputs)]
struct Group {
    #[on_change(replace)]
    comment: String,
    #[on_change(replace)]
    vpc: Option<In<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Outputs)]
struct GroupOutputs {
    id: SecurityGroupId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "bench.rule", outputs = model::NoOutputs, untaggable)]
struct Rule {
    #[part_of]
    #[unique]
    #[on_change(replace)]
    group: In<SecurityGroupId>,
    #[unique]
    #[on_change(replace)]
    source: In<SecurityGroupId>,
    #[unique]
    #[on_change(replace)]
    port: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
#[resource(kind = "bench.service", outputs = model::NoOutputs)]
struct Service {
    #[on_change(union_first)]
    #[unordered]
    groups: Vec<In<SecurityGroupId>>,
    image: String,
    count: u32,
}
