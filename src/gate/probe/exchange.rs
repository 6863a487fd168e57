//! One probe: a connection, a request, an answer. Nothing is sent twice.

use super::{
    Identity, PROBE_HEADER, REQUEST_ID_HEADER, Record,
    classify::{self, Trouble},
    dial::{Connected, Dialer, Step},
    failure::{Failure, Outcome},
    pool::{Pool, Use},
    record::Connection,
    sticky::Cookies,
    tls::Offer,
};
use http_body_util::{BodyExt, Empty};
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Bytes, Incoming},
    header::{HOST, HeaderValue, USER_AGENT},
};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// How much of a body is looked at for a marker; the rest is only counted.
const LOOKED_AT: usize = 64 << 10;

/// What one stream's probes have in common.
pub(super) struct Exchange {
    pub(super) dialer: Arc<Dialer>,
    pub(super) identity: Arc<RwLock<Identity>>,
    /// Instead of the path of the URL.
    pub(super) path: Option<String>,
    pub(super) pool: Option<Arc<Pool>>,
    pub(super) cookies: Option<Cookies>,
    pub(super) run: String,
}

/// How far a probe has come, so that it can be told when time runs out in the middle.
#[derive(Debug)]
pub(super) struct Progress {
    record: Mutex<(Record, Phase)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resolving,
    Connecting,
    Securing,
    Waiting,
    Reading,
}

impl Progress {
    pub(super) fn new(record: Record) -> Self {
        Progress { record: Mutex::new((record, Phase::Resolving)) }
    }

    fn set<T>(&self, change: impl FnOnce(&mut Record, &mut Phase) -> T) -> T {
        let mut guard = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let (record, phase) = &mut *guard;
        change(record, phase)
    }

    /// The record so far.
    pub(super) fn into_record(self) -> Record {
        self.record.into_inner().unwrap_or_else(PoisonError::into_inner).0
    }

    /// What it is that did not end in time.
    pub(super) fn out_of_time(&self) -> Outcome {
        let (failure, detail) = self.set(|_, phase| match phase {
            Phase::Resolving => (Failure::Dns, "the name was not resolved in time"),
            Phase::Connecting => (Failure::ConnectTimeout, "no connection in time"),
            Phase::Securing => (Failure::Tls, "the TLS handshake was not complete in time"),
            Phase::Waiting => (Failure::Deadline, "no answer in time"),
            Phase::Reading => (Failure::Deadline, "the answer was not complete in time"),
        });
        Outcome::Failed { failure, detail: Some(detail.to_owned()) }
    }
}

impl Exchange {
    /// Carries out the probe of `progress`.
    pub(super) async fn carry_out(&self, progress: &Progress) -> Outcome {
        self.attempt(progress).await.unwrap_or_else(Trouble::outcome)
    }

    async fn attempt(&self, progress: &Progress) -> Result<Outcome, Trouble> {
        let slot = progress.set(|record, _| record.slot);
        let Some(pool) = &self.pool else {
            let mut connected = self.connect(slot, Offer::Http1, Connection::New, progress).await?;
            let request = self.request(progress);
            let (outcome, _) = self.ask(&mut connected, request, false, progress).await?;
            return Ok(outcome);
        };
        let (mut place, what) = pool.take();
        let mut connected = match what {
            Use::Make(number) => self.connect(number, kept_offer(number), place.connection, progress).await?,
            Use::Kept(mut connected) => match connected.sender.ready().await {
                Ok(()) => {
                    progress.set(|record, phase| {
                        (record.address, record.from) = (Some(connected.address), connected.from);
                        (record.connection, record.http2) = (Some(place.connection), connected.sender.is_http2());
                        *phase = Phase::Waiting;
                    });
                    connected
                }
                Err(_) => {
                    let number = place.replace();
                    self.connect(number, kept_offer(number), place.connection, progress).await?
                }
            },
        };
        let kept = matches!(place.connection, Connection::Kept(_));
        let request = self.request(progress);
        let (outcome, open) = self.ask(&mut connected, request, kept, progress).await?;
        if open {
            place.keep(connected);
        }
        Ok(outcome)
    }

    async fn connect(
        &self,
        turn: u64,
        offer: Offer,
        kind: Connection,
        progress: &Progress,
    ) -> Result<Connected, Trouble> {
        let begin = |step| {
            progress.set(|record, phase| match step {
                Step::Connect(address) => {
                    (record.address, record.connection) = (Some(address), Some(kind));
                    *phase = Phase::Connecting;
                }
                Step::Secure => *phase = Phase::Securing,
            });
        };
        let connected = self.dialer.connect(turn, offer, begin).await?;
        progress.set(|record, phase| {
            (record.from, record.http2) = (connected.from, connected.sender.is_http2());
            *phase = Phase::Waiting;
        });
        Ok(connected)
    }

    fn request(&self, progress: &Progress) -> Request<Empty<Bytes>> {
        let target = &self.dialer.target;
        let mut request = Request::new(Empty::new());
        let path = self.path.as_deref().unwrap_or(target.path());
        // The parts come from a URL that was parsed, or were checked when the prober started.
        *request.uri_mut() = path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        let authority = target.url().authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let id = progress.set(|record, _| record.request_id(&self.run));
        for (name, value) in [(HOST.as_str(), host), (PROBE_HEADER, &self.run), (REQUEST_ID_HEADER, &id)] {
            if let (Ok(name), Ok(value)) = (hyper::header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("rust-stack-gate/", env!("CARGO_PKG_VERSION"))));
        if let Some(cookies) = &self.cookies {
            cookies.send(headers);
        }
        request
    }

    /// Sends the request and reads the answer; also whether the connection can be used again.
    async fn ask(
        &self,
        connected: &mut Connected,
        request: Request<Empty<Bytes>>,
        kept: bool,
        progress: &Progress,
    ) -> Result<(Outcome, bool), Trouble> {
        let answer = connected.sender.send(request, self.dialer.target.url()).await;
        let answer = answer.map_err(|error| Trouble::unanswered(&error, kept))?;
        progress.set(|record, phase| {
            record.status = Some(answer.status().as_u16());
            *phase = Phase::Reading;
        });
        let (head, body) = answer.into_parts();
        if let Some(cookies) = &self.cookies {
            cookies.keep(&head.headers);
        }
        match read(body).await {
            Ok(body) => Ok((self.judge(head.status, &head.headers, &body, progress), true)),
            // An error's status counts for more than its body.
            Err(error) => match classify::bad_status(&self.dialer.target, head.status, &head.headers) {
                Some(failure) => Ok((Outcome::Failed { failure, detail: None }, false)),
                None => Err(Trouble::failed(Failure::TruncatedBody, &error)),
            },
        }
    }

    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &[u8], progress: &Progress) -> Outcome {
        let identity = self.identity.read().unwrap_or_else(PoisonError::into_inner);
        progress.set(|record, _| classify::answer(&self.dialer.target, &identity, status, headers, body, record))
    }
}

/// Every second kept connection is made as browsers make theirs.
fn kept_offer(number: u64) -> Offer {
    if number.is_multiple_of(2) { Offer::Both } else { Offer::Http1 }
}

/// Reads the whole body; gives its beginning.
async fn read(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut beginning = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            let room = LOOKED_AT - beginning.len();
            beginning.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    Ok(beginning)
}
