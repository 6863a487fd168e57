//! TLS.

use crate::support::{Server, all_failed, answer, records, settings};
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rust_stack_gate::probe::{Connection, Failure, Outcome, Prober, Record, Settings, StartError, Stream, Target};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// What accepts connections for `name` with a certificate of its own making and these versions of HTTP, and that
/// certificate.
fn acceptor(name: &str, versions: &[&str]) -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = versions.iter().map(|version| version.as_bytes().to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

/// A server that speaks HTTP/1.1.
async fn server(name: &str) -> (Server, String) {
    let (acceptor, pem) = acceptor(name, &[]);
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while read_head(&mut stream).await {
                stream.write_all(answer("200 OK", "", "ok").as_bytes()).await.unwrap();
            }
        }
    });
    (server.await, pem)
}

/// A server that speaks HTTP/2 where it is offered, and ends each such connection, as is due, after `most` requests.
async fn server_of_both(name: &str, most: usize) -> (Server, String) {
    let (acceptor, pem) = acceptor(name, &["h2", "http/1.1"]);
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
                while read_head(&mut stream).await {
                    stream.write_all(answer("200 OK", "", "ok").as_bytes()).await.unwrap();
                }
                return;
            }
            let (enough, seen) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
            let full = Arc::clone(&enough);
            let service = service_fn(move |request: Request<Incoming>| {
                if seen.fetch_add(1, Ordering::Relaxed) + 1 >= most {
                    full.notify_one();
                }
                // In HTTP/2 the name stands here and not in a header.
                let right = request.uri().host() == Some("service.example") && !request.headers().contains_key("host");
                let body = Full::new(Bytes::from_static(if right { b"ok" } else { b"the name is missing" }));
                async move { Ok::<_, std::convert::Infallible>(Response::new(body)) }
            });
            let mut connection = std::pin::pin!(
                http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service)
            );
            tokio::select! {
                _ = &mut connection => return,
                () = enough.notified() => connection.as_mut().graceful_shutdown(),
            }
            // Ends once the client has taken in that it must go elsewhere.
            let _ = connection.await;
        }
    });
    (server.await, pem)
}

/// Reads the head of a request; whether there was one.
async fn read_head(stream: &mut (impl AsyncReadExt + Unpin)) -> bool {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            return true;
        }
    }
    false
}

fn target(name: &str, address: SocketAddr) -> Target {
    Target::new(&format!("https://{name}:{}/", address.port())).unwrap().addresses([address])
}

#[tokio::test]
async fn a_certificate_that_is_trusted_is_accepted() {
    let (server, pem) = server("service.example").await;
    for stream in [Stream::NewConnection, Stream::KeepAlive] {
        let target = target("service.example", server.address).root_certificate(pem.clone());
        for record in records(settings(target, stream, 20.0), 3).await {
            assert_eq!(record.outcome, Outcome::Answered, "{record:?}");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_for_another_name_fails() {
    let (server, pem) = server("service.example").await;
    let (_, another) = self::server("service.example").await;
    let untrusted = target("service.example", server.address).root_certificate(another);
    all_failed(&records(settings(untrusted, Stream::NewConnection, 20.0), 3).await, Failure::Tls);
    let other_name = target("other.example", server.address).root_certificate(pem);
    all_failed(&records(settings(other_name, Stream::NewConnection, 20.0), 3).await, Failure::Tls);
}

#[tokio::test]
async fn plain_http_where_tls_is_expected_fails() {
    let (server, pem) = server("service.example").await;
    let (plain, _) = Server::answering(answer("200 OK", "", "ok")).await;
    drop(server);
    let target = target("service.example", plain.address).root_certificate(pem);
    let settings = rust_stack_gate::probe::Settings {
        deadline: std::time::Duration::from_millis(500),
        ..settings(target, Stream::NewConnection, 20.0)
    };
    // The server waits for the end of a head that never comes.
    all_failed(&records(settings, 2).await, Failure::Tls);
}

#[tokio::test]
async fn a_root_certificate_that_is_none_is_refused() {
    let target = Target::new("https://service.example/").unwrap().root_certificate("not a certificate");
    assert!(matches!(Prober::start(settings(target, Stream::NewConnection, 1.0)).await, Err(StartError::Tls(_))));
}

fn kept(address: SocketAddr, pem: String, connections: usize) -> Settings {
    let target = target("service.example", address).root_certificate(pem);
    let identity = rust_stack_gate::probe::Identity::body(["ok"]);
    Settings { kept_connections: connections, ..settings(target.identity(identity), Stream::KeepAlive, 10.0) }
}

/// Browsers speak HTTP/2 and other programs do not: kept connections are of both sorts.
#[tokio::test]
async fn every_second_kept_connection_speaks_http_2() {
    let (server, pem) = server_of_both("service.example", usize::MAX).await;
    let records = records(kept(server.address, pem, 2), 12).await;
    assert!(records.iter().all(|record| record.outcome == Outcome::Answered), "{records:?}");
    for http2 in [true, false] {
        let again = |record: &&_| matches!(record, Record { connection: Some(Connection::Kept(_)), .. });
        let kept = records.iter().filter(again).filter(|record| record.http2 == http2).count();
        assert!(kept > 0, "{http2}: {records:?}");
    }
}

/// A server that sends its clients away (GOAWAY, as a load balancer does that is made smaller) loses nothing.
#[tokio::test]
async fn a_connection_that_is_sent_away_is_replaced_without_a_failure() {
    let (server, pem) = server_of_both("service.example", 2).await;
    let records = records(kept(server.address, pem, 2), 12).await;
    for record in &records {
        assert_eq!(record.outcome, Outcome::Answered, "{record:?}");
    }
    assert!(records.iter().any(|record| record.http2 && record.connection == Some(Connection::Kept(1))), "{records:?}");
    assert!(records.iter().any(|record| record.connection == Some(Connection::Replaced)), "{records:?}");
}
