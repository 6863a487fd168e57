//! A prober whose judge decides whether an apply goes on.

use super::probing::Probing;
use crate::{
    error::{CliError, Kind},
    output::Output,
    traffic::Watcher,
};
use engine::{
    apply::{Gate, Halt},
    history::{self, HistoryEvent, Recording},
};
use futures::{FutureExt as _, future::BoxFuture};
use gate::{
    certificate::Certificate,
    probe::Subscription,
    verdict::{Alarm, Baseline, Judge, Policy, Reason, Signal, Thresholds, Verdict},
};
use std::time::Duration;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

/// How often an inconclusive wave is measured again before the apply stops where it is.
const TRIES: u32 = 3;

/// See the module.
pub(super) struct Guard<'a> {
    watcher: Watcher,
    judging: JoinHandle<()>,
    seen: watch::Receiver<Seen>,
    recording: &'a Recording,
    output: &'a Output,
    /// How much of a time that a stack names really passes.
    time_scale: f64,
}

/// What the judge has said so far.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The alarm since the last wave began.
    alarm: Option<Alarm>,
    /// Every verdict with its wave.
    verdicts: Vec<(Option<String>, Verdict)>,
}

impl<'a> Guard<'a> {
    /// Starts to probe and measures what is normal.
    ///
    /// # Errors
    /// When the service cannot be reached, or fails already: nothing must be changed then.
    pub(super) async fn start(
        probing: Probing,
        policy: &Policy,
        waves: u32,
        recording: &'a Recording,
        output: &'a Output,
    ) -> Result<Self, CliError> {
        let Probing { settings, time_scale } = probing;
        let watcher = Watcher::start(settings, &recording.paths().probes()).await?;
        let mut entries = watcher.prober().subscribe();
        let url = &watcher.prober().header().url;
        output.note(&format!("Gate: probing {url} and measuring what is normal, for {} s.", policy.baseline.as_secs()));
        let (thresholds, probes, failures) = baseline(&mut entries, policy, waves).await?;
        recording.event(HistoryEvent::Baseline { probes, failures });
        watcher.prober().judge(&thresholds);
        let (say, seen) = watch::channel(Seen::default());
        let judging = tokio::spawn(judge(entries, Judge::new(thresholds), say));
        output.note(&format!("Gate: {failures} of {probes} requests failed before the change."));
        Ok(Self { watcher, judging, seen, recording, output, time_scale })
    }

    /// The alarm since the last wave began.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        self.seen.borrow().alarm
    }

    /// Done when failures have risen so that nothing more may be begun.
    pub(super) async fn alarmed(&self) -> Alarm {
        let mut seen = self.seen.clone();
        let alarm = seen.wait_for(|seen| seen.alarm.is_some()).await.ok().and_then(|seen| seen.alarm);
        match alarm {
            Some(alarm) => {
                self.recording.event(HistoryEvent::Halted { wave: None, why: alarm.to_string() });
                alarm
            }
            // The judge has ended, as it does with the prober: no alarm comes any more.
            None => std::future::pending().await,
        }
    }

    /// The verdict on the alarm, once it is known whether the service is to blame.
    pub(super) async fn blame(&self) -> Verdict {
        let mut seen = self.seen.clone();
        let is_final = |seen: &Seen| seen.verdicts.last().is_some_and(|(_, verdict)| *verdict != Verdict::Healthy);
        let verdict = seen.wait_for(is_final).await.ok().and_then(|seen| seen.verdicts.last().map(|(_, it)| *it));
        verdict.unwrap_or(Verdict::Inconclusive { reason: Reason::Starved })
    }

    /// Judges the state that things are in now; measures again when that decides nothing.
    pub(super) async fn verdict(&self, wave: &str) -> Verdict {
        self.recording.event(HistoryEvent::WaveApplied { wave: wave.to_owned() });
        let mut tries = 1;
        let verdict = loop {
            let verdict = self.measure(wave, tries).await;
            self.watcher.prober().wave_ended(&name(wave, tries), verdict);
            match verdict {
                Verdict::Inconclusive { reason } if tries < TRIES => {
                    self.output.note(&format!("Gate: {wave}: inconclusive ({reason}). Measuring again."));
                    tries += 1;
                }
                verdict => break verdict,
            }
        };
        self.recording.event(HistoryEvent::WaveJudged {
            wave: wave.to_owned(),
            verdict: recorded(verdict),
            why: Some(verdict.to_string()),
        });
        self.output.note(&format!("Gate: {wave}: {verdict}."));
        verdict
    }

    async fn measure(&self, wave: &str, tries: u32) -> Verdict {
        let name = name(wave, tries);
        let mut seen = self.seen.clone();
        let earlier = seen.borrow().verdicts.len();
        self.watcher.prober().wave_started(&name);
        let of_wave = |seen: &Seen| {
            let mut later = seen.verdicts.iter().skip(earlier);
            later.find(|(wave, _)| wave.as_deref() == Some(name.as_str())).map(|(_, it)| *it)
        };
        let judged = seen.wait_for(|seen| of_wave(seen).is_some()).await;
        judged.ok().and_then(|seen| of_wave(&seen)).unwrap_or(Verdict::Inconclusive { reason: Reason::Starved })
    }

    /// Stops to probe; what all probes prove.
    ///
    /// # Errors
    /// When the log could not be written.
    pub(super) async fn stop(self) -> Result<Certificate, CliError> {
        let certificate = self.watcher.stop().await;
        self.judging.abort();
        certificate
    }
}

