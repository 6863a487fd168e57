//! The log of a run and its certificate.

use crate::support::{Server, answer, settings};
use rust_stack_gate::{
    certificate::{Certificate, Method, verify},
    probe::{Entry, Identity, LogError, Prober, Settings, StartError, Stream, read},
    statistics::Probability,
    verdict::{Judge, Policy, Signal, Verdict},
};
use std::{fs, io::BufReader, path::Path, time::Duration};

fn open(path: &Path) -> BufReader<fs::File> {
    BufReader::new(fs::File::open(path).unwrap())
}

#[tokio::test]
async fn a_run_leaves_a_log_whose_certificate_holds() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("probes.jsonl");
    let (server, _) = Server::answering(answer("200 OK", "", "Hello from v1")).await;
    let target = server.target().identity(Identity::body(["v1"]));
    let settings = Settings { rate: 500.0, deadline: Duration::from_secs(5), ..Settings::new(target) }.log(&log);
    let prober = Prober::start(settings).await.unwrap();
    let mut entries = prober.subscribe();
    let policy = Policy { stream_probes: 1, lag: Duration::from_secs(1), ..Policy::default() };
    let mut judge = Judge::new(policy.thresholds(Probability::ZERO, 1).unwrap());
    prober.judge(judge.thresholds());
    prober.wave_started("one");
    let verdict = 'wave: loop {
        for signal in judge.observe(&entries.next().await.unwrap()) {
            if let Signal::Verdict { wave, verdict } = signal {
                assert_eq!(wave.as_deref(), Some("one"));
                break 'wave verdict;
            }
        }
    };
    assert_eq!(verdict, Verdict::Healthy);
    prober.wave_ended("one", verdict);
    prober.flush().await.unwrap();
    assert!(fs::read_to_string(&log).unwrap().contains("wave_ended"), "flushed on demand");
    prober.stop().await.unwrap();

    let certificate = Certificate::from_log(open(&log), &Method::default()).unwrap();
    assert!(certificate.complete);
    assert!(certificate.service.counts.probes() >= 360);
    assert_eq!(certificate.service.counts.failures(), 0);
    assert_eq!(certificate.markers["v1"], certificate.service.counts.probes());
    assert_eq!(certificate.waves[0].acted_on, Some(Verdict::Healthy));
    assert!(certificate.gaps.is_some());
    let read_back = Certificate::from_json(&certificate.to_json()).unwrap();
    assert_eq!(verify(&read_back, open(&log)).unwrap(), []);
    assert!(matches!(read(open(&log)).last(), Some(Ok(Entry::Stopped { .. }))));
}

#[tokio::test]
async fn an_existing_log_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("probes.jsonl");
    fs::write(&log, "precious").unwrap();
    let (server, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let settings = settings(server.target(), Stream::Sticky, 1.0).log(&log);
    assert!(matches!(Prober::start(settings).await, Err(StartError::Log(LogError::Create { .. }))));
    assert_eq!(fs::read_to_string(&log).unwrap(), "precious");
}

#[tokio::test]
async fn a_prober_that_is_dropped_ends_its_subscriptions() {
    let (server, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let prober = Prober::start(settings(server.target(), Stream::Sticky, 50.0)).await.unwrap();
    let mut entries = prober.subscribe();
    drop(prober);
    let ended = tokio::time::timeout(Duration::from_secs(5), async { while entries.next().await.is_ok() {} }).await;
    assert!(ended.is_ok(), "probes go on without a prober");
}
