//! How long it takes from the moment a real server begins to refuse until the judge halts, over 200 trials or as many
//! as the first argument says: the median at most 150 ms, the 99th percentile at most 400 ms.
//!
//! `cargo bench -p rust-stack-gate --bench outage -- 1000`
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../tests/support.rs"]
mod support;
#[path = "../tests/trial.rs"]
mod trial;

use rust_stack_gate::verdict::Verdict;
use std::{env, time::Duration};
use tokio::task::JoinSet;

/// Trials at the same time, each with a server, a prober and a judge of its own.
const AT_ONCE: usize = 8;

fn main() {
    let trials = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut delays = runtime.block_on(run(trials));
    delays.sort_unstable();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
    let (median, p99) = (at(0.5), at(0.99));
    println!("{} trials: median {median:?}, 99 % {p99:?}, longest {:?}", delays.len(), at(1.0));
    assert!(median <= Duration::from_millis(150) && p99 <= Duration::from_millis(400));
}

async fn run(trials: usize) -> Vec<Duration> {
    let (mut running, mut delays, mut started) = (JoinSet::new(), Vec::new(), 0);
    while delays.len() < trials {
        while running.len() < AT_ONCE && started < trials {
            running.spawn(trial::trial());
            started += 1;
        }
        let (delay, verdict) = running.join_next().await.unwrap().unwrap();
        assert_eq!(verdict, Verdict::Bad);
        delays.push(delay);
    }
    delays
}
