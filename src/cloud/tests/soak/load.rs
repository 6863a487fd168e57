//! Requests at a steady rate, whatever becomes of those before.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What became of requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: usize,
    /// How often each thing went wrong.
    pub(crate) failures: BTreeMap<String, usize>,
    /// From when a request was due to the end of its answer, in milliseconds.
    latencies: Vec<f64>,
}

/// Connections to one address that are not in use.
type Idle = Arc<Mutex<Vec<SendRequest<Empty<Bytes>>>>>;

/// Sends `rate` requests in a second to the URLs in turn.
pub(crate) fn run(urls: &[String], rate: u32, time: Duration) -> Tally {
    let address = |url: &String| -> SocketAddr {
        url.trim_start_matches("http://").trim_end_matches('/').parse().expect("the URL of a node is an address")
    };
    let nodes: Vec<(SocketAddr, Idle)> = urls.iter().map(|url| (address(url), Idle::default())).collect();
    tokio::runtime::Runtime::new().expect("a runtime").block_on(send(&nodes, rate, time))
}

async fn send(nodes: &[(SocketAddr, Idle)], rate: u32, time: Duration) -> Tally {
    let mut requests = JoinSet::new();
    let mut tally = Tally::default();
    let start = Instant::now();
    let mut due = start;
    for (address, idle) in nodes.iter().cycle() {
        if due >= start + time {
            break;
        }
        tokio::time::sleep_until(due).await;
        let (address, idle) = (*address, Arc::clone(idle));
        requests.spawn(async move {
            let outcome = tokio::time::timeout(TIMEOUT, ask(address, &idle)).await;
            (outcome.unwrap_or_else(|_| Err(format!("no answer within {TIMEOUT:?}"))), due.elapsed())
        });
        while let Some(ended) = requests.try_join_next() {
            tally.count(ended.expect("no request panicked"));
        }
        due += Duration::from_secs(1) / rate;
    }
    while let Some(ended) = requests.join_next().await {
        tally.count(ended.expect("no request panicked"));
    }
    tally
}

/// One request, on a connection that is there if there is one. It is sent once.
async fn ask(address: SocketAddr, idle: &Idle) -> Result<(), String> {
    let kept = idle.lock().expect("nobody panicked").pop();
    let mut sender = match kept.filter(|sender| !sender.is_closed()) {
        Some(sender) => sender,
        None => open(address).await.map_err(|error| format!("no connection: {error}"))?,
    };
    let request = Request::get("/version").header("host", "web").body(Empty::new()).expect("a request");
    let answer = sender.send_request(request).await.map_err(|error| format!("no answer: {error}"))?;
    let status = answer.status();
    answer.into_body().collect().await.map_err(|error| format!("half an answer: {error}"))?;
    if status != 200 {
        return Err(format!("status {status}"));
    }
    if sender.ready().await.is_ok() {
        idle.lock().expect("nobody panicked").push(sender);
    }
    Ok(())
}

async fn open(address: SocketAddr) -> Result<SendRequest<Empty<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // Who waits for an answer is told how it ended.
        let _ended = connection.await;
    });
    Ok(sender)
}

impl Tally {
    fn count(&mut self, (outcome, latency): (Result<(), String>, Duration)) {
        self.sent += 1;
        self.latencies.push(latency.as_secs_f64() * 1e3);
        if let Err(failure) = outcome {
            *self.failures.entry(failure).or_default() += 1;
        }
    }

    /// The latency that this percentage of the requests had at most, in milliseconds.
    fn percentile(&self, percentage: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() as f64 * percentage / 100.0) as usize;
        sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, most] = [50.0, 99.0, 100.0].map(|percentage| self.percentile(percentage));
        let failed: usize = self.failures.values().sum();
        write!(
            formatter,
            "{} requests, {failed} failed, p50 {p50:.1} ms, p99 {p99:.1} ms, most {most:.1} ms",
            self.sent
        )?;
        for (failure, count) in &self.failures {
            write!(formatter, "; {failure}: {count}")?;
        }
        Ok(())
    }
}
