//! Cases that may be the same matter: at entry, and of a case that exists.

use app::case::{self, Likeness};
use axum::extract::State as Shared;
use domain::case::Case;
use domain::id::ClassCode;
use domain::policy::Actor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::case::id_of;
use super::report::point;
use super::state::State;
use super::view::DuplicateWire;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(at_entry)).routes(routes!(of_case))
}

/// A report about to be made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct EntryQuery {
    /// Degrees east.
    lng: f64,
    /// Degrees north.
    lat: f64,
    /// wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// Code of the class, if it is known.
    class: Option<String>,
    /// In words.
    #[serde(default)]
    text: String,
}

/// Cases that may be the same matter.
#[derive(Serialize, ToSchema)]
struct DuplicatesWire {
    /// Most alike first, at most five.
    items: Vec<DuplicateWire>,
}

/// Possible duplicates at entry
#[utoipa::path(get, path = "/api/v1/cases/duplicates", tag = "cases", params(EntryQuery), responses(
    (status = 200, description = "By distance, class, words and time", body = DuplicatesWire),
    (status = 422, description = "No such point")))]
async fn at_entry(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<EntryQuery>,
) -> Answer<Json<DuplicatesWire>> {
    let point = point(Some(query.lng), Some(query.lat), query.crs.as_deref(), ["?lng", "?lat", "?crs"])?;
    let point = point.ok_or_else(|| Problem::field("?lng", "missing", "a point is needed"))?;
    let class = query.class.map(ClassCode);
    let like = Likeness { id: None, point, class, text: query.text, at: state.app.clock.now() };
    let found = case::duplicates(&state.app, &who, &like).await?;
    Ok(Json(DuplicatesWire { items: found.into_iter().map(DuplicateWire::from).collect() }))
}

/// Possible duplicates of a case
#[utoipa::path(get, path = "/api/v1/cases/{id}/duplicates", tag = "cases",
    params(("id" = String, Path, description = "Id or number")), responses(
    (status = 200, description = "By distance, class, words and time", body = DuplicatesWire),
    (status = 404, description = "No such case, or not yours to see")))]
async fn of_case(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<DuplicatesWire>> {
    let id = id_of(&state, &who, &id).await?;
    let view = case::look(&state.app, &who, id).await?;
    let found = alike(&state, &who, &view.case).await?;
    Ok(Json(DuplicatesWire { items: found.into_iter().map(DuplicateWire::from).collect() }))
}

/// Cases that may be the same matter as this one; none when it has no point.
pub(super) async fn alike(state: &State, who: &Actor, case: &Case) -> Answer<Vec<case::Duplicate>> {
    let Some(point) = case.reported().place.point else { return Ok(Vec::new()) };
    let (class, text) = (case.class().cloned(), case.reported().text.clone());
    let like = Likeness { id: Some(case.id), point, class, text, at: case.reported().at };
    Ok(case::duplicates(&state.app, who, &like).await?)
}
