//! Duties: who answers for a grid, who stands in, who is away, and where nobody is.

use app::duty::{AskedDuties, DutyKind, Leave, NewDuty};
use app::people::tag;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::id::{AreaId, DeedId, PersonId};
use serde::{Deserialize, Serialize};
use store::duty::Duty;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::word;
use super::edited::{answer, day, held, key, limit};
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, give))
        .routes(routes!(gaps))
        .routes(routes!(leave))
        .routes(routes!(one, change, end))
}

/// A duty, or leave from one.
#[derive(Serialize, ToSchema)]
pub(super) struct DutyWire {
    /// Its number.
    id: i64,
    /// The grid.
    grid: u32,
    person: Uuid,
    /// main, substitute or leave.
    kind: String,
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// First day it no longer holds; `null` while it is open.
    #[schema(format = Date)]
    to: Option<String>,
    /// To be sent as `If-Match` (in quotes) with a change.
    etag: String,
}

impl DutyWire {
    pub(super) fn of(duty: &Duty) -> DutyWire {
        DutyWire {
            id: duty.id,
            grid: duty.grid.0,
            person: duty.person.0,
            kind: duty.kind.as_str().to_owned(),
            from: duty.from.to_string(),
            to: duty.to.map(|to| to.to_string()),
            etag: tag::of_duty(duty),
        }
    }
}

/// A duty to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DutyIn {
    /// The grid.
    grid: u32,
    person: Uuid,
    /// main, substitute or leave.
    kind: String,
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// First day it no longer holds.
    #[schema(format = Date)]
    to: Option<String>,
}

/// Leave from every grid in which someone has duty in these days.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveIn {
    person: Uuid,
    /// First day away.
    #[schema(format = Date)]
    from: String,
    /// First day back.
    #[schema(format = Date)]
    to: String,
    /// Who stands in, in all of these grids.
    substitute: Option<Uuid>,
}

/// Grids without anybody.
#[derive(Serialize, ToSchema)]
struct NobodyWire {
    /// Ids of the grids that have nobody.
    nobody: Vec<u32>,
}

/// A new end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DutyEnd {
    /// First day it no longer holds; `null` opens its end again.
    #[schema(format = Date)]
    to: Option<String>,
}

/// Which duties.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DutiesQuery {
    /// In this area (id) and everything under it; one's own when absent.
    area: Option<u32>,
    /// Only of this person.
    person: Option<Uuid>,
    /// Those that are not over on this day; today when absent.
    #[param(format = Date)]
    day: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<i64>,
}

/// A page of duties.
#[derive(Serialize, ToSchema)]
struct DutiesPage {
    /// By number.
    items: Vec<DutyWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// List duties
#[utoipa::path(get, path = "/api/v1/duties", tag = "people", params(DutiesQuery), responses(
    (status = 200, description = "Those that are not over", body = DutiesPage),
    (status = 404, description = "No such area or person, or not the caller's"), (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<DutiesQuery>,
) -> Answer<Json<DutiesPage>> {
    let limit = limit(query.limit, 100)?;
    let asked = AskedDuties {
        area: query.area.map(AreaId),
        person: query.person.map(PersonId),
        day: query.day.as_deref().map(|text| day("?day", text)).transpose()?,
        after: query.cursor.unwrap_or_default(),
        limit,
    };
    let duties = state.app.people.list_duties(&who, &asked).await?;
    let next = duties.last().filter(|_| duties.len() == limit as usize).map(|last| last.id.to_string());
    Ok(Json(DutiesPage { items: duties.iter().map(DutyWire::of).collect(), next }))
}

/// One duty
#[utoipa::path(get, path = "/api/v1/duties/{id}", tag = "people",
    params(("id" = i64, Path, description = "Number of the duty")), responses(
    (status = 200, description = "The duty; `ETag` is set", body = DutyWire),
    (status = 404, description = "No such duty, or not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    Ok(told(&state.app.people.one_duty(&who, read_id(&id)?).await?))
}

/// Give a duty
#[utoipa::path(post, path = "/api/v1/duties", tag = "people", request_body = DutyIn,
    params(("Idempotency-Key" = Option<Uuid>, Header, description = "The same key gives one duty, however often it is sent")), responses(
    (status = 201, description = "Given; `Location` and `ETag` are set", body = DutyWire),
    (status = 200, description = "It was given by the same request before; as it stands now", body = DutyWire),
    (status = 404, description = "No such grid, or not the caller's"),
    (status = 422, description = "Fields make no sense, or the key was used for another duty", body = Problem, content_type = "application/problem+json")))]
