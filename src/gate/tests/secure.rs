//! TLS.

use crate::support::{Server, all_failed, answer, records, settings};
use rust_stack_gate::probe::{Failure, Outcome, Prober, StartError, Stream, Target};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use std::{net::SocketAddr, sync::Arc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// A server for `name` with a certificate of its own making, and that certificate.
async fn server(name: &str) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut head = Vec::new();
            while let Ok(byte) = stream.read_u8().await {
                head.push(byte);
                if head.ends_with(b"\r\n\r\n") {
                    head.clear();
                    stream.write_all(answer("200 OK", "", "ok").as_bytes()).await.unwrap();
                }
            }
        }
    });
    (server.await, made.cert.pem())
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
