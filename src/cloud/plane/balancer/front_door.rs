//! The place of all load balancers' DNS names: 127.0.0.1, which is what `*.localhost` means to browsers and to curl.
//!
//! There is one socket for each port that some listener has. Requests find their load balancer by their `Host`, as a
//! client finds it by DNS; each connection keeps to the node that it was given, as a client keeps to an address.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::rustls::ServerConfig;

use super::listen::{self, Entrance, GRACE, Socket, TRY_AGAIN};
use super::node::Node;
use super::request::{Body, Client, not_here};
use crate::plane::driver::Shared;

/// What is added to a port that is taken, or that only root may listen on.
const OTHER_PORTS: u16 = 8000;

pub(super) struct FrontDoor {
    shared: Shared,
    /// By the ports of listeners.
    doors: BTreeMap<u16, Socket>,
    problems: BTreeMap<u16, (String, Instant)>,
    routes: Arc<ArcSwap<Routes>>,
}

/// The load balancers by their DNS names in lower case and the ports of their listeners.
pub(super) type Routes = BTreeMap<(String, u16), Route>;

/// A listener of a load balancer.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) tls: Option<Arc<ServerConfig>>,
    /// Which node is next.
    pub(super) turn: Arc<AtomicUsize>,
}

impl FrontDoor {
    pub(super) fn new(shared: Shared) -> Self {
        FrontDoor { shared, doors: BTreeMap::new(), problems: BTreeMap::new(), routes: Arc::default() }
    }

    /// Leads where it should from now on.
    pub(super) fn reconcile(&mut self, routes: Routes) {
        let ports: BTreeSet<u16> = routes.keys().map(|(_, port)| *port).collect();
        self.routes.store(Arc::new(routes));
        for port in &ports {
            let tried = self.problems.get(port).map(|(_, tried)| *tried);
            if self.doors.contains_key(port) || tried.is_some_and(|tried| tried.elapsed() < TRY_AGAIN) {
                continue;
            }
            match open(*port, &self.routes, &self.shared) {
                Ok(door) => {
                    self.problems.remove(port);
                    self.doors.insert(*port, door);
                }
                Err(error) => {
                    let reason = format!("the names of load balancers have no port for {port}: {error}");
                    if self.problems.insert(*port, (reason.clone(), Instant::now())).is_none() {
                        self.shared.tell(&reason);
                    }
                }
            }
        }
        self.problems.retain(|port, _| ports.contains(port));
        let gone: Vec<u16> = self.doors.keys().filter(|port| !ports.contains(port)).copied().collect();
        for door in gone.iter().filter_map(|port| self.doors.remove(port)) {
            tokio::spawn(door.close(GRACE));
        }
    }

    /// Closes every socket.
    pub(super) async fn end(self) {
        for door in self.doors.into_values() {
            door.end().await;
        }
    }

    /// The port of 127.0.0.1 that leads to listeners on `port`.
    pub(super) fn port(&self, port: u16) -> Option<u16> {
        self.doors.get(&port).map(|door| door.address.port())
    }

    /// Why there is none.
    pub(super) fn problem(&self, port: u16) -> Option<&str> {
        self.problems.get(&port).map(|(reason, _)| reason.as_str())
    }
}

/// The port itself, or the one that stands in for it, or any that is free.
fn open(port: u16, routes: &Arc<ArcSwap<Routes>>, shared: &Shared) -> io::Result<Socket> {
    let other = port.checked_add(OTHER_PORTS).unwrap_or_default();
    let mut refusal = io::Error::other("no port is left");
    for tried in [port, other, 0] {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, tried));
        let (routes, shared) = (Arc::clone(routes), shared.clone());
        let serve =
            move |stream, client, close| serve(stream, client, port, Arc::clone(&routes), shared.clone(), close);
        match Socket::open(address, serve) {
            Ok(socket) => return Ok(socket),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

async fn serve(
    stream: TcpStream,
    client: SocketAddr,
    port: u16,
    routes: Arc<ArcSwap<Routes>>,
    shared: Shared,
    close: watch::Receiver<bool>,
) {
    let mut first = [0];
    // A handshake of TLS begins with this byte and no method of HTTP does (RFC 8446, 5.1). The peek ends when the client goes.
    let is_tls = matches!(stream.peek(&mut first).await, Ok(1)) && first == [0x16];
    let address = SocketAddr::new(shared.settings.client.into(), client.port());
    let scheme = if is_tls { "https" } else { "http" };
    let visitor = Visitor { address, port, scheme, routes: Arc::clone(&routes), met: Mutex::default() };
    if !is_tls {
        return listen::http(stream, Entrance::FrontDoor(visitor), close).await;
    }
    let find = move |name: Option<&str>| {
        let routes = routes.load();
        let on_port = || routes.iter().filter(|((_, of), _)| *of == port);
        let named = name.and_then(|name| routes.get(&(name.to_ascii_lowercase(), port)));
        named.or_else(|| on_port().map(|(_, route)| route).find(|route| route.tls.is_some()))?.tls.clone()
    };
    listen::https(stream, find, Entrance::FrontDoor(visitor), close).await;
}

/// A connection to the front door.
pub(super) struct Visitor {
    address: SocketAddr,
    port: u16,
    scheme: &'static str,
    routes: Arc<ArcSwap<Routes>>,
    /// The nodes that it was given, by host.
    met: Mutex<BTreeMap<String, Arc<Client>>>,
}

impl Visitor {
    pub(super) async fn serve(&self, request: Request<Incoming>) -> Response<Body> {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let client = match met {
            Some(client) => client,
            None => match self.meet(&name).await {
                Ok(client) => client,
                Err(status) => return not_here(status, &name, self.port),
            },
        };
        client.serve(request).await
    }

    /// A connection to a node of the load balancer with this name.
    async fn meet(&self, name: &str) -> Result<Arc<Client>, StatusCode> {
        let route = self.routes.load().get(&(name.to_owned(), self.port)).cloned();
        let route =
            route.filter(|route| route.tls.is_some() == (self.scheme == "https")).ok_or(StatusCode::NOT_FOUND)?;
        let known: Vec<&Arc<Node>> = route.nodes.iter().filter(|node| node.is_in_dns()).collect();
        let turn = route.turn.fetch_add(1, Ordering::Relaxed);
        let node = known.get(turn % known.len().max(1)).copied().ok_or(StatusCode::NOT_FOUND)?;
        if !node.admits(self.port).await {
            std::future::pending::<()>().await;
        }
        let client = Arc::new(Client::new(node, self.address, self.port, self.scheme));
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Arc::clone(&client));
        Ok(client)
    }
}
