//! What an apply is doing: finished lines as they come, and what is in flight.
//!
//! On a terminal a line at the bottom says it all the time; elsewhere each step that goes on says so every ten
//! seconds.

use super::Output;
use engine::{
    apply::{Observer, Progress},
    estimate::{self, Durations, Standing},
    plan::{Operation, Phase, Plan, Step},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::IsTerminal as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often a step that goes on says so where there is no terminal.
const STILL: Duration = Duration::from_secs(10);

/// Tells people or programs about an apply.
pub(crate) struct ApplyProgress<'a> {
    output: Output,
    plan: &'a Plan,
    parallelism: usize,
    steps: Vec<Described>,
    shared: Mutex<InFlight>,
    bar: Option<ProgressBar>,
}

/// A step in the words of a progress line.
struct Described {
    /// The resource; `None` for a step that watches over all of them.
    address: Option<String>,
    /// What begins its lines: the address.
    label: String,
    action: &'static str,
    doing: &'static str,
    done: &'static str,
}

/// What is in flight.
#[derive(Default)]
struct InFlight {
    steps: BTreeMap<usize, Flying>,
    done: BTreeSet<usize>,
    durations: Durations,
}

struct Flying {
    since: Instant,
    said: Instant,
    reason: String,
}

impl<'a> ApplyProgress<'a> {
    /// `durations` is how long steps took before.
    pub(crate) fn new(output: &Output, plan: &'a Plan, parallelism: usize, durations: Durations) -> Self {
        let terminal = !output.json && !output.quiet && std::io::stderr().is_terminal();
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(plan.steps.len() as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {pos}/{len} [{elapsed}] {wide_msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            output: output.clone(),
            plan,
            parallelism,
            steps: plan.steps.iter().map(describe).collect(),
            shared: Mutex::new(InFlight { durations, ..InFlight::default() }),
            bar,
        }
    }

    /// Says every ten seconds what goes on, until it is dropped. For where there is no terminal.
    pub(crate) async fn keep_saying(&self) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            if self.bar.is_some() {
                self.redraw();
                continue;
            }
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (done, total, left) = (shared.done.len(), self.steps.len(), self.left(&shared));
            let about = left.map(|left| format!(", about {} left", clock(left))).unwrap_or_default();
            for (step, flying) in &mut shared.steps {
                if flying.said.elapsed() < STILL {
                    continue;
                }
                flying.said = Instant::now();
                let Described { address, label, action, doing, .. } = &self.steps[*step];
                let elapsed = flying.since.elapsed();
                let why = if flying.reason.is_empty() { String::new() } else { format!(" ({})", flying.reason) };
                let message = format!(
                    "{label}Still {}... [{} elapsed]{why} {done}/{total} done{about}",
                    lower(doing),
                    clock(elapsed)
                );
                let more = json!({
                    "address": address, "action": action, "elapsed_seconds": elapsed.as_secs(),
                    "reason": flying.reason, "done": done, "total": total,
                    "remaining_seconds": left.map(|left| left.as_secs()),
                });
                self.say("apply_progress", &message, more);
            }
        }
    }

    /// Takes the line at the bottom away. Returns how long steps took, before and now.
    pub(crate) fn finish(self) -> Durations {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.shared.into_inner().unwrap_or_else(PoisonError::into_inner).durations
    }

    /// How long the rest takes, if it is known how long such steps take.
    fn left(&self, shared: &InFlight) -> Option<Duration> {
        shared.durations.remaining(self.plan, self.parallelism, |step| match shared.steps.get(&step) {
            Some(flying) => Standing::Running(flying.since.elapsed()),
            None if shared.done.contains(&step) => Standing::Done,
            None => Standing::Waiting,
        })
    }

    fn say(&self, kind: &str, message: &str, more: serde_json::Value) {
        match &self.bar {
            Some(bar) => bar.println(message),
            None if self.output.json => self.output.line(kind, message, more),
            None => self.output.note(message),
        }
    }

    fn redraw(&self) {
        let Some(bar) = &self.bar else { return };
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let in_flight: Vec<String> = shared
            .steps
            .iter()
            .map(|(step, flying)| {
                let why = if flying.reason.is_empty() { String::new() } else { format!(": {}", flying.reason) };
                let Described { address, doing, .. } = &self.steps[*step];
                let what = address.as_deref().unwrap_or(doing);
                format!("{what} {}s{why}", flying.since.elapsed().as_secs())
            })
            .collect();
        let about = self.left(&shared).map(|left| format!("about {} left: ", clock(left))).unwrap_or_default();
        bar.set_position(shared.done.len() as u64);
        bar.set_message(format!("{about}{}", in_flight.join(", ")));
    }
}

