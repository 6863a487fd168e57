//! Forwarding a request to a target.
//!
//! A request is never sent twice. AWS documents no retries: a target that closes a connection on which a request is
//! outstanding makes a 502, also when it closed an idle connection at the moment the request went out ("Troubleshoot your
//! Application Load Balancers", HTTP 502). Only a connection on which nothing of the request was sent is replaced.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::UPGRADE;
use hyper::http::request::Parts;
use hyper::http::uri::{PathAndQuery, Uri};
use hyper::{Request, Response, StatusCode, Version};
use jiff::Timestamp;
use tokio::time::Instant;

use super::account::Account;
use super::body::{Body, Relayed, Sent, Upload};
use super::connection::{Connection, Unanswered};
use super::{Asked, answers, headers, stickiness, upgrade};
use crate::elbv2::{Forward, TargetStickiness};
use crate::plane::balancer::dial::Unreachable;
use crate::plane::balancer::group::Group;
use crate::plane::balancer::metrics::Metric;
use crate::plane::balancer::node::Node;
use crate::plane::balancer::targets::{InFlight, Target};

/// How long a connection to a target may take to come about (AWS: the same page, HTTP 504).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A process of this machine takes real time to answer, however short the scaled timeout is.
const SHORTEST_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a target gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection in time.
    ConnectTimeout,
    /// The connection was refused.
    Refused,
    /// The connection ended, or what came on it was no answer.
    Broken,
    /// No answer within the idle timeout.
    Idle,
}

impl Failure {
    fn status(self) -> StatusCode {
        match self {
            Failure::ConnectTimeout | Failure::Idle => StatusCode::GATEWAY_TIMEOUT,
            Failure::Refused | Failure::Broken => StatusCode::BAD_GATEWAY,
        }
    }
}

impl<'a> Asked<'a> {
    /// Chooses a target group and a target, and sends the request there. No group stands in for another.
    pub(super) async fn forward(
        &self,
        forward: &Forward,
        mut parts: Parts,
        body: Incoming,
        account: &mut Account<'a>,
    ) -> Response<Body> {
        let Some(group) = self.group(forward, &parts) else {
            return answers::page(StatusCode::SERVICE_UNAVAILABLE);
        };
        let begun = Instant::now();
        let Some(target) = target(group, &parts, begun) else {
            return answers::page(StatusCode::SERVICE_UNAVAILABLE);
        };
        let asked_cookie = cookie_of_application(group, &parts);
        account.forwarded(group, &target);
        let key = group.balancing.stickiness.is_some().then(|| target.key.clone());
        let mut response = match self.send(target, &mut parts, body, begun).await {
            Ok(response) => {
                account.answered(begun.elapsed());
                response
            }
            Err(failure) => {
                if matches!(failure, Failure::ConnectTimeout | Failure::Refused) {
                    group.series.count(Metric::TargetConnectionErrorCount);
                }
                answers::page(failure.status())
            }
        };
        let scaled = |duration| self.client.node.shared.scaled(duration);
        let fields = response.headers_mut();
        if forward.stickiness.enabled {
            let duration = Duration::from_secs(forward.stickiness.duration_seconds.unwrap_or_default().into());
            stickiness::write(fields, stickiness::GROUP, &group.arn, scaled(duration), Timestamp::now());
        }
        if let (Some(TargetStickiness { application_cookie, duration }), Some(key)) =
            (&group.balancing.stickiness, &key)
        {
            let cookie = match application_cookie {
                None => Some(stickiness::TARGET),
                Some(name) => (asked_cookie || stickiness::is_set(fields, name)).then_some(stickiness::APPLICATION),
            };
            if let Some(cookie) = cookie {
                stickiness::write(fields, cookie, key, scaled(*duration), Timestamp::now());
            }
        }
        response
    }

