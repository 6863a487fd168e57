//! Certificates from made-up logs, and what is found when something is changed afterwards.

use super::{Certificate, CertificateError, Finding, Method, verify};
use crate::{
    probe::{
        Census, Entry, FORMAT, Failure, Header, Identity, Missed, Outcome, Record, Schedule, Stream, StreamPlan,
        VERSION,
    },
    statistics::{GapCaveat, Probability},
    verdict::{Judge, Policy, Signal, Verdict},
};
use std::time::Duration;

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn header() -> Header {
    Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        run: "run".to_owned(),
        started: "2026-11-26T12:00:00Z".parse().expect("a time"),
        url: "http://service.example/".to_owned(),
        test_url: None,
        control_url: None,
        streams: vec![
            StreamPlan { stream: Stream::NewConnection, slot: ms(25) },
            StreamPlan { stream: Stream::KeepAlive, slot: ms(100) },
            StreamPlan { stream: Stream::Control, slot: ms(100) },
        ],
        seed: 7,
        identity: Identity::body(["v1"]),
        deadline: ms(900),
        connect_timeout: ms(1000),
        provisional_after: ms(500),
        long_takes: Duration::ZERO,
        vantage: "here".to_owned(),
    }
}

/// The probes of twelve seconds, in the order of their outcomes.
fn probes(outcome: impl Fn(Stream, u64) -> Outcome) -> Vec<Record> {
    let header = header();
    let mut records = Vec::new();
    for plan in &header.streams {
        let schedule = Schedule::new(*plan, header.seed);
        for slot in 0.. {
            let due = schedule.due(slot);
            if due >= Duration::from_secs(12) {
                break;
            }
            let outcome = outcome(plan.stream, slot);
            let answered = outcome == Outcome::Answered;
            records.push(Record {
                stream: plan.stream,
                slot,
                due,
                sent: outcome.failed().map(|_| due + ms(1)),
                done: due + ms(3),
                address: Some(format!("127.0.0.{}:80", slot % 2 + 1).parse().expect("an address")),
                from: Some("127.0.0.1".parse().expect("an address")),
                connection: None,
                http2: false,
                status: answered.then_some(200),
                marker: answered.then(|| "v1".to_owned()),
                outcome,
            });
        }
    }
    records.sort_by_key(|record| record.done);
    records
}

/// A log with one wave that begins with the run.
fn log(outcome: impl Fn(Stream, u64) -> Outcome) -> Vec<Entry> {
    let thresholds = Policy::default().thresholds(Probability::ZERO, 1).expect("a valid policy");
    let mut judge = Judge::new(thresholds.clone());
    let mut entries = vec![
        Entry::Started(header()),
        Entry::Judging { at: ms(0), thresholds: Box::new(thresholds) },
        Entry::WaveStarted { at: ms(0), wave: "one".to_owned() },
    ];
    for entry in &entries {
        judge.observe(entry);
    }
    for record in probes(outcome) {
        let at = record.done;
        let entry = Entry::Probe(record);
        let signals = judge.observe(&entry);
        entries.push(entry);
        for signal in signals {
            if let Signal::Verdict { wave: Some(wave), verdict } = signal {
                entries.push(Entry::WaveEnded { at, wave, verdict });
            }
        }
    }
    entries.push(Entry::Census { at: ms(12_010), census: Census { request_count: Some(600), ..Census::default() } });
    entries.push(Entry::Stopped { at: ms(12_020) });
    entries
}

fn text(entries: &[Entry]) -> String {
    let line = |entry| serde_json::to_string(entry).expect("an entry is JSON") + "\n";
    entries.iter().map(line).collect()
}

fn certificate(text: &str) -> Certificate {
    Certificate::from_log(text.as_bytes(), &Method::default()).expect("a log")
}

fn healthy() -> Vec<Entry> {
    log(|stream, slot| match (stream, slot) {
        (Stream::NewConnection, 100) => Outcome::Failed { failure: Failure::Reset, detail: None },
        (Stream::NewConnection, 200) => Outcome::Missed { reason: Missed::Busy },
        _ => Outcome::Answered,
    })
}

