//! Listening sockets and their connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::server::Acceptor;

use super::front_door::Visitor;
use super::metrics::Metric;
use super::node::Node;
use super::raised;
use super::request::{Body, Client};

/// How long to wait before accepting again after the system refused, which it does when file descriptors run out.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// How long to wait before a port is tried again that could not be listened on.
pub(super) const TRY_AGAIN: Duration = Duration::from_secs(1);

/// How long the requests of a socket that is closed may take to end.
pub(super) const GRACE: Duration = Duration::from_secs(300);

/// The most that a request's header may take; the limits of AWS, which are lower, are checked later.
const MAX_BUFFER: usize = 128 << 10;

/// How long a client may take for the handshake of TLS (AWS documents none).
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A socket that is listened on. Dropping it closes everything at once.
pub(super) struct Socket {
    pub(super) address: SocketAddr,
    close: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Socket {
    /// Listens on an address, and serves each connection until its flag is raised, gracefully.
    pub(super) fn open<F, S>(address: SocketAddr, serve: S) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
        S: Fn(TcpStream, SocketAddr, watch::Receiver<bool>) -> F + Send + 'static,
    {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let close = watch::Sender::new(false);
        let task = tokio::spawn(accept(listener, serve, close.subscribe()));
        Ok(Socket { address, close, task })
    }

    /// Listens no longer, and lets the requests under way end within `grace`.
    pub(super) fn close(mut self, grace: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.close.send_replace(true);
        async move {
            let _in_time = tokio::time::timeout(grace, &mut self.task).await;
        }
    }
}

impl Socket {
    /// Closes everything now, and waits until it is closed.
    pub(super) async fn end(mut self) {
        self.task.abort();
        let _aborted = (&mut self.task).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<F, S>(listener: TcpListener, serve: S, close: watch::Receiver<bool>)
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(TcpStream, SocketAddr, watch::Receiver<bool>) -> F + Send + 'static,
{
    let mut closing = std::pin::pin!(raised(close.clone()));
    // Aborted with this task.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => {
                    // Without this a small answer may wait for the client's delayed acknowledgement.
                    let _only_slower = stream.set_nodelay(true);
                    connections.spawn(serve(stream, client, close.clone()));
                }
                Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
            },
            Some(_) = connections.join_next() => (),
            () = &mut closing => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves a client's connection to a node.
///
/// A program cannot keep the system from accepting. So a connection whose packets are lost is held without a byte, and is
/// judged again whenever the client's kernel would have sent its SYN again.
pub(super) async fn serve_node(
    stream: TcpStream,
    client: SocketAddr,
    node: Arc<Node>,
    port: u16,
    close: watch::Receiver<bool>,
) {
    let admitted = tokio::select! {
        admitted = node.admits(port) => admitted,
        () = raised(close.clone()) => false,
    };
    if !admitted {
        return;
    }
    // What a client has sent that has given up since is not to be done.
    let ready = tokio::time::timeout(Duration::ZERO, stream.ready(Interest::READABLE)).await;
    if ready.is_ok_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed())) {
        return;
    }
    let address = SocketAddr::new(node.shared.settings.client.into(), client.port());
    let tls = node.current.load().tls.get(&port).cloned();
    let client = Client::new(&node, address, port, if tls.is_some() { "https" } else { "http" });
    match tls {
        Some(tls) => https(stream, move |_| Some(Arc::clone(&tls)), Entrance::Node(client), close).await,
        None => http(stream, Entrance::Node(client), close).await,
    }
}

/// Where a connection has come in.
pub(super) enum Entrance {
    Node(Client),
    FrontDoor(Visitor),
}

impl Entrance {
    async fn serve(&self, request: Request<Incoming>) -> Response<Body> {
        match self {
            Entrance::Node(client) => client.serve(request).await,
            Entrance::FrontDoor(visitor) => visitor.serve(request).await,
        }
    }

    /// How long a connection may be silent, and how long it may be used.
    fn timeouts(&self) -> (Duration, Duration) {
        match self {
            Entrance::Node(client) => {
                let routing = &client.node.current.load().routing;
                (routing.idle_timeout, routing.client_keep_alive)
            }
            // Which load balancer it is for is not known yet: the defaults of all.
            Entrance::FrontDoor(_) => (Duration::from_secs(60), Duration::from_secs(3600)),
        }
    }

    fn count(&self, metric: Metric) {
        if let Entrance::Node(client) = self {
            client.node.series.count(metric);
        }
    }
}

/// Speaks TLS with a client, as what `find` gives for the name that it asks for.
pub(super) async fn https(
    stream: TcpStream,
    find: impl Fn(Option<&str>) -> Option<Arc<ServerConfig>>,
    entrance: Entrance,
    close: watch::Receiver<bool>,
) {
    let handshake = async {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let config = find(hello.client_hello().server_name());
        hello.into_stream(config.ok_or(io::ErrorKind::NotFound)?).await
    };
    match tokio::time::timeout(HANDSHAKE, handshake).await {
        Ok(Ok(stream)) => http(stream, entrance, close).await,
        // The client was told by an alert, or has gone.
        _ => entrance.count(Metric::ClientTlsNegotiationErrorCount),
    }
}

/// Speaks HTTP/1.1 with a client.
pub(super) async fn http<S>(stream: S, entrance: Entrance, close: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (idle_timeout, keep_alive) = entrance.timeouts();
    let entrance = Arc::new(entrance);
    let service = service_fn(move |request| {
        let entrance = Arc::clone(&entrance);
        async move { Ok::<_, std::convert::Infallible>(entrance.serve(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle_timeout)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let closing = async {
        tokio::select! {
            () = raised(close) => (),
            () = tokio::time::sleep(keep_alive) => (),
        }
    };
    tokio::select! {
        // It ends in an error when the client goes away.
        _ = &mut connection => return,
        () = closing => connection.as_mut().graceful_shutdown(),
    }
    let _ended = connection.await;
}
