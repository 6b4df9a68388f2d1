//! Editions: drafted, reviewed, published, and their archives.

use app::index::edition::{self, Draft, Summary};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::edition::State as Stage;
use domain::id::EditionId;
use domain::month::Month;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::edition::{Edition, Listed, Stamp};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::named;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::edited;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, draft))
        .routes(routes!(one))
        .routes(routes!(review))
        .routes(routes!(publish))
        .routes(routes!(discard))
        .routes(routes!(archive))
}

/// An edition without its results.
#[derive(Serialize, ToSchema)]
pub(super) struct EditionWire {
    id: Uuid,
    /// The month it tells of.
    #[schema(value_type = String, example = "2026-09")]
    month: Month,
    /// 0 for the first of the month; the next ones follow corrections.
    revision: u32,
    /// draft, reviewed, published or discarded.
    state: String,
    /// Figures count that were signed until then.
    #[schema(value_type = String, format = DateTime)]
    known: Timestamp,
    /// Version of the framework's document.
    framework_version: u32,
    /// SHA-256 of the recipe, hex.
    recipe_sha256: String,
    /// SHA-256 of the archive, hex; of a published one it stands in the record.
    sha256: String,
    /// Version of the program that made it.
    made_by: String,
    /// Why this revision, or why it was discarded.
    note: String,
    drafted: StampWire,
    reviewed: Option<StampWire>,
    published: Option<StampWire>,
    discarded: Option<StampWire>,
    /// `ranking` (area, name_zh, name_en, score, rank, shared, interval, ranks; the best first), `n_lacking`, `n_flags`,
    /// `n_doubts`, `n_figures`.
    #[schema(value_type = Object)]
    summary: Summary,
}

/// Who did something, and when.
#[derive(Serialize, ToSchema)]
struct StampWire {
    /// The account; `null` for whoever runs the machine.
    person: Option<Uuid>,
    /// As colleagues know them.
    name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A page of editions.
#[derive(Serialize, ToSchema)]
struct EditionsPage {
    /// The last month first, of a month the last draft.
    items: Vec<EditionWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// Which editions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct EditionsQuery {
    /// Of one month, as `2026-09`.
    #[param(value_type = Option<String>)]
    month: Option<Month>,
    /// draft, reviewed, published or discarded.
    state: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What is to be drafted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftIn {
    /// Made by the client, so that a retry makes no second one.
    id: Option<Uuid>,
    /// A month that is over.
    #[schema(value_type = String, example = "2026-09")]
    month: Month,
    /// Of all figures that were signed by then; now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    known: Option<Timestamp>,
    /// Why, for a revision: what was corrected.
    #[serde(default)]
    note: String,
}

/// Why an edition is given up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DiscardIn {
    why: String,
}

/// List editions
///
/// Those who may not see drafts see what is published.
#[utoipa::path(get, path = "/api/v1/index/editions", tag = "index", params(EditionsQuery), responses(
    (status = 200, description = "A page", body = EditionsPage),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<EditionsQuery>,
) -> Answer<Json<EditionsPage>> {
    let limit = edited::limit(query.limit, 50)?;
    let stage = query.state.as_deref().map(|text| {
        let known = || Stage::ALL.map(Stage::as_str).join(", ");
        Stage::parse(text).ok_or_else(|| Problem::field("?state", "unknown", format!("one of {}", known())))
    });
    let before = query.cursor.as_deref().map(cursor).transpose()?;
    let asked = Listed { month: query.month, state: stage.transpose()?, before };
    let mut found = edition::list(&state.app, &who, asked, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|it| format!("{}_{}_{}", it.month, it.drafted.at.as_millisecond(), it.id));
    Ok(Json(EditionsPage { items: wires(&state, found).await?, next }))
}

fn cursor(text: &str) -> Answer<(Month, Timestamp, EditionId)> {
    let mut parts = text.splitn(3, '_');
    let month = parts.next().and_then(|it| it.parse().ok());
    let at = parts.next().and_then(|it| it.parse().ok()).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let id = parts.next().and_then(|it| it.parse().ok());
    let bad = || Problem::field("?cursor", "format", "take `next` of the page before as it is");
    match (month, at, id) {
        (Some(month), Some(at), Some(id)) => Ok((month, at, id)),
        _ => Err(bad()),
    }
}

/// Draft an edition
///
/// Made at once, of everything that was known at a moment: framework, choices, figures. It is reviewed and published by
/// someone else than whoever drafted it.
#[utoipa::path(post, path = "/api/v1/index/editions", tag = "index", request_body = DraftIn, responses(
    (status = 201, description = "Drafted, or drafted before by the same request", body = EditionWire),
    (status = 404, description = "Not the caller's to do"),
    (status = 409, description = "Another draft of the month is open, or figures or framework are lacking", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The month is not over", body = Problem, content_type = "application/problem+json")))]
async fn draft(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<DraftIn>,
) -> Answer<Response> {
    let id = edited::key(&headers, asked.id)?.map(EditionId);
    let id = id.unwrap_or_else(|| edition::new_edition_id(state.app.clock.now()));
    let draft = Draft { id, month: asked.month, known: asked.known, note: asked.note };
    let made = edition::draft(&state.app, &who, &draft).await?;
    let at = format!("/api/v1/index/editions/{}", made.id);
    let wire = wires(&state, vec![made]).await?.remove(0);
    Ok((StatusCode::CREATED, [(header::LOCATION, at)], Json(wire)).into_response())
}

/// One edition
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}", tag = "index",
    params(("edition" = String, Path, description = named::EDITION)), responses(
    (status = 200, description = "The edition", body = EditionWire),
    (status = 404, description = "No such edition, or not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(name): Named) -> Answer<Json<EditionWire>> {
    let found = named::edition(&state, &who, &name).await?;
    Ok(Json(wires(&state, vec![found]).await?.remove(0)))
}

/// Say that a draft is right
#[utoipa::path(post, path = "/api/v1/index/editions/{edition}/review", tag = "index",
    params(("edition" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "Reviewed", body = EditionWire),
    (status = 404, description = "No such edition, or not the caller's to do"),
    (status = 409, description = "It is no draft, or the caller's own", body = Problem, content_type = "application/problem+json")))]
