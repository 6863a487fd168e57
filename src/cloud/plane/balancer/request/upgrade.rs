//! Connections that stop speaking HTTP: WebSockets.

use std::time::Duration;

use hyper::http::response::Parts;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::super::raised;
use super::super::targets::InFlight;

/// Joins a client's connection with that to the target, until one end closes or nothing has come for the idle timeout.
pub(super) fn join(client: OnUpgrade, answer: &mut Parts, idle_timeout: Duration, in_flight: InFlight) {
    let Some(server) = answer.extensions.remove::<OnUpgrade>() else { return };
    let ended = in_flight.0.ended();
    tokio::spawn(async move {
        // The target has it until its end.
        let _in_flight = in_flight;
        let Ok((client, server)) = tokio::try_join!(client, server) else { return };
        tokio::select! {
            () = relay(TokioIo::new(client), TokioIo::new(server), idle_timeout) => (),
            () = raised(ended) => (),
        }
    });
}

/// Whoever closes or breaks first has ended it for both.
async fn relay<A, B>(mut client: A, mut server: B, idle_timeout: Duration)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let (mut up, mut down) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    loop {
        let passed = tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => server.write_all(&up[..count]).await,
            },
            read = server.read(&mut down) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => client.write_all(&down[..count]).await,
            },
            () = tokio::time::sleep(idle_timeout) => return,
        };
        if passed.is_err() {
            return;
        }
    }
}
