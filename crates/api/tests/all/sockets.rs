//! Slow and hostile callers over real sockets. Limits are shortened, never the code.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use api::{Limits, read::Json, server::Closing};
use axum::{
    Router,
    response::sse::{Event, Sse},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::node::{Node, read, start};

fn routes(closing: Closing) -> Router {
    let events = async move || {
        let ticks = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, Infallible>(Event::default().comment("tick")), ()))
        });
        Sse::new(ticks.take_until(closing.ended()))
    };
    Router::new()
        .route("/ok", get(async || "fine"))
        .route("/read", post(async |Json(value): Json<Value>| axum::Json(value)))
        .route("/slow", get(async || tokio::time::sleep(Duration::from_millis(300)).await))
        .route("/flood", get(async || "x".repeat(64 * 1024 * 1024)))
        .route("/events", get(events))
}

async fn impatient() -> Node {
    let (head, silence) = (Duration::from_millis(400), Duration::from_millis(400));
    start(Limits { head, silence, ..Limits::default() }, routes).await
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

/// Sends a byte every 50 ms until the other end closes; how long that took.
async fn drip(stream: &mut TcpStream, byte: u8) -> Duration {
    let begun = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let dripping = async {
        while writer.write_all(&[byte]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let closed = async {
        let mut sink = [0; 1024];
        while let Ok(1..) = reader.read(&mut sink).await {}
    };
    let either = async {
        tokio::select! { () = dripping => {}, () = closed => {} }
    };
    tokio::time::timeout(Duration::from_secs(20), either).await.expect("closed in time");
    begun.elapsed()
}

#[tokio::test]
async fn a_head_that_drips_is_closed_in_time() {
    let node = impatient().await;
    let mut stream = node.connect().await;
    stream.write_all(b"GET /ok HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let open = drip(&mut stream, b'a').await;
    assert!(open >= Duration::from_millis(300) && open < Duration::from_secs(5), "{open:?}");
}

#[tokio::test]
async fn a_silent_connection_is_closed_in_time_before_and_after_a_request() {
    let node = impatient().await;
    assert_eq!(read(&mut node.connect().await).await, "");
    let mut stream = node.connect().await;
    stream.write_all(b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(read(&mut stream).await.ends_with("fine"), "answered, then idle, then closed");
}

#[tokio::test]
async fn a_body_that_declares_100_mb_is_refused_before_it_is_sent() {
    let node = start(Limits::default(), routes).await;
    let begun = Instant::now();
    let head = "POST /read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n";
    let answer = node.say(head.as_bytes()).await;
    assert_eq!(status(&answer), "413", "{answer}");
    assert!(answer.contains("\"code\":\"too_large\"") && begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_chunked_body_without_end_is_cut_at_the_limit() {
    let node = start(Limits { body_bytes: 100_000, ..Limits::default() }, routes).await;
    let mut stream = node.connect().await;
    let head = "POST /read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
        while writer.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let mut answer = vec![0; 12];
    reader.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");
    tokio::time::timeout(Duration::from_secs(20), sending).await.expect("the node closes").unwrap();
}

#[tokio::test]
async fn whoever_is_still_sending_when_they_are_refused_gets_the_answer() {
    let node = start(Limits { body_bytes: 100_000, ..Limits::default() }, routes).await;
    let head = "POST /read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\n\r\n";
    let mut stream = node.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..300 {
        stream.write_all(&vec![b' '; 100_000]).await.expect("the node listens until all was sent");
    }
    assert_eq!(status(&read(&mut stream).await), "413");
}

#[tokio::test]
async fn a_body_that_falls_silent_is_given_up() {
    let node = impatient().await;
    let head =
        "POST /read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{";
    let answer = node.say(head.as_bytes()).await;
    assert_eq!(status(&answer), "408", "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let node = start(Limits::default(), routes).await;
    let long = format!("GET /ok HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(20_000));
    assert_eq!(status(&node.say(long.as_bytes()).await), "431");
    let many = format!("GET /ok HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(150));
    assert_eq!(status(&node.say(many.as_bytes()).await), "431");
}

#[tokio::test]
async fn json_that_is_not_utf8_is_answered_with_the_byte() {
    let node = start(Limits::default(), routes).await;
    let mut request =
        b"POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n"
            .to_vec();
    request.extend_from_slice(b"\"a\xc3\x28b\"");
    let answer = node.say(&request).await;
    assert_eq!(status(&answer), "400");
    assert!(answer.contains("not UTF-8 from byte 2 on"), "{answer}");
}

#[tokio::test]
async fn a_bomb_of_gzip_is_refused_unopened() {
    let node = start(Limits::default(), routes).await;
    let head = "POST /read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nbytes";
    let answer = node.say(head.as_bytes()).await;
    assert_eq!(status(&answer), "415");
    assert!(answer.to_ascii_lowercase().contains("connection: close"), "the unread body ends the connection");
}

#[tokio::test]
async fn a_request_hidden_in_another_is_not_served() {
    let node = start(Limits::default(), routes).await;
    let both = "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /ok HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = node.say(both.as_bytes()).await;
    assert!(!answer.contains("fine"), "{answer}");
}

#[tokio::test]
async fn whoever_does_not_read_the_answer_is_closed() {
    let node = impatient().await;
    let mut stream = node.connect().await;
    stream.write_all(b"GET /flood HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let got = read(&mut stream).await.len();
    assert!(got < 64 * 1024 * 1024, "cut off: {got} bytes came");
}

#[tokio::test]
async fn a_full_node_serves_the_next_as_soon_as_one_leaves() {
    let node = start(Limits { connections: 1, ..Limits::default() }, routes).await;
    let first = node.connect().await;
    let mut second = node.connect().await;
    second.write_all(b"GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), second.readable()).await;
    assert!(early.is_err(), "waits while the first is there");
    drop(first);
    assert_eq!(status(&read(&mut second).await), "200");
}

#[tokio::test]
async fn the_order_to_stop_lets_requests_finish_and_ends_streams() {
    let node = start(Limits::default(), routes).await;
    let mut slow = node.connect().await;
    slow.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut events = node.connect().await;
    events.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    node.stop.send(()).unwrap();
    assert_eq!(status(&read(&mut slow).await), "200");
    assert!(read(&mut events).await.ends_with("0\r\n\r\n"), "the stream ends as a whole answer does");
    node.ended.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "nothing waits for the limit");
    assert!(TcpStream::connect(node.address).await.is_err(), "nobody new is let in");
}

#[tokio::test]
async fn a_request_that_will_not_end_is_cut_off_when_stopping() {
    let limits = Limits { drain: Duration::from_millis(200), ..Limits::default() };
    let node =
        start(limits, |_| Router::new().route("/never", get(async || std::future::pending::<()>().await)))
            .await;
    let mut stream = node.connect().await;
    stream.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    node.stop.send(()).unwrap();
    assert_eq!(read(&mut stream).await, "");
    tokio::time::timeout(Duration::from_secs(5), node.ended).await.unwrap().unwrap();
}
