//! The doors that acts made offline are taken to: those of this version of the API, behind the edge. An act that was sent
//! hours later is then done by the same handler, with the same rights and the same words, as one that was sent at once.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

/// The routes, once they are put together.
#[derive(Clone, Default)]
pub struct Doors(Arc<OnceLock<Router>>);

/// What a door answered.
pub(super) struct Answered {
    /// Its status.
    pub status: StatusCode,
    /// The version of what is behind it, to be sent as `If-Match`.
    pub tag: Option<String>,
    /// `null` when it is no JSON.
    pub body: Value,
}

/// What is asked at a door.
pub(super) struct Asked<'a> {
    /// By which method.
    pub method: Method,
    /// Where.
    pub path: &'a str,
    /// What is sent.
    pub body: Option<&'a Value>,
    /// The key it is done under.
    pub key: Option<Uuid>,
    /// The version that was decided on.
    pub held: Option<&'a str>,
}

/// Whoever asks, as they came in: the rest of a request is made anew.
const WHO: [header::HeaderName; 2] = [header::AUTHORIZATION, header::COOKIE];

impl Doors {
    /// Opens them, once.
    pub(crate) fn open(&self, routes: Router) {
        let _opened_before = self.0.set(routes);
    }

    /// Asks at a door in the name of whoever sent these headers.
    pub(super) async fn ask(&self, who: &HeaderMap, asked: Asked<'_>) -> Option<Answered> {
        let routes = self.0.get()?.clone();
        let body = asked.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = Request::builder().method(asked.method).uri(asked.path).body(body).ok()?;
        let headers = request.headers_mut();
        for name in WHO {
            if let Some(value) = who.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        if asked.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert("prefer", HeaderValue::from_static("return=minimal"));
        }
        if let Some(key) = asked.key.and_then(|key| HeaderValue::from_str(&key.to_string()).ok()) {
            headers.insert("idempotency-key", key);
        }
        if let Some(held) = asked.held.and_then(|held| HeaderValue::from_str(held).ok()) {
            headers.insert(header::IF_MATCH, held);
        }
        let response = routes.oneshot(request).await.expect("a router answers always");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        let tag = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Some(Answered { status: parts.status, tag, body })
    }
}
