use super::{Failure, Progress, Run};
use crate::{Fault, Result, provider::Kind};
use rand::Rng as _;
use std::{future::Future, time::Duration};
use tokio::time::{Instant, sleep};

/// How often and how fast calls are repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// How long a call that fails in passing is repeated.
    pub retry: Duration,
    /// The pause before the first repetition; it doubles from there.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// How long an object may take to become ready or to go away, at most; a kind may want less.
    pub wait: Duration,
    /// How long reads may lag behind writes.
    pub lag: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            retry: Duration::from_secs(120),
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
            wait: Duration::from_secs(3600),
            lag: Duration::from_secs(10),
        }
    }
}

/// Pauses that double, each with full jitter so that callers do not stay in step.
/// AWS Architecture Blog, "Exponential Backoff And Jitter".
pub(super) struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Patience {
    pub(super) fn pauses(&self) -> Pauses {
        Pauses { next: self.first, longest: self.longest }
    }
}

impl Pauses {
    pub(super) fn next(&mut self) -> Duration {
        let pause = self.next.mul_f64(rand::rng().random_range(0.5..=1.0));
        self.next = (self.next * 2).min(self.longest);
        pause
    }
}

impl Run<'_> {
    /// Makes a call, again while it fails in passing.
    pub(super) async fn call<T, F: Future<Output = Result<T>>>(
        &self,
        step: usize,
        kind: &dyn Kind,
        action: &'static str,
        passing: impl Fn(&Fault) -> bool,
        call: impl Fn() -> F,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        let mut pauses = self.applier.patience.pauses();
        let service = kind.schema().service();
        loop {
            self.applier.rates.acquire(service, action).await;
            let fault = match call().await {
                Ok(reply) => {
                    self.applier.rates.passed(service, action);
                    return Ok(reply);
                }
                Err(fault) => fault,
            };
            if matches!(fault, Fault::Throttled { .. }) {
                self.applier.rates.throttled(service, action);
            }
            let patience = match &fault {
                Fault::InUse { .. } => kind.timeout().min(self.applier.patience.wait),
                _ => self.applier.patience.retry,
            };
            if !passing(&fault) || begun.elapsed() >= patience {
                return Err(fault.into());
            }
            let after = pauses.next();
            self.applier.observer.notice(Progress::Retrying { step, fault: &fault, after });
            sleep(after).await;
        }
    }
}
