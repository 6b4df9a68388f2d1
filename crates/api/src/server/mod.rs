//! Accepts connections and ends them in time: slow heads, silence, too many, and the order to stop.
//!
//! `axum::serve` has no defence against slow clients, so the loop is ours. What a request may do is in `edge`.

mod closing;
mod patient;
mod share;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tower::Service;

pub use closing::{Closing, Ending};
use patient::Patient;
use share::Shares;

use crate::{limits::Limits, observe::Metrics};

/// The other end of a connection, as the machine sees it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Serves until `stop` completes, then lets requests at work finish within `limits.drain`.
///
/// `ending` is told first, so that event streams made with its [`Closing`] end by themselves.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Arc<Limits>,
    ending: Ending,
    stop: impl Future<Output = ()>,
) {
    let metrics = Metrics::of_node();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let shares = Shares::new(limits.connections_per_address);
    let mut open = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => accepted,
            Some(_ended) = open.join_next(), if !open.is_empty() => continue,
        };
        let (stream, address, slot) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await; // out of files: wait for some to close
                continue;
            }
        };
        let Some(share) = shares.take(address.ip()) else {
            metrics.refused("connections_per_address");
            open.spawn(turn_away(stream));
            continue;
        };
        let (router, limits, closing) = (router.clone(), limits.clone(), ending.closing());
        open.spawn(async move {
            let _held = (slot, share, metrics.connection());
            converse(stream, address, router, &limits, closing).await;
        });
    }
    drop(listener);
    ending.end();
    drain(open, limits.drain).await;
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

/// Waits for a slot first: what cannot be served stays in the kernel's queue.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<Accepted> {
    let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
    let (stream, address) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, address, slot))
}

async fn turn_away(mut stream: TcpStream) {
    let sent = stream.write_all(TOO_MANY);
    let _nobody_to_tell = tokio::time::timeout(Duration::from_secs(1), sent).await;
}

/// One connection from its first byte to its last.
async fn converse(stream: TcpStream, address: SocketAddr, router: Router, limits: &Limits, closing: Closing) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(address));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.silence)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.ended() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn drain(mut open: JoinSet<()>, time: Duration) {
    let all = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(time, all).await.is_err() {
        tracing::warn!(connections = open.len(), "still at work after the time to stop; cut off");
        open.shutdown().await;
    }
}
