//! Connections of clients.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A keep-alive connection of a client.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::over(TokioIo::new(TcpStream::connect(address).await.expect("it is listened on"))).await
    }

    pub(crate) async fn over<S>(stream: S) -> Self
    where
        S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let (sender, connection) = hyper::client::conn::http1::handshake(stream).await.expect("HTTP");
        tokio::spawn(async move {
            let _ended = connection.await;
        });
        Connection { sender }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).header("host", "web.example.com"), "").await
    }

    pub(crate) async fn send(&mut self, request: hyper::http::request::Builder, body: &str) -> Reply {
        self.try_send(request, body).await.expect("an answer")
    }

    pub(crate) async fn try_send(
        &mut self,
        request: hyper::http::request::Builder,
        body: &str,
    ) -> Result<Reply, hyper::Error> {
        self.sender.ready().await?;
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("a text");
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }
}
