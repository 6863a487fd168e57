//! The control endpoint that the prober serves itself when none is given: always right, on loopback.
//!
//! It shows that this process, its runtime, its file descriptors and its ports work. It does not show that the network
//! between here and the service works; only a control endpoint beyond that network does.

use http_body_util::Full;
use hyper::{Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How long to wait before accepting again after the system refused, which it does when file descriptors run out.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Starts to serve; ends with `stop`.
pub(super) async fn serve(mut stop: watch::Receiver<bool>) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                // Also when the prober is gone.
                _ = stop.changed() => break,
            };
            match accepted {
                Ok((stream, _)) => drop(tokio::spawn(answer(stream))),
                Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
            }
        }
    });
    Ok(address)
}

async fn answer(stream: TcpStream) {
    let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok\n")))) });
    // The prober itself is the client and sees what went wrong.
    let _seen_by_the_client = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
