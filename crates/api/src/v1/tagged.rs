//! Answers that a caller may keep: an `ETag` by content, and 304 for whoever has it already.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::sha256;
use serde::Serialize;

/// May be kept, and is asked about each time.
const KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// JSON with its tag, or nothing when the caller has the same.
pub fn json(asked: &HeaderMap, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("wire types are JSON");
    bytes_as(asked, "application/json", bytes)
}

/// Bytes with their tag, or nothing when the caller has the same.
pub fn bytes_as(asked: &HeaderMap, media: &'static str, bytes: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", &sha256(&bytes).to_string()[..20]);
    let mut response = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(media))], bytes).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    response.headers_mut().insert(header::ETAG, HeaderValue::from_str(&tag).expect("hex in quotes"));
    response
}

/// Whether the caller holds what has this tag; compared weakly, as RFC 9110 has it for reading.
pub fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let tags = asked.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|line| line.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag)
}
