//! Forwarding a request to a target.
//!
//! A request is never sent twice. AWS documents no retries: a target that closes a connection on which a request is
//! outstanding makes a 502, also when it closed an idle connection at the moment the request went out ("Troubleshoot your
//! Application Load Balancers", HTTP 502). Only a connection on which nothing of the request was sent is replaced.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::UPGRADE;
use hyper::http::request::Parts;
use hyper::http::uri::{PathAndQuery, Uri};
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::account::Account;
use super::body::{Body, Progress, Relayed, Upload};
use super::{Asked, answers, headers, stickiness, upgrade};
use crate::elbv2::{Forward, TargetStickiness};
use crate::plane::balancer::dial::Unreachable;
use crate::plane::balancer::group::Group;
use crate::plane::balancer::metrics::Metric;
use crate::plane::balancer::node::Node;
use crate::plane::balancer::raised;
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

impl Asked<'_> {
    /// Chooses a target group and a target, and sends the request there. No group stands in for another.
    pub(super) async fn forward(
        &self,
        forward: &Forward,
        mut parts: Parts,
        body: Incoming,
        account: &mut Account<'_>,
    ) -> Response<Body> {
        let now = Timestamp::now();
        let Some(group) = self.group(forward, &parts, now) else {
            return answers::page(StatusCode::SERVICE_UNAVAILABLE);
        };
        let Some(target) = target(group, &parts, now) else {
            return answers::page(StatusCode::SERVICE_UNAVAILABLE);
        };
        let asked_cookie = cookie_of_application(group, &parts);
        account.forwarded(group, &target);
        let sent = Instant::now();
        let mut response = match self.send(&target, &mut parts, body).await {
            Ok(response) => {
                account.answered(group, sent.elapsed());
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
            stickiness::write(fields, stickiness::GROUP, &group.arn, scaled(duration), now);
        }
        match &group.balancing.stickiness {
            Some(TargetStickiness { application_cookie: None, duration }) => {
                stickiness::write(fields, stickiness::TARGET, &target.key, scaled(*duration), now);
            }
            Some(TargetStickiness { application_cookie: Some(name), duration })
                if asked_cookie || stickiness::is_set(fields, name) =>
            {
                stickiness::write(fields, stickiness::APPLICATION, &target.key, scaled(*duration), now);
            }
            _ => (),
        }
        response
    }

    /// The target group: the one that the client sticks to as long as the action names it, whatever its weight is now.
    fn group(&self, forward: &Forward, parts: &Parts, now: Timestamp) -> Option<&Arc<Group>> {
        let groups = &forward.target_groups;
        let stuck = match forward.stickiness.enabled {
            true => stickiness::read(&parts.headers, stickiness::GROUP, now),
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
    async fn send(&self, target: &Arc<Target>, parts: &mut Parts, body: Incoming) -> Result<Response<Body>, Failure> {
        let node = &self.client.node;
        let in_flight = InFlight::new(Arc::clone(target));
        let upgrades = parts.headers.contains_key(UPGRADE) && parts.version == Version::HTTP_11;
        let client_side = upgrades.then(|| parts.extensions.remove()).flatten();
        let origin = headers::Origin {
            client: self.client.address,
            scheme: self.client.scheme,
            port: self.client.port,
            host: self.host,
        };
        headers::to_target(&mut parts.headers, &self.current.routing, origin, client_side.is_some());
        let (body, upload) = Upload::new(body);
        let mut request = Request::new(body);
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = origin_form(&parts.uri);
        *request.headers_mut() = std::mem::take(&mut parts.headers);

        let idle_timeout = self.current.routing.idle_timeout;
        let (response, sender) = exchange(node, target, request, &upload, idle_timeout).await?;
        let (mut head, inner) = response.into_parts();
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            let Some(client_side) = client_side else { return Err(Failure::Broken) };
            headers::to_client(&mut head.headers, true);
            upgrade::join(client_side, &mut head, target, idle_timeout, in_flight);
            return Ok(Response::from_parts(head, Body::Whole(None)));
        }
        headers::to_client(&mut head.headers, false);
        head.version = Version::HTTP_11;
        let mut relayed = Relayed::new(inner, idle_timeout, Arc::clone(node), upload, sender, in_flight);
        relayed.begin().await;
        Ok(Response::from_parts(head, Body::Relayed(Box::new(relayed))))
    }
}

/// The target: the one that the client sticks to as long as it gets requests.
fn target(group: &Group, parts: &Parts, now: Timestamp) -> Option<Arc<Target>> {
    let cookie = match &group.balancing.stickiness {
        None => None,
        Some(TargetStickiness { application_cookie: None, .. }) => Some(stickiness::TARGET),
        Some(_) => cookie_of_application(group, parts).then_some(stickiness::APPLICATION),
    };
    let stuck = cookie.and_then(|cookie| stickiness::read(&parts.headers, cookie, now));
    let instant = Instant::now();
    stuck.and_then(|key| group.stuck_to(&key, instant)).or_else(|| group.choose(instant))
}

/// Whether a request has the cookie of the application that the group follows.
fn cookie_of_application(group: &Group, parts: &Parts) -> bool {
    let name = group.balancing.stickiness.as_ref().and_then(|stickiness| stickiness.application_cookie.as_deref());
    name.is_some_and(|name| stickiness::value(&parts.headers, name).is_some())
}

/// Sends a request on a connection that is there, or on a new one.
async fn exchange(
    node: &Node,
    target: &Target,
    mut request: Request<Upload>,
    upload: &Progress,
    idle_timeout: Duration,
) -> Result<(Response<Incoming>, SendRequest<Upload>), Failure> {
    loop {
        let (mut sender, used) = connection(node, target, idle_timeout).await?;
        if node.has_lost(target) {
            // What is sent on a connection into a lost zone arrives nowhere.
            tokio::time::sleep(idle_timeout).await;
            return Err(Failure::Idle);
        }
        let answer = {
            let mut answer = std::pin::pin!(sender.try_send_request(request));
            loop {
                let deadline = upload.last() + idle_timeout;
                match tokio::time::timeout_at(deadline, &mut answer).await {
                    Ok(answer) => break answer,
                    // As long as the client sends, the connection is not idle.
                    Err(_) if upload.last() + idle_timeout > Instant::now() => (),
                    Err(_) => return Err(Failure::Idle),
                }
            }
        };
        match answer {
            Ok(_) if node.has_lost(target) => {
                tokio::time::sleep_until(upload.last() + idle_timeout).await;
                return Err(Failure::Idle);
            }
            Ok(answer) => return Ok((answer, sender)),
            Err(mut error) => match error.take_message() {
                Some(unsent) if used => request = unsent,
                _ => return Err(Failure::Broken),
            },
        }
    }
}

/// A connection to a target, and whether it was used before.
async fn connection(
    node: &Node,
    target: &Target,
    idle_timeout: Duration,
) -> Result<(SendRequest<Upload>, bool), Failure> {
    while let Some(mut sender) = target.take_idle(idle_timeout) {
        if sender.ready().await.is_ok() {
            return Ok((sender, true));
        }
    }
    let patience = node.shared.scaled(CONNECT_TIMEOUT).max(SHORTEST_CONNECT_TIMEOUT);
    let owner = target.interface();
    let dialed =
        node.dialer.dial(target.place(&node.dialer, target.port), owner.as_deref(), target.port, patience).await;
    let stream = dialed.map_err(|unreachable| match unreachable {
        Unreachable::Silence => Failure::ConnectTimeout,
        Unreachable::Refused => Failure::Refused,
    })?;
    open(stream, target).await.map(|sender| (sender, false)).map_err(|_| Failure::Broken)
}

/// Speaks HTTP on a new connection, until the target ends.
async fn open<S>(stream: S, target: &Target) -> hyper::Result<SendRequest<Upload>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let ended = target.ended();
    tokio::spawn(async move {
        tokio::select! {
            // Who waits for an answer on it is told of the error, too.
            _ = connection.with_upgrades() => (),
            () = raised(ended) => (),
        }
    });
    Ok(sender)
}

/// The target of a request to a server that is no proxy: path and query only.
fn origin_form(uri: &Uri) -> Uri {
    match uri.path_and_query() {
        Some(target) if uri.authority().is_some() => Uri::from(target.clone()),
        Some(_) => uri.clone(),
        None => Uri::from(PathAndQuery::from_static("/")),
    }
}