impl Observer for ApplyProgress<'_> {
    fn notice(&self, progress: Progress<'_>) {
        let now = Instant::now();
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let said = match progress {
            Progress::Begun { step } => {
                shared.steps.insert(step, Flying { since: now, said: now, reason: String::new() });
                let Described { address, label, action, doing, .. } = &self.steps[step];
                Some(("apply_start", format!("{label}{doing}..."), json!({ "address": address, "action": action })))
            }
            Progress::Waiting { step, reason } => {
                if let Some(flying) = shared.steps.get_mut(&step) {
                    reason.clone_into(&mut flying.reason);
                }
                None
            }
            Progress::Retrying { step, fault, after } => {
                if let Some(flying) = shared.steps.get_mut(&step) {
                    flying.reason = format!("again in {:.1} s: {fault}", after.as_secs_f64());
                }
                None
            }
            Progress::Done { step, id, elapsed } => {
                shared.steps.remove(&step);
                shared.done.insert(step);
                shared.durations.took(&self.plan.steps[step], elapsed);
                let Described { address, label, action, done, .. } = &self.steps[step];
                let id = id.filter(|_| *action != "delete").map(|id| id.to_string());
                let shown = id.as_ref().map(|id| format!(" [id={id}]")).unwrap_or_default();
                let message = format!("{label}{done} after {}s{shown}", elapsed.as_secs());
                let more = json!({
                    "address": address, "action": action, "id": id, "elapsed_seconds": elapsed.as_secs_f64(),
                });
                Some(("apply_complete", message, more))
            }
            Progress::Failed { step, failure, elapsed } => {
                shared.steps.remove(&step);
                let Described { address, label, action, doing, .. } = &self.steps[step];
                let message = format!("{label}{doing} failed after {}s: {failure}", elapsed.as_secs());
                let more = json!({
                    "address": address, "action": action, "error": failure.to_string(),
                    "elapsed_seconds": elapsed.as_secs_f64(),
                });
                Some(("apply_errored", message, more))
            }
        };
        drop(shared);
        if let Some((kind, message, more)) = said {
            self.say(kind, &message, more);
        }
        self.redraw();
    }
}

fn describe(step: &Step) -> Described {
    let address = step.address.as_ref().map(ToString::to_string);
    let label = address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
    let (doing, done) = match &step.operation {
        Operation::Create { .. } => ("Creating", "Creation complete"),
        Operation::Update { phase: Phase::Whole, .. } => ("Modifying", "Modifications complete"),
        Operation::Update { phase: Phase::Expand, .. } => ("Expanding", "Expansion complete"),
        Operation::Update { phase: Phase::Shift(_), .. } => ("Shifting requests", "Requests shifted"),
        Operation::Update { phase: Phase::Contract, .. } => ("Contracting", "Contraction complete"),
        Operation::Update { phase: Phase::Shrink, .. } => ("Shrinking", "Shrinking complete"),
        Operation::Together { .. } => ("Modifying several in one call", "Modifications complete"),
        Operation::Settle { .. } => ("Waiting until everything is ready", "Everything is ready"),
        Operation::Delete { .. } => ("Destroying", "Destruction complete"),
    };
    let action = estimate::action(&step.operation);
    Described { address, label, action, doing, done }
}

fn lower(word: &str) -> String {
    word.to_lowercase()
}

/// `01m10s`, as Terraform writes it.
fn clock(elapsed: Duration) -> String {
    format!("{:02}m{:02}s", elapsed.as_secs() / 60, elapsed.as_secs() % 60)
}
