//! The tables of the method, reproduced. Each test is named after its table; simulations have fixed seeds.

use super::{
    BetaPrior, Counts, Cusum, CusumDesign, Decision, GapCaveat, Probability, Spacing, Sprt, SprtDesign, burn, exact,
    gap, wilson,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::time::Duration;

const ALPHA: Probability = Probability::literal(0.05);

/// Random numbers for simulations.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Between 0 and 1, neither included.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    /// How many successes come before the next failure at the failure rate `rate`.
    pub(crate) fn successes(&mut self, rate: f64) -> u64 {
        (self.uniform().ln() / (-rate).ln_1p()) as u64
    }
}

fn p(value: f64) -> Probability {
    Probability::new(value).expect("a probability")
}

fn percent(bound: Probability) -> f64 {
    bound.complement().get() * 100.0
}

fn cusum() -> CusumDesign {
    CusumDesign::new(p(1e-4), p(1e-2), 1e7_f64.ln()).expect("a valid design")
}

fn sprt() -> SprtDesign {
    SprtDesign::new(p(0.001), p(0.02), p(1e-3), p(1e-3)).expect("a valid design")
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected} within {tolerance}");
}

#[test]
fn table_of_what_n_probes_prove() {
    for (clean, exact_bound, wilson_limit) in [
        (15, 81.90, Some(79.61)),
        (60, 95.13, Some(93.98)),
        (299, 99.0, None),
        (2_995, 99.9, Some(99.87)),
        (29_956, 99.99, Some(99.987)),
        (299_572, 99.999, None),
    ] {
        let counts = Counts::clean(clean);
        let decimals = if clean > 10_000 { 0.0005 } else { 0.005 };
        close(percent(exact::upper_bound(counts, ALPHA)), exact_bound, decimals);
        if let Some(limit) = wilson_limit {
            close(wilson::lower_limit(counts, ALPHA).get() * 100.0, limit, decimals);
            // With no failure Wilson's limit is n / (n + z^2).
            let (n, z2) = (clean as f64, 1.959_963_984_540_054_f64.powi(2));
            close(wilson::lower_limit(counts, ALPHA).get(), n / (n + z2), 1e-9);
        }
    }
    for (rate, clean) in [(1e-2, 299), (1e-3, 2_995), (1e-4, 29_956), (1e-5, 299_572)] {
        assert_eq!(exact::clean_probes_for(p(rate), ALPHA), Some(clean));
        assert!(exact::upper_bound(Counts::clean(clean), ALPHA) <= p(rate));
        assert!(exact::upper_bound(Counts::clean(clean - 1), ALPHA) > p(rate));
    }
}

#[test]
fn table_of_failures_times_bound() {
    // n p_U tends to half the quantile of a chi-square distribution with 2 k + 2 degrees of freedom.
    let n = 10_000_000;
    for (failures, expected) in [(0, 3.00), (1, 4.74), (2, 6.30), (3, 7.75), (5, 10.5)] {
        let bound = exact::upper_bound(Counts::new(n, failures).expect("counts"), ALPHA);
        close(bound.get() * n as f64, expected, if failures == 5 { 0.05 } else { 0.005 });
    }
    close(exact::rule_of_three(3_000, ALPHA).get(), 1e-3, 2e-6);
}

#[test]
fn the_exact_bound_is_where_so_few_failures_have_the_chance_alpha() {
    for (probes, failures) in [(20, 1), (300, 7), (30_000, 1_000), (30_000, 15_000), (30_000, 29_000)] {
        let counts = Counts::new(probes, failures).expect("counts");
        let chance = |rate: f64, from: u64, to: u64| -> f64 {
            let ln_ways = |k| statrs::function::factorial::ln_binomial(probes, k);
            let ln_chance = |k: u64| k as f64 * rate.ln() + (probes - k) as f64 * (-rate).ln_1p();
            (from..=to).map(|k| (ln_ways(k) + ln_chance(k)).exp()).sum()
        };
        close(chance(exact::upper_bound(counts, ALPHA).get(), 0, failures), 0.05, 1e-6);
        close(chance(exact::lower_bound(counts, ALPHA).get(), failures, probes), 0.05, 1e-6);
    }
    assert_eq!(exact::upper_bound(Counts::default(), ALPHA), Probability::ONE);
    assert_eq!(exact::upper_bound(Counts::new(3, 3).expect("counts"), ALPHA), Probability::ONE);
    assert_eq!(exact::lower_bound(Counts::clean(3), ALPHA), Probability::ZERO);
}

