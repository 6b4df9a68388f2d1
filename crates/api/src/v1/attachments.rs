//! Pictures and papers: taken in as raw bytes, given out to those who are signed in.

use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Path, bytes_of};
use axum::Router;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::id::AttachmentId;
use serde_json::json;

/// The paths of this file.
pub fn routes() -> Router<State> {
    Router::new().route("/attachments", post(add)).route("/attachments/{id}", get(one))
}

async fn add(Shared(state): Shared<State>, who: Who, body: Body) -> Answer<Response> {
    let bytes = bytes_of(body).await?;
    let it = state.app.attach(who.person, bytes.to_vec()).await?;
    let answer = json!({ "id": it.id.0, "sha256": it.sha256, "mime": it.mime, "bytes": it.n_bytes });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn one(Shared(state): Shared<State>, _: Who, Path(id): Path) -> Answer<Response> {
    let (it, bytes) =
        state.app.attachment(id.parse().map(AttachmentId).map_err(|_| Problem::new(Code::NotFound))?).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(&it.mime).unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400, immutable"));
    Ok(response)
}
