//! Purposes: who may read entries of the care register from a desk, in which area, why, and until when.

use app::care::purpose::{self, NewPurpose};
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::{AreaId, PersonId, PurposeId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::care::Purpose;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::Moment;
use super::care::id_of;
use super::care_wire::category;
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(grant, end))
}

/// A purpose to be granted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PurposeIn {
    /// To whom: a desk, a leader or an analyst.
    person: Uuid,
    /// In this area (id) and under it.
    area: u32,
    /// Entries of these categories.
    categories: Vec<String>,
    /// Why, in 4 to 200 characters; no names.
    reason: String,
    /// Until when; half a year at most.
    until: Moment,
}

/// A purpose.
#[derive(Serialize, ToSchema)]
struct PurposeWire {
    id: Uuid,
    person: Uuid,
    area: u32,
    categories: Vec<String>,
    reason: String,
    given_by: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    given_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl PurposeWire {
    fn of(it: &Purpose) -> PurposeWire {
        PurposeWire {
            id: it.id.0,
            person: it.person.0,
            area: it.area.0,
            categories: it.categories.iter().map(|it| it.as_str().to_owned()).collect(),
            reason: it.reason.clone(),
            given_by: it.given_by.map(|it| it.0),
            given_at: it.given,
            until: it.until,
            ended_at: it.ended,
        }
    }
}

/// Grant a purpose
///
/// By an administrator of the area, to somebody else; a deed. The id is the key.
#[utoipa::path(put, path = "/api/v1/care-purposes/{id}", tag = "care", request_body = PurposeIn,
    params(("id" = Uuid, Path, description = "Made by the caller (UUIDv7)")), responses(
    (status = 201, description = "Granted", body = PurposeWire),
    (status = 200, description = "The same was granted before", body = PurposeWire),
    (status = 404, description = "No such area or person, or not the caller's"),
    (status = 409, description = "Nobody grants one to themselves", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the id was used for another", body = Problem, content_type = "application/problem+json")))]
async fn grant(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(asked): Json<PurposeIn>,
) -> Answer<Response> {
    let categories = asked.categories.iter().map(|it| category("/categories", it));
    let new = NewPurpose {
        person: PersonId(asked.person),
        area: AreaId(asked.area),
        categories: categories.collect::<Answer<_>>()?,
        reason: asked.reason,
        until: asked.until.0,
    };
    let (purpose, known) = purpose::grant(&state.app, &who, PurposeId(id_of(&id)?), &new).await?;
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(PurposeWire::of(&purpose))).into_response())
}

/// Take a purpose back
#[utoipa::path(delete, path = "/api/v1/care-purposes/{id}", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the purpose")), responses(
    (status = 204, description = "It holds no more"),
    (status = 404, description = "No such purpose, or not the caller's")))]
async fn end(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    purpose::end(&state.app, &who, PurposeId(id_of(&id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which purposes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PurposesQuery {
    /// Those in this area (id) and under it, for its administrators; absent: one's own that hold now.
    area: Option<u32>,
}

/// Purposes.
#[derive(Serialize, ToSchema)]
struct PurposesWire {
    items: Vec<PurposeWire>,
}

/// List purposes
#[utoipa::path(get, path = "/api/v1/care-purposes", tag = "care", params(PurposesQuery), responses(
    (status = 200, description = "Purposes", body = PurposesWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<PurposesQuery>,
) -> Answer<Json<PurposesWire>> {
    let found = match query.area {
        Some(area) => purpose::in_area(&state.app, &who, Some(AreaId(area))).await?,
        None => purpose::own(&state.app, &who).await?,
    };
    Ok(Json(PurposesWire { items: found.iter().map(PurposeWire::of).collect() }))
}