    /// The target group: the one that the client sticks to as long as the action names it, whatever its weight is now.
    fn group(&self, forward: &Forward, parts: &Parts) -> Option<&'a Arc<Group>> {
        let groups = &forward.target_groups;
        let stuck = match forward.stickiness.enabled {
            true => stickiness::read(&parts.headers, stickiness::GROUP, Timestamp::now()),
            false => None,
        };
        let stuck = stuck.filter(|arn| groups.iter().any(|group| group.target_group_arn == *arn));
        let arn = match (&stuck, groups.as_slice()) {
            (Some(arn), _) => arn,
            (None, [only]) if only.weight > 0 => &only.target_group_arn,
            (None, _) => {
                let weights: Vec<u16> = groups.iter().map(|group| group.weight).collect();
                &groups.get(self.client.node.weighted(&weights)?)?.target_group_arn
            }
        };
        self.current.groups.get(arn)
    }

    /// Sends a request to a target and waits for the header of its answer.
    async fn send(
        &self,
        target: Arc<Target>,
        parts: &mut Parts,
        body: Incoming,
        begun: Instant,
    ) -> Result<Response<Body>, Failure> {
        let node = &self.client.node;
        let in_flight = InFlight::new(target);
        let upgrades = parts.headers.contains_key(UPGRADE) && parts.version == Version::HTTP_11;
        let client_side = upgrades.then(|| parts.extensions.remove()).flatten();
        headers::to_target(&mut parts.headers, &self.current.routing, self.origin(), client_side.is_some());
        let (body, sent) = Upload::new(body, begun);
        let mut request = Request::new(body);
        *request.method_mut() = std::mem::take(&mut parts.method);
        *request.uri_mut() = origin_form(std::mem::take(&mut parts.uri));
        *request.headers_mut() = std::mem::take(&mut parts.headers);

        let idle_timeout = self.current.routing.idle_timeout;
        let way = Way { node, target: &in_flight.0, idle_timeout, upgrades: client_side.is_some() };
        let (response, connection) = way.exchange(request, &sent).await?;
        let (mut head, inner) = response.into_parts();
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            let Some(client_side) = client_side else { return Err(Failure::Broken) };
            headers::to_client(&mut head.headers, true);
            upgrade::join(client_side, &mut head, idle_timeout, in_flight);
            return Ok(Response::from_parts(head, Body::Whole(None)));
        }
        headers::to_client(&mut head.headers, false);
        head.version = Version::HTTP_11;
        let mut relayed = Relayed::new(inner, connection, idle_timeout, Arc::clone(node), sent, in_flight);
        relayed.begin().await;
        Ok(Response::from_parts(head, Body::Relayed(Box::new(relayed))))
    }
}

/// The target: the one that the client sticks to as long as it gets requests.
fn target(group: &Group, parts: &Parts, now: Instant) -> Option<Arc<Target>> {
    let cookie = match &group.balancing.stickiness {
        None => None,
        Some(TargetStickiness { application_cookie: None, .. }) => Some(stickiness::TARGET),
        Some(_) => cookie_of_application(group, parts).then_some(stickiness::APPLICATION),
    };
    let stuck = cookie.and_then(|cookie| stickiness::read(&parts.headers, cookie, Timestamp::now()));
    stuck.and_then(|key| group.stuck_to(&key, now)).or_else(|| group.choose(now))
}

/// Whether a request has the cookie of the application that the group follows.
fn cookie_of_application(group: &Group, parts: &Parts) -> bool {
    let name = group.balancing.stickiness.as_ref().and_then(|stickiness| stickiness.application_cookie.as_deref());
    name.is_some_and(|name| stickiness::value(&parts.headers, name).is_some())
}

/// The way of a request to its target.
struct Way<'a> {
    node: &'a Node,
    target: &'a Target,
    idle_timeout: Duration,
    /// Whether the connection may stop speaking HTTP.
    upgrades: bool,
}

impl Way<'_> {
    /// Sends a request on a connection that is there, or on a new one.
    async fn exchange(
        &self,
        mut request: Request<Upload>,
        sent: &Sent,
    ) -> Result<(Response<Incoming>, Connection), Failure> {
        loop {
            let (mut connection, used) = match self.target.take_idle(self.idle_timeout) {
                Some(connection) => (connection, true),
                // Boxed, as it is rare and large.
                None => (Box::pin(self.open()).await?, false),
            };
            if self.node.has_lost(self.target) {
                // What is sent on a connection into a lost zone arrives nowhere.
                tokio::time::sleep(self.idle_timeout).await;
                return Err(Failure::Idle);
            }
            if self.upgrades {
                connection.let_go();
            }
            match connection.send(request, sent, self.idle_timeout).await {
                Ok(_) if self.node.has_lost(self.target) => {
                    tokio::time::sleep_until(sent.last() + self.idle_timeout).await;
                    return Err(Failure::Idle);
                }
                Ok(answer) => return Ok((answer, connection)),
                Err(Unanswered::Unsent(unsent)) if used => request = *unsent,
                Err(Unanswered::Unsent(_) | Unanswered::Broken) => return Err(Failure::Broken),
                Err(Unanswered::Idle) => return Err(Failure::Idle),
            }
        }
    }

    /// A new connection.
    async fn open(&self) -> Result<Connection, Failure> {
        let Way { node, target, .. } = self;
        let patience = node.shared.scaled(CONNECT_TIMEOUT).max(SHORTEST_CONNECT_TIMEOUT);
        let owner = target.interface();
        let place = target.place(&node.dialer, target.port);
        let dialed = node.dialer.dial(place, owner.as_deref(), target.port, patience).await;
        let stream = dialed.map_err(|unreachable| match unreachable {
            Unreachable::Silence => Failure::ConnectTimeout,
            Unreachable::Refused => Failure::Refused,
        })?;
        Connection::open(stream, target.ended()).await.map_err(|_| Failure::Broken)
    }
}

/// The target of a request to a server that is no proxy: path and query only.
fn origin_form(uri: Uri) -> Uri {
    match uri.path_and_query() {
        Some(target) if uri.authority().is_some() => Uri::from(target.clone()),
        Some(_) => uri,
        None => Uri::from(PathAndQuery::from_static("/")),
    }
}