#[test]
fn a_certificate_says_what_the_log_has() {
    let log = text(&healthy());
    let certificate = certificate(&log);
    // 480 slots of the first stream, one of them missed, and 120 of the second.
    assert_eq!(certificate.service.counts.probes(), 599);
    assert_eq!(certificate.failures[&Failure::Reset], 1);
    assert_eq!(certificate.streams[&Stream::NewConnection].missed, 1);
    assert_eq!(certificate.streams[&Stream::Control].counts.probes(), 120);
    assert_eq!(certificate.markers["v1"], 598);
    assert_eq!(certificate.vantage_addresses.len(), 1);
    assert!(certificate.complete);
    assert_eq!(certificate.waves.len(), 1);
    assert_eq!(certificate.waves[0].acted_on, Some(Verdict::Healthy));
    assert_eq!(certificate.census.as_ref().and_then(|census| census.request_count), Some(600));
    // A missed slot makes the gap three slots; for the one of two addresses that it was for, five.
    let gaps = certificate.gaps.as_ref().expect("there are new connections");
    assert_eq!(gaps.service.caveat, GapCaveat::None);
    let service = gaps.service.longest.expect("it has a limit");
    assert!((ms(40)..=ms(75)).contains(&service), "{service:?}");
    assert_eq!(gaps.addresses.len(), 2);
    for gap in gaps.addresses.values() {
        let address = gap.longest.expect("it has a limit");
        assert!((ms(40)..=ms(125)).contains(&address), "{address:?}");
    }
    let bound = certificate.service.anytime_upper_bound;
    assert!(bound > certificate.service.exact_upper_bound && bound < Probability::literal(0.02));
    assert_eq!(verify(&certificate, log.as_bytes()).expect("a log"), []);
}

#[test]
fn a_certificate_survives_being_written_and_read() {
    let log = text(&healthy());
    let certificate = certificate(&log);
    let read = Certificate::from_json(&certificate.to_json()).expect("a certificate");
    assert_eq!(verify(&read, log.as_bytes()).expect("a log"), []);
}

#[test]
fn a_bad_wave_is_certified_as_bad() {
    let log = log(|stream, slot| match (stream, slot) {
        (Stream::NewConnection, 100..) | (Stream::KeepAlive, 25..) => {
            Outcome::Failed { failure: Failure::Refused, detail: None }
        }
        _ => Outcome::Answered,
    });
    let certificate = certificate(&text(&log));
    assert_eq!(certificate.waves[0].verdicts, [Verdict::Bad]);
    assert_eq!(certificate.waves[0].acted_on, Some(Verdict::Bad));
    assert!(certificate.waves[0].alarm.is_some());
    assert_eq!(verify(&certificate, text(&log).as_bytes()).expect("a log"), []);
}

/// Every number in a certificate, changed one at a time.
#[test]
fn any_number_that_is_changed_in_the_certificate_is_found() {
    let log = text(&healthy());
    let original = serde_json::to_value(certificate(&log)).expect("JSON");
    let mut paths = Vec::new();
    numbers("", &original, &mut paths);
    assert!(paths.len() > 40, "{}", paths.len());
    for path in paths {
        // Counts that could not be are refused when they are read; the method changes what is recomputed.
        let mut changed = original.clone();
        let number = changed.pointer_mut(&path).expect("it is there");
        *number = match number.as_u64() {
            Some(count) => (count + 1).into(),
            None => (number.as_f64().expect("a number") * 1.001).into(),
        };
        match serde_json::from_value::<Certificate>(changed) {
            Err(_) => {}
            Ok(certificate) => {
                let found = verify(&certificate, log.as_bytes()).expect("a log");
                assert!(!found.is_empty(), "a change of {path} was not found");
            }
        }
    }
}

fn numbers(path: &str, value: &serde_json::Value, paths: &mut Vec<String>) {
    match value {
        serde_json::Value::Number(_) => paths.push(path.to_owned()),
        serde_json::Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| numbers(&format!("{path}/{index}"), value, paths));
        }
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| numbers(&format!("{path}/{name}"), value, paths));
        }
        _ => {}
    }
}

#[test]
fn any_line_that_is_changed_in_the_log_is_found() {
    let entries = healthy();
    let certificate = certificate(&text(&entries));
    for line in (1..entries.len()).step_by(37) {
        let mut removed = entries.clone();
        removed.remove(line);
        let found = verify(&certificate, text(&removed).as_bytes()).expect("a log");
        assert!(found.iter().any(is_digest), "the lack of line {line} was not found");
    }
    let cut: String = text(&entries).chars().take(10_000).collect();
    assert!(!verify(&certificate, cut.as_bytes()).expect("a log").is_empty());
}

