//! The judge on made-up entries.

use super::{Baseline, BaselineError, Certify, Judge, Policy, Reason, Signal, Thresholds, Trigger, Verdict};
use crate::{
    probe::{Entry, Failure, Missed, Outcome, Record, Stream},
    statistics::Probability,
};
use std::time::Duration;

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn thresholds() -> Thresholds {
    Policy::default().thresholds(Probability::ZERO, 1).expect("a valid policy")
}

pub(super) fn record(stream: Stream, slot: u64, due: Duration, done: Duration, outcome: Outcome) -> Record {
    Record {
        stream,
        slot,
        due,
        sent: Some(due),
        done,
        address: None,
        from: None,
        connection: None,
        http2: false,
        status: None,
        marker: None,
        outcome,
    }
}

pub(super) fn failed() -> Outcome {
    Outcome::Failed { failure: Failure::Refused, detail: None }
}

/// Feeds a judge with one probe to the service every 20 ms and one to the control every 100 ms.
struct Feed {
    judge: Judge,
    slot: u64,
    signals: Vec<(Duration, Signal)>,
}

impl Feed {
    fn new(thresholds: Thresholds) -> Self {
        Feed { judge: Judge::new(thresholds), slot: 0, signals: Vec::new() }
    }

    fn now(&self) -> Duration {
        ms(self.slot * 20)
    }

    fn entry(&mut self, entry: &Entry) {
        let signals = self.judge.observe(entry);
        self.signals.extend(signals.into_iter().map(|signal| (entry.at(), signal)));
    }

    fn wave(&mut self, name: &str) {
        self.entry(&Entry::WaveStarted { at: self.now(), wave: name.to_owned() });
    }

    /// The next `count` probes, all answered; every `each`th takes `latency`.
    fn paced(&mut self, count: u64, each: u64, latency: Duration) {
        for number in 0..count {
            let at = self.now();
            let takes = if number % each == 0 { latency } else { ms(2) };
            for (stream, takes) in [(Stream::NewConnection, takes), (Stream::Control, ms(3))] {
                self.entry(&Entry::Probe(record(stream, self.slot, at, at + takes, Outcome::Answered)));
            }
            self.slot += 1;
        }
    }

    /// The next `count` probes; `service` and `control` tell what becomes of each.
    fn probes(&mut self, count: u64, service: impl Fn(u64) -> Outcome, control: impl Fn(u64) -> Outcome) {
        for number in 0..count {
            let at = self.now();
            let stream = if self.slot.is_multiple_of(5) { Stream::KeepAlive } else { Stream::NewConnection };
            self.entry(&Entry::Probe(record(stream, self.slot, at, at + ms(2), service(number))));
            if self.slot.is_multiple_of(5) {
                self.entry(&Entry::Probe(record(Stream::Control, self.slot / 5, at, at + ms(3), control(number))));
            }
            self.slot += 1;
        }
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let verdict = |(_, signal): &(Duration, Signal)| match signal {
            Signal::Verdict { verdict, .. } => Some(*verdict),
            Signal::Halted(_) => None,
        };
        self.signals.iter().filter_map(verdict).collect()
    }
}

fn well(_: u64) -> Outcome {
    Outcome::Answered
}

fn ill(_: u64) -> Outcome {
    failed()
}

#[test]
fn a_clean_wave_is_promoted_in_about_eight_seconds() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(1_000, well, well);
    assert_eq!(feed.verdicts(), [Verdict::Healthy]);
    let (at, signal) = &feed.signals[0];
    assert_eq!(*signal, Signal::Verdict { wave: Some("one".to_owned()), verdict: Verdict::Healthy });
    assert!((ms(7_000)..ms(8_500)).contains(at), "{at:?}");
}

#[test]
fn a_wave_with_many_slow_answers_is_bad_and_one_with_few_is_not() {
    let slow = Policy::default().slow(ms(50), 1);
    assert_eq!((slow.than, Policy::default().slow(ms(2), 1).than), (ms(150), ms(100)));
    for (each, verdict) in [(10, Verdict::Bad), (40, Verdict::Healthy)] {
        let mut feed = Feed::new(Thresholds { slow: Some(slow), ..thresholds() });
        feed.wave("one");
        feed.paced(1_000, each, ms(500));
        assert_eq!(feed.verdicts(), [verdict], "one of {each}");
        if let (Verdict::Bad, (_, signal)) = (verdict, &feed.signals[0]) {
            let Signal::Halted(alarm) = signal else { panic!("{:?}", feed.signals) };
            assert_eq!((alarm.since, alarm.trigger), (ms(0), Trigger::Latency));
            assert!(alarm.to_string().starts_with("answers became slow at 0.000 s"), "{alarm}");
        }
    }
    let mut feed = Feed::new(Thresholds { slow: Some(slow), ..thresholds() });
    feed.wave("one");
    feed.paced(1_000, 1, ms(150));
    assert_eq!(feed.verdicts(), [Verdict::Healthy], "slow is what is slower than that");
}