async fn review(Shared(state): Shared<State>, who: Who, Named(name): Named) -> Answer<Json<EditionWire>> {
    let id = named::edition(&state, &who, &name).await?.id;
    let done = edition::review(&state.app, &who, id).await?;
    Ok(Json(wires(&state, vec![done]).await?.remove(0)))
}

/// Publish an edition
///
/// For good: the hash of its archive is written into the record.
#[utoipa::path(post, path = "/api/v1/index/editions/{edition}/publish", tag = "index",
    params(("edition" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "Published", body = EditionWire),
    (status = 404, description = "No such edition, or not the caller's to do"),
    (status = 409, description = "It is not reviewed, or the caller's own", body = Problem, content_type = "application/problem+json")))]
async fn publish(Shared(state): Shared<State>, who: Who, Named(name): Named) -> Answer<Json<EditionWire>> {
    let id = named::edition(&state, &who, &name).await?.id;
    let done = edition::publish(&state.app, &who, id).await?;
    Ok(Json(wires(&state, vec![done]).await?.remove(0)))
}

/// Give an edition up
#[utoipa::path(post, path = "/api/v1/index/editions/{edition}/discard", tag = "index", request_body = DiscardIn,
    params(("edition" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "Discarded", body = EditionWire),
    (status = 404, description = "No such edition, or not the caller's to do"),
    (status = 409, description = "It is published", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It is not said why", body = Problem, content_type = "application/problem+json")))]
async fn discard(
    Shared(state): Shared<State>,
    who: Who,
    Named(name): Named,
    Json(asked): Json<DiscardIn>,
) -> Answer<Json<EditionWire>> {
    let id = named::edition(&state, &who, &name).await?.id;
    let done = edition::discard(&state.app, &who, id, &asked.why).await?;
    Ok(Json(wires(&state, vec![done]).await?.remove(0)))
}

/// The archive of an edition
///
/// Everything it was made of and everything that came out, as one zip. `gridward index rebuild` makes it again on any
/// machine and compares every byte; `gridward index run` reads its `idata.csv`, `imeta.csv` and `recipe.toml`.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/archive", tag = "index",
    params(("edition" = String, Path, description = named::EDITION)), responses(
    (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/zip"),
    (status = 404, description = "No such edition, or not the caller's to see")))]
async fn archive(Shared(state): Shared<State>, who: Who, Named(name): Named) -> Answer<Response> {
    let found = named::edition(&state, &who, &name).await?;
    let (found, bytes) = edition::archive_of(&state.app, &who, found.id).await?;
    let file = format!("attachment; filename=\"index-{}.{}.zip\"", found.month, found.revision);
    let tag = format!("\"{}\"", &found.sha256.to_string()[..20]);
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    for (name, value) in [(header::CONTENT_DISPOSITION, file), (header::ETAG, tag)] {
        headers.insert(name, HeaderValue::from_str(&value).expect("months and hex are plain"));
    }
    Ok(response)
}

async fn wires(state: &State, found: Vec<Edition>) -> Answer<Vec<EditionWire>> {
    let stamps = |it: &Edition| [Some(it.drafted), it.reviewed, it.published, it.discarded];
    let people = found.iter().flat_map(stamps).flatten().filter_map(|stamp| stamp.by).collect::<Vec<_>>();
    let names = state.app.people.names(people).await?;
    let stamp = |it: Stamp| StampWire {
        person: it.by.map(|id| id.0),
        name: it.by.and_then(|id| names.get(&id).cloned()),
        at: it.at,
    };
    let wire = |it: Edition| -> Answer<EditionWire> {
        let summary = serde_json::from_str(&it.summary).map_err(|why| {
            app::AppError::Fault(store::Fault::Nonsense {
                what: "an edition's summary".to_owned(),
                why: why.to_string(),
            })
        })?;
        Ok(EditionWire {
            id: it.id.0,
            month: it.month,
            revision: it.revision,
            state: it.state.as_str().to_owned(),
            known: it.known,
            framework_version: it.framework_version,
            recipe_sha256: it.recipe.to_string(),
            sha256: it.sha256.to_string(),
            made_by: it.code_version,
            note: it.note,
            drafted: stamp(it.drafted),
            reviewed: it.reviewed.map(stamp),
            published: it.published.map(stamp),
            discarded: it.discarded.map(stamp),
            summary,
        })
    };
    found.into_iter().map(wire).collect()
}
