//! A body of JSON: read whole, in UTF-8, with every field known; each error names its field by JSON pointer.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::words;
use crate::{
    edge::{BodyFault, fault_of},
    problem::{Answer, Code, Problem},
};

/// JSON, read or sent. Types read this way refuse unknown fields (`deny_unknown_fields`).
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Answer<Self> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(Problem::new(Code::UnsupportedMedia).detail("send Content-Type: application/json"));
        }
        json_of(&bytes_of(body).await?).map(Json)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The whole body; how much that may be was settled before (`edge`).
pub async fn bytes_of(body: Body) -> Answer<Bytes> {
    let collected = body.collect().await.map_err(|error| body_problem(&error))?;
    Ok(collected.to_bytes())
}

/// Why a body could not be read to its end.
pub fn body_problem(error: &axum::Error) -> Problem {
    match fault_of(error) {
        Some(fault @ BodyFault::TooLarge(_)) => Problem::new(Code::TooLarge).detail(fault.to_string()),
        Some(fault @ BodyFault::Silent) => Problem::new(Code::TimedOut).detail(fault.to_string()),
        None => Problem::new(Code::Malformed).detail("the body broke off"),
    }
}

/// Reads JSON that is already at hand as a value: the field errors have the same paths.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Answer<T> {
    serde_path_to_error::deserialize(value).map_err(|error| words::field_problem(&error))
}

/// Reads JSON whose bytes are at hand.
pub fn json_of<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    let malformed = |detail: String| Problem::new(Code::Malformed).detail(detail);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed(format!("the body is not UTF-8 from byte {} on", error.valid_up_to())))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() {
            return words::field_problem(&error);
        }
        malformed(format!("the body is not JSON: {}", error.inner()))
    })?;
    reader.end().map_err(|error| malformed(format!("more follows the JSON: {error}")))?;
    Ok(read)
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}