#[test]
fn an_outage_halts_at_once_and_is_bad_once_the_control_has_answered() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(50, well, well);
    feed.probes(50, ill, well);
    let (halted, Signal::Halted(alarm)) = &feed.signals[0] else { panic!("{:?}", feed.signals) };
    assert_eq!((alarm.since, alarm.trigger), (ms(1_000), Trigger::Wave));
    assert_eq!(*halted, ms(1_000 + 2 * 20 + 2), "the third failure");
    assert_eq!(feed.verdicts(), [Verdict::Bad]);
    let (decided, _) = feed.signals[1];
    assert!(decided <= ms(1_110), "{decided:?}");
}

#[test]
fn an_outage_after_promotion_still_halts() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(500, well, well);
    feed.probes(50, ill, well);
    assert_eq!(feed.verdicts(), [Verdict::Healthy, Verdict::Bad]);
    let (halted, Signal::Halted(alarm)) = &feed.signals[1] else { panic!("{:?}", feed.signals) };
    assert_eq!((alarm.since, alarm.trigger), (ms(10_000), Trigger::Service));
    assert_eq!(*halted, ms(10_000 + 3 * 20 + 2), "the fourth failure");
}

#[test]
fn two_percent_failures_are_rejected_by_the_wave_before_the_cusum_notices() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(300, |number| if number % 50 == 49 { failed() } else { Outcome::Answered }, well);
    assert_eq!(feed.verdicts(), [Verdict::Bad]);
    let Some((_, Signal::Halted(alarm))) = feed.signals.first() else { panic!("{:?}", feed.signals) };
    assert!(matches!(alarm.trigger, Trigger::Wave | Trigger::Service), "{alarm:?}");
}

#[test]
fn when_the_control_fails_too_nothing_is_known() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(50, well, well);
    feed.probes(50, ill, ill);
    assert_eq!(feed.verdicts(), [Verdict::Inconclusive { reason: Reason::ControlBad }]);
}

#[test]
fn when_the_control_is_silent_nothing_is_known() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(50, well, well);
    let end = feed.now();
    for number in 0..100 {
        let at = end + ms(number * 20);
        feed.entry(&Entry::Probe(record(Stream::NewConnection, 1_000 + number, at, at, failed())));
    }
    assert_eq!(feed.verdicts(), [Verdict::Inconclusive { reason: Reason::ControlSilent }]);
}

#[test]
fn a_prober_that_comes_too_late_knows_nothing() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    for slot in 0..3_100_u64 {
        let due = ms(slot * 20);
        let outcome = if slot.is_multiple_of(4) { Outcome::Missed { reason: Missed::Late } } else { Outcome::Answered };
        feed.entry(&Entry::Probe(record(Stream::NewConnection, slot, due, due + ms(2), outcome)));
    }
    assert_eq!(feed.verdicts(), [Verdict::Inconclusive { reason: Reason::Starved }]);
}

#[test]
fn failures_that_were_sent_too_late_are_not_the_services() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    for slot in 0..100_u64 {
        let due = ms(slot * 20);
        let late =
            Record { sent: Some(due + ms(500)), ..record(Stream::NewConnection, slot, due, due + ms(901), failed()) };
        feed.entry(&Entry::Probe(late));
    }
    assert_eq!(feed.signals, []);
}

#[test]
fn without_probes_time_still_runs_out() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    for second in 0..61 {
        feed.entry(&Entry::Tick { at: Duration::from_secs(second) });
    }
    assert_eq!(feed.verdicts(), [Verdict::Inconclusive { reason: Reason::TooFewProbes }]);
}

#[test]
fn each_stream_must_have_spoken() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    let sticky = |slot| Entry::Probe(record(Stream::Sticky, slot, ms(10), ms(11), Outcome::Answered));
    feed.entry(&sticky(0));
    feed.probes(500, well, well);
    assert_eq!(feed.verdicts(), []);
    feed.entry(&sticky(1));
    feed.entry(&sticky(2));
    assert_eq!(feed.verdicts(), [Verdict::Healthy]);
}