impl Gate for Guard<'_> {
    fn judge<'a>(&'a self, before: &'a str, bake: Duration) -> BoxFuture<'a, Result<(), Halt>> {
        async move {
            let wave = format!("before {before}");
            let begun = Instant::now();
            match self.verdict(&wave).await {
                Verdict::Healthy => {
                    let rest = bake.mul_f64(self.time_scale).saturating_sub(begun.elapsed());
                    if !rest.is_zero() {
                        self.output.note(&format!("Gate: watching for {} s more.", rest.as_secs_f64().ceil()));
                        // An alarm stops everything meanwhile.
                        sleep(rest).await;
                    }
                    Ok(())
                }
                other => Err(Halt(format!("{wave}: {other}"))),
            }
        }
        .boxed()
    }
}

/// The name of a wave that is measured again: a log names each wave once.
fn name(wave: &str, tries: u32) -> String {
    if tries == 1 { wave.to_owned() } else { format!("{wave} (again, {tries})") }
}

fn recorded(verdict: Verdict) -> history::Verdict {
    match verdict {
        Verdict::Healthy => history::Verdict::Healthy,
        Verdict::Bad => history::Verdict::Bad,
        Verdict::Inconclusive { .. } => history::Verdict::Inconclusive,
    }
}

async fn baseline(entries: &mut Subscription, policy: &Policy, waves: u32) -> Result<(Thresholds, u64, u64), CliError> {
    let mut baseline = Baseline::new(policy);
    while !baseline.is_complete() {
        let entry = entries.next().await.map_err(|error| CliError::new(Kind::Gate, error.to_string()))?;
        baseline.observe(&entry);
    }
    let counts = baseline.counts();
    let thresholds = baseline.thresholds(waves).map_err(|error| {
        CliError::new(Kind::Gate, error.to_string()).hint(
            "Nothing was changed. See how the service stands (rust-stack status), or apply without the gate: --no-gate.",
        )
    })?;
    Ok((thresholds, counts.probes(), counts.failures()))
}

async fn judge(mut entries: Subscription, mut judge: Judge, say: watch::Sender<Seen>) {
    // It ends with the prober.
    while let Ok(entry) = entries.next().await {
        for signal in judge.observe(&entry) {
            say.send_modify(|seen| match signal {
                Signal::Halted(alarm) => seen.alarm = Some(alarm),
                Signal::Verdict { wave, verdict } => seen.verdicts.push((wave, verdict)),
            });
        }
        if judge.alarm().is_none() && say.borrow().alarm.is_some() {
            say.send_modify(|seen| seen.alarm = None);
        }
    }
}
