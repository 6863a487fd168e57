//! How fast the journal is: `cargo bench --bench journal -p rust-stack-engine`.
//!
//! 5,000 creates of three events each, each event awaited before the next of the same resource, by one and by ten
//! workers; then what it costs to read the journal, to compact it and to read the document. Where the temporary
//! folder is matters: it is the disk's sync that is measured.

#![allow(clippy::print_stdout, missing_docs)]

use model::{Address, Lifecycle};
use rust_stack_engine::{
    provider::{Id, Identity},
    state::{Event, Journal, Object, Pending, StateError, Store},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio::task::JoinSet;

const CREATES: usize = 5_000;

#[tokio::main]
async fn main() -> Result<(), StateError> {
    for workers in [1, 10] {
        let folder = tempfile::tempdir()
            .map_err(|error| StateError::Io { path: std::env::temp_dir(), source: Arc::new(error) })?;
        let journal = Store::open(folder.path(), "bench")?.lock("bench")?;
        let label = format!("{CREATES} creates of 3 events, {workers} at a time");
        measure(&label, create_all(journal.clone(), workers)).await?;
        measure("reading the journal", async { Store::open(folder.path(), "bench").map(drop) }).await?;
        measure("compacting it", journal.compact()).await?;
        measure("reading the document", async { Store::open(folder.path(), "bench").map(drop) }).await?;
        let deleting = format!("{CREATES} deletes, {workers} at a time");
        measure(&deleting, delete_all(journal.clone(), workers)).await?;
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

async fn create_all(journal: Journal, workers: usize) -> Result<(), StateError> {
    each(workers, move |n| {
        let journal = journal.clone();
        async move {
            for event in create(n) {
                journal.record(event).await?;
            }
            Ok(())
        }
    })
    .await
}

async fn delete_all(journal: Journal, workers: usize) -> Result<(), StateError> {
    each(workers, move |n| journal.record(Event::Deleted { address: address(CREATES - 1 - n), generation: 1 })).await
}

/// Runs `work` for every number below [`CREATES`].
async fn each<F>(workers: usize, work: impl Fn(usize) -> F + Clone + Send + 'static) -> Result<(), StateError>
where
    F: Future<Output = Result<(), StateError>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut set = JoinSet::new();
    for _ in 0..workers {
        let (next, work) = (next.clone(), work.clone());
        set.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= CREATES {
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
fn create(n: usize) -> [Event; 3] {
    let tags: BTreeMap<_, _> = ["rust-stack:token", "rust-stack:stack", "Name"]
        .map(|key| (key.to_owned(), format!("a value of the usual length, {n}")))
        .into();
    let identity = Identity { name: format!("bench-main-{n}"), token: format!("token-{n}"), tags };
    let inputs = json!({
        "vpc_id": "vpc-0123456789abcdef0", "cidr_block": "10.0.0.0/24", "availability_zone": "us-east-1a",
        "map_public_ip_on_launch": true, "rules": (0..5).map(|n| format!("rule {n}")).collect::<Vec<_>>(),
    });
    // The first few are what the others need.
    let dependencies: BTreeSet<_> = (0..n.min(3)).map(address).collect();
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
