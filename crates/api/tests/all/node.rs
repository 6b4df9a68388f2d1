//! A node of the test's own on a free port, and a caller who speaks raw bytes.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use api::{
    Limits,
    edge::Edge,
    server::{Closing, Ending, serve},
};
use axum::Router;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// A running node; stops when told, or when dropped with its runtime.
pub struct Node {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub ended: JoinHandle<()>,
}

/// Starts a node that serves `routes` under `limits`.
pub async fn start(limits: Limits, routes: impl FnOnce(Closing) -> Router) -> Node {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Arc::new(limits);
    let ending = Ending::new();
    let router = Edge::new(limits.clone()).over(routes(ending.closing()));
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve(listener, router, limits, ending, async move {
        let _told_or_dropped = stopped.await;
    }));
    Node { address, stop, ended }
}

impl Node {
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a connection of their own and reads until the node closes it.
    pub async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        let _closed_before_all_was_sent = stream.write_all(bytes).await;
        read(&mut stream).await
    }
}

/// Everything until the other end closes; fails when it does not within 20 s.
pub async fn read(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let until_closed = async {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            all.extend_from_slice(&chunk[..count]);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), until_closed).await.expect("the node closes in time");
    String::from_utf8_lossy(&all).into_owned()
}
