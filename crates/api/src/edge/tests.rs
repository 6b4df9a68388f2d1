//! The rules together, over a router of the test's own.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
    routing::{get, post},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::Edge;
use crate::{limits::Limits, read::bytes_of};

fn router(limits: Limits) -> Router {
    let routes = Router::new()
        .route("/slow", get(async || tokio::time::sleep(Duration::from_mins(1)).await))
        .route("/broken", get(async || -> () { panic!("as planned") }))
        .route("/long", get(async || axum::Json(vec!["word"; 10_000])))
        .route("/read", post(async |body: Body| bytes_of(body).await.map(|bytes| bytes.len().to_string())));
    Edge::new(Arc::new(limits)).over(routes)
}

async fn ask(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

fn asking(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

async fn code(response: Response<Body>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_ended() {
    let answer = ask(&router(Limits::default()), asking("/slow")).await;
    assert_eq!(code(answer).await, (408, "timed_out".into()));
}

#[tokio::test(start_paused = true)]
async fn one_request_too_many_hears_so_at_once() {
    let router = router(Limits { requests_at_once: 1, ..Limits::default() });
    let first = tokio::spawn(router.clone().oneshot(asking("/slow")));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let second = ask(&router, asking("/long")).await;
    assert_eq!(second.headers()[header::RETRY_AFTER], "1");
    assert_eq!(code(second).await, (503, "busy".into()));
    first.await.unwrap().unwrap();
    assert_eq!(ask(&router, asking("/long")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_panic_is_a_fault_that_says_nothing_of_the_machine() {
    let answer = ask(&router(Limits::default()), asking("/broken")).await;
    assert!(answer.headers().contains_key("x-request-id"));
    assert_eq!(code(answer).await, (500, "fault".into()));
}

#[tokio::test]
async fn a_body_is_counted_even_when_it_declares_nothing() {
    let router = router(Limits { body_bytes: 1_000, ..Limits::default() });
    let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 300]));
    let endless = Request::post("/read").body(Body::from_stream(chunks)).unwrap();
    assert_eq!(code(ask(&router, endless).await).await, (413, "too_large".into()));
    let fits = Request::post("/read").body(Body::from(vec![b'x'; 1_000])).unwrap();
    assert_eq!(ask(&router, fits).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_is_given_up() {
    let silent = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/read").body(Body::from_stream(silent)).unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(code(ask(&router(Limits::default()), request).await).await, (408, "timed_out".into()));
    assert_eq!(begun.elapsed().as_secs(), Limits::default().silence.as_secs());
}

#[tokio::test]
async fn a_compressed_body_is_not_taken() {
    let request = Request::post("/read").header("content-encoding", "gzip").body(Body::from("x")).unwrap();
    assert_eq!(code(ask(&router(Limits::default()), request).await).await, (415, "unsupported_media".into()));
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_whoever_can_read_it() {
    let asked = Request::get("/long").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let router = router(Limits::default());
    let packed = ask(&router, asked).await;
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
    let packed = packed.into_body().collect().await.unwrap().to_bytes();
    let plain = ask(&router, asking("/long")).await.into_body().collect().await.unwrap().to_bytes();
    assert!(packed.len() * 10 < plain.len());
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_trust_nothing_else() {
    for path in ["/long", "/broken", "/api/v1/nowhere"] {
        let headers = ask(&router(Limits::default()), asking(path)).await.headers().clone();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'; script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
