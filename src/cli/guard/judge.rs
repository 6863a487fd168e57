//! Probers of all that the stack serves, who decide together whether an apply goes on.

use super::{probing::Probing, sentry::Sentry};
use crate::{error::CliError, output::Output};
use engine::{
    apply::{Gate, Halt},
    history::{self, HistoryEvent, Recording},
};
use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all, select_all, try_join_all},
};
use gate::{
    certificate::Certificate,
    verdict::{Policy, Verdict},
};
use std::{
    collections::HashMap,
    sync::{Mutex, Once, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How often an inconclusive wave is measured again before the apply stops where it is.
const TRIES: u32 = 3;

/// See the module.
pub(super) struct Guard<'a> {
    /// One for each URL, at least one.
    sentries: Vec<Sentry>,
    recording: &'a Recording,
    output: &'a Output,
    /// Whether the halt is recorded.
    halted: Once,
    /// How often each wave was judged: the way back may have waves of the names that the change had.
    waves: Mutex<HashMap<String, u32>>,
    /// How much of a time that a stack names really passes.
    time_scale: f64,
}

impl<'a> Guard<'a> {
    /// Starts to probe every URL and measures what is normal.
    ///
    /// # Errors
    /// When one of them cannot be reached, or fails already: nothing must be changed then.
    pub(super) async fn start(
        probing: Probing,
        policy: &Policy,
        waves: u32,
        recording: &'a Recording,
        output: &'a Output,
    ) -> Result<Self, CliError> {
        let Probing { urls, time_scale, missing } = probing;
        // All of them may err, and all verdicts together are to err as seldom as one.
        let verdicts = waves.saturating_mul(u32::try_from(urls.len()).unwrap_or(u32::MAX));
        let names = urls.iter().map(|settings| settings.main.url().to_string()).collect::<Vec<_>>().join(" and ");
        output
            .note(&format!("Gate: probing {names} and measuring what is normal, for {} s.", policy.baseline.as_secs()));
        if missing > 0 {
            output.note(&format!(
                "Gate: {missing} of the URLs that the stack serves does not exist yet and is not probed."
            ));
        }
        let sentries = urls.into_iter().enumerate().map(|(place, settings)| async move {
            Sentry::start(settings, &recording.paths().probes_of(place), policy, verdicts).await
        });
        let sentries = try_join_all(sentries).await?;
        let probes = sentries.iter().map(|sentry| sentry.before.probes).sum();
        let failures = sentries.iter().map(|sentry| sentry.before.failures).sum();
        recording.event(HistoryEvent::Baseline { probes, failures });
        output.note(&format!("Gate: {failures} of {probes} requests failed before the change."));
        Ok(Self { sentries, recording, output, halted: Once::new(), waves: Mutex::default(), time_scale })
    }

    /// Why there was an alarm since the last wave began, if there was one.
    pub(super) fn alarm(&self) -> Option<String> {
        self.sentries.iter().find_map(|sentry| Some(self.of(sentry, sentry.alarm()?)))
    }

    /// Done when failures have risen anywhere so that nothing more may be begun.
    pub(super) async fn alarmed(&self) {
        let alarms = self.sentries.iter().map(|sentry| async move { self.of(sentry, sentry.alarmed().await) }.boxed());
        let (why, ..) = select_all(alarms).await;
        self.halted(&why);
    }

    /// Records that nothing more is begun; only once, since an alarm and a verdict may come together.
    pub(super) fn halted(&self, why: &str) {
        self.halted.call_once(|| self.recording.event(HistoryEvent::Halted { wave: None, why: why.to_owned() }));
    }

    /// The verdict on an alarm or a wave that was not healthy, once it is known whether the service is to blame.
    pub(super) async fn blame(&self) -> Verdict {
        select_all(self.sentries.iter().map(|sentry| sentry.blame().boxed())).await.0
    }

    /// Judges the state that things are in now; measures again when that decides nothing.
    pub(super) async fn verdict(&self, wave: &str) -> Verdict {
        let wave = &self.once(wave);
        self.recording.event(HistoryEvent::WaveApplied { wave: wave.clone() });
        let mut tries = 1;
        let verdict = loop {
            let name = name(wave, tries);
            let verdicts = join_all(self.sentries.iter().map(|sentry| sentry.measure(&name))).await;
            if self.sentries.len() > 1 {
                let each = self.sentries.iter().zip(&verdicts).filter(|(_, verdict)| **verdict != Verdict::Healthy);
                each.for_each(|(it, verdict)| self.output.note(&format!("Gate: {wave}: {}.", self.of(it, verdict))));
            }
            match worst(&verdicts) {
                Verdict::Inconclusive { reason } if tries < TRIES => {
                    self.output.note(&format!("Gate: {wave}: inconclusive ({reason}). Measuring again."));
                    tries += 1;
                }
                verdict => break verdict,
            }
        };
        self.recording.event(HistoryEvent::WaveJudged {
            wave: wave.clone(),
            verdict: recorded(verdict),
            why: Some(verdict.to_string()),
        });
        self.output.note(&format!("Gate: {wave}: {verdict}."));
        verdict
    }

    /// Stops to probe; what the probes of each URL prove, in the order of the URLs.
    ///
    /// # Errors
    /// When a log could not be written.
    pub(super) async fn stop(self) -> Result<Vec<Certificate>, CliError> {
        try_join_all(self.sentries.into_iter().map(Sentry::stop)).await
    }

    /// The name of a wave, told apart from an earlier one: a log names each wave once.
    fn once(&self, wave: &str) -> String {
        let mut waves = self.waves.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waves.entry(wave.to_owned()).or_insert(0);
        *count += 1;
        if *count == 1 { wave.to_owned() } else { format!("{wave} ({count})") }
    }

    /// What is said of one URL; with its name where there are several.
    fn of(&self, sentry: &Sentry, what: impl std::fmt::Display) -> String {
        if self.sentries.len() == 1 { what.to_string() } else { format!("{}: {what}", sentry.url()) }
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

/// The verdict on all together: one that is bad is enough, and all have to be healthy.
fn worst(verdicts: &[Verdict]) -> Verdict {
    let of = |wanted: fn(&Verdict) -> bool| verdicts.iter().copied().find(wanted);
    let bad = of(|verdict| *verdict == Verdict::Bad);
    bad.or_else(|| of(|verdict| *verdict != Verdict::Healthy)).unwrap_or(Verdict::Healthy)
}

fn recorded(verdict: Verdict) -> history::Verdict {
    match verdict {
        Verdict::Healthy => history::Verdict::Healthy,
        Verdict::Bad => history::Verdict::Bad,
        Verdict::Inconclusive { .. } => history::Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate::verdict::Reason;

    #[test]
    fn one_bad_url_is_enough_and_all_have_to_be_healthy() {
        let starved = Verdict::Inconclusive { reason: Reason::Starved };
        assert_eq!(worst(&[Verdict::Healthy, Verdict::Healthy]), Verdict::Healthy);
        assert_eq!(worst(&[Verdict::Healthy, starved]), starved);
        assert_eq!(worst(&[starved, Verdict::Healthy, Verdict::Bad]), Verdict::Bad);
    }
}
