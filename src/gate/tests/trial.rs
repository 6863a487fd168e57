//! One real outage, timed.

use crate::support::{Server, answer, read_head};
use rust_stack_gate::{
    probe::{Prober, Settings},
    statistics::Probability,
    verdict::{Judge, Policy, Signal, Verdict},
};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, sync::watch, time::timeout};

/// From the time a server begins to refuse until the judge halts, and the verdict.
pub(crate) async fn trial() -> (Duration, Verdict) {
    let (up, state) = watch::channel(true);
    let mut server = Server::start(move |mut stream| {
        let mut state = state.clone();
        async move {
            loop {
                tokio::select! {
                    head = read_head(&mut stream) => {
                        if head.is_none() || stream.write_all(answer("200 OK", "", "ok").as_bytes()).await.is_err() {
                            return;
                        }
                    }
                    _ = state.changed() => return,
                }
            }
        }
    })
    .await;
    let prober = Prober::start(Settings::new(server.target())).await.unwrap();
    let mut judge = Judge::new(Policy::default().thresholds(Probability::ZERO, 1).unwrap());
    let mut entries = prober.subscribe();
    prober.wave_started("one");
    let begin = prober.now() + Duration::from_millis(500);
    while prober.now() < begin {
        let signals = judge.observe(&entries.next().await.unwrap());
        assert!(signals.is_empty(), "{signals:?} while all is well");
    }
    server.refuse().await;
    up.send(false).unwrap();
    let begin = prober.now();
    let mut halted = None;
    let verdict = loop {
        let entry = timeout(Duration::from_secs(5), entries.next()).await.unwrap().unwrap();
        let verdict = judge.observe(&entry).into_iter().find_map(|signal| match signal {
            Signal::Halted(_) => {
                halted = Some(prober.now() - begin);
                None
            }
            Signal::Verdict { verdict, .. } => Some(verdict),
        });
        if let Some(verdict) = verdict {
            break verdict;
        }
    };
    prober.stop().await.unwrap();
    (halted.unwrap(), verdict)
}