async fn give(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<DutyIn>,
) -> Answer<Response> {
    let new = NewDuty {
        grid: AreaId(asked.grid),
        person: PersonId(asked.person),
        kind: word("/kind", &asked.kind, &DutyKind::ALL, DutyKind::as_str)?,
        from: day("/from", &asked.from)?,
        to: asked.to.as_deref().map(|text| day("/to", text)).transpose()?,
    };
    let (duty, known) = state.app.people.give_duty_as(&who, key(&headers, None)?.map(DeedId), new).await?;
    let wire = DutyWire::of(&duty);
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    Ok(answer(status, &wire.etag, Some(format!("/api/v1/duties/{}", duty.id)), &wire))
}

/// Move the end of a duty
#[utoipa::path(put, path = "/api/v1/duties/{id}", tag = "people", request_body = DutyEnd,
    params(("id" = i64, Path, description = "Number of the duty"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "As it stands now; `ETag` is set", body = DutyWire),
    (status = 404, description = "No such duty, or not the caller's"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It would end before it begins", body = Problem, content_type = "application/problem+json")))]
async fn change(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(asked): Json<DutyEnd>,
) -> Answer<Response> {
    let id = read_id(&id)?;
    let to = asked.to.as_deref().map(|text| day("/to", text)).transpose()?;
    let known = state.app.people.one_duty(&who, id).await?;
    if to.is_some_and(|to| to <= known.from) {
        return Err(Problem::field("/to", "range", "a duty ends after it begins; DELETE takes it out"));
    }
    let held = held(&headers)?;
    let duty = state.app.people.end_duty_held(&who, id, to, held.as_deref()).await?;
    duty.as_ref().map(told).ok_or_else(|| Problem::new(Code::NotFound))
}

/// On which day it ends.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct EndQuery {
    /// First day it no longer holds; today when absent.
    #[param(format = Date)]
    to: Option<String>,
}

/// End a duty
///
/// One that has not begun by then is taken out.
#[utoipa::path(delete, path = "/api/v1/duties/{id}", tag = "people",
    params(("id" = i64, Path, description = "Number of the duty"), EndQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 204, description = "Ended, or taken out"),
    (status = 404, description = "No such duty, or not the caller's"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json")))]
async fn end(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<EndQuery>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let people = &state.app.people;
    let to = query.to.as_deref().map(|text| day("?to", text)).transpose()?.unwrap_or_else(|| people.today());
    let held = held(&headers)?;
    people.end_duty_held(&who, read_id(&id)?, Some(to), held.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enter leave
///
/// From every grid in which someone has duty in these days, with their substitute.
#[utoipa::path(post, path = "/api/v1/duties/leave", tag = "people", request_body = LeaveIn,
    params(("Idempotency-Key" = Option<Uuid>, Header, description = "The same key enters it once, however often it is sent")), responses(
    (status = 201, description = "Entered; names the grids that have nobody on its first day", body = NobodyWire),
    (status = 404, description = "Nobody of that id under the caller's care"),
    (status = 422, description = "Fields make no sense, or the key was used for another leave", body = Problem, content_type = "application/problem+json")))]
async fn leave(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<LeaveIn>,
) -> Answer<Response> {
    let leave = Leave {
        person: PersonId(asked.person),
        from: day("/from", &asked.from)?,
        to: day("/to", &asked.to)?,
        substitute: asked.substitute.map(PersonId),
    };
    let left = state.app.people.enter_leave_as(&who, key(&headers, None)?.map(DeedId), leave).await?;
    Ok((StatusCode::CREATED, Json(grids(left))).into_response())
}

/// Where nobody is looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct GapsQuery {
    /// In this area (id) and everything under it; one's own when absent.
    area: Option<u32>,
    /// On this day; today when absent.
    #[param(format = Date)]
    day: Option<String>,
}

/// Grids that have nobody
#[utoipa::path(get, path = "/api/v1/duties/gaps", tag = "people", params(GapsQuery), responses(
    (status = 200, description = "In the order of the tree", body = NobodyWire),
    (status = 404, description = "No such area, or not the caller's"), (status = 422, description = "A parameter makes no sense")))]
async fn gaps(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<GapsQuery>,
) -> Answer<Json<NobodyWire>> {
    let people = &state.app.people;
    let day = query.day.as_deref().map(|text| day("?day", text)).transpose()?;
    let area = query.area.map_or(who.area, AreaId);
    let left = people.grids_with_nobody(&who, area, day.unwrap_or_else(|| people.today())).await?;
    Ok(Json(grids(left)))
}

fn grids(ids: Vec<AreaId>) -> NobodyWire {
    NobodyWire { nobody: ids.into_iter().map(|id| id.0).collect() }
}

fn told(duty: &Duty) -> Response {
    let wire = DutyWire::of(duty);
    answer(StatusCode::OK, &wire.etag, None, &wire)
}

/// What cannot be a number is the number of nothing.
fn read_id(text: &str) -> Answer<i64> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
