//! Figures that count: all vintages of one number, and what was known at a moment.

use app::index::intake::{self, Values};
use axum::extract::State as Shared;
use domain::area::Level;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::intake::Known;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::intake_wire::{NumbersWire, code_of, month};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(values)).routes(routes!(figures))
}

/// Which number.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct NumberQuery {
    /// Code of the indicator or base.
    indicator: String,
    /// Code or id of the area.
    area: String,
    /// As `2026-09`.
    month: String,
    /// Only what was signed by this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    known: Option<Timestamp>,
}

/// Which figures.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FiguresQuery {
    /// From this month on, as `2026-09`.
    first: String,
    /// Up to this month; 36 months at most.
    last: String,
    /// Only of this indicator or base.
    indicator: Option<String>,
    /// Of areas of this level; county when absent.
    level: Option<String>,
    /// As they were known at this moment; now when absent.
    #[param(value_type = Option<String>, format = DateTime)]
    known: Option<Timestamp>,
}

/// Some figures.
#[derive(Serialize, ToSchema)]
struct ValuesWire {
    items: Vec<ValueWire>,
}

/// A figure that counts, or did.
#[derive(Serialize, ToSchema)]
struct ValueWire {
    indicator: String,
    /// Code of the area.
    area: String,
    month: String,
    /// From 1; each later one takes the place of the one before.
    vintage: u32,
    numbers: NumbersWire,
    /// Robust deviations from what was usual when it was saved.
    z: Option<f64>,
    /// The intake it came in.
    intake: Uuid,
    /// Who handed it in: code of the unit.
    department: String,
    /// Since when it counts.
    #[schema(value_type = String, format = DateTime)]
    signed_at: Timestamp,
}

fn wire(state: &State, known: &[Known]) -> Json<ValuesWire> {
    let city = state.app.city();
    let value = |it: &Known| ValueWire {
        indicator: it.given.figure.indicator.clone(),
        area: code_of(&city, it.given.figure.area),
        month: it.given.figure.month.to_string(),
        vintage: it.vintage,
        numbers: NumbersWire::of(&it.given.figure),
        z: it.given.z,
        intake: it.intake.0,
        department: it.department.clone(),
        signed_at: it.signed,
    };
    Json(ValuesWire { items: known.iter().map(value).collect() })
}

/// All vintages of one number
///
/// The last is what counts; with `known`, the last is what counted then.
#[utoipa::path(get, path = "/api/v1/index/values", tag = "index", params(NumberQuery), responses(
    (status = 200, description = "The first first; empty when nobody has signed it", body = ValuesWire),
    (status = 404, description = "No such indicator or area, or not the caller's to see"),
    (status = 409, description = "No framework of the index is saved yet", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense")))]
async fn values(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<NumberQuery>,
) -> Answer<Json<ValuesWire>> {
    let month = month("?month", &query.month)?;
    let city = state.app.city();
    let area = city.area_by_text(&query.area).ok_or_else(|| Problem::new(Code::NotFound))?.id;
    let mut found = intake::vintages(&state.app, &who, &query.indicator, area, month).await?;
    found.retain(|it| query.known.is_none_or(|known| it.signed <= known));
    Ok(wire(&state, &found))
}

/// Figures as they were known
///
/// The newest of each indicator, area and month. A department sees its own, analysts and leaders of the city see all.
#[utoipa::path(get, path = "/api/v1/index/figures", tag = "index", params(FiguresQuery), responses(
    (status = 200, description = "By month, indicator and area", body = ValuesWire),
    (status = 404, description = "Not the caller's to see"),
    (status = 409, description = "No framework of the index is saved yet", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense")))]
async fn figures(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<FiguresQuery>,
) -> Answer<Json<ValuesWire>> {
    let level = query.level.as_deref().unwrap_or("county");
    let bad = |_| Problem::field("?level", "unknown", "city, county, township, community or grid");
    let asked = Values {
        indicator: query.indicator,
        level: level.parse::<Level>().map_err(bad)?,
        first: month("?first", &query.first)?,
        last: month("?last", &query.last)?,
        known: query.known,
    };
    Ok(wire(&state, &intake::known(&state.app, &who, &asked).await?))
}
