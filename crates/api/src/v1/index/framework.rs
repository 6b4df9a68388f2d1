//! The framework of the index and the city's choices, as documents with versions.

use app::index::framework::{self, FrameworkDifference};
use app::index::materials::Choices;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::framework::FrameworkDoc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};
use crate::v1::settings::{DifferenceWire, SavedWire, difference, saved, seen, versioned};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(one, save))
        .routes(routes!(preview))
        .routes(routes!(choices, save_choices))
}

/// Which version.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct VersionQuery {
    /// The one that stands when absent.
    version: Option<u32>,
}

/// A framework as it is kept.
#[derive(Serialize, ToSchema)]
struct FrameworkWire {
    /// 0 as long as none was saved.
    version: u32,
    /// `due_day` (day of the following month until which figures are on time), `rows` (code, level, parent, name_zh,
    /// name_en, unit, direction, dimension, aspect, department, scoring_standard, weight, source) and `bases`.
    #[schema(value_type = Object)]
    framework: Value,
}

/// What the city decides beside its framework.
#[derive(Serialize, ToSchema)]
struct ChoicesWire {
    /// 0 as long as none were saved.
    version: u32,
    /// `min-available`, `bootstrap`, `draws`, `seed`, `sure`, `doubt`, `weak-links`.
    #[schema(value_type = Object)]
    choices: Value,
}

/// What a framework would change.
#[derive(Serialize, ToSchema)]
struct FrameworkDifferenceWire {
    /// By code.
    rows: DifferenceWire,
    /// Base figures by code.
    bases: DifferenceWire,
}

/// The framework of the index
#[utoipa::path(get, path = "/api/v1/index/framework", tag = "index", params(VersionQuery), responses(
    (status = 200, description = "As it was saved; `ETag` names the version", body = FrameworkWire),
    (status = 404, description = "No such version")))]
async fn one(Shared(state): Shared<State>, _: Who, Query(query): Query<VersionQuery>) -> Answer<Response> {
    let kept = match query.version {
        None => framework::framework(&state.app).await?,
        Some(version) => framework::of_version(&state.app, version).await?,
    };
    let framework = serde_json::to_value(&kept.body).expect("a framework is plain data");
    Ok(versioned(kept.version, &FrameworkWire { version: kept.version, framework }))
}

/// Preview a framework
///
/// Nothing is saved. Everything that is wrong is named: row, column and, in a scoring standard, the character.
#[utoipa::path(post, path = "/api/v1/index/framework/preview", tag = "index", request_body = Object, responses(
    (status = 200, description = "What would change", body = FrameworkDifferenceWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 422, description = "It does not hold together", body = Problem, content_type = "application/problem+json")))]
async fn preview(
    Shared(state): Shared<State>,
    who: Who,
    Json(doc): Json<FrameworkDoc>,
) -> Answer<Json<FrameworkDifferenceWire>> {
    let FrameworkDifference { rows, bases } = framework::preview(&state.app, &who, &doc).await?;
    Ok(Json(FrameworkDifferenceWire { rows: difference(rows), bases: difference(bases) }))
}

/// Save a framework
///
/// It holds for editions that are drafted from now on; those that were are what they were.
#[utoipa::path(put, path = "/api/v1/index/framework", tag = "index", request_body = Object,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It does not hold together", body = Problem, content_type = "application/problem+json")))]
async fn save(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(doc): Json<FrameworkDoc>,
) -> Answer<Response> {
    Ok(saved(framework::save(&state.app, &who, seen(&headers)?, &doc).await?))
}

/// The city's choices
#[utoipa::path(get, path = "/api/v1/index/choices", tag = "index",
    responses((status = 200, description = "As they were saved; `ETag` names the version", body = ChoicesWire)))]
async fn choices(Shared(state): Shared<State>, _: Who) -> Answer<Response> {
    let kept = framework::choices(&state.app).await?;
    let choices = serde_json::to_value(&kept.body).expect("choices are plain data");
    Ok(versioned(kept.version, &ChoicesWire { version: kept.version, choices }))
}

/// Save the city's choices
#[utoipa::path(put, path = "/api/v1/index/choices", tag = "index", request_body = Object,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "They were changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "One is out of its range", body = Problem, content_type = "application/problem+json")))]
async fn save_choices(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(choices): Json<Choices>,
) -> Answer<Response> {
    Ok(saved(framework::save_choices(&state.app, &who, seen(&headers)?, &choices).await?))
}
