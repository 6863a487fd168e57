//! What counts as failed.

use crate::support::{Server, all_failed, answer, next_records, read_head, records, settings};
use rust_stack_gate::probe::{Failure, Identity, Outcome, Prober, Role, Stream, Target};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_right_answer_is_no_failure() {
    let (server, _) = Server::answering(answer("200 OK", "", "Hello from v1")).await;
    let target = server.target().identity(Identity::body(["v1", "v2"]));
    for record in records(settings(target, Stream::NewConnection, 50.0), 5).await {
        assert_eq!(record.outcome, Outcome::Answered, "{record:?}");
        assert_eq!((record.status, record.marker.as_deref()), (Some(200), Some("v1")));
        assert_eq!((record.address, record.from), (Some(server.address), Some(server.address.ip())));
    }
}

#[tokio::test]
async fn a_bad_gateway_is_told_by_who_made_it() {
    for (headers, failure) in [("server: awselb/2.0\r\n", Failure::LoadBalancer5xx), ("", Failure::Target5xx)] {
        let (server, _) = Server::answering(answer("502 Bad Gateway", headers, "sorry")).await;
        let records = records(settings(server.target(), Stream::NewConnection, 50.0), 3).await;
        all_failed(&records, failure);
        assert_eq!(records[0].status, Some(502));
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_unexpected() {
    let (server, requests) = Server::answering(answer("302 Found", "location: /elsewhere\r\n", "")).await;
    all_failed(&records(settings(server.target(), Stream::KeepAlive, 50.0), 3).await, Failure::UnexpectedStatus);
    assert!(requests.heads().iter().all(|head| head.starts_with("GET / HTTP/1.1")));
}

#[tokio::test]
async fn a_body_that_ends_early_is_truncated() {
    let server = Server::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await.unwrap();
    });
    let server = server.await;
    all_failed(&records(settings(server.target(), Stream::NewConnection, 50.0), 3).await, Failure::TruncatedBody);
}

#[tokio::test]
async fn a_connection_that_is_reset_within_the_body_is_truncated() {
    let server = Server::start(|mut stream| async move {
        // What is left unread when the socket closes makes the system reset the connection.
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    });
    let server = server.await;
    all_failed(&records(settings(server.target(), Stream::NewConnection, 20.0), 3).await, Failure::TruncatedBody);
}

#[tokio::test]
async fn a_connection_that_is_reset_before_the_answer_is_reset() {
    let server = Server::start(|mut stream| async move {
        stream.read_u8().await.unwrap();
    });
    let server = server.await;
    all_failed(&records(settings(server.target(), Stream::NewConnection, 50.0), 3).await, Failure::Reset);
}

#[tokio::test]
async fn what_is_not_http_is_a_failure() {
    let server = Server::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"220 mail.example.com ESMTP\r\n").await.unwrap();
    });
    let server = server.await;
    all_failed(&records(settings(server.target(), Stream::NewConnection, 50.0), 3).await, Failure::Protocol);
}

#[tokio::test]
async fn who_may_answer_can_change_while_running() {
    let (server, _) = Server::answering(answer("200 OK", "", "Hello from v2")).await;
    let target = server.target().identity(Identity::body(["v1"]));
    let prober = Prober::start(settings(target, Stream::NewConnection, 100.0)).await.unwrap();
    all_failed(&next_records(&prober, 3, |_| true).await, Failure::WrongIdentity);
    prober.identity(Role::Main, Identity::body(["v1", "v2"]));
    let changed = prober.now();
    let after = next_records(&prober, 3, |record| record.due > changed).await;
    assert!(after.iter().all(|record| record.outcome == Outcome::Answered), "{after:?}");
    prober.stop().await.unwrap();
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let mut server = Server::start(|_| async {}).await;
    server.refuse().await;
    all_failed(&records(settings(server.target(), Stream::KeepAlive, 50.0), 3).await, Failure::Refused);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_resolved() {
    let target = Target::new("http://service.invalid/").unwrap();
    all_failed(&records(settings(target, Stream::NewConnection, 20.0), 2).await, Failure::Dns);
}
