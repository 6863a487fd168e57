//! Kept connections: what happens to them is reported, and nothing is sent twice.
//!
//! A request that is due while the connection is busy goes over a new one, so on a machine that stalls there may be more
//! new connections than there would be.

use crate::support::read_head;
use crate::support::{Requests, Server, answer, records, settings};
use rust_stack_gate::probe::{Connection, Failure, Outcome, Settings, Stream};
use std::collections::HashSet;
use tokio::io::AsyncWriteExt;

fn one_connection(server: &Server, rate: f64) -> Settings {
    Settings { kept_connections: 1, ..settings(server.target(), Stream::KeepAlive, rate) }
}

#[tokio::test]
async fn kept_connections_are_used_again() {
    let (server, requests) = Server::answering(answer("200 OK", "", "ok")).await;
    let records = records(one_connection(&server, 5.0), 4).await;
    let connections: Vec<_> = records.iter().map(|record| record.connection).collect();
    let expected = [Connection::New, Connection::Kept(1), Connection::Kept(2), Connection::Kept(3)].map(Some);
    assert_eq!(connections, expected);
    assert!(records.iter().all(|record| record.outcome == Outcome::Answered));
    assert!(requests.heads().len() >= 4);
}

#[tokio::test]
async fn a_pool_keeps_as_many_connections_as_it_should_and_uses_each() {
    let (server, _) = Server::answering(answer("200 OK", "", "ok")).await;
    let settings = Settings { kept_connections: 3, ..settings(server.target(), Stream::KeepAlive, 10.0) };
    let connections: Vec<_> = records(settings, 9).await.iter().filter_map(|record| record.connection).collect();
    assert_eq!(connections[..3], [Connection::New; 3]);
    assert_eq!(connections[3..6], [Connection::Kept(1); 3]);
    assert_eq!(connections[6..9], [Connection::Kept(2); 3]);
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced_without_a_failure() {
    let server = Server::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(answer("200 OK", "", "ok").as_bytes()).await.unwrap();
    });
    let server = server.await;
    let records = records(one_connection(&server, 10.0), 4).await;
    assert_eq!(records[0].connection, Some(Connection::New));
    for record in &records[1..] {
        assert_eq!(record.outcome, Outcome::Answered);
        assert!(matches!(record.connection, Some(Connection::Replaced | Connection::New)), "{record:?}");
    }
    assert!(records.iter().any(|record| record.connection == Some(Connection::Replaced)), "{records:?}");
}

#[tokio::test]
async fn a_connection_closed_under_a_request_fails_it_and_nothing_is_sent_again() {
    let requests = Requests::default();
    let noted = requests.clone();
    let server = Server::start(move |mut stream| {
        let requests = noted.clone();
        async move {
            // The first request of a connection is answered; the second meets its end.
            let Some(head) = read_head(&mut stream).await else { return };
            requests.add(head);
            if stream.write_all(answer("200 OK", "", "ok").as_bytes()).await.is_err() {
                return;
            }
            let Some(head) = read_head(&mut stream).await else { return };
            requests.add(head);
        }
    });
    let server = server.await;
    let records = records(one_connection(&server, 20.0), 8).await;
    for record in &records {
        match record.connection {
            Some(Connection::New) => assert_eq!(record.outcome, Outcome::Answered, "{record:?}"),
            Some(Connection::Kept(1)) => assert_eq!(record.failure(), Some(Failure::RetriedOnly), "{record:?}"),
            _ => panic!("a connection is good for one request and meets its end with the second: {record:?}"),
        }
    }
    assert!(records.iter().any(|record| record.connection == Some(Connection::Kept(1))), "{records:?}");
    let ids = requests.values("x-request-id");
    let distinct: HashSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "a request was sent twice: {ids:?}");
    assert!(ids.len() >= records.len());
}
