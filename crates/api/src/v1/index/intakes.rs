//! What departments hand in for the index: previewed, saved, signed, listed. As JSON, or as the CSV or XLSX file that a
//! department has anyway.

use app::AppError;
use app::index::intake::{self, FigureIn, FileRead, HandIn, Page, Saved};
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::IntakeId;
use domain::month::Month;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::intake_wire::{
    FigureIn as FigureWireIn, HandInBody, IntakeWire, IntakeWithFigures, IntakesPage, PreviewWire, month,
};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query, bytes_of, json_of};
use crate::v1::acts::word;
use crate::v1::edited::{answer, limit};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(preview))
        .routes(routes!(list))
        .routes(routes!(one, save, discard))
        .routes(routes!(sign))
}

/// About a file; not for JSON, which says it in the body.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    /// The month of the figures, as `2026-09`.
    month: Option<String>,
    /// Which department, by its unit's code; one's own when absent.
    department: Option<String>,
    /// In words.
    note: Option<String>,
    /// What the file is called.
    file: Option<String>,
}

/// Which intakes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct IntakesQuery {
    /// Of this department, by its unit's code.
    department: Option<String>,
    /// Of this month, as `2026-09`.
    month: Option<String>,
    /// saved, signed or discarded.
    state: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Preview figures
///
/// Says of each figure whether it is new, the same or a correction, what is usual there, what is missing, and everything
/// that stands against saving. Writes nothing. A file is sent as it is, with its month in the query.
#[utoipa::path(post, path = "/api/v1/index/intakes/preview", tag = "index", params(FileQuery),
    request_body(content((HandInBody = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), responses(
    (status = 200, description = "What would be saved", body = PreviewWire),
    (status = 404, description = "No such department, or not one the caller hands in for"),
    (status = 409, description = "No framework of the index is saved yet", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "Neither JSON nor CSV nor XLSX"),
    (status = 422, description = "It cannot be read", body = Problem, content_type = "application/problem+json")))]
async fn preview(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<PreviewWire>> {
    let read = read(&state, &who, query, &headers, body).await?;
    let planned = intake::preview(&state.app, &who, &read.asked).await?;
    Ok(Json(PreviewWire::of(&state.app.city(), &planned, &read)))
}

/// Save figures
///
/// Under an id that the caller makes; the same again is one intake. They count for nothing until the department signs
/// them. A figure that is far from what is usual needs a remark that says why it is right.
#[utoipa::path(put, path = "/api/v1/index/intakes/{id}", tag = "index",
    params(("id" = Uuid, Path, description = "Made by the caller, UUIDv7"), FileQuery),
    request_body(content((HandInBody = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), responses(
    (status = 201, description = "Saved; `Location` is set", body = IntakeWire),
    (status = 200, description = "The same was saved before; as it stands now", body = IntakeWire),
    (status = 404, description = "No such department, or not one the caller hands in for"),
    (status = 409, description = "No framework of the index is saved yet", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "Neither JSON nor CSV nor XLSX"),
    (status = 422, description = "Something stands against it: each is a field, of a file by sheet, row and column", body = Problem, content_type = "application/problem+json")))]
async fn save(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let id = read_id(&id)?;
    let read = read(&state, &who, query, &headers, body).await?;
    if !read.faults.is_empty() {
        return Err(AppError::Invalid(read.faults).into());
    }
    let saved = intake::save(&state.app, &who, id, &read.asked).await;
    let Saved { intake, replayed } = saved.map_err(|error| match error {
        AppError::Invalid(fields) => {
            AppError::Invalid(fields.into_iter().map(|field| read.placed(field)).collect())
        }
        other => other,
    })?;
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    let wire = IntakeWire::named(&state, intake).await?;
    Ok(answer(status, &wire.tag(), Some(format!("/api/v1/index/intakes/{id}")), &wire))
}

/// Sign figures
///
/// The department stands for them: they count from now on, and stay. A correction is another intake. Again gives what
/// stands.
#[utoipa::path(post, path = "/api/v1/index/intakes/{id}/sign", tag = "index",
    params(("id" = Uuid, Path, description = "Id of the intake")), responses(
    (status = 200, description = "Signed", body = IntakeWire),
    (status = 404, description = "No such intake, or not the caller's to sign"),
    (status = 409, description = "It was discarded", body = Problem, content_type = "application/problem+json")))]
async fn sign(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let signed = intake::sign(&state.app, &who, read_id(&id)?).await?;
    let wire = IntakeWire::named(&state, signed).await?;
    Ok(answer(StatusCode::OK, &wire.tag(), None, &wire))
}

