//! The HTTP server.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming as Body};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::admin;
use crate::config::{Config, ConfigError};
use crate::endpoint::{Answer, Endpoint};
use crate::plane::{Plane, balancer};
use crate::storage::StorageError;
use crate::wire::{Incoming, cbor};

/// The most that a request's body may hold, in bytes.
const MAX_BODY: usize = 16 << 20;

/// How long requests that are under way may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait before accepting again after the system refused, which it does when file descriptors run out.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// A local cloud that is listening.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    endpoint: Arc<Endpoint>,
}

/// Why a local cloud could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings cannot be served.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The stored state cannot be opened.
    #[error("cannot open the stored state: {0}")]
    Storage(#[from] StorageError),
}

/// Why a local cloud did not stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The state may not be on disk.
    #[error("cannot write the state to disk: {0}")]
    Storage(#[from] StorageError),
}

impl Server {
    /// Opens the state and starts to listen; requests wait until [`Server::run`].
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        config.validate()?;
        let failed = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let endpoint = Arc::new(Endpoint::open(config)?);
        Ok(Server { listener, address, endpoint })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is done or `POST /_local/shutdown` asks for it, then lets the requests under way end and writes the state to disk.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
        let plane =
            self.endpoint.config.plane.clone().map(|settings| Plane::start(Arc::clone(&self.endpoint), settings));
        let connections = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut shutdown => break,
                () = self.endpoint.stop.notified() => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            };
            // Without this a small reply may wait for the client's delayed acknowledgement.
            let _only_slower = stream.set_nodelay(true);
            let endpoint = Arc::clone(&self.endpoint);
            let service = service_fn(move |request| {
                let endpoint = Arc::clone(&endpoint);
                async move { respond(&endpoint, request).await }
            });
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                // A connection ends in an error when the client goes away or when a fault drops it.
                let _ended = connection.await;
            });
        }
        drop(self.listener);
        // Requests that are still under way after the grace period lose their replies, as in a crash.
        let _in_time = tokio::time::timeout(GRACE, connections.shutdown()).await;
        if let Some(plane) = plane {
            plane.stop().await;
        }
        Ok(self.endpoint.world().sync()?)
    }
}

/// The connection is to be closed without a reply.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped")]
struct Dropped;

async fn respond(endpoint: &Endpoint, request: Request<Body>) -> Result<Response<Full<Bytes>>, Dropped> {
    let (mut head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(response(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", "The body is too large or broken".to_owned()));
    };
    let mut body = body.to_bytes();
    if head.uri.path().starts_with(admin::PREFIX) {
        if let Some(shown) = balancer::admin::answer(endpoint, &head.method, &head.uri, &body) {
            return Ok(response(status_code(shown.status), shown.content_type, shown.body));
        }
        let (status, document) = admin::answer(endpoint, &head.method, head.uri.path(), &body);
        return Ok(response(status_code(status), "application/json", document.to_string()));
    }
    let is_cbor = cbor::to_json(head.uri.path(), &mut head.headers, &mut body);
    let query = head.uri.query().unwrap_or_default();
    let answer = endpoint.answer(&Incoming { headers: &head.headers, query, body: &body }).await;
    let Answer { reply, request_id } = answer.ok_or(Dropped)?;
    let mut response = match is_cbor {
        true => response(status_code(reply.status), cbor::CONTENT_TYPE, cbor::from_json(&reply.body)),
        false => response(status_code(reply.status), reply.content_type, reply.body),
    };
    let headers = response.headers_mut();
    if is_cbor {
        headers.insert(cbor::HEADER, HeaderValue::from_static(cbor::PROTOCOL));
    }
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        headers.insert("x-amzn-requestid", request_id);
    }
    if let Some(Ok(error)) = reply.error.map(HeaderValue::try_from) {
        headers.insert("x-amzn-errortype", error);
    }
    Ok(response)
}

fn response(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