#[test]
fn unanswered_probes_halt_and_are_taken_back_when_they_are_answered_after_all() {
    let provisional = |slot: u64| {
        let due = ms(slot * 20);
        Entry::Provisional { at: due + ms(500), stream: Stream::NewConnection, slot, due, sent: due }
    };
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    for slot in 0..2 {
        feed.entry(&provisional(slot));
    }
    assert_eq!(feed.signals, []);
    for slot in 0..2 {
        let due = ms(slot * 20);
        feed.entry(&Entry::Probe(record(Stream::NewConnection, slot, due, due + ms(600), Outcome::Answered)));
    }
    feed.slot = 50;
    feed.probes(500, well, well);
    assert_eq!(feed.verdicts(), [Verdict::Healthy], "two slow answers are no failures");

    let mut feed = Feed::new(thresholds());
    for slot in 0..4 {
        feed.entry(&provisional(slot));
    }
    assert!(matches!(feed.signals[..], [(_, Signal::Halted(_))]), "{:?}", feed.signals);
    // Settled as failed, they do not count twice.
    for slot in 0..4 {
        feed.entry(&Entry::Probe(record(Stream::NewConnection, slot, ms(slot * 20), ms(900 + slot * 20), failed())));
    }
    assert_eq!(feed.signals.len(), 1);
}

#[test]
fn a_new_wave_ends_an_alarm() {
    let mut feed = Feed::new(thresholds());
    feed.wave("one");
    feed.probes(20, ill, well);
    assert_eq!(feed.verdicts(), [Verdict::Bad]);
    feed.wave("undo one");
    assert_eq!(feed.judge.alarm(), None);
    feed.probes(500, well, well);
    assert_eq!(feed.verdicts(), [Verdict::Bad, Verdict::Healthy]);
}

#[test]
fn probes_from_before_a_wave_do_not_promote_it() {
    let mut feed = Feed::new(thresholds());
    feed.probes(1_000, well, well);
    feed.wave("one");
    feed.probes(300, well, well);
    assert_eq!(feed.verdicts(), []);
}

#[test]
fn a_wave_that_must_certify_three_nines_takes_about_65_seconds() {
    let policy = Policy::default().certify(Certify::THREE_NINES);
    let mut feed = Feed::new(policy.thresholds(Probability::ZERO, 1).expect("a valid policy"));
    feed.wave("one");
    feed.probes(4_000, well, well);
    assert_eq!(feed.verdicts(), [Verdict::Healthy]);
    let (at, _) = feed.signals[0];
    assert!((ms(64_000)..ms(66_000)).contains(&at), "{at:?}");
}

fn baseline(count: u64, every: u64, stream: Stream) -> Baseline {
    let mut baseline = Baseline::new(&Policy::default());
    for slot in 0..count {
        let at = ms(slot * 20);
        let outcome = if every > 0 && slot.is_multiple_of(every) { failed() } else { Outcome::Answered };
        baseline.observe(&Entry::Probe(record(stream, slot, at, at + ms(1), outcome)));
    }
    baseline
}

#[test]
fn a_clean_baseline_gives_the_usual_thresholds() {
    let measured = baseline(3_001, 0, Stream::NewConnection);
    assert!(measured.is_complete());
    let slow = Some(Policy::default().slow(ms(1), 1));
    assert_eq!(measured.thresholds(1), Ok(Thresholds { slow, ..thresholds() }));
    assert!(!baseline(2_990, 0, Stream::NewConnection).is_complete(), "a minute is not over");
}

#[test]
fn a_baseline_with_some_failures_raises_the_rates() {
    let measured = baseline(3_001, 200, Stream::NewConnection).thresholds(1).expect("it may start");
    assert!(measured.service.p0().get() > 0.005);
    assert!(measured.service.p1().get() > 0.025);
    assert!(measured.wave.p1().get() > 0.025);
}

#[test]
fn a_service_that_fails_already_is_not_changed() {
    let unreachable = baseline(10, 1, Stream::NewConnection);
    assert!(unreachable.is_complete(), "no need to wait");
    assert_eq!(unreachable.thresholds(1), Err(BaselineError::Unreachable { probes: 10, failure: Failure::Refused }));
    let failing = baseline(3_001, 20, Stream::NewConnection);
    assert!(matches!(failing.thresholds(1), Err(BaselineError::Failing { .. })));
    let few = baseline(100, 0, Stream::NewConnection);
    assert_eq!(few.thresholds(1), Err(BaselineError::TooFewProbes { probes: 100, needed: 500 }));
}

#[test]
fn a_failing_control_is_no_basis() {
    let mut measured = baseline(3_001, 0, Stream::NewConnection);
    for slot in 0..600 {
        let at = ms(slot * 100);
        measured.observe(&Entry::Probe(record(Stream::Control, slot, at, at, failed())));
    }
    assert!(matches!(measured.thresholds(1), Err(BaselineError::Control(_))));
}
