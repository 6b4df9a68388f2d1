//! Contesting a score, and deciding about it.

use app::assess::appeals::{self, Asked, Decided};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::{ActId, AppealId};
use domain::month::Month;
use domain::score::{AppealState, Measure, Remedy};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::assess::Appeal;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{AreaName, area};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::edited;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, ask))
        .routes(routes!(decide))
        .routes(routes!(withdraw))
}

/// What is contested.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskWire {
    /// The month, as `2026-10`.
    month: String,
    /// The line's measure, as `steps`.
    measure: String,
    /// The case of it, as the line's list names it; the whole line when absent.
    #[serde(default)]
    source: Option<Uuid>,
    /// Why it is not right, in one's own words.
    words: String,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecideWire {
    /// `leave_out`: it does not count. `correct`: it counts as good. Absent: not upheld.
    #[serde(default)]
    remedy: Option<String>,
    /// Why.
    words: String,
}

/// An appeal.
#[derive(Serialize, ToSchema)]
struct AppealWire {
    id: Uuid,
    month: String,
    measure: String,
    source: Option<Uuid>,
    grid: AreaName,
    /// asked, upheld, rejected or withdrawn.
    state: String,
    /// leave_out or correct, once upheld.
    remedy: Option<String>,
    words: String,
    #[schema(value_type = String, format = DateTime)]
    asked: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided: Option<Timestamp>,
    decision: Option<String>,
    /// What it touched: the worker's total and lines, how many others moved, areas with score and rank; before and after.
    #[schema(value_type = Option<Object>)]
    moved: Option<Value>,
}

/// Which appeals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AppealsQuery {
    /// Code or id of an area: those of its workers. One's own (of a worker), or those of one's own area when absent.
    area: Option<String>,
    /// asked, upheld, rejected or withdrawn.
    state: Option<String>,
}

/// Appeals.
#[derive(Serialize, ToSchema)]
struct AppealsPage {
    /// The newest first, at most 500.
    items: Vec<AppealWire>,
}

fn wire(state: &State, it: Appeal) -> AppealWire {
    AppealWire {
        id: it.id.0,
        month: it.month.to_string(),
        measure: it.measure.as_str().to_owned(),
        source: it.source,
        grid: AreaName::of(&state.app.city(), it.area),
        state: it.state.as_str().to_owned(),
        remedy: it.remedy.map(|it| it.as_str().to_owned()),
        words: it.words,
        asked: it.asked,
        decided: it.decided,
        decision: it.decision,
        moved: it.moved.and_then(|text| serde_json::from_str(&text).ok()),
    }
}

fn appeal_id(text: &str) -> Answer<AppealId> {
    text.parse().map(AppealId).map_err(|_| Problem::new(Code::NotFound))
}

fn act_key(headers: &HeaderMap) -> Answer<ActId> {
    let missing = || {
        Problem::field(
            "Idempotency-Key",
            "missing",
            "make a UUID of your own, so that a retry is no second act",
        )
    };
    edited::key(headers, None)?.map(ActId).ok_or_else(missing)
}

/// List appeals
#[utoipa::path(get, path = "/api/v1/assess/appeals", tag = "assess", params(AppealsQuery), responses(
    (status = 200, description = "The newest first", body = AppealsPage),
    (status = 404, description = "No such area, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<AppealsQuery>,
) -> Answer<Json<AppealsPage>> {
    let city = state.app.city();
    let ground = query.area.as_deref().map(|text| area(&city, text)).transpose()?;
    let bad = || Problem::field("?state", "unknown", "asked, upheld, rejected or withdrawn");
    let of = query.state.as_deref().map(|text| AppealState::parse(text).ok_or_else(bad)).transpose()?;
    let found = appeals::list(&state.app, &who, ground, of).await?;
    Ok(Json(AppealsPage { items: found.into_iter().map(|it| wire(&state, it)).collect() }))
}

