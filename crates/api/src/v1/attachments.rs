//! Pictures, sounds and papers: streamed in, streamed out. Nothing is held whole in memory here.

use app::attachment::Upload;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::AttachmentId;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::state::State;
use super::tagged::is_known;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query, body_problem};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(one))
}

/// What is known of an attachment.
#[derive(Serialize, ToSchema)]
struct AttachmentWire {
    /// To be named as evidence.
    id: Uuid,
    /// SHA-256 of the bytes that are kept, hex.
    sha256: String,
    /// Media type, told by the bytes.
    mime: String,
    /// How many bytes are kept.
    bytes: u64,
    /// Of a picture as it is shown, in pixels.
    width: Option<u32>,
    /// Of a picture as it is shown, in pixels.
    height: Option<u32>,
    /// When the camera says it was taken.
    #[schema(value_type = Option<String>, format = DateTime)]
    taken_at: Option<Timestamp>,
    /// Where the camera says it was taken, degrees east; no longer in the picture itself.
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
}

/// How it was called.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AddQuery {
    /// Name of the file; not kept: what a phone calls a file may name a person.
    #[allow(dead_code)] // taken and dropped, so that callers may send it
    name: Option<String>,
}

/// Which bytes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OneQuery {
    /// 1 asks for the thumbnail of a picture, a JPEG of at most 320 pixels.
    thumb: Option<u8>,
}

/// Add an attachment
///
/// The body is the file itself, at most 20 MB: JPEG, PNG, WebP, PDF, Ogg, MP3, WAV or AMR. What a camera wrote
/// into a picture (place, time, device) is read and then taken out of it.
#[utoipa::path(post, path = "/api/v1/attachments", tag = "attachments", params(AddQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, description = "Kept", body = AttachmentWire),
    (status = 413, description = "More than 20 MB"), (status = 422, description = "Of no kind taken here, or broken")))]
async fn add(
    Shared(state): Shared<State>,
    who: Who,
    Query(_named): Query<AddQuery>,
    body: Body,
) -> Answer<Response> {
    let mut upload = state.app.upload().await?;
    receive(body, &mut upload).await?;
    let it = state.app.keep(upload, who.person).await?;
    let location = format!("/api/v1/attachments/{}", it.id);
    let wire = AttachmentWire {
        id: it.id.0,
        sha256: it.sha256,
        mime: it.mime,
        bytes: it.n_bytes,
        width: it.pixels.map(|(width, _)| width),
        height: it.pixels.map(|(_, height)| height),
        taken_at: it.taken,
        lng: it.point.map(|p| p.lng),
        lat: it.point.map(|p| p.lat),
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(wire)).into_response())
}

async fn receive(mut body: Body, upload: &mut Upload) -> Answer<()> {
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame.map_err(|error| body_problem(&error))?.into_data() {
            upload.write(&bytes).await?;
        }
    }
    Ok(())
}

/// An attachment's bytes
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "attachments",
    params(("id" = Uuid, Path, description = "Id"), OneQuery), responses(
    (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 304, description = "The caller has them"), (status = 404, description = "No such attachment, or no thumbnail")))]
async fn one(
    Shared(state): Shared<State>,
    _: Who,
    Named(id): Named,
    Query(query): Query<OneQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let id = id.parse().map(AttachmentId).map_err(|_| Problem::new(Code::NotFound))?;
    let thumb = query.thumb == Some(1);
    let it = state.app.attachment(id).await?;
    let tag = format!("\"{}{}\"", &it.sha256[..20], if thumb { "-t" } else { "" });
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from_stream(state.app.bytes_of(&it, thumb).await?).into_response()
    };
    let mime = if thumb { "image/jpeg" } else { &it.mime };
    // A paper is kept, not shown: a browser that shows it would run what is in it.
    let shown = if mime.starts_with("application/") { "attachment" } else { "inline" };
    let mut put = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, mime);
    put(header::CONTENT_DISPOSITION, shown);
    put(header::CACHE_CONTROL, "private, max-age=31536000, immutable");
    put(header::ETAG, &tag);
    Ok(response)
}
