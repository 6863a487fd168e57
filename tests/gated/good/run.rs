use super::{
    changes::{Good, Naive},
    stage::Stage,
};
use crate::load::{Load, Tally};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long a call takes that is slow: long enough that a load balancer needs another connection to a target meanwhile. The
/// ones that it has go on without the rule.
const SLOW: Duration = Duration::from_secs(8);
/// How many requests a second there are while the naive order is followed.
const NAIVE_LOAD: u32 = 500;

/// What came of a change.
pub(super) struct Row {
    pub(super) mode: &'static str,
    pub(super) what: &'static str,
    /// Of the first time it was made.
    pub(super) steps: usize,
    pub(super) waves: usize,
    pub(super) seconds: f64,
    /// Of all times, with the ways back between them.
    pub(super) requests: u64,
    pub(super) lost: u64,
    /// What the same change did in naive order.
    pub(super) naive: String,
    /// What is not as it should be.
    pub(super) wrong: Vec<String>,
}

/// How fast requests are made: by the load, and by the gate.
#[derive(Clone, Copy)]
pub(super) struct Rates {
    pub(super) load: u32,
    pub(super) gate: u32,
}

/// Makes a change under load, and takes it back and makes it again until so many requests are made; then the same in naive
/// order.
pub(super) fn run(test: &str, good: &Good, rates: Rates, requests: u64) -> Row {
    let stage = Stage::set(test, good);
    let mut row = Row {
        mode: good.mode,
        what: good.what,
        steps: 0,
        waves: 0,
        seconds: 0.0,
        requests: 0,
        lost: 0,
        naive: String::new(),
        wrong: Vec::new(),
    };
    let load = Load::start(&stage.scene.project, "load", rates.load);
    let begun = Instant::now();
    let mut forth = true;
    loop {
        let made = stage.make(if forth { good.after } else { stage.before() }, rates.gate);
        if row.steps == 0 {
            (row.steps, row.waves, row.seconds) = (made.steps, made.waves, made.took.as_secs_f64());
        }
        row.requests += made.gate.requests;
        row.lost += made.gate.lost;
        row.wrong.extend(made.wrong);
        let so_far = row.requests + begun.elapsed().as_secs() * u64::from(rates.load);
        if !row.wrong.is_empty() || so_far >= requests {
            break;
        }
        forth = !forth;
    }
    load.more(u64::from(rates.load));
    let tally = load.stop();
    row.requests += tally.requests;
    row.lost += tally.lost;
    if tally.lost > 0 {
        row.wrong.push(format!("the load lost {tally:?}"));
    }
    if tally.missed > 0 {
        eprintln!("{}: the load had no time to send {} of its requests", good.what, tally.missed);
    }
    if row.wrong.is_empty() {
        naive(&stage, forth, &mut row);
    }
    row
}

/// Makes the change in naive order, under load.
fn naive(stage: &Stage<'_>, changed: bool, row: &mut Row) {
    let good = stage.good;
    if changed {
        // Nobody makes requests now.
        stage.apply(stage.before()).succeeds();
    }
    let load = Load::start(&stage.scene.project, "naive", NAIVE_LOAD);
    if let Naive::LosesWhenSlow(operations) = good.naive {
        for operation in operations {
            let slow = json!({
                "kind": "slow", "service": "ec2", "operation": operation, "times": 100, "milliseconds": SLOW.as_millis() as u64,
            });
            stage.scene.cloud.fault(&slow);
        }
    }
    let mut applied = stage.apply_with(good.after, &["--naive", "--no-gate"]);
    let allowed: Vec<&str> =
        applied.stderr.split("--allow-disruption ").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
    let proven = allowed.is_empty();
    if !proven {
        let allow = allowed.iter().flat_map(|address| ["--allow-disruption", address]);
        applied = stage.apply_with(good.after, &["--naive", "--no-gate"].into_iter().chain(allow).collect::<Vec<_>>());
    }
    load.more(u64::from(3 * NAIVE_LOAD));
    let Tally { requests, lost, kinds, .. } = load.stop();
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let refused = if applied.code == Some(0) { "" } else { "; the cloud refused a step" };
    row.naive = match good.naive {
        Naive::Hidden(why) if lost == 0 => format!("{requests} requests, 0 lost: {why}{refused}"),
        _ => format!("{requests} requests, {lost} lost: {}{refused}", kinds.join(", ")),
    };
    if applied.code != Some(0) {
        eprintln!("{}: in naive order {applied}", good.what);
    }
    if proven && lost > 0 {
        row.wrong.push(format!("the naive order was proven to lose nothing and lost {lost}: {applied}"));
    }
    match good.naive {
        Naive::Loses | Naive::LosesWhenSlow(_) if lost == 0 => {
            row.wrong.push(format!("the naive order lost nothing: {applied}"))
        }
        Naive::Hidden(_) if lost > 0 => row.wrong.push(format!("the naive order lost {lost} after all: {applied}")),
        _ => (),
    }
}
