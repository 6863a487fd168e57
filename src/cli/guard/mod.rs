//! Watches over an apply with real requests: measures what is normal, judges each wave, and halts.

mod apply;
mod policy;
mod probing;

pub(crate) use apply::{End, Halted, conclude, guarded};
pub(crate) use policy::policy;
pub(crate) use probing::{Probing, probing};

use crate::{
    error::{CliError, Kind},
    output::Output,
    traffic::{Tally, Watcher},
};
use engine::apply::{Gate, Halt};
use futures::{FutureExt as _, future::BoxFuture};
use gate::{
    certificate::Certificate,
    probe::{Role, Identity, Settings, Subscription},
    verdict::{Alarm, Baseline, Judge, Policy, Signal, Thresholds, Verdict},
};
use std::path::Path;
use tokio::{sync::watch, task::JoinHandle};

/// How often an inconclusive wave is measured again before the apply stops where it is.
const TRIES: u32 = 3;

/// A prober whose judge decides whether an apply goes on.
pub(crate) struct Guard {
    watcher: Watcher,
    judging: JoinHandle<()>,
    seen: watch::Receiver<Seen>,
    output: Output,
}

/// What the judge has said so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The alarm since the last wave began.
    pub(crate) alarm: Option<Alarm>,
    /// Every verdict with its wave.
    pub(crate) verdicts: Vec<(Option<String>, Verdict)>,
}

impl Guard {
    /// Starts to probe and measures what is normal.
    ///
    /// # Errors
    /// When the service cannot be reached, or fails already: nothing must be changed then.
    pub(crate) async fn start(
        settings: Settings,
        policy: &Policy,
        waves: u32,
        log: &Path,
        output: &Output,
    ) -> Result<Self, CliError> {
        let watcher = Watcher::start(settings, log).await?;
        let mut entries = watcher.prober().subscribe();
        let thresholds = baseline(&mut entries, policy, waves).await?;
        watcher.prober().judge(&thresholds);
        let (say, seen) = watch::channel(Seen::default());
        let judging = tokio::spawn(judge(entries, Judge::new(thresholds), say));
        Ok(Self { watcher, judging, seen, output: output.clone() })
    }

    /// Accepts these answers from now on.
    pub(crate) fn accept(&self, identity: Identity) {
        self.watcher.prober().identity(Role::Main, identity);
    }

    /// What has been counted so far.
    pub(crate) fn tally(&self) -> Tally {
        self.watcher.tally()
    }

    /// What the judge has said so far.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Done when failures have risen so that nothing more may be begun.
    pub(crate) async fn alarmed(&self) -> Alarm {
        let mut seen = self.seen.clone();
        let alarm = seen.wait_for(|seen| seen.alarm.is_some()).await.ok().and_then(|seen| seen.alarm);
        match alarm {
            Some(alarm) => alarm,
            // The judge has ended, as it does with the prober: no alarm comes any more.
            None => std::future::pending().await,
        }
    }

    /// The verdict on the alarm, once it is known whether the service is to blame.
    pub(crate) async fn blame(&self) -> Verdict {
        let mut seen = self.seen.clone();
        let is_final = |seen: &Seen| seen.verdicts.last().is_some_and(|(_, verdict)| *verdict != Verdict::Healthy);
        let verdict = seen.wait_for(is_final).await.ok().and_then(|seen| seen.verdicts.last().map(|(_, it)| *it));
        verdict.unwrap_or(Verdict::Inconclusive { reason: gate::verdict::Reason::Starved })
    }

    /// Judges the state that things are in now; measures again when that decides nothing.
    pub(crate) async fn verdict(&self, wave: &str) -> Verdict {
        let mut tries = 1;
        loop {
            let verdict = self.measure(wave, tries).await;
            self.watcher.prober().wave_ended(&name(wave, tries), verdict);
            match verdict {
                Verdict::Inconclusive { reason } if tries < TRIES => {
                    self.output.note(&format!("Gate: {wave}: inconclusive ({reason}). Measuring again."));
                    tries += 1;
                }
                verdict => return verdict,
            }
        }
    }

    async fn measure(&self, wave: &str, tries: u32) -> Verdict {
        let name = name(wave, tries);
        let mut seen = self.seen.clone();
        self.watcher.prober().wave_started(&name);
        let of_wave = |seen: &Seen| {
            seen.verdicts.iter().rev().find(|(wave, _)| wave.as_deref() == Some(name.as_str())).map(|(_, it)| *it)
        };
        match seen.wait_for(|seen| of_wave(seen).is_some()).await {
            Ok(seen) => of_wave(&seen).unwrap_or(Verdict::Inconclusive { reason: gate::verdict::Reason::Starved }),
            Err(_) => Verdict::Inconclusive { reason: gate::verdict::Reason::Starved },
        }
    }

    /// Stops to probe; what all probes prove.
    ///
    /// # Errors
    /// When the log could not be written.
    pub(crate) async fn stop(self) -> Result<Certificate, CliError> {
        let certificate = self.watcher.stop().await;
        self.judging.abort();
        certificate
    }
}

impl Gate for Guard {
    fn judge<'a>(&'a self, before: &'a str) -> BoxFuture<'a, Result<(), Halt>> {
        async move {
            let wave = format!("before {before}");
            let verdict = self.verdict(&wave).await;
            self.output.note(&format!("Gate: {wave}: {verdict}."));
            match verdict {
                Verdict::Healthy => Ok(()),
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

async fn baseline(entries: &mut Subscription, policy: &Policy, waves: u32) -> Result<Thresholds, CliError> {
    let mut baseline = Baseline::new(policy);
    while !baseline.is_complete() {
        let entry = entries.next().await.map_err(|error| CliError::new(Kind::Gate, error.to_string()))?;
        baseline.observe(&entry);
    }
    baseline.thresholds(waves).map_err(|error| {
        CliError::new(Kind::Gate, error.to_string()).hint(
            "Nothing was changed. See how the service stands (rust-stack status), or apply without the gate: --no-gate.",
        )
    })
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