/// Discard figures
///
/// As long as they are not signed. Again gives what stands.
#[utoipa::path(delete, path = "/api/v1/index/intakes/{id}", tag = "index",
    params(("id" = Uuid, Path, description = "Id of the intake")), responses(
    (status = 200, description = "Discarded", body = IntakeWire),
    (status = 404, description = "No such intake, or not the caller's to discard"),
    (status = 409, description = "It is signed", body = Problem, content_type = "application/problem+json")))]
async fn discard(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let gone = intake::discard(&state.app, &who, read_id(&id)?).await?;
    let wire = IntakeWire::named(&state, gone).await?;
    Ok(answer(StatusCode::OK, &wire.tag(), None, &wire))
}

/// List intakes
///
/// A department sees its own, analysts and leaders of the city see all.
#[utoipa::path(get, path = "/api/v1/index/intakes", tag = "index", params(IntakesQuery), responses(
    (status = 200, description = "A page, those saved last first", body = IntakesPage),
    (status = 404, description = "No such department, or not one the caller sees"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<IntakesQuery>,
) -> Answer<Json<IntakesPage>> {
    use domain::intake::State as How;
    let named = |text: &String| word("?state", text, &How::ALL, How::as_str);
    let page = Page {
        department: query.department,
        month: query.month.as_deref().map(|text| month("?month", text)).transpose()?,
        state: query.state.as_ref().map(named).transpose()?,
        before: query.cursor.as_deref().map(cursor).transpose()?,
        limit: limit(query.limit, 50)?,
    };
    let (found, next) = intake::list(&state.app, &who, &page).await?;
    let next = next.map(|(saved, id)| format!("{}.{id}", saved.as_millisecond()));
    Ok(Json(IntakesPage { items: IntakeWire::all(&state, found).await?, next }))
}

/// One intake with its figures
#[utoipa::path(get, path = "/api/v1/index/intakes/{id}", tag = "index",
    params(("id" = Uuid, Path, description = "Id of the intake")), responses(
    (status = 200, description = "As it stands", body = IntakeWithFigures),
    (status = 404, description = "No such intake, or not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let (intake, figures) = intake::one(&state.app, &who, read_id(&id)?).await?;
    let wire = IntakeWire::named(&state, intake).await?;
    let tag = wire.tag();
    let both = IntakeWithFigures::of(&state.app.city(), wire, &figures);
    Ok(answer(StatusCode::OK, &tag, None, &both).into_response())
}

/// What a request hands in, whichever way it came.
async fn read(
    state: &State,
    who: &Who,
    query: FileQuery,
    headers: &HeaderMap,
    body: Body,
) -> Answer<FileRead> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/json" => {
            if query.month.is_some() || query.department.is_some() || query.note.is_some() {
                let says = "JSON says it in the body; leave it out of the query";
                return Err(Problem::field("?month", "unknown_field", says));
            }
            let asked: HandInBody = json_of(&bytes_of(body).await?)?;
            let month = month("/month", &asked.month)?;
            let figures: Vec<FigureIn> = asked.figures.into_iter().map(FigureWireIn::read).collect();
            let note = asked.note.unwrap_or_default();
            let asked = HandIn { department: asked.department, month, note, file: None, figures };
            Ok(FileRead { asked, places: Vec::new(), faults: Vec::new(), notes: Vec::new() })
        }
        "text/csv" | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => {
            let says = || Problem::field("?month", "missing", "say the month of the file, as ?month=2026-09");
            let month: Month = month("?month", query.month.as_deref().ok_or_else(says)?)?;
            let note = query.note.unwrap_or_default();
            let asked = HandIn { department: query.department, month, note, file: None, figures: Vec::new() };
            let name = query.file.as_deref().unwrap_or("figures");
            let bytes = bytes_of(body).await?.to_vec();
            Ok(intake::read_file(&state.app, who, asked, name, bytes).await?)
        }
        _ => Err(Problem::new(Code::UnsupportedMedia)
            .detail("send application/json, text/csv, or an XLSX workbook with its media type")),
    }
}

fn read_id(text: &str) -> Answer<IntakeId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}

fn cursor(text: &str) -> Answer<(jiff::Timestamp, IntakeId)> {
    let bad = || Problem::field("?cursor", "format", "take `next` of the page before as it is");
    let (ms, id) = text.split_once('.').ok_or_else(bad)?;
    let at = ms.parse().ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.zip(id.parse().ok()).ok_or_else(bad)
}
