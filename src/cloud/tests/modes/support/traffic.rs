//! Clients that send on a schedule, whatever comes back, and never send anything twice.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::land::eventually;

/// How many connections are kept to each address.
const KEPT: usize = 2;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) path: &'static str,
    /// Between two requests on new connections, and between two on each kept one.
    pub(crate) every: Duration,
    /// How long an answer may take.
    pub(crate) patience: Duration,
    /// Who is to answer, as far as the answer tells.
    pub(crate) answerer: Option<&'static str>,
    /// Whether some of the requests come on kept connections.
    pub(crate) keeps: bool,
    /// Whether targets are killed meanwhile, so that they cannot write down their last answers.
    pub(crate) kills: bool,
}

impl Load {
    /// Hundred a second on new connections and as many on kept ones.
    pub(crate) const SHORT: Self = Load {
        path: "/",
        every: Duration::from_millis(20),
        patience: Duration::from_millis(3000),
        answerer: None,
        keeps: true,
        kills: false,
    };
    /// Requests that take 0.8 s.
    pub(crate) const LONG: Self =
        Load { path: "/slow?ms=800", every: Duration::from_millis(50), keeps: false, ..Load::SHORT };
}

/// On what kind of connection a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    New,
    Kept,
}

/// What a client saw of a request that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// The connection was refused.
    Refused,
    /// The connection ended before the answer.
    Reset,
    /// Nothing came.
    Timeout,
    /// An answer that is none.
    Status(u16),
    /// An answer of somebody who should not get the request.
    WrongAnswer,
}

/// A request and what the client saw of it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) outcome: Result<(), What>,
}

/// Requests under way.
pub(crate) struct Traffic {
    runtime: Handle,
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

struct Shared {
    load: Load,
    /// What the name of the load balancer stands for.
    addresses: Mutex<Vec<SocketAddr>>,
    sent: Mutex<Vec<Sent>>,
    stopped: AtomicBool,
}

impl Traffic {
    pub(crate) fn start(runtime: &Handle, addresses: &[SocketAddr], load: Load) -> Self {
        let shared = Arc::new(Shared {
            load,
            addresses: Mutex::new(addresses.to_vec()),
            sent: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let mut clients = JoinSet::new();
        clients.spawn_on(on_new_connections(Arc::clone(&shared)), runtime);
        if load.keeps {
            for number in 0..KEPT * addresses.len() {
                clients.spawn_on(on_a_kept_connection(Arc::clone(&shared), number), runtime);
            }
        }
        Traffic { runtime: runtime.clone(), shared, clients }
    }

    /// Sends to other addresses from now on, as clients do that have asked DNS again; kept connections are opened anew.
    pub(crate) fn resolve(&self, addresses: &[SocketAddr]) {
        *self.shared.addresses.lock().expect("nobody panicked") = addresses.to_vec();
    }

    /// Waits until so many more requests have come to their end.
    pub(crate) fn pass(&self, count: usize) {
        let wanted = self.count() + count;
        eventually("requests come to their end", || (self.count() >= wanted).then_some(()));
    }

    /// Sends no more, waits for what is under way, and gives what was sent.
    pub(crate) fn stop(mut self) -> Vec<Sent> {
        self.shared.stopped.store(true, Ordering::Relaxed);
        self.runtime.block_on(async {
            while let Some(ended) = self.clients.join_next().await {
                ended.expect("no client panicked");
            }
        });
        std::mem::take(&mut *self.shared.sent.lock().expect("nobody panicked"))
    }

    fn count(&self) -> usize {
        self.shared.sent.lock().expect("nobody panicked").len()
    }
}

impl Shared {
    fn is_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn address(&self, number: usize) -> SocketAddr {
        let addresses = self.addresses.lock().expect("nobody panicked");
        addresses[number % addresses.len()]
    }

    fn note(&self, id: String, kind: Kind, outcome: Result<(), What>) {
        self.sent.lock().expect("nobody panicked").push(Sent { id, kind, outcome });
    }
}

/// A request each time one is due, on a connection of its own.
async fn on_new_connections(shared: Arc<Shared>) {
    let mut clock = tokio::time::interval(shared.load.every);
    let mut requests = JoinSet::new();
    let mut number = 0;
    while shared.is_on() {
        clock.tick().await;
        number += 1;
        let shared = Arc::clone(&shared);
        requests.spawn(async move {
            let id = new_id(Kind::New);
            let once = async {
                let mut sender = open(shared.address(number)).await?;
                exchange(&mut sender, &shared.load, &id, true).await
            };
            let outcome = tokio::time::timeout(shared.load.patience, once).await.unwrap_or(Err(What::Timeout));
            shared.note(id, Kind::New, outcome);
        });
    }
    while let Some(ended) = requests.join_next().await {
        ended.expect("no request panicked");
    }
}

/// A request each time one is due, on one connection as long as it lasts.
async fn on_a_kept_connection(shared: Arc<Shared>, number: usize) {
    let mut clock = tokio::time::interval(shared.load.every * KEPT as u32);
    let mut kept: Option<(SocketAddr, SendRequest<Empty<Bytes>>)> = None;
    while shared.is_on() {
        clock.tick().await;
        let address = shared.address(number);
        kept = kept.filter(|(to, sender)| *to == address && !sender.is_closed());
        let id = new_id(Kind::Kept);
        let once = async {
            let mut sender = match kept.take() {
                Some((_, sender)) => sender,
                None => open(address).await?,
            };
            if sender.ready().await.is_err() {
                // It was closed before anything was sent.
                sender = open(address).await?;
            }
            exchange(&mut sender, &shared.load, &id, false).await.map(|()| sender)
        };
        let outcome = tokio::time::timeout(shared.load.patience, once).await.unwrap_or(Err(What::Timeout));
        let outcome = outcome.map(|sender| kept = Some((address, sender)));
        shared.note(id, Kind::Kept, outcome);
    }
}

fn new_id(kind: Kind) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{kind:?}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

async fn open(address: SocketAddr) -> Result<SendRequest<Empty<Bytes>>, What> {
    let stream = TcpStream::connect(address).await.map_err(|_| What::Refused)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| What::Reset)?;
    tokio::spawn(async move {
        // Who waits for an answer is told how it ended.
        let _ended = connection.await;
    });
    Ok(sender)
}

async fn exchange(sender: &mut SendRequest<Empty<Bytes>>, load: &Load, id: &str, closes: bool) -> Result<(), What> {
    let mut request = Request::get(load.path).header("host", "web.example.com").header("x-request-id", id);
    if closes {
        request = request.header("connection", "close");
    }
    let request = request.body(Empty::new()).expect("a request");
    let answer = sender.send_request(request).await.map_err(|_| What::Reset)?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(|_| What::Reset)?.to_bytes();
    if head.status != 200 {
        return Err(What::Status(head.status.as_u16()));
    }
    match load.answerer {
        Some(name) if body != name.as_bytes() => Err(What::WrongAnswer),
        _ => Ok(()),
    }
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Status(status) => write!(formatter, "{status}"),
            other => write!(formatter, "{other:?}"),
        }
    }
}