fn is_digest(finding: &Finding) -> bool {
    matches!(finding, Finding::Claim { path, .. } if path == "/log/sha256")
}

/// A certificate made for a log that was changed first: the digest is right, but the log contradicts itself.
fn contradictions(change: impl FnOnce(&mut Vec<Entry>)) -> Vec<String> {
    let mut entries = healthy();
    change(&mut entries);
    let text = text(&entries);
    let found = verify(&certificate(&text), text.as_bytes()).expect("a log");
    found.iter().map(ToString::to_string).collect()
}

/// The first answer that the service gave.
fn answered(entries: &mut [Entry]) -> &mut Record {
    let record = entries.iter_mut().find_map(|entry| match entry {
        Entry::Probe(record) if record.stream != Stream::Control && record.outcome == Outcome::Answered => Some(record),
        _ => None,
    });
    record.expect("there are answers")
}

fn failed_line(entries: &[Entry]) -> usize {
    let failed = |entry: &Entry| matches!(entry, Entry::Probe(record) if record.failure().is_some());
    entries.iter().position(failed).expect("one probe failed")
}

#[test]
fn a_log_that_was_changed_before_it_was_certified_contradicts_itself() {
    #[track_caller]
    fn says(found: &[String], what: &str) {
        assert!(found.iter().any(|finding| finding.contains(what)), "{what}: {found:?}");
    }
    assert_eq!(contradictions(|_| {}), [""; 0]);
    says(&contradictions(|entries| drop(entries.remove(failed_line(entries)))), "1 slots of S1 have no outcome");
    says(
        &contradictions(|entries| {
            let line = failed_line(entries);
            if let Entry::Probe(record) = &mut entries[line] {
                record.outcome = Outcome::Answered;
            }
        }),
        "its status is not that of an answer",
    );
    says(&contradictions(|entries| answered(entries).due += ms(1)), "was not due then");
    says(&contradictions(|entries| answered(entries).marker = Some("v3".to_owned())), "its marker was never accepted");
    says(&contradictions(|entries| entries.insert(10, entries[9].clone())), "has two outcomes");
    says(&contradictions(|entries| entries.swap(10, 60)), "older than the entry before");
    says(&contradictions(|entries| drop(entries.pop())), "the run was cut off");
    says(
        &contradictions(|entries| {
            let last = Duration::from_secs(5);
            entries.retain(|entry| !matches!(entry, Entry::Probe(record) if record.due > last));
        }),
        "has no probes after its slot",
    );
    says(
        &contradictions(|entries| {
            for entry in entries {
                if let Entry::WaveEnded { verdict, .. } = entry {
                    *verdict = Verdict::Bad;
                }
            }
        }),
        "wave one: the verdict that was acted on is not one that the log gives",
    );
}

#[test]
fn what_is_no_log_or_no_certificate_is_refused() {
    let of_log = |text: &str| Certificate::from_log(text.as_bytes(), &Method::default());
    assert!(matches!(of_log(""), Err(CertificateError::NotALog)));
    assert!(matches!(of_log("{\"entry\":\"tick\",\"at_us\":1}\n"), Err(CertificateError::NotALog)));
    assert!(matches!(of_log("hello\n"), Err(CertificateError::Log(_))));
    let newer = text(&[Entry::Started(Header { version: VERSION + 1, ..header() })]);
    assert!(matches!(of_log(&newer), Err(CertificateError::LogVersion { .. })));
    let certificate = certificate(&text(&healthy()));
    let newer = Certificate { version: super::VERSION + 1, ..certificate.clone() };
    assert!(matches!(Certificate::from_json(&newer.to_json()), Err(CertificateError::Version { .. })));
    assert!(matches!(Certificate::from_json("{}"), Err(CertificateError::NotACertificate(_))));
    let with_more = certificate.to_json().replacen('{', "{\"approved\": true,", 1);
    assert!(matches!(Certificate::from_json(&with_more), Err(CertificateError::NotACertificate(_))));
}
