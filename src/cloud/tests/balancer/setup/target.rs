//! Targets that count what they get.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a target does with requests.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Behaviour {
    /// The status code of health checks.
    pub(crate) health: u16,
    /// How long an answer takes; `/slow` only.
    pub(crate) slow: Duration,
}

impl Behaviour {
    pub(crate) const HEALTHY: Self = Behaviour { health: 200, slow: Duration::ZERO };
    pub(crate) const UNHEALTHY: Self = Behaviour { health: 500, slow: Duration::ZERO };
}

/// A server that answers with its own address.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) private: String,
    /// Requests that are no health checks.
    pub(crate) requests: Arc<AtomicUsize>,
    /// Connections that are open and have had such a request.
    connections: Arc<AtomicUsize>,
    /// The header of the last request.
    pub(crate) last: Arc<Mutex<Option<hyper::http::request::Parts>>>,
    pub(crate) health: Arc<AtomicU16>,
    /// Nobody's if somebody else runs it.
    server: Option<JoinHandle<()>>,
}

impl Target {
    pub(super) fn named(address: SocketAddr, private: String) -> Self {
        Target {
            address,
            private,
            requests: Arc::default(),
            connections: Arc::default(),
            last: Arc::default(),
            health: Arc::default(),
            server: None,
        }
    }

    /// The same target without what runs it.
    pub(crate) fn as_named(&self) -> Self {
        Target::named(self.address, self.private.clone())
    }

    pub(super) async fn start(address: SocketAddr, private: String, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let (requests, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let last: Arc<Mutex<Option<hyper::http::request::Parts>>> = Arc::default();
        let health = Arc::new(AtomicU16::new(behaviour.health));
        let state = (Arc::clone(&requests), Arc::clone(&last), Arc::clone(&health), private.clone());
        let counter = Arc::clone(&connections);
        let server = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("it accepts");
                let state = state.clone();
                let (counter, used) = (Arc::clone(&counter), Arc::new(AtomicUsize::new(0)));
                let closed = (Arc::clone(&counter), Arc::clone(&used));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (requests, last, health, name) = state.clone();
                    if request.uri().path() != "/health" && used.swap(1, Ordering::Relaxed) == 0 {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                    async move {
                        let (parts, body) = request.into_parts();
                        if parts.uri.path() == "/health" {
                            let answer = Response::builder().status(health.load(Ordering::Relaxed));
                            return Ok::<_, Infallible>(answer.body(Full::default()).expect("an answer"));
                        }
                        requests.fetch_add(1, Ordering::Relaxed);
                        if parts.uri.path() == "/slow" {
                            tokio::time::sleep(behaviour.slow).await;
                        }
                        let length = body.collect().await.map(|body| body.to_bytes().len()).unwrap_or_default();
                        *last.lock().expect("nobody panicked") = Some(parts);
                        Ok(Response::new(Full::new(Bytes::from(format!("{name} {length}")))))
                    }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                open.spawn(async move {
                    let _ended = connection.await;
                    let (counter, used) = closed;
                    counter.fetch_sub(used.load(Ordering::Relaxed), Ordering::Relaxed);
                });
            }
        });
        Target { address, private, requests, connections, last, health, server: Some(server) }
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many connections are kept that have had requests.
    pub(crate) fn kept_connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Closes the listener and every connection.
    pub(crate) async fn kill(self) {
        if let Some(server) = self.server {
            server.abort();
            let _ended = server.await;
        }
    }
}
