//! One request, from its header to the header of its answer.

mod account;
mod answers;
mod body;
mod connection;
mod forward;
mod headers;
mod matching;
mod stickiness;
mod upgrade;

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, SERVER};
use hyper::{Method, Request, Response, StatusCode, Version};

use self::account::Account;
pub(super) use self::answers::not_here;
pub(super) use self::body::Body;
pub(super) use self::connection::Connection;
use super::metrics::Metric;
use super::node::{Active, Current, Node};
use super::wanted::Listener;
use crate::elbv2::ActionKind;

/// AWS: Elastic Load Balancing, Application Load Balancers, "Quotas for your Application Load Balancers", HTTP headers,
/// in bytes.
const MAX_REQUEST_LINE: usize = 16 << 10;
const MAX_FIELD: usize = 16 << 10;
const MAX_HEADER: usize = 64 << 10;

/// AWS: "HTTP 463": more than 30 addresses in `X-Forwarded-For`.
const TOO_MANY_FORWARDED_FOR: u16 = 463;

/// A client's connection to a node.
pub(super) struct Client {
    pub(super) node: Arc<Node>,
    /// Where the client seems to be.
    pub(super) address: SocketAddr,
    /// The port of the listener.
    pub(super) port: u16,
    pub(super) scheme: &'static str,
    from: headers::From,
    _active: Active,
}

/// A request with what is known of it besides.
struct Asked<'a> {
    client: &'a Client,
    current: &'a Current,
    /// The host that it is for, as the client names it.
    host: HeaderValue,
}

impl Client {
    pub(super) fn new(node: &Arc<Node>, address: SocketAddr, port: u16, scheme: &'static str) -> Self {
        let from = headers::From::new(address, port);
        Client { node: Arc::clone(node), address, port, scheme, from, _active: node.meet() }
    }

    /// Answers a request, or never if the node's zone is lost.
    pub(super) async fn serve(&self, request: Request<Incoming>) -> Response<Body> {
        self.unless_lost().await;
        let current = self.node.current.load_full();
        self.node.wait(self.port, &current.name).await;
        let mut account = Account::open(&self.node, &current.name, request.headers());
        let response = self.answer(&current, request, &mut account).await;
        self.unless_lost().await;
        account.close(response.status());
        response
    }

    /// Never goes on when the node's zone is lost: its packets arrive nowhere.
    async fn unless_lost(&self) {
        if self.node.is_lost() {
            std::future::pending().await
        }
    }

    async fn answer<'a>(
        &'a self,
        current: &'a Current,
        mut request: Request<Incoming>,
        account: &mut Account<'a>,
    ) -> Response<Body> {
        let Some(listener) = current.listeners.get(&self.port) else {
            // The listener went away between the connection and the request.
            return answers::page(StatusCode::SERVICE_UNAVAILABLE);
        };
        let host = match host(&request).and_then(|host| check(&request).map(|()| host)) {
            Ok(host) => host,
            Err(status) => return answers::page(status),
        };
        if current.routing.drop_invalid_header_fields {
            headers::drop_invalid(request.headers_mut());
        }
        let asked = Asked { client: self, current, host };
        let mut response = asked.act(listener, request, account).await;
        if !listener.shows_server {
            response.headers_mut().remove(SERVER);
        }
        response
    }
}

impl<'a> Asked<'a> {
    /// Does what the first rule says that matches.
    async fn act(&self, listener: &Listener, request: Request<Incoming>, account: &mut Account<'a>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Some(rule) = matching::rule(&listener.rules, &parts, self.host(), self.client.address.ip()) else {
            return answers::page(StatusCode::SERVICE_UNAVAILABLE);
        };
        match &rule.action {
            ActionKind::FixedResponse(response) => {
                self.client.node.series.count(Metric::FixedResponseCount);
                answers::fixed(response)
            }
            ActionKind::Redirect(redirect) => {
                self.client.node.series.count(Metric::RedirectCount);
                answers::redirect(redirect, &parts, self.host(), self.client.scheme, self.client.port)
            }
            ActionKind::Forward(forward) => self.forward(forward, parts, body, account).await,
        }
    }

    fn host(&self) -> &str {
        self.host.to_str().unwrap_or_default()
    }

    fn origin(&self) -> headers::Origin<'_> {
        let Client { from, scheme, port, .. } = self.client;
        headers::Origin { from, scheme, port: *port, host: &self.host }
    }
}

/// The host that a request is for; empty if it tells none. HTTP/1.1 demands one (RFC 9112, 3.2).
fn host(request: &Request<Incoming>) -> Result<HeaderValue, StatusCode> {
    let named = match request.uri().authority() {
        Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
        None => request.headers().get(HOST).cloned(),
    };
    match named {
        Some(host) => Ok(host),
        None if request.version() < Version::HTTP_11 => Ok(HeaderValue::from_static("")),
        None => Err(StatusCode::BAD_REQUEST),
    }
}

/// Refuses what AWS refuses.
fn check<B>(request: &Request<B>) -> Result<(), StatusCode> {
    // `GET /path HTTP/1.1` and the two characters that end it.
    let target = request.uri().path_and_query().map_or(1, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + " HTTP/1.1".len() + 3;
    if line > MAX_REQUEST_LINE {
        return Err(StatusCode::URI_TOO_LONG);
    }
    if [Method::TRACE, Method::CONNECT].contains(request.method()) {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let mut header = line;
    for (name, value) in request.headers() {
        let field = name.as_str().len() + value.len() + ": ".len() + 2;
        header += field;
        if field > MAX_FIELD || header > MAX_HEADER {
            return Err(StatusCode::BAD_REQUEST);
        }
    }
    if headers::forwarded_for_count(request.headers()) > headers::MAX_FORWARDED_FOR {
        return StatusCode::from_u16(TOO_MANY_FORWARDED_FOR).map_or(Ok(()), Err);
    }
    Ok(())
}
