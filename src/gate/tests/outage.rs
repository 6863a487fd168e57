//! Real outages, timed. The bench of the same name makes as many trials as one likes.

use crate::trial::trial;
use rust_stack_gate::verdict::Verdict;
use std::time::Duration;

const TRIALS: usize = 20;

#[tokio::test]
async fn a_server_that_begins_to_refuse_halts_in_the_median_within_150_ms() {
    let mut delays = Vec::new();
    for _ in 0..TRIALS {
        let (delay, verdict) = trial().await;
        assert_eq!(verdict, Verdict::Bad);
        delays.push(delay);
    }
    delays.sort_unstable();
    assert!(delays[TRIALS / 2] <= Duration::from_millis(150), "{delays:?}");
}
