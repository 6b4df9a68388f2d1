//! What the responsibility matrix says: whose matter a class is in a place, and where nobody answers.

use app::settings;
use axum::extract::State as Shared;
use domain::id::ClassCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Query};

/// Gaps that are told at most.
const MOST: usize = 10_000;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(explain)).routes(routes!(gaps))
}

/// A class in a place.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ExplainQuery {
    /// Code of the class.
    class: String,
    /// Id or code of the area where it is.
    area: String,
}

/// Whose matter it is.
#[derive(Serialize, ToSchema)]
struct ExplainWire {
    /// The unit; `null` where the matrix has a gap.
    unit: Option<u32>,
    /// The area whose desk decides where it has one.
    desk: u32,
    /// Why, in Chinese.
    because_zh: String,
    /// Why, in English.
    because_en: String,
}

/// Whose matter a class is in a place
#[utoipa::path(get, path = "/api/v1/routing/explain", tag = "settings", params(ExplainQuery), responses(
    (status = 200, description = "The unit, and the reason in words", body = ExplainWire),
    (status = 422, description = "No such class or area")))]
async fn explain(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<ExplainQuery>,
) -> Answer<Json<ExplainWire>> {
    let city = state.app.city();
    let unknown =
        |path: &str, what: &str| Problem::field(path, "unknown", format!("there is no such {what}"));
    let area = city.area_by_text(&query.area).ok_or_else(|| unknown("?area", "area"))?;
    let class = ClassCode(query.class);
    city.class(&class).ok_or_else(|| unknown("?class", "class"))?;
    let found = city.route(&class, &city.ancestors(area.id), area.id);
    Ok(Json(ExplainWire {
        unit: found.unit.map(|unit| unit.0),
        desk: found.desk.0,
        because_zh: found.because.zh,
        because_en: found.because.en,
    }))
}

/// Where gaps are looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct GapsQuery {
    /// Id or code of the area to look in, with everything under it; the whole city when absent.
    area: Option<String>,
}

/// Gaps of the matrix.
#[derive(Serialize, ToSchema)]
struct GapsWire {
    /// By class; at most 10,000.
    items: Vec<GapWire>,
    /// How many there are.
    total: usize,
}

/// Nobody answers for this class anywhere in this area.
#[derive(Serialize, ToSchema)]
struct GapWire {
    class: String,
    /// The highest area in which every grid is a gap.
    area: u32,
    /// How many grids lie in it.
    n_grids: u32,
}

/// Gaps of the responsibility matrix
///
/// Takes about a second in a city of 9,000 grids.
#[utoipa::path(get, path = "/api/v1/routing/gaps", tag = "settings", params(GapsQuery), responses(
    (status = 200, description = "What nobody answers for", body = GapsWire),
    (status = 404, description = "The city has no areas yet"), (status = 422, description = "No such area")))]
async fn gaps(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<GapsQuery>,
) -> Answer<Json<GapsWire>> {
    let city = state.app.city();
    let area = match &query.area {
        None => city.root().ok_or_else(|| Problem::new(Code::NotFound))?.id,
        Some(text) => {
            let unknown = || Problem::field("?area", "unknown", "there is no such area");
            city.area_by_text(text).ok_or_else(unknown)?.id
        }
    };
    let found = settings::gaps_in(city, area).await?;
    let total = found.len();
    let items = found.into_iter().take(MOST);
    let items = items.map(|gap| GapWire { class: gap.class.0, area: gap.area.0, n_grids: gap.n_places });
    Ok(Json(GapsWire { items: items.collect(), total }))
}