/// One appeal
#[utoipa::path(get, path = "/api/v1/assess/appeals/{id}", tag = "assess",
    params(("id" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "With what it touched", body = AppealWire),
    (status = 404, description = "No such appeal, or not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<AppealWire>> {
    let found = appeals::one(&state.app, &who, appeal_id(&id)?).await?;
    Ok(Json(wire(&state, found)))
}

/// Contest a score
///
/// A line of one's own month, or one case of it, until the end of the next month. The id is made by the caller: the same
/// twice is one appeal.
#[utoipa::path(put, path = "/api/v1/assess/appeals/{id}", tag = "assess", request_body = AskWire,
    params(("id" = Uuid, Path, description = "Made by the caller")), responses(
    (status = 201, description = "It waits for a decision", body = AppealWire),
    (status = 200, description = "It was asked before", body = AppealWire),
    (status = 404, description = "The caller is no worker"),
    (status = 422, description = "The month, line or case cannot be contested, or the id was used for another", body = Problem, content_type = "application/problem+json")))]
async fn ask(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(asked): Json<AskWire>,
) -> Answer<Response> {
    let month: Month = asked
        .month
        .parse()
        .map_err(|why: domain::month::BadMonth| Problem::field("/month", "format", why.to_string()))?;
    let measure = Measure::parse(&asked.measure).filter(|it| it.is_of_workers());
    let measure = measure
        .ok_or_else(|| Problem::field("/measure", "unknown", "take `measure` of a line of the score"))?;
    let asked = Asked { month, measure, source: asked.source, words: asked.words };
    let id = appeal_id(&id)?;
    let (found, is_new) = appeals::ask(&state.app, &who, id, &asked).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let at = format!("/api/v1/assess/appeals/{id}");
    Ok((status, [(header::LOCATION, at)], Json(wire(&state, found))).into_response())
}

/// Decide an appeal
///
/// By the desk or leader of the worker's township or county, who is neither the worker nor acted on the case. Upheld, it is
/// mended in the outcomes, and everything made of them is made again; the answer shows before and after.
#[utoipa::path(post, path = "/api/v1/assess/appeals/{id}/decision", tag = "assess", request_body = DecideWire,
    params(("id" = Uuid, Path, description = "Id"),
        ("Idempotency-Key" = Uuid, Header, description = "Made by the caller")), responses(
    (status = 200, description = "Decided", body = AppealWire),
    (status = 403, description = "The caller is the worker, or acted on the case", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such appeal, or not the caller's to decide"),
    (status = 409, description = "It was decided or withdrawn", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The decision makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn decide(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(decided): Json<DecideWire>,
) -> Answer<Json<AppealWire>> {
    let bad = || Problem::field("/remedy", "unknown", "leave_out, correct, or absent");
    let remedy = decided.remedy.as_deref().map(|text| Remedy::parse(text).ok_or_else(bad)).transpose()?;
    let decided = Decided { remedy, words: decided.words };
    let found = appeals::decide(&state.app, &who, appeal_id(&id)?, act_key(&headers)?, &decided).await?;
    Ok(Json(wire(&state, found)))
}

/// Withdraw an appeal
#[utoipa::path(post, path = "/api/v1/assess/appeals/{id}/withdrawal", tag = "assess",
    params(("id" = Uuid, Path, description = "Id"),
        ("Idempotency-Key" = Uuid, Header, description = "Made by the caller")), responses(
    (status = 200, description = "Withdrawn", body = AppealWire),
    (status = 404, description = "No such appeal, or not the caller's"),
    (status = 409, description = "It was decided or withdrawn", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Idempotency-Key is missing", body = Problem, content_type = "application/problem+json")))]
async fn withdraw(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
) -> Answer<Json<AppealWire>> {
    let found = appeals::withdraw(&state.app, &who, appeal_id(&id)?, act_key(&headers)?).await?;
    Ok(Json(wire(&state, found)))
}
