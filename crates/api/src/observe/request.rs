//! The outermost layer: gives each request an id and a span, counts it, logs it, and puts the strict headers on its answer.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};

use tracing::Instrument;

use super::{Metrics, span};
use crate::{edge::secure, limits::Limits};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// A request slower than this is worth a line of its own.
const SLOW_MS: u128 = 1_000;

static START: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(0) as u32);
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Names one request in the log and towards its caller. Unique for this process, and hardly ever met twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    fn next() -> Self {
        RequestId(format!("{:08x}-{:x}", *START, NEXT.fetch_add(1, Relaxed)))
    }
}

/// Layer over every route.
pub async fn observe(
    State(limits): State<std::sync::Arc<Limits>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = RequestId::next();
    let method = name(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let is_api = request.uri().path().starts_with("/api/");
    request.extensions_mut().insert(id.clone());

    let path = path.as_ref().map_or("(none)", MatchedPath::as_str);
    let span = span::of(method, path, &id.0, request.headers());
    let mut response = next.run(request).instrument(span.clone()).await;

    let took = begun.elapsed();
    let status = response.status().as_u16();
    span::end(&span, status);
    Metrics::of_node().answered(method, path, status, took);
    let ms = took.as_millis();
    if status >= 500 {
        tracing::warn!(method, path, status, ms, request = id.0, "answered");
    } else if ms >= SLOW_MS {
        tracing::info!(method, path, status, ms, request = id.0, "answered slowly");
    } else {
        tracing::debug!(method, path, status, ms, request = id.0, "answered");
    }
    let headers = response.headers_mut();
    secure::strict(headers, is_api, limits.https);
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(HEADER, id);
    }
    response
}

/// Only methods we know become labels: a caller cannot make up new series.
fn name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}
