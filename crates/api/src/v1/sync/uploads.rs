//! Pictures and papers that come in pieces over slow lines, as tus 1.0.0 (core and creation) has it: any client of that
//! protocol can send them. Whole, an upload is the attachment of the same id.

use app::sync::upload::{self, Elsewhere, Progress};
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::problem::{Answer, Code, Problem};
use crate::read::{Named, body_problem};
use crate::v1::state::State;
use crate::v1::who::Who;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// Media type of a piece.
const PIECE: &str = "application/offset+octet-stream";

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(look, go_on))
}

/// Begin an upload
///
/// `Upload-Metadata` may name, each in base64: `id`, a UUIDv7 that the phone made (the attachment will have it), and `sha256` of
/// the bytes in hexadecimal. The same again goes on with what is there.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "sync",
    params(("Upload-Length" = u64, Header, description = "Bytes in all, 1 to 20 MB"),
        ("Upload-Metadata" = Option<String>, Header, description = "`id` and `sha256`, each with its value in base64"),
        ("Tus-Resumable" = Option<String>, Header, description = "1.0.0")), responses(
    (status = 201, description = "Begun; `Location` is where the pieces go"),
    (status = 200, description = "Begun before; `Upload-Offset` says how far it has come"),
    (status = 412, description = "Another version of the protocol"),
    (status = 422, description = "A header makes no sense, or the id is an upload of something else", body = Problem, content_type = "application/problem+json")))]
async fn begin(Shared(state): Shared<State>, who: Who, headers: HeaderMap) -> Answer<Response> {
    version(&headers)?;
    let bytes = number(&headers, &LENGTH)?;
    let said = metadata(&headers)?;
    let of = |name: &str| said.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let bad = || Problem::field("Upload-Metadata", "format", "id is a UUID (version 7), in base64");
    let id = of("id").map(|text| text.parse::<Uuid>().map_err(|_| bad())).transpose()?;
    let id = id.unwrap_or_else(Uuid::now_v7);
    let (progress, is_new) = upload::begin(&state.app, &who.0, id, bytes, of("sha256")).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = answer(status, progress.offset);
    let location = HeaderValue::from_str(&format!("/api/v1/uploads/{id}"));
    response.headers_mut().insert(header::LOCATION, location.expect("a path of plain letters"));
    Ok(response)
}

/// How far an upload has come
#[utoipa::path(head, path = "/api/v1/uploads/{id}", tag = "sync",
    params(("id" = Uuid, Path, description = "Id of the upload")), responses(
    (status = 200, description = "`Upload-Offset` bytes of `Upload-Length` are here"),
    (status = 404, description = "No such upload, or not the caller's")))]
async fn look(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let Progress { offset, bytes, .. } = upload::look(&state.app, &who.0, id_of(&id)?).await?;
    let mut response = answer(StatusCode::OK, offset);
    response.headers_mut().insert(LENGTH, HeaderValue::from(bytes));
    Ok(response)
}

/// Send a piece
///
/// At the place where the last one ended. What was answered is safe; with the last piece the whole is looked at and kept as an
/// attachment.
#[utoipa::path(patch, path = "/api/v1/uploads/{id}", tag = "sync",
    params(("id" = Uuid, Path, description = "Id of the upload"),
        ("Upload-Offset" = u64, Header, description = "Where this piece begins")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"), responses(
    (status = 204, description = "Here; `Upload-Offset` is where the next begins"),
    (status = 404, description = "No such upload, or not the caller's"),
    (status = 409, description = "It is not there that it goes on; `Upload-Offset` says where"),
    (status = 415, description = "Of another media type"),
    (status = 422, description = "The whole is of no kind taken here, broken, or not what was announced", body = Problem, content_type = "application/problem+json")))]
async fn go_on(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    mut body: Body,
) -> Answer<Response> {
    version(&headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|it| it != PIECE) {
        return Err(Problem::new(Code::UnsupportedMedia).detail(format!("a piece is sent as {PIECE}")));
    }
    let offset = number(&headers, &OFFSET)?;
    let mut piece = match upload::go_on(&state.app, &who.0, id_of(&id)?, offset).await? {
        Ok(piece) => piece,
        Err(Elsewhere(here)) => {
            let mut response = Problem::new(Code::Conflict)
                .detail(format!("{here} bytes are here: go on there"))
                .into_response();
            response.headers_mut().insert(OFFSET, HeaderValue::from(here));
            response.headers_mut().insert(RESUMABLE, VERSION);
            return Ok(response);
        }
    };
    let mut broke_off = None;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(bytes) = frame.into_data() {
                    piece.write(&bytes).await?;
                }
            }
            Err(error) => {
                broke_off = Some(body_problem(&error));
                break;
            }
        }
    }
    // What came before the line broke is kept, too.
    let progress = piece.end(&state.app).await?;
    match broke_off {
        Some(problem) => Err(problem),
        None => Ok(answer(StatusCode::NO_CONTENT, progress.offset)),
    }
}

fn answer(status: StatusCode, offset: u64) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, VERSION);
    headers.insert(OFFSET, HeaderValue::from(offset));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A client that speaks another version is told so; one that says nothing is taken at its word.
fn version(headers: &HeaderMap) -> Answer<()> {
    match headers.get(RESUMABLE) {
        Some(said) if said != VERSION => {
            Err(Problem::new(Code::Stale).detail("this server speaks tus 1.0.0: send Tus-Resumable: 1.0.0"))
        }
        _ => Ok(()),
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Answer<u64> {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    let text = text.ok_or_else(|| Problem::field(name.as_str(), "missing", "say it, in bytes"))?;
    text.parse().map_err(|_| Problem::field(name.as_str(), "format", "a whole number of bytes is taken here"))
}

fn metadata(headers: &HeaderMap) -> Answer<Vec<(String, String)>> {
    let Some(value) = headers.get(METADATA) else { return Ok(Vec::new()) };
    let bad = || Problem::field("Upload-Metadata", "format", "pairs `key base64`, with commas between");
    let text = value.to_str().map_err(|_| bad())?;
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty()).map(|pair| {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let bytes = app::vault::of_base64(value).ok_or_else(bad)?;
        Ok((key.to_owned(), String::from_utf8(bytes).map_err(|_| bad())?))
    });
    pairs.collect()
}

fn id_of(text: &str) -> Answer<Uuid> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
