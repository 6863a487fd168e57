//! How fast the journal is: `cargo bench --bench journal -p rust-stack-engine`.
//!
//! 5,000 creates of three events each, by one and by ten workers: with every event awaited, and with the intent alone
//! awaited, which is all that safety needs. Then what it costs to read the journal, to compact it and to read the
//! document. It is the sync of the disk under the temporary folder that decides.

#![allow(clippy::print_stdout, missing_docs)]

use model::{Address, Lifecycle};
use rust_stack_engine::{
    provider::{Id, Identity},
    state::{Event, Journal, Object, Pending, StateError, Store},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio::task::JoinSet;

const CREATES: usize = 5_000;
/// The first few are what the others depend on.
const NEEDED: usize = 3;

#[tokio::main]
async fn main() -> Result<(), StateError> {
    for (workers, awaited) in [(1, 3), (1, 1), (10, 3), (10, 1)] {
        let folder = tempfile::tempdir()
            .map_err(|error| StateError::Io { path: std::env::temp_dir(), source: Arc::new(error) })?;
        let journal = Store::open(folder.path(), "bench")?.lock("bench")?;
        let label = format!("{CREATES} creates, {workers} at a time, {awaited} of 3 events awaited");
        measure(&label, create_all(journal.clone(), workers, awaited)).await?;
        measure("reading the journal", async { Store::open(folder.path(), "bench").map(drop) }).await?;
        measure("compacting it", journal.compact()).await?;
        measure("reading the document", async { Store::open(folder.path(), "bench").map(drop) }).await?;
        let deleting = format!("{CREATES} deletes, {workers} at a time");
        measure(&deleting, delete_all(journal.clone(), workers)).await?;
        journal.record(Event::Finished { variables: BTreeMap::new(), outputs: BTreeMap::new() }).await?;
        assert!(journal.inspect(|state| state.resources.is_empty()));
    }
    Ok(())
}

async fn measure(what: &str, work: impl Future<Output = Result<(), StateError>>) -> Result<(), StateError> {
    let begun = Instant::now();
    work.await?;
    println!("{:>8.0} ms  {what}", begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

async fn create_all(journal: Journal, workers: usize, awaited: usize) -> Result<(), StateError> {
    let others = journal.clone();
    each(1, 0..NEEDED, move |n| create(journal.clone(), n, awaited)).await?;
    each(workers, NEEDED..CREATES, move |n| create(others.clone(), n, awaited)).await
}

async fn create(journal: Journal, n: usize, awaited: usize) -> Result<(), StateError> {
    for (number, event) in events(n).into_iter().enumerate() {
        let recorded = journal.record(event);
        if number < awaited {
            recorded.await?;
        }
    }
    Ok(())
}

async fn delete_all(journal: Journal, workers: usize) -> Result<(), StateError> {
    each(workers, 0..CREATES, move |n| {
        journal.record(Event::Deleted { address: address(CREATES - 1 - n), generation: 1 })
    })
    .await
}

/// Runs `work` for each of `numbers`.
async fn each<F>(
    workers: usize,
    numbers: Range<usize>,
    work: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Result<(), StateError>
where
    F: Future<Output = Result<(), StateError>> + Send,
{
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let mut set = JoinSet::new();
    for _ in 0..workers {
        let (next, work, numbers) = (next.clone(), work.clone(), numbers.clone());
        set.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= numbers.end {
                    return Ok(());
                }
                work(n).await?;
            }
        });
    }
    set.join_all().await.into_iter().collect()
}

fn address(n: usize) -> Address {
    Address::new("ec2.subnet", &format!("main-{n}")).expect("a valid name")
}

/// What an apply records of one create of an object as large as most are.
fn events(n: usize) -> [Event; 3] {
    let tags: BTreeMap<_, _> = ["rust-stack:token", "rust-stack:stack", "Name"]
        .map(|key| (key.to_owned(), format!("a value of the usual length, {n}")))
        .into();
    let identity = Identity { name: format!("bench-main-{n}"), token: format!("token-{n}"), tags };
    let inputs = json!({
        "vpc_id": "vpc-0123456789abcdef0", "cidr_block": "10.0.0.0/24", "availability_zone": "us-east-1a",
        "map_public_ip_on_launch": true, "rules": (0..5).map(|n| format!("rule {n}")).collect::<Vec<_>>(),
    });
    let dependencies: BTreeSet<_> = (0..n.min(NEEDED)).map(address).collect();
    let id = Id::new(format!("subnet-{n:017x}"));
    let pending = Pending {
        generation: 1,
        identity: identity.clone(),
        inputs: inputs.clone(),
        dependencies: dependencies.clone(),
    };
    let object = Object {
        generation: 1,
        id: id.clone(),
        identity,
        inputs,
        outputs: json!({ "id": id, "arn": format!("arn:aws:ec2:us-east-1:123456789012:subnet/{id}") }),
        ready: true,
        dependencies,
    };
    let (address, lifecycle) = (address(n), Lifecycle::default());
    [
        Event::CreateIntended {
            address: address.clone(),
            kind: "ec2.subnet".to_owned(),
            pending,
            lifecycle: lifecycle.clone(),
            supersedes: None,
        },
        Event::Created { address: address.clone(), id },
        Event::Settled { address, object, lifecycle },
    ]
}
