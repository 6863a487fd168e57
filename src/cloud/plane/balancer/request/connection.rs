//! A connection to a target, whose bytes are moved by whoever uses it.
//!
//! A task of its own for each connection would have to be woken for each request, and to wake whoever waits for the answer.
//! Here waiting for an answer is what moves the bytes. Only a connection that goes on by itself gets a task: one that stops
//! speaking HTTP, and one on which a request is still on its way when its answer comes.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

use super::body::{Sent, Upload};
use crate::plane::balancer::raised;

type Wire = http1::Connection<TokioIo<TcpStream>, Upload>;

/// A connection to a target.
pub(in super::super) struct Connection(Box<Inner>);

struct Inner {
    sender: SendRequest<Upload>,
    wire: Moves,
    /// Wakes whoever uses the connection, on behalf of the wire.
    nudge: Arc<Nudge>,
    waker: Waker,
    /// Is done when every connection to the target is to be closed.
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// For the idle timeout: it is set anew when it has gone off too early, and not for each request.
    timer: Pin<Box<Sleep>>,
    used: Instant,
}

/// Who moves the bytes.
#[allow(clippy::large_enum_variant, reason = "it is in a box already, and `Here` most of the time")]
enum Moves {
    Here(Wire),
    Elsewhere,
    /// Nobody: it is closed.
    Nobody,
}

/// Why there is no answer.
pub(super) enum Unanswered {
    /// Nothing of the request was sent.
    Unsent(Box<Request<Upload>>),
    /// The connection ended, or what came on it was no answer.
    Broken,
    /// No answer within the idle timeout.
    Idle,
}

impl Connection {
    /// Speaks HTTP on a stream until `ended` turns true.
    pub(super) async fn open(stream: TcpStream, ended: watch::Receiver<bool>) -> hyper::Result<Self> {
        let (sender, wire) = http1::handshake(TokioIo::new(stream)).await?;
        let nudge = Arc::new(Nudge::default());
        let now = Instant::now();
        Ok(Connection(Box::new(Inner {
            sender,
            wire: Moves::Here(wire),
            waker: Arc::clone(&nudge).into(),
            nudge,
            ended: Box::pin(raised(ended)),
            timer: Box::pin(tokio::time::sleep_until(now)),
            used: now,
        })))
    }

    /// Whether a request can be sent on it, as far as can be known, and it has not been idle for longer than `idle_timeout`.
    pub(in super::super) fn is_usable(&mut self, now: Instant, idle_timeout: Duration) -> bool {
        let inner = &mut *self.0;
        inner.move_bytes();
        matches!(inner.wire, Moves::Here(_)) && inner.sender.is_ready() && now.duration_since(inner.used) < idle_timeout
    }

    /// Its idle time begins.
    pub(in super::super) fn rest(&mut self, now: Instant) {
        self.0.used = now;
    }

    /// Lets it go on by itself, `ended` and upgrades included.
    pub(super) fn let_go(&mut self) {
        let inner = &mut *self.0;
        if let Moves::Here(wire) = std::mem::replace(&mut inner.wire, Moves::Elsewhere) {
            let ended = std::mem::replace(&mut inner.ended, Box::pin(std::future::pending()));
            tokio::spawn(async move {
                tokio::select! {
                    // Who waits for an answer on it is told of the error, too.
                    _ = wire.with_upgrades() => (),
                    () = ended => (),
                }
            });
        }
    }

    /// Sends a request and waits for the header of its answer.
    #[allow(clippy::result_large_err, reason = "the error is hyper's, and taken apart at once")]
    pub(super) async fn send(
        &mut self,
        request: Request<Upload>,
        sent: &Sent,
        idle_timeout: Duration,
    ) -> Result<Response<Incoming>, Unanswered> {
        let inner = &mut *self.0;
        // Nothing is woken that gives way to others: see `Inner::poll`.
        let mut answer = pin!(tokio::task::unconstrained(inner.sender.try_send_request(request)));
        std::future::poll_fn(|cx| {
            match inner.poll(cx, |cx| answer.as_mut().poll(cx)) {
                Poll::Ready(Some(Ok(answer))) => return Poll::Ready(Ok(answer)),
                Poll::Ready(Some(Err(mut error))) => {
                    let unsent = error.take_message().map(|unsent| Unanswered::Unsent(Box::new(unsent)));
                    return Poll::Ready(Err(unsent.unwrap_or(Unanswered::Broken)));
                }
                Poll::Ready(None) => return Poll::Ready(Err(Unanswered::Broken)),
                Poll::Pending => (),
            }
            // As long as the client sends, the connection is not idle.
            inner.poll_until(sent.last() + idle_timeout, cx).map(|()| Err(Unanswered::Idle))
        })
        .await
    }

    /// The next piece of the body of an answer.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        self.0.poll(cx, |cx| Pin::new(&mut *body).poll_frame(cx)).map(Option::flatten)
    }

    /// Whether a time has come.
    pub(super) fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_until(deadline, cx)
    }
}

impl Inner {
    /// Moves bytes until `look` finds something; `None` when nothing can come any more.
    ///
    /// What `look` looks at is changed by the wire alone, so that it need not be woken: the wire is, by the nudge. While
    /// `look` takes something, and the wire is told so, nobody waits and nobody needs to be woken either.
    fn poll<T>(&mut self, cx: &mut Context<'_>, mut look: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<Option<T>> {
        if let Moves::Elsewhere = self.wire {
            return look(cx).map(Some);
        }
        let mut unheard = Context::from_waker(Waker::noop());
        self.nudge.stop();
        if let Poll::Ready(found) = look(&mut unheard) {
            return Poll::Ready(Some(found));
        }
        self.nudge.wake_up(cx.waker());
        self.move_bytes();
        match look(&mut unheard) {
            Poll::Ready(found) => {
                self.nudge.stop();
                Poll::Ready(Some(found))
            }
            Poll::Pending if matches!(self.wire, Moves::Nobody) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Moves the bytes that can be moved now.
    fn move_bytes(&mut self) {
        let Moves::Here(wire) = &mut self.wire else { return };
        let mut cx = Context::from_waker(&self.waker);
        if Pin::new(wire).poll(&mut cx).is_ready() || self.ended.as_mut().poll(&mut cx).is_ready() {
            // Whoever waits for something on it is told by this.
            self.wire = Moves::Nobody;
        }
    }

    fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// Wakes one who waits, and nobody when nobody does.
#[derive(Default)]
struct Nudge(Mutex<Option<Waker>>);

impl Nudge {
    fn wake_up(&self, waiting: &Waker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting.clone());
    }

    fn stop(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}
