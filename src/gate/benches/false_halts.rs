//! How many probes pass between two false alarms of the detector over all streams, at the normal failure rate.
//! Successes between two failures are skipped in one step, so that 10^11 probes take seconds.
//!
//! `cargo bench -p rust-stack-gate --bench false_halts`
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use rust_stack_gate::{
    statistics::{Cusum, Probability},
    verdict::Policy,
};
use std::time::Instant;

const PROBES: f64 = 1e11;

fn main() {
    let design = Policy::default().thresholds(Probability::ZERO, 1).unwrap().service;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut cusum = Cusum::new(design);
    let per_failure = (-design.p0().get()).ln_1p();
    let (start, mut probes, mut alarms) = (Instant::now(), 0.0, 0_u32);
    while probes < PROBES {
        let uniform = ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let successes = (uniform.ln() / per_failure).floor();
        probes += successes + 1.0;
        cusum.observe_successes(successes as u64);
        if cusum.observe(true) {
            alarms += 1;
            cusum.reset();
        }
    }
    let applies = probes / 30_000.0;
    println!("{alarms} false alarms in {probes:.1e} probes at {}, {:.1?}", design.p0(), start.elapsed());
    println!(
        "{:.1e} probes between two; guaranteed {:.1e}",
        probes / f64::from(alarms.max(1)),
        design.mean_probes_to_false_alarm()
    );
    println!("{:.4} in 1,000 applies of ten minutes", f64::from(alarms) / applies * 1000.0);
    assert!(f64::from(alarms) <= applies / 1000.0);
}
