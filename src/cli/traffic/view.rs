//! Shows traffic while it happens: some lines that change on a terminal, one line every ten seconds elsewhere.

use super::{
    Tally,
    summary::{percent, seconds},
};
use crate::output::Output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::{
    io::IsTerminal as _,
    time::{Duration, Instant},
};

/// How often the lines on a terminal change.
const REDRAW: Duration = Duration::from_millis(200);
/// How often a line is printed elsewhere.
const LINE: Duration = Duration::from_secs(10);

/// The view of one run.
#[derive(Debug)]
pub(crate) struct View {
    output: Output,
    bar: Option<ProgressBar>,
    shown: Option<Instant>,
}

impl View {
    pub(crate) fn new(output: &Output) -> Self {
        let live = !output.json && std::io::stderr().is_terminal();
        let bar = live.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { output: output.clone(), bar, shown: None }
    }

    /// Shows how things stand, if it is time to.
    pub(crate) fn show(&mut self, tally: &Tally) {
        let every = if self.bar.is_some() { REDRAW } else { LINE };
        if *self.shown.get_or_insert_with(Instant::now) + every > Instant::now() {
            return;
        }
        self.shown = Some(Instant::now());
        match &self.bar {
            Some(bar) => bar.set_message(lines(tally)),
            None => {
                let counts = tally.counts();
                let more = json!({
                    "elapsed_seconds": tally.now().as_secs_f64(),
                    "checks": counts.probes(),
                    "failed": counts.failures(),
                    "missed": tally.missed(),
                    "failures": tally.failures(),
                    "markers": tally.markers(),
                    "failure_rate_upper_bound": tally.bounds().anytime_upper_bound,
                });
                if self.output.json {
                    self.output.line("availability", &headline(tally), more);
                } else {
                    self.output.note(&headline(tally));
                }
            }
        }
    }

    /// Takes the lines off the terminal.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn headline(tally: &Tally) -> String {
    let counts = tally.counts();
    let failed = counts.failures();
    let success = if counts.probes() == 0 { 0.0 } else { 1.0 - failed as f64 / counts.probes() as f64 };
    let bound = tally.bounds().anytime_upper_bound;
    format!(
        "{:>7}  {:.0}/s  {} checks, {failed} failed ({}); available at least {}",
        seconds(tally.now()),
        tally.rate(),
        counts.probes(),
        percent(success, 3),
        percent(1.0 - bound.get(), 2),
    )
}

fn lines(tally: &Tally) -> String {
    let latency = |quantile| tally.latencies().quantile(quantile).map_or_else(|| "-".to_owned(), seconds);
    let failures = tally.failures().iter().map(|(failure, count)| format!("{count} {failure}"));
    let failures: Vec<String> = failures.collect();
    let by = tally.markers().iter().map(|(marker, count)| format!("{marker} {count}"));
    let by: Vec<String> = by.collect();
    let mut text = format!(
        "{}\n  latency p50 {}  p99 {}  longest {}{}\n  {}",
        headline(tally),
        latency(0.5),
        latency(0.99),
        tally.latencies().longest().map_or_else(|| "-".to_owned(), seconds),
        if by.is_empty() { String::new() } else { format!("  answered by {}", by.join(", ")) },
        tally.strip(),
    );
    if !failures.is_empty() {
        text.push_str(&format!("\n  {}", failures.join(", ")));
    }
    text
}
