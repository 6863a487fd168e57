//! Bare targets: servers in the test that keep a ledger.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinSet};

use super::report::Ledger;

/// The port of bare targets.
pub(crate) const PORT: u16 = 9000;

/// A target that answers with its name.
pub(crate) struct Backend {
    /// Its address in the VPC.
    pub(crate) private: String,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    answers: Arc<Answers>,
    server: AbortHandle,
}

/// Status codes.
struct Answers {
    /// Of health checks.
    health: AtomicU16,
    /// Of everything else.
    others: AtomicU16,
}

impl Backend {
    pub(crate) fn start(runtime: &Handle, address: SocketAddr, private: String, name: &'static str) -> Self {
        let listener = runtime.block_on(TcpListener::bind(address)).expect("the address is free");
        let answers = Arc::new(Answers { health: AtomicU16::new(200), others: AtomicU16::new(200) });
        let ledger: Arc<Mutex<Ledger>> = Arc::default();
        let (codes, book) = (Arc::clone(&answers), Arc::clone(&ledger));
        let server = runtime.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("it accepts");
                let (codes, book) = (Arc::clone(&codes), Arc::clone(&book));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (codes, book) = (Arc::clone(&codes), Arc::clone(&book));
                    async move { Ok::<_, Infallible>(answer(&request, name, &codes, &book).await) }
                });
                connections.spawn(async move {
                    let server = hyper::server::conn::http1::Builder::new();
                    // It ends in an error when the load balancer goes away.
                    let _ended = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Backend { private, ledger, answers, server: server.abort_handle() }
    }

    /// Answers health checks with this status from now on.
    pub(crate) fn checks(&self, status: u16) {
        self.answers.health.store(status, Ordering::Relaxed);
    }

    /// Answers everything else with this status from now on.
    pub(crate) fn answers(&self, status: u16) {
        self.answers.others.store(status, Ordering::Relaxed);
    }

    pub(crate) fn has_answered(&self) -> bool {
        !self.ledger.lock().expect("nobody panicked").is_empty()
    }

    /// Closes the socket and every connection.
    pub(crate) fn stop(&self) {
        self.server.abort();
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn answer(
    request: &Request<Incoming>,
    name: &'static str,
    codes: &Answers,
    ledger: &Mutex<Ledger>,
) -> Response<Full<Bytes>> {
    let with = |status: u16| Response::builder().status(status).body(Full::from(name)).expect("an answer");
    if request.uri().path() == "/health" {
        return with(codes.health.load(Ordering::Relaxed));
    }
    let wait = request.uri().query().and_then(|query| query.strip_prefix("ms=")?.parse().ok());
    tokio::time::sleep(Duration::from_millis(wait.unwrap_or_default())).await;
    if let Some(id) = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()) {
        *ledger.lock().expect("nobody panicked").entry(id.to_owned()).or_default() += 1;
    }
    with(codes.others.load(Ordering::Relaxed))
}
