//! Many trials on the real schedule with made-up answers: how long from an outage to the alarm, and how often there is an
//! alarm without one.

use super::{
    Judge, Policy, Signal, Verdict,
    tests::{failed, record},
};
use crate::{
    probe::{Entry, Outcome, Schedule, Stream, StreamPlan, standard},
    statistics::{Cusum, Probability, tables::Random},
};
use std::time::Duration;

/// An answer on a fast network.
const ANSWER: Duration = Duration::from_millis(2);

/// Every probe of a run that is due before `end`, in order.
fn due(seed: u64, end: Duration) -> Vec<(Duration, Stream, u64)> {
    let of_stream = |plan: StreamPlan| {
        let times = Schedule::new(plan, seed).times().map(move |(slot, due)| (due, plan.stream, slot));
        times.take_while(move |(due, ..)| *due < end)
    };
    let mut all: Vec<_> = standard(50.0, true, true).into_iter().flat_map(of_stream).collect();
    all.sort_unstable();
    all
}

struct Trial {
    to_halt: Duration,
    to_verdict: Duration,
    probes: u64,
    verdict: Verdict,
}

/// From `begin` on each probe to the service fails with the chance `rate`; what was due before is answered.
fn trial(seed: u64, rate: f64, begin: Duration, end: Duration) -> Option<Trial> {
    let mut judge = Judge::new(Policy::default().thresholds(Probability::ZERO, 1).expect("a valid policy"));
    let mut random = Random::new(seed);
    judge.observe(&Entry::WaveStarted { at: Duration::ZERO, wave: "one".to_owned() });
    let (mut halted, mut probes) = (None, 0);
    for (due, stream, slot) in due(seed, end) {
        let fails = stream != Stream::Control && due >= begin && random.happens(rate);
        probes += u64::from(stream != Stream::Control && due >= begin && halted.is_none());
        let outcome = if fails { failed() } else { Outcome::Answered };
        for signal in judge.observe(&Entry::Probe(record(stream, slot, due, due + ANSWER, outcome))) {
            match signal {
                Signal::Halted(alarm) => halted = Some(alarm.at - begin),
                Signal::Verdict { verdict, .. } if halted.is_some() => {
                    let to_verdict = due + ANSWER - begin;
                    return Some(Trial { to_halt: halted?, to_verdict, probes, verdict });
                }
                Signal::Verdict { .. } => {}
            }
        }
    }
    None
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// Mean, median and 99th percentile of a thousand trials.
fn delays(rate: f64, end: Duration, delay: impl Fn(&Trial) -> Duration) -> (Duration, Duration, Duration) {
    let mut random = Random::new(9);
    let mut delays: Vec<Duration> = (0..1_000)
        .map(|seed| {
            let begin = Duration::from_secs_f64(1.0 + random.uniform());
            let trial = trial(seed, rate, begin, end).expect("the outage is noticed");
            assert_eq!(trial.verdict, Verdict::Bad);
            delay(&trial)
        })
        .collect();
    delays.sort_unstable();
    let mean = delays.iter().sum::<Duration>() / delays.len() as u32;
    (mean, percentile(&delays, 0.5), percentile(&delays, 0.99))
}

#[test]
fn full_outage_to_halt_takes_at_most_150_ms_in_the_median_and_400_ms_in_99_percent() {
    let end = Duration::from_secs(4);
    let (_, median, p99) = delays(1.0, end, |trial| trial.to_halt);
    assert!(median <= Duration::from_millis(150) && p99 <= Duration::from_millis(400), "{median:?} {p99:?}");
    // With the control's word.
    let (_, median, p99) = delays(1.0, end, |trial| trial.to_verdict);
    assert!(median <= Duration::from_millis(150) && p99 <= Duration::from_millis(400), "{median:?} {p99:?}");
}

#[test]
fn ten_percent_failures_to_halt_take_at_most_a_second_on_average_and_two_in_99_percent() {
    let (mean, _, p99) = delays(0.1, Duration::from_secs(9), |trial| trial.to_halt);
    assert!(mean <= Duration::from_secs(1) && p99 <= Duration::from_secs(2), "{mean:?} {p99:?}");
}

#[test]
fn a_halt_needs_a_handful_of_probes() {
    let trial = trial(1, 1.0, Duration::from_secs(1), Duration::from_secs(3)).expect("the outage is noticed");
    assert!((3..=4).contains(&trial.probes), "{}", trial.probes);
}

#[test]
fn false_halts_are_at_most_one_in_a_thousand_ten_minute_applies() {
    // A thousand million probes at the rate 1e-4, with all detectors that a judge has: the one over all streams, and
    // one for each. Successes between two failures are skipped, each stream its part of them.
    let thresholds = Policy::default().thresholds(Probability::ZERO, 1).expect("a valid policy");
    let shares = [30.0 / 50.0, 10.0 / 50.0, 2.0 / 50.0, 5.0 / 50.0, 2.0 / 50.0, 1.0 / 50.0];
    let mut random = Random::new(4);
    let mut service = Cusum::new(thresholds.service);
    let mut streams = shares.map(|_| Cusum::new(thresholds.stream));
    let (mut probes, mut halts) = (0_u64, 0_u64);
    while probes < 1_000_000_000 {
        let successes = random.successes(1e-4);
        probes += successes + 1;
        service.observe_successes(successes);
        for (cusum, share) in streams.iter_mut().zip(shares) {
            cusum.observe_successes((successes as f64 * share) as u64);
        }
        let mut which = random.uniform();
        let stream = shares.iter().position(|share| {
            which -= share;
            which < 0.0
        });
        let by_stream = streams[stream.unwrap_or(0)].observe(true);
        if service.observe(true) || by_stream {
            halts += 1;
            service.reset();
            streams.iter_mut().for_each(Cusum::reset);
        }
    }
    let applies = probes as f64 / 30_000.0;
    assert!(halts as f64 <= applies / 1_000.0, "{halts} false halts in {applies:.0} applies");
}
