//! Units: list, read, add, change, end.

use app::people::{NewUnit, tag};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::id::{AreaId, DeedId, UnitId};
use serde::{Deserialize, Serialize};
use store::unit::Unit;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::edited::{answer, held, key};
use super::state::State;
use super::tagged;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// Most units of one page; a city has a few hundred.
const MOST: usize = 10_000;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(units, add)).routes(routes!(one, change, end))
}

/// A unit.
#[derive(Serialize, ToSchema)]
pub struct UnitWire {
    /// Never given to another unit.
    id: u32,
    /// What files and matrices call it.
    code: String,
    name_zh: String,
    name_en: String,
    /// Level of the area it serves.
    level: String,
    /// The area it serves.
    area: u32,
    /// The unit it answers to.
    parent: Option<u32>,
    /// It takes no new cases and no new people.
    ended: bool,
    /// To be sent as `If-Match` (in quotes) with a change.
    etag: String,
}

impl UnitWire {
    /// One unit.
    pub fn of(unit: &Unit) -> UnitWire {
        UnitWire {
            id: unit.id.0,
            code: unit.code.clone(),
            name_zh: unit.name_zh.clone(),
            name_en: unit.name_en.clone(),
            level: unit.level.name().to_owned(),
            area: unit.area.0,
            parent: unit.parent.map(|parent| parent.0),
            ended: unit.ended,
            etag: tag::of_unit(unit),
        }
    }
}

/// A unit as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UnitIn {
    /// Unique: the department, then, for a counterpart, a full stop and its place: 1 to 40 ASCII letters, digits,
    /// dots, hyphens or underscores.
    code: String,
    /// 1 to 120 characters.
    name_zh: String,
    /// 1 to 120 characters.
    name_en: String,
    /// The area it serves.
    area: u32,
    /// The unit it answers to.
    parent: Option<u32>,
}

impl UnitIn {
    fn read(self) -> NewUnit {
        NewUnit {
            code: self.code,
            name_zh: self.name_zh,
            name_en: self.name_en,
            area: AreaId(self.area),
            parent: self.parent.map(UnitId),
        }
    }
}

/// Which units.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct UnitsQuery {
    /// Only those that serve this area itself.
    area: Option<u32>,
    /// At most so many, up to 10,000 (when absent).
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<u32>,
}

/// Units.
#[derive(Serialize, ToSchema)]
struct UnitsWire {
    items: Vec<UnitWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// Units
#[utoipa::path(get, path = "/api/v1/units", tag = "lists", params(UnitsQuery), responses(
    (status = 200, description = "In the order of their ids", body = UnitsWire),
    (status = 304, description = "The caller has the same"), (status = 422, description = "A parameter makes no sense")))]
async fn units(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<UnitsQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let limit = query.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::field("?limit", "range", format!("1 to {MOST} is taken here")));
    }
    let city = state.app.city();
    let fits = |unit: &&Unit| {
        query.area.is_none_or(|area| unit.area == AreaId(area))
            && query.cursor.is_none_or(|after| unit.id.0 > after)
    };
    let mut found = city.units.values().filter(fits);
    let items: Vec<UnitWire> = found.by_ref().take(limit).map(UnitWire::of).collect();
    let next = items.last().filter(|_| found.next().is_some()).map(|last| last.id.to_string());
    Ok(tagged::json(&headers, &UnitsWire { items, next }))
}

/// One unit
#[utoipa::path(get, path = "/api/v1/units/{id}", tag = "lists",
    params(("id" = u32, Path, description = "Id of the unit")), responses(
    (status = 200, description = "The unit; `ETag` is set", body = UnitWire),
    (status = 404, description = "No such unit")))]
async fn one(Shared(state): Shared<State>, _: Who, Named(id): Named) -> Answer<Response> {
    let unit = store::unit::by_id(&state.app.store, read_id(&id)?).await.map_err(app::AppError::from)?;
    unit.as_ref().map(told).ok_or_else(|| Problem::new(Code::NotFound))
}

/// Add a unit
#[utoipa::path(post, path = "/api/v1/units", tag = "lists", request_body = UnitIn,
    params(("Idempotency-Key" = Option<Uuid>, Header, description = "The same key adds one unit, however often it is sent")), responses(
    (status = 201, description = "Added; `Location` and `ETag` are set", body = UnitWire),
    (status = 200, description = "It was added by the same request before; as it stands now", body = UnitWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "Fields make no sense, or the key was used for another unit", body = Problem, content_type = "application/problem+json")))]
async fn add(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<UnitIn>,
) -> Answer<Response> {
    let key = key(&headers, None)?.map(DeedId);
    let (unit, known) = state.app.people.add_unit_as(&who, key, asked.read()).await?;
    state.app.refresh().await?;
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    let wire = UnitWire::of(&unit);
    Ok(answer(status, &wire.etag, Some(format!("/api/v1/units/{}", unit.id)), &wire))
}

/// Change a unit
///
/// A unit that was ended is opened again.
#[utoipa::path(put, path = "/api/v1/units/{id}", tag = "lists", request_body = UnitIn,
    params(("id" = u32, Path, description = "Id of the unit"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "As it stands now; `ETag` is set", body = UnitWire),
    (status = 404, description = "No such unit, or not the caller's"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense", body = Problem, content_type = "application/problem+json")))]
async fn change(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(asked): Json<UnitIn>,
) -> Answer<Response> {
    let held = held(&headers)?;
    let unit = state.app.people.change_unit_held(&who, read_id(&id)?, asked.read(), held.as_deref()).await?;
    state.app.refresh().await?;
    Ok(told(&unit))
}

/// End a unit
///
/// It takes no new cases and no new people. Nothing may wait for it any more: open cases, people, units below.
#[utoipa::path(delete, path = "/api/v1/units/{id}", tag = "lists",
    params(("id" = u32, Path, description = "Id of the unit"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Ended", body = UnitWire),
    (status = 404, description = "No such unit, or not the caller's"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Something waits for it; the detail says what", body = Problem, content_type = "application/problem+json")))]
async fn end(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let held = held(&headers)?;
    let unit = state.app.people.end_unit(&who, read_id(&id)?, held.as_deref()).await?;
    state.app.refresh().await?;
    Ok(told(&unit))
}

fn told(unit: &Unit) -> Response {
    let wire = UnitWire::of(unit);
    answer(StatusCode::OK, &wire.etag, None, &wire)
}

/// What cannot be an id is the id of nothing.
fn read_id(text: &str) -> Answer<UnitId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
