//! Bodies on their way through: streamed, never collected.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use tokio::time::Instant;

use super::super::node::Node;
use super::super::targets::InFlight;
use super::connection::Connection;

/// The most of a body that is waited for before the header goes on, in bytes, and for how long.
const SMALL: u64 = 64 << 10;
const MOMENT: Duration = Duration::from_millis(1);

/// Why a body ends before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error(transparent)]
    Connection(#[from] hyper::Error),
    #[error("nothing came for longer than the idle timeout")]
    Idle,
}

/// The body of an answer.
pub(crate) enum Body {
    /// One that the load balancer made.
    Whole(Option<Bytes>),
    Relayed(Box<Relayed>),
}

impl Body {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Body::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

/// The body of a target's answer. When it is over, its connection serves the next request.
pub(crate) struct Relayed {
    inner: Incoming,
    connection: Option<Connection>,
    /// What came of it before the header went on.
    first: Option<Option<hyper::Result<Frame<Bytes>>>>,
    over: bool,
    idle_timeout: Duration,
    /// Since when the next piece is waited for.
    waiting: Option<Instant>,
    node: Arc<Node>,
    sent: Sent,
    in_flight: InFlight,
}

impl Relayed {
    pub(super) fn new(
        inner: Incoming,
        mut connection: Connection,
        idle_timeout: Duration,
        node: Arc<Node>,
        sent: Sent,
        in_flight: InFlight,
    ) -> Self {
        if !sent.is_over() {
            // What is left of the request goes on, whether or not the client reads the answer meanwhile.
            connection.let_go();
        }
        let connection = Some(connection);
        Relayed { inner, connection, first: None, over: false, idle_timeout, waiting: None, node, sent, in_flight }
    }

    /// Waits a moment for the first piece of a small body, so that it leaves in one packet with its header: it has come in
    /// one with it most of the time.
    pub(super) async fn begin(&mut self) {
        if self.inner.size_hint().exact().is_none_or(|length| !(1..=SMALL).contains(&length)) {
            return;
        }
        // Without a timer, which would cost more than this.
        let here = self.poll_inner(&mut Context::from_waker(Waker::noop()));
        self.first = match here {
            Poll::Ready(first) => Some(first),
            Poll::Pending => tokio::time::timeout(MOMENT, poll_fn(|cx| self.poll_inner(cx))).await.ok(),
        };
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        match &mut self.connection {
            Some(connection) => connection.poll_frame(&mut self.inner, cx),
            None => Poll::Ready(None),
        }
    }

    /// How much of the body is here already, in bytes.
    fn here(&self) -> u64 {
        let piece = self.first.as_ref().and_then(|first| first.as_ref()?.as_ref().ok()?.data_ref());
        piece.map_or(0, |piece| piece.len() as u64)
    }

    /// Whether nothing has come for longer than the idle timeout.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = *self.waiting.get_or_insert_with(Instant::now) + self.idle_timeout;
        match &mut self.connection {
            Some(connection) => connection.poll_until(deadline, cx),
            None => Poll::Ready(()),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let relayed = match self.get_mut() {
            Body::Whole(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Body::Relayed(relayed) => relayed,
        };
        // Packets of a zone that is lost arrive nowhere. Only the client can end this.
        if relayed.node.is_lost() {
            return Poll::Pending;
        }
        if relayed.node.has_lost(&relayed.in_flight.0) {
            return relayed.poll_idle(cx).map(|()| Some(Err(Broken::Idle)));
        }
        let polled = match relayed.first.take() {
            Some(first) => Poll::Ready(first),
            None => relayed.poll_inner(cx),
        };
        match polled {
            Poll::Ready(frame) => {
                relayed.waiting = None;
                relayed.over |= frame.is_none();
                Poll::Ready(frame.map(|frame| frame.map_err(Broken::from)))
            }
            Poll::Pending => relayed.poll_idle(cx).map(|()| Some(Err(Broken::Idle))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Whole(bytes) => bytes.is_none(),
            Body::Relayed(relayed) => relayed.first.is_none() && relayed.inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Body::Relayed(relayed) => {
                let mut hint = relayed.inner.size_hint();
                if let Some(rest) = hint.exact() {
                    hint.set_exact(rest + relayed.here());
                }
                hint
            }
        }
    }
}

impl Drop for Relayed {
    fn drop(&mut self) {
        // A connection with something left on it, in either direction, cannot serve another request.
        let over = (self.over || self.inner.is_end_stream()) && self.sent.is_over();
        if let Some(connection) = self.connection.take().filter(|_| over) {
            self.in_flight.0.keep(connection);
        }
    }
}

/// The body of a client's request on its way to a target.
pub(crate) struct Upload {
    inner: Incoming,
    progress: Option<Arc<Progress>>,
}

/// What has been sent of a request.
pub(super) struct Sent {
    begun: Instant,
    /// How far its body has come, if it has one.
    progress: Option<Arc<Progress>>,
}

/// How far a request's body has come.
#[derive(Debug)]
struct Progress {
    begun: Instant,
    /// When the last piece went on, in milliseconds since it began.
    last: AtomicU64,
    over: AtomicBool,
}

impl Upload {
    pub(super) fn new(inner: Incoming, begun: Instant) -> (Self, Sent) {
        let progress = (!inner.is_end_stream())
            .then(|| Arc::new(Progress { begun, last: AtomicU64::new(0), over: AtomicBool::new(false) }));
        (Upload { inner, progress: progress.clone() }, Sent { begun, progress })
    }
}

impl Sent {
    /// When the last piece went on.
    pub(super) fn last(&self) -> Instant {
        let last = self.progress.as_ref().map_or(0, |progress| progress.last.load(Ordering::Relaxed));
        self.begun + Duration::from_millis(last)
    }

    /// Whether all of it has been sent.
    pub(super) fn is_over(&self) -> bool {
        self.progress.as_ref().is_none_or(|progress| progress.over.load(Ordering::Relaxed))
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let upload = self.get_mut();
        let polled = Pin::new(&mut upload.inner).poll_frame(cx);
        if let (true, Some(progress)) = (polled.is_ready(), &upload.progress) {
            let since = u64::try_from(progress.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            progress.last.store(since, Ordering::Relaxed);
            let over = matches!(polled, Poll::Ready(None)) || upload.inner.is_end_stream();
            progress.over.store(over, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
