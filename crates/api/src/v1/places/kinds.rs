//! The kinds of places and things, as a document with versions.

use app::place::kinds;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::place::Kinds;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::problem::{Answer, Problem};
use crate::read::Json;
use crate::v1::settings::{DifferenceWire, SavedWire, difference, saved, seen, versioned};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(all, save)).routes(routes!(preview))
}

/// The kinds as they are kept.
#[derive(Serialize, ToSchema)]
struct PlaceKindsWire {
    /// 0 as long as none were saved.
    version: u32,
    /// Each with `code`, `sort` (place or thing), `name` (`zh`, `en`), `form`, `every_days`, `after_failing_days`,
    /// `fields` (`name`, `label`, `type`, `required`, `choices`, `element`) and `retired`.
    #[schema(value_type = Vec<Object>)]
    kinds: Value,
}

/// Kinds of places and things
#[utoipa::path(get, path = "/api/v1/place-kinds", tag = "places",
    responses((status = 200, description = "As they were saved; `ETag` names the version", body = PlaceKindsWire)))]
async fn all(Shared(state): Shared<State>, _: Who) -> Answer<Response> {
    let kept = kinds::kinds(&state.app).await?;
    let kinds = serde_json::to_value(&kept.body.kinds).expect("kinds are plain data");
    Ok(versioned(kept.version, &PlaceKindsWire { version: kept.version, kinds }))
}

/// Preview kinds
///
/// Nothing is saved. Everything that is wrong is named.
#[utoipa::path(post, path = "/api/v1/place-kinds/preview", tag = "places", request_body = Object, responses(
    (status = 200, description = "What would change, by code", body = DifferenceWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 422, description = "They do not hold together", body = Problem, content_type = "application/problem+json")))]
async fn preview(
    Shared(state): Shared<State>,
    who: Who,
    Json(new): Json<Kinds>,
) -> Answer<Json<DifferenceWire>> {
    Ok(Json(difference(kinds::preview_kinds(&state.app, &who, &new).await?)))
}

/// Save kinds
///
/// Due days follow at once, also of what is there already. A kind that was there is kept, or retired.
#[utoipa::path(put, path = "/api/v1/place-kinds", tag = "places", request_body = Object,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "They were changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "They do not hold together", body = Problem, content_type = "application/problem+json")))]
async fn save(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(new): Json<Kinds>,
) -> Answer<Response> {
    Ok(saved(kinds::save_kinds(&state.app, &who, seen(&headers)?, &new).await?))
}
