//! A duty passes to another.

use app::duty::{Pass, pass};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::geo::Crs;
use domain::id::{DeedId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::wire::DayItem;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named};
use crate::v1::duties::DutyWire;
use crate::v1::edited::{day, held, key};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(pass_on))
}

/// To whom a duty passes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PassIn {
    to: Uuid,
    /// The first day it is theirs.
    #[schema(format = Date)]
    on: String,
}

/// A duty that has passed to another.
#[derive(Serialize, ToSchema)]
struct PassedWire {
    /// The duty that ends; `null` when it had not begun and was taken out.
    ended: Option<DutyWire>,
    /// The duty that begins.
    begun: DutyWire,
    /// What goes along: everything open in the grid in the next 30 days.
    items: Vec<DayItem>,
}

/// Pass a duty to another
///
/// It ends for one and begins for the other on the same day. What is open in the grid goes along; how much that is
/// stands in the record of deeds.
#[utoipa::path(post, path = "/api/v1/duties/{id}/pass", tag = "people", request_body = PassIn,
    params(("id" = i64, Path, description = "Number of the duty"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key passes it once, however often it is sent"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 201, description = "Passed", body = PassedWire),
    (status = 404, description = "No such duty, or not the caller's"),
    (status = 409, description = "Leave is not passed on"),
    (status = 412, description = "It was changed meanwhile"),
    (status = 422, description = "Fields make no sense, or the key was used for something else")))]
async fn pass_on(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(asked): Json<PassIn>,
) -> Answer<Response> {
    let duty = id.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let asked = Pass { duty, to: PersonId(asked.to), on: day("/on", &asked.on)? };
    let (key, held) = (key(&headers, None)?.map(DeedId), held(&headers)?);
    let passed = pass(&state.app, &who, key, held.as_deref(), &asked).await?;
    let now = state.app.clock.now();
    let wire = PassedWire {
        ended: passed.ended.as_ref().map(DutyWire::of),
        begun: DutyWire::of(&passed.begun),
        items: passed.items.into_iter().map(|item| DayItem::of(item, now, Crs::Wgs84)).collect(),
    };
    Ok((StatusCode::CREATED, Json(wire)).into_response())
}
