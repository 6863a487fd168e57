//! The loop is open: probes are sent when they are due, whatever became of those before.

use crate::support::{Server, all_failed, answer, read_head, records, settings};
use rust_stack_gate::probe::{Entry, Failure, Missed, Outcome, Prober, Settings, Stream};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::io::AsyncWriteExt;

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[tokio::test]
async fn a_server_that_is_silent_does_not_hold_up_the_next_probe() {
    let (accepted, closed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (Arc::clone(&accepted), Arc::clone(&closed));
    let server = Server::start(move |mut stream| {
        counted.0.fetch_add(1, Ordering::SeqCst);
        let closed = Arc::clone(&counted.1);
        async move {
            read_head(&mut stream).await;
            // Ends when the client closes the connection.
            while read_head(&mut stream).await.is_some() {}
            closed.fetch_add(1, Ordering::SeqCst);
        }
    });
    let server = server.await;
    let settings = Settings {
        provisional_after: ms(200),
        deadline: ms(800),
        ..settings(server.target(), Stream::NewConnection, 50.0)
    };
    let prober = Prober::start(settings).await.unwrap();
    let mut entries = prober.subscribe();
    let (mut provisional, mut settled) = (Vec::new(), Vec::new());
    while settled.len() < 5 {
        match &*entries.next().await.unwrap() {
            Entry::Provisional { at, slot, due, .. } => {
                assert!(*at >= *due + ms(200), "{at:?} {due:?}");
                provisional.push(*slot);
            }
            Entry::Probe(record) => settled.push(record.clone()),
            _ => {}
        }
    }
    all_failed(&settled, Failure::Deadline);
    for record in &settled {
        assert!(record.latency() >= ms(800), "{record:?}");
        assert!(provisional.contains(&record.slot), "{record:?} was never provisional");
    }
    // By the first deadline some 40 probes have been due.
    let sent = accepted.load(Ordering::SeqCst);
    assert!(sent >= 30, "only {sent} probes were sent");
    prober.stop().await.unwrap();
    let all_closed = async {
        while closed.load(Ordering::SeqCst) < accepted.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(ms(5_000), all_closed).await.expect("no connection outlives its probe");
}

#[tokio::test]
async fn a_slow_answer_within_the_deadline_is_slow_and_no_failure() {
    let server = Server::start(|mut stream| async move {
        read_head(&mut stream).await;
        tokio::time::sleep(ms(150)).await;
        let _client_may_be_gone = stream.write_all(answer("200 OK", "", "ok").as_bytes()).await;
    });
    let server = server.await;
    let patient = records(settings(server.target(), Stream::NewConnection, 20.0), 3).await;
    for record in patient {
        assert_eq!(record.outcome, Outcome::Answered);
        assert!(record.latency() >= ms(150), "{record:?}");
    }
    let hasty = Settings { deadline: ms(100), ..settings(server.target(), Stream::NewConnection, 20.0) };
    all_failed(&records(hasty, 3).await, Failure::Deadline);
}

#[tokio::test]
async fn a_long_request_has_its_own_deadline() {
    let server = Server::start(|mut stream| async move {
        let head = read_head(&mut stream).await.unwrap_or_default();
        assert!(head.starts_with("GET /slow?ms=400 "), "{head}");
        tokio::time::sleep(ms(400)).await;
        let _client_may_be_gone = stream.write_all(answer("200 OK", "", "ok").as_bytes()).await;
    });
    let server = server.await;
    let mut settings = settings(server.target(), Stream::Long, 5.0).long("/slow?ms=400", ms(400));
    settings.deadline = ms(350);
    for record in records(settings, 3).await {
        assert_eq!(record.outcome, Outcome::Answered, "{record:?}");
        assert!(record.latency() >= ms(400));
    }
}

#[tokio::test]
async fn slots_that_the_prober_slept_through_are_missed_and_said_so() {
    let (server, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let settings = Settings { deadline: ms(200), ..settings(server.target(), Stream::NewConnection, 50.0) };
    let prober = Prober::start(settings).await.unwrap();
    let mut entries = prober.subscribe();
    // This test's runtime has one thread: so long nothing of the prober runs.
    std::thread::sleep(ms(600));
    let mut slots = Vec::new();
    let mut missed = 0;
    while slots.len() < 60 {
        if let Entry::Probe(record) = &*entries.next().await.unwrap() {
            slots.push(record.slot);
            missed += usize::from(record.outcome == Outcome::Missed { reason: Missed::Late });
        }
    }
    assert!((15..=32).contains(&missed), "{missed} of the slots in 600 ms, of which the last 200 ms can still be sent");
    slots.sort_unstable();
    assert_eq!(slots[..50], (0..50).collect::<Vec<u64>>(), "no slot is dropped silently");
    prober.stop().await.unwrap();
}

#[tokio::test]
async fn a_stream_that_is_switched_off_sends_nothing() {
    let (server, requests) = Server::answering(answer("200 OK", "", "ok")).await;
    let prober = Prober::start(settings(server.target(), Stream::Sticky, 100.0)).await.unwrap();
    prober.switch(Stream::Sticky, false);
    let mut entries = prober.subscribe();
    let mut off = 0;
    while off < 5 {
        if let Entry::Probe(record) = &*entries.next().await.unwrap() {
            off = if record.outcome == Outcome::Off { off + 1 } else { 0 };
        }
    }
    let before = requests.heads().len();
    prober.switch(Stream::Sticky, true);
    while requests.heads().len() == before {
        entries.next().await.unwrap();
    }
    prober.stop().await.unwrap();
}