#[test]
fn table_of_anytime_bounds() {
    for (clean, prior, expected, tolerance) in [
        (3_000, BetaPrior::UNIFORM, 0.37, 0.005),
        (3_000, BetaPrior::RARE, 0.13, 0.005),
        (30_000, BetaPrior::RARE, 0.017, 0.0005),
    ] {
        close(prior.upper_bound(Counts::clean(clean), ALPHA).get() * 100.0, expected, tolerance);
    }
    // A factor of 1.3 to 1.7 more probes than for a single look, with a good prior.
    for clean in [3_000, 30_000] {
        let anytime = BetaPrior::RARE.upper_bound(Counts::clean(clean), ALPHA).get();
        let factor = anytime / exact::upper_bound(Counts::clean(clean), ALPHA).get();
        assert!((1.3..=1.75).contains(&factor), "{factor}");
    }
    let certifies = |clean| BetaPrior::THREE_NINES.upper_bound(Counts::clean(clean), ALPHA) <= p(1e-3);
    assert!(certifies(3_245) && !certifies(3_244));
}

#[test]
fn the_anytime_bound_holds_at_every_look() {
    // Looked at after each of 3,000 probes, it excludes the truth in at most 5 % of runs; the exact bound, which is
    // for one look, does so far more often.
    let (rate, runs) = (0.01, 300);
    let mut random = Random::new(11);
    let (mut anytime, mut exact) = (0, 0);
    for _ in 0..runs {
        let mut counts = Counts::default();
        let (mut anytime_missed, mut exact_missed) = (false, false);
        for _ in 0..3_000 {
            counts.add(random.happens(rate));
            let too_few = counts.failure_rate().is_some_and(|observed| observed.get() < rate);
            anytime_missed |= too_few && BetaPrior::RARE.log_evidence(counts, p(rate)) >= -ALPHA.get().ln();
            if !exact_missed && too_few && counts.probes() % 50 == 0 {
                exact_missed = exact::upper_bound(counts, ALPHA) < p(rate);
            }
        }
        anytime += u32::from(anytime_missed);
        exact += u32::from(exact_missed);
    }
    // Three standard deviations of the count itself.
    let chance = 3.0 * (0.05 * 0.95 * f64::from(runs)).sqrt();
    assert!(f64::from(anytime) <= 0.05 * f64::from(runs) + chance, "{anytime} of {runs}");
    assert!(f64::from(exact) > 0.1 * f64::from(runs), "peeking costs, but only {exact} of {runs} runs show it");
}

#[test]
fn table_of_cusum_delays() {
    let mut random = Random::new(1);
    for (rate, mean, p99) in [
        (1.0, 4.0, 4.0),
        (0.3, 13.0, 30.0),
        (0.1, 41.0, 97.0),
        (0.05, 80.0, 204.0),
        (0.02, 206.0, 560.0),
        (0.01, 464.0, 1_258.0),
    ] {
        let runs = 10_000;
        let mut delays: Vec<u32> = (0..runs)
            .map(|_| {
                let mut cusum = Cusum::new(cusum());
                let mut probes = 1;
                while !cusum.observe(random.happens(rate)) {
                    probes += 1;
                }
                probes
            })
            .collect();
        delays.sort_unstable();
        let found = delays.iter().map(|delay| f64::from(*delay)).sum::<f64>() / delays.len() as f64;
        close(found, mean, 0.04 * mean);
        close(f64::from(delays[delays.len() * 99 / 100]), p99, 0.07 * p99);
        // The approximation h / KL ignores the overshoot, which makes the delay longer, and the reset at zero.
        let approximation = cusum().mean_probes_to_alarm(p(rate));
        assert!((0.7..=1.35).contains(&(approximation / found)), "{rate}: {approximation} for {found}");
    }
    assert_eq!(cusum().failures_in_a_row(), 4);
    assert_eq!(cusum().mean_probes_to_alarm(p(1e-4)), f64::INFINITY);
}

#[test]
fn table_of_cusum_delays_three_in_a_row() {
    // The rule that other tools use, which is blind to partial outages.
    for (rate, mean) in [(1.0, 3.0), (0.3, 51.0), (0.1, 1_110.0), (0.05, 8_420.0), (0.02, 127_550.0_f64)] {
        let found = (1.0 - rate * rate * rate) / ((1.0 - rate) * f64::powi(rate, 3));
        let found = if rate == 1.0 { 3.0 } else { found };
        close(found, mean, 0.01 * mean);
    }
}

