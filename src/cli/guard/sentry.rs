//! A prober of one URL, and a judge who says what its probes mean.

use super::served::Served;
use crate::{
    error::{CliError, Kind},
    traffic::Watcher,
};
use gate::{
    certificate::Certificate,
    probe::{Settings, Subscription},
    verdict::{Alarm, Baseline, Judge, Policy, Reason, Signal, Thresholds, Verdict},
};
use std::path::Path;
use tokio::{sync::watch, task::JoinHandle};

/// See the module.
pub(super) struct Sentry {
    watcher: Watcher,
    judging: JoinHandle<()>,
    seen: watch::Receiver<Seen>,
    /// What is normal.
    pub(super) before: Before,
}

/// What was measured before anything changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    pub(super) probes: u64,
    pub(super) failures: u64,
}

/// What the judge has said so far.
#[derive(Debug, Default)]
struct Seen {
    /// The alarm since the last wave began.
    alarm: Option<Alarm>,
    /// Every verdict with its wave.
    verdicts: Vec<(Option<String>, Verdict)>,
    served: Served,
}

impl Sentry {
    /// Starts to probe, writes every probe to the new file `log`, and measures what is normal.
    ///
    /// # Errors
    /// When the service cannot be reached, or fails already: nothing must be changed then.
    pub(super) async fn start(
        settings: Settings,
        log: &Path,
        policy: &Policy,
        verdicts: u32,
    ) -> Result<Self, CliError> {
        let watcher = Watcher::start(settings, log).await?;
        let mut entries = watcher.prober().subscribe();
        let (thresholds, before) = baseline(&mut entries, policy, verdicts).await?;
        watcher.prober().judge(&thresholds);
        let (say, seen) = watch::channel(Seen::default());
        let judging = tokio::spawn(judge(entries, Judge::new(thresholds), say));
        Ok(Self { watcher, judging, seen, before })
    }

    pub(super) fn url(&self) -> &str {
        &self.watcher.prober().header().url
    }

    /// The alarm since the last wave began.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        self.seen.borrow().alarm
    }

    /// Done when failures have risen so that nothing more may be begun.
    pub(super) async fn alarmed(&self) -> Alarm {
        let mut seen = self.seen.clone();
        match seen.wait_for(|seen| seen.alarm.is_some()).await.ok().and_then(|seen| seen.alarm) {
            Some(alarm) => alarm,
            // The judge has ended, as it does with the prober: no alarm comes any more.
            None => std::future::pending().await,
        }
    }

    /// The verdict on an alarm or a wave that was not healthy, once it is known whether the service is to blame.
    pub(super) async fn blame(&self) -> Verdict {
        let mut seen = self.seen.clone();
        let is_final = |seen: &Seen| seen.verdicts.last().is_some_and(|(_, verdict)| *verdict != Verdict::Healthy);
        let verdict = seen.wait_for(is_final).await.ok().and_then(|seen| seen.verdicts.last().map(|(_, it)| *it));
        verdict.unwrap_or(Verdict::Inconclusive { reason: Reason::Starved })
    }

    /// Done as soon as the service is seen to serve, long before there can be a verdict.
    pub(super) async fn serves(&self) {
        let mut seen = self.seen.clone();
        let asked = seen.borrow().served.now;
        if seen.wait_for(|seen| seen.served.since(asked)).await.is_err() {
            // The judge has ended, as it does with the prober: nothing is seen any more.
            std::future::pending::<()>().await;
        }
    }

    /// Judges the state that things are in now, under a name that was not used before.
    pub(super) async fn measure(&self, wave: &str) -> Verdict {
        let mut seen = self.seen.clone();
        let earlier = seen.borrow().verdicts.len();
        self.watcher.prober().wave_started(wave);
        let of_wave = |seen: &Seen| {
            let mut later = seen.verdicts.iter().skip(earlier);
            later.find(|(name, _)| name.as_deref() == Some(wave)).map(|(_, verdict)| *verdict)
        };
        let judged = seen.wait_for(|seen| of_wave(seen).is_some()).await;
        let verdict = judged.ok().and_then(|seen| of_wave(&seen));
        let verdict = verdict.unwrap_or(Verdict::Inconclusive { reason: Reason::Starved });
        self.watcher.prober().wave_ended(wave, verdict);
        verdict
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

async fn baseline(
    entries: &mut Subscription,
    policy: &Policy,
    verdicts: u32,
) -> Result<(Thresholds, Before), CliError> {
    let mut baseline = Baseline::new(policy);
    while !baseline.is_complete() {
        let entry = entries.next().await.map_err(|error| CliError::new(Kind::Gate, error.to_string()))?;
        baseline.observe(&entry);
    }
    let counts = baseline.counts();
    let thresholds = baseline.thresholds(verdicts).map_err(|error| {
        CliError::new(Kind::Gate, error.to_string()).hint(
            "Nothing was changed. See how the service stands (rust-stack status), or apply without the gate: --no-gate.",
        )
    })?;
    Ok((thresholds, Before { probes: counts.probes(), failures: counts.failures() }))
}

async fn judge(mut entries: Subscription, mut judge: Judge, say: watch::Sender<Seen>) {
    // It ends with the prober.
    while let Ok(entry) = entries.next().await {
        say.send_modify(|seen| seen.served.observe(&entry));
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
