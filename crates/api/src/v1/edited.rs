//! What the resources that administrators keep have in common on the wire: a key for what is made, a tag for what is
//! changed, and pages.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use uuid::Uuid;

use crate::problem::{Answer, Problem};
use crate::read::Json;

/// Most rows of a page.
pub const MOST: u32 = 500;

/// The id or key of what is to be made: the client's, so that a retry makes no second one, else a new one.
pub fn key(headers: &HeaderMap, in_body: Option<Uuid>) -> Answer<Option<Uuid>> {
    let in_header = super::case::key(headers)?;
    if in_header.is_some() && in_body.is_some() && in_header != in_body {
        return Err(Problem::field("/id", "conflict", "the header Idempotency-Key names another id"));
    }
    Ok(in_header.or(in_body))
}

/// The tag that the caller decided on, from `If-Match`; `None` when they do not say.
pub fn held(headers: &HeaderMap) -> Answer<Option<String>> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let bad = || Problem::field("If-Match", "format", "take the ETag of what was read as it is");
    bare.filter(|tag| !tag.contains('"')).map(|tag| Some(tag.to_owned())).ok_or_else(bad)
}

/// Something with its tag, and where it is when it was made just now.
pub fn answer(status: StatusCode, tag: &str, at: Option<String>, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    let quoted = format!("\"{tag}\"");
    headers.insert(header::ETAG, HeaderValue::from_str(&quoted).expect("tags are plain"));
    if let Some(at) = at.and_then(|at| HeaderValue::from_str(&at).ok()) {
        headers.insert(header::LOCATION, at);
    }
    response
}

/// How many rows were asked for; `usual` when it was not said.
pub fn limit(asked: Option<u32>, usual: u32) -> Answer<u32> {
    let limit = asked.unwrap_or(usual);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::field("?limit", "range", format!("1 to {MOST} is taken here")))
}

/// A day of a query or a body.
pub fn day(path: &str, text: &str) -> Answer<jiff::civil::Date> {
    text.parse().map_err(|_| Problem::field(path, "format", "a day is written 2026-09-30"))
}