#[test]
fn table_of_false_halts() {
    // A thousand million probes at p0, most of them skipped: only failures raise the evidence.
    let (budget, rate) = (1_000_000_000_u64, 1e-4);
    let mut random = Random::new(2);
    let mut cusum = Cusum::new(cusum());
    let (mut probes, mut alarms) = (0_u64, 0_u64);
    while probes < budget {
        let successes = random.successes(rate);
        probes += successes + 1;
        cusum.observe_successes(successes);
        if cusum.observe(true) {
            alarms += 1;
            cusum.reset();
        }
    }
    // Measured: at least 3e8 probes between false alarms; guaranteed: 1e7.
    assert!(alarms <= 100, "{alarms} alarms break the guarantee of one in 1e7 probes on average");
    assert!(alarms <= 6, "{alarms} alarms in 1e9 probes");
    close(cusum.design().mean_probes_to_false_alarm(), 1e7, 1.0);
    // A ten-minute apply at 50/s.
    close(cusum.design().false_alarm_chance(30_000).get(), 0.003, 1e-6);
    let stricter = CusumDesign::new(p(1e-4), p(1e-2), 3e7_f64.ln()).expect("a valid design");
    close(stricter.threshold(), 17.2, 0.05);
    assert!(stricter.false_alarm_chance(30_000) <= p(0.001001));
}

#[test]
fn table_of_sprt_probes() {
    close(sprt().mean_probes_to_promote(), 427.0, 5.0);
    // Wald's approximation ignores by how much the last failure, 3 nats, oversteps the limit of 6.9.
    close(sprt().mean_probes_to_reject(), 195.0, 0.15 * 195.0);
    // At 50 probes a second.
    close(sprt().mean_probes_to_promote() / 50.0, 8.5, 0.1);
    assert_eq!(sprt().clean_probes_to_promote(), 360);

    let mut random = Random::new(3);
    let runs = 10_000;
    for (rate, right, mean, wrong_at_most) in
        [(0.001, Decision::Promote, 427.0, 0.001), (0.02, Decision::Reject, 195.0, 0.0015)]
    {
        let (mut probes, mut wrong) = (0_u64, 0_u32);
        for _ in 0..runs {
            let mut test = Sprt::new(sprt());
            let decision = loop {
                match test.observe(random.happens(rate)) {
                    Decision::Continue => {}
                    decided => break decided,
                }
            };
            probes += test.counts().probes();
            wrong += u32::from(decision != right);
        }
        close(probes as f64 / f64::from(runs), mean, 0.03 * mean);
        assert!(f64::from(wrong) / f64::from(runs) <= wrong_at_most, "{wrong} of {runs} at {rate}");
    }
}

#[test]
fn table_of_gap_claims() {
    let ms = Duration::from_millis;
    // 30 probes a second of the first stream over three nodes: 100 ms each on average.
    let per_node = Spacing::JitteredStratified { slot: ms(100), addresses: 1 };
    assert_eq!(per_node.longest(), ms(200));
    assert_eq!(gap::longest_undetectable(per_node.longest(), Some(ms(900))).longest, Some(ms(200)));
    // When the nodes take turns the gap is shorter.
    assert!(Spacing::JitteredStratified { slot: ms(100) / 3, addresses: 3 }.longest() < ms(134));
    // The seed: every 15 seconds, with a time limit and without.
    let seed = Spacing::Regular(Duration::from_secs(15)).longest();
    assert_eq!(gap::longest_undetectable(seed, Some(ms(900))).longest, Some(Duration::from_secs(15)));
    let unbounded = gap::longest_undetectable(seed, None);
    assert_eq!((unbounded.longest, unbounded.caveat), (None, GapCaveat::NoDeadline));
}

#[test]
fn table_of_burn_windows() {
    let month = Duration::from_secs(30 * 86_400);
    let share = p(0.001_157_4);
    assert_eq!(burn::burn_rate(Probability::ONE, p(0.999)).round(), 1000.0);
    for (burn, seconds) in [(1000.0, 3.0), (100.0, 30.0), (14.4, 208.0), (6.0, 500.0)] {
        close(burn::window(share, month, burn).as_secs_f64(), seconds, 0.005 * seconds);
    }
    // The workbook: 14.4 times for an hour spends 2 % of a month, 6 times for six hours 5 %.
    close(burn::budget_spent(Duration::from_secs(3_600), month, 14.4), 0.02, 1e-9);
    close(burn::budget_spent(Duration::from_secs(6 * 3_600), month, 6.0), 0.05, 1e-9);
    assert_eq!(burn::burn_rate(Probability::ZERO, Probability::ONE), 0.0);
    assert_eq!(burn::window(share, month, 0.0), Duration::MAX);
}
