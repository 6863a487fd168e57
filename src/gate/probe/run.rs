//! The loop of one stream: a probe for each slot, never waiting for an answer.

use super::{
    Entry, Missed, Outcome, Record, Schedule, StreamPlan,
    exchange::{Exchange, Progress},
    journal::Journal,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep_until, timeout_at},
};

/// More probes under way than fit between two deadlines are never needed; this is for the slowest streams.
const LEAST_UNDER_WAY: u64 = 32;

/// One stream of a prober.
pub(super) struct Run {
    pub(super) plan: StreamPlan,
    pub(super) schedule: Schedule,
    pub(super) exchange: Exchange,
    pub(super) journal: Arc<Journal>,
    pub(super) on: AtomicBool,
    /// From the time a probe was due.
    pub(super) deadline: Duration,
    /// From the time a probe was due.
    pub(super) provisional_after: Duration,
    pub(super) under_way: AtomicU64,
}

impl Run {
    /// Probes until `stop`. Each probe that is under way holds a `guard`.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>, guard: mpsc::Sender<()>) {
        for (slot, due) in self.schedule.times() {
            tokio::select! {
                biased;
                // Also when the prober is gone.
                _ = stop.changed() => return,
                () = sleep_until(self.journal.instant(due)) => {}
            }
            if let Some(outcome) = self.reason_not_to_send(due) {
                self.record(Record { outcome, ..blank(self.plan, slot, due) });
                continue;
            }
            self.under_way.fetch_add(1, Ordering::Relaxed);
            let (run, guard) = (Arc::clone(&self), guard.clone());
            tokio::spawn(async move {
                run.probe(slot, due).await;
                run.under_way.fetch_sub(1, Ordering::Relaxed);
                drop(guard);
            });
        }
    }

    fn reason_not_to_send(&self, due: Duration) -> Option<Outcome> {
        let most = LEAST_UNDER_WAY.max((self.deadline.as_micros() / self.plan.slot.as_micros().max(1)) as u64 * 2);
        if !self.on.load(Ordering::Relaxed) {
            Some(Outcome::Off)
        } else if self.journal.now() >= due + self.deadline {
            Some(Outcome::Missed { reason: Missed::Late })
        } else if self.under_way.load(Ordering::Relaxed) >= most {
            Some(Outcome::Missed { reason: Missed::Busy })
        } else {
            None
        }
    }

    async fn probe(&self, slot: u64, due: Duration) {
        let sent = self.journal.now();
        let progress = Progress::new(Record { sent: Some(sent), ..blank(self.plan, slot, due) });
        let outcome = {
            let carried_out = timeout_at(self.journal.instant(due + self.deadline), self.exchange.carry_out(&progress));
            let mut carried_out = std::pin::pin!(carried_out);
            let soon = tokio::select! {
                biased;
                outcome = &mut carried_out => Some(outcome),
                () = sleep_until(self.journal.instant(due + self.provisional_after)) => None,
            };
            let settled = match soon {
                Some(outcome) => outcome,
                None => {
                    let stream = self.plan.stream;
                    self.journal.add(|at| Entry::Provisional { at, stream, slot, due, sent });
                    carried_out.await
                }
            };
            settled.unwrap_or_else(|_| progress.out_of_time())
        };
        self.record(Record { outcome, ..progress.into_record() });
    }

    fn record(&self, record: Record) {
        self.journal.add(|done| Entry::Probe(Record { done, ..record }));
    }
}

fn blank(plan: StreamPlan, slot: u64, due: Duration) -> Record {
    Record {
        stream: plan.stream,
        slot,
        due,
        sent: None,
        done: due,
        address: None,
        from: None,
        connection: None,
        http2: false,
        status: None,
        marker: None,
        outcome: Outcome::Off,
    }
}
