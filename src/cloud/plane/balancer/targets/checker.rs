//! Health checks.

use std::sync::Weak;
use std::time::Duration;

use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::health::Finding;
use super::{Changed, Target};
use crate::elbv2::HealthCheck;
use crate::latency;
use crate::plane::balancer::dial::{Dialer, Unreachable};

/// A process of this machine takes real time to answer, however short the scaled timeout is.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(500);
/// More checks than this help nobody, and a time scale of zero would ask for them without a pause.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Checks a target again and again, from the time on at which its registration is complete.
pub(super) async fn check(target: Weak<Target>, dialer: Dialer, from: Timestamp, changed: Changed) {
    let wait = from.duration_since(Timestamp::now());
    tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
    let begun = Instant::now();
    loop {
        let started = Instant::now();
        let Some(target) = target.upgrade() else { return };
        let check = target.check.load_full();
        let timeout = dialer.shared.scaled(Duration::from_secs(check.timeout_seconds.into())).max(SHORTEST_TIMEOUT);
        let found = tokio::time::timeout(timeout, once(&target, &dialer, &check, timeout)).await;
        // Checks come faster here than on AWS, and a process does not start faster.
        let may_start = begun.elapsed() < latency::for_a_start(check.until_unhealthy());
        if target.observe(found.unwrap_or(Finding::Timeout), may_start) {
            changed(&target);
            dialer.shared.bell.notify_one();
        }
        drop(target);
        let interval = dialer.shared.scaled(Duration::from_secs(check.interval_seconds.into())).max(SHORTEST_INTERVAL);
        tokio::time::sleep_until(started + interval).await;
    }
}

/// One check, on a connection of its own.
async fn once(target: &Target, dialer: &Dialer, check: &HealthCheck, timeout: Duration) -> Finding {
    let port = check.port.of_target(target.port);
    let owner = target.interface();
    match dialer.dial(target.place(dialer, port), owner.as_deref(), port, timeout).await {
        Ok(stream) => ask(stream, target, check, port).await.unwrap_or(Finding::Failed),
        Err(Unreachable::Silence) => Finding::Timeout,
        Err(Unreachable::Refused) => Finding::Failed,
    }
}

async fn ask<S>(stream: S, target: &Target, check: &HealthCheck, port: u16) -> Result<Finding, Broken>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(&check.path)
        .header(HOST, format!("{}:{port}", target.address))
        .header(USER_AGENT, "ELB-HealthChecker/2.0")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        answer = &mut answer => answer?,
        ended = &mut connection => {
            ended?;
            answer.await?
        }
    };
    let status = answer.status().as_u16();
    Ok(if check.accepts(status) { Finding::Good } else { Finding::WrongCode(status) })
}

/// Not HTTP, or not until its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Hyper(#[from] hyper::Error),
    #[error(transparent)]
    Http(#[from] hyper::http::Error),
}
