//! The end of a connection that requests go into, of either version of HTTP.

use super::{classify::Trouble, failure::Failure};
use http_body_util::Empty;
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    client::conn::{http1, http2},
    header::HOST,
    rt,
};
use hyper_util::rt::{TokioExecutor, TokioIo};

pub(super) enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Sender {
    /// Speaks HTTP over a connection: version 2 if that was agreed on.
    pub(super) async fn over<S>(stream: S, http2: bool) -> Result<Self, Trouble>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
        TokioIo<S>: rt::Read + rt::Write,
    {
        let failed = |error: hyper::Error| Trouble::failed(Failure::Reset, &error);
        let stream = TokioIo::new(stream);
        // Whatever ends the connection is told to the request that is under way, if there is one.
        Ok(if http2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.map_err(failed)?;
            tokio::spawn(async move { drop(connection.await) });
            Self::Http2(sender)
        } else {
            let (sender, connection) = http1::handshake(stream).await.map_err(failed)?;
            tokio::spawn(async move { drop(connection.await) });
            Self::Http1(sender)
        })
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_closed(),
            Self::Http2(sender) => sender.is_closed(),
        }
    }

    /// Done when a request can be sent; an error when none can be any more.
    pub(super) async fn ready(&mut self) -> Result<(), hyper::Error> {
        match self {
            Self::Http1(sender) => sender.ready().await,
            Self::Http2(sender) => sender.ready().await,
        }
    }

    /// Sends a request, once. RFC 9113, 8.3.1: in HTTP/2 scheme and authority stand in the target, which has no `Host`.
    pub(super) async fn send(
        &mut self,
        mut request: Request<Empty<Bytes>>,
        url: &Uri,
    ) -> Result<Response<Incoming>, hyper::Error> {
        match self {
            Self::Http1(sender) => sender.send_request(request).await,
            Self::Http2(sender) => {
                let host = request.headers_mut().remove(HOST);
                let host = host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or_default();
                let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                let whole = Uri::builder().scheme(url.scheme_str().unwrap_or("https")).authority(host);
                // The parts come from a URL that was parsed.
                *request.uri_mut() = whole.path_and_query(path).build().unwrap_or_default();
                sender.send_request(request).await
            }
        }
    }
}
