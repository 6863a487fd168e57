//! What each stream does.

use crate::support::{Server, answer, next_records, records, settings, value};
use rust_stack_gate::probe::{Connection, Failure, Identity, Outcome, Prober, Settings, StartError, Stream, Target};
use std::{collections::HashSet, time::Duration};

#[tokio::test]
async fn every_request_has_an_id_of_its_own_and_is_marked_as_a_probe() {
    let (server, requests) = Server::answering(answer("200 OK", "", "ok")).await;
    let settings = Settings { rate: 100.0, ..Settings::new(server.target()) };
    let prober = Prober::start(settings).await.unwrap();
    let records = next_records(&prober, 60, |record| record.stream != Stream::Control).await;
    let run = prober.header().run.clone();
    prober.stop().await.unwrap();
    let ids = requests.values("x-request-id");
    let distinct: HashSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len());
    for record in records {
        assert!(distinct.contains(&record.request_id(&run)), "{record:?} did not arrive");
    }
    for head in requests.heads() {
        assert_eq!(value(&head, "x-rust-stack-probe").as_deref(), Some(run.as_str()));
        assert_eq!(value(&head, "host"), Some(server.address.to_string()));
    }
}

#[tokio::test]
async fn all_standard_streams_run_and_the_control_is_the_probers_own() {
    let (server, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let settings = Settings { rate: 100.0, ..Settings::new(server.target()) };
    let settings = settings.test(server.target()).long("/slow", Duration::ZERO);
    let prober = Prober::start(settings).await.unwrap();
    let mut entries = prober.subscribe();
    let mut seen = HashSet::new();
    while seen.len() < Stream::ALL.len() {
        if let rust_stack_gate::probe::Entry::Probe(record) = &*entries.next().await.unwrap() {
            assert_eq!(record.outcome, Outcome::Answered, "{record:?}");
            let elsewhere = record.address != Some(server.address);
            assert_eq!(elsewhere, record.stream == Stream::Control, "{record:?}");
            seen.insert(record.stream);
        }
    }
    prober.stop().await.unwrap();
}

#[tokio::test]
async fn every_address_is_probed_and_a_dead_one_fails_alone() {
    let (first, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let mut second = Server::start(|_| async {}).await;
    second.refuse().await;
    let addresses = [first.address, second.address];
    let target = Target::new("http://service.example/").unwrap().addresses(addresses);
    let records = records(settings(target, Stream::EveryAddress, 50.0), 6).await;
    for record in &records {
        let expected = addresses[record.slot as usize % 2];
        assert_eq!(record.address, Some(expected));
        assert_eq!(record.connection, Some(Connection::New));
        assert_eq!(record.failure(), (expected == second.address).then_some(Failure::Refused));
    }
}

#[tokio::test]
async fn new_connections_follow_the_name_to_other_addresses() {
    let (first, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let (second, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let (name, addresses) = tokio::sync::watch::channel(vec![first.address]);
    let target = Target::new("http://service.example/").unwrap().addresses_from(addresses);
    let prober = Prober::start(settings(target, Stream::NewConnection, 50.0)).await.unwrap();
    let before = next_records(&prober, 2, |record| record.stream == Stream::NewConnection).await;
    assert!(before.iter().all(|record| record.address == Some(first.address)), "{before:?}");
    name.send_replace(vec![second.address]);
    next_records(&prober, 2, |record| record.address == Some(second.address)).await;
    prober.stop().await.unwrap();
}

#[tokio::test]
async fn the_sticky_stream_sends_the_cookie_back() {
    let (server, requests) =
        Server::answering(answer("200 OK", "set-cookie: AWSALB=abc; Expires=Thu, 03 Dec 2026; Path=/\r\n", "ok")).await;
    records(settings(server.target(), Stream::Sticky, 20.0), 3).await;
    let heads = requests.heads();
    assert_eq!(value(&heads[0], "cookie"), None);
    assert_eq!(value(&heads[1], "cookie").as_deref(), Some("AWSALB=abc"));
}

#[tokio::test]
async fn the_test_listener_has_its_own_url_and_identity() {
    let (blue, _) = Server::answering(answer("200 OK", "", "blue")).await;
    let (green, _) = Server::answering(answer("200 OK", "", "green")).await;
    let mut settings = settings(blue.target().identity(Identity::body(["blue"])), Stream::TestListener, 50.0);
    settings.test = Some(green.target().identity(Identity::body(["green"])));
    for record in records(settings, 3).await {
        assert_eq!((record.address, record.marker.as_deref()), (Some(green.address), Some("green")));
    }
}

#[tokio::test]
async fn settings_that_contradict_themselves_start_nothing() {
    let target = Target::new("http://127.0.0.1:1/").unwrap();
    let refused = [
        Settings { rate: 0.0, ..Settings::new(target.clone()) },
        Settings { deadline: Duration::ZERO, ..Settings::new(target.clone()) },
        settings(target.clone(), Stream::Long, 1.0),
        settings(target.clone(), Stream::TestListener, 1.0),
        Settings::new(target).long("slow", Duration::ZERO),
    ];
    for settings in refused {
        assert!(matches!(Prober::start(settings).await, Err(StartError::Settings(_))));
    }
}
