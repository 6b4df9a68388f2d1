//! What nobody answers for, as cases; and who answers for what, as a table.

use app::gap::{self, Gap, What};
use axum::extract::State as Shared;
use domain::id::{AreaId, CaseId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::problem::Answer;
use crate::read::{Json, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, raise)).routes(routes!(table))
}

/// Where gaps are looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct GapsQuery {
    /// In this area (id) and everything under it; one's own when absent.
    area: Option<u32>,
}

/// Gaps.
#[derive(Serialize, ToSchema)]
struct RaisedWire {
    /// Classes by code, then units.
    items: Vec<RaisedGap>,
}

/// Something that nobody answers for.
#[derive(Serialize, ToSchema)]
struct RaisedGap {
    /// Code of the class that has no unit; `null` for a unit.
    class: Option<String>,
    /// The unit in which nobody works; `null` for a class.
    unit: Option<u32>,
    /// The highest area in which it is so everywhere.
    area: u32,
    n_grids: u32,
    /// The case that was made of it, while it is worked on.
    case: Option<Uuid>,
    /// Its number.
    case_no: Option<String>,
}

impl RaisedGap {
    fn of(it: &Gap) -> RaisedGap {
        let (class, unit) = match &it.what {
            What::Class(code) => (Some(code.0.clone()), None),
            What::Unit(unit) => (None, Some(unit.0)),
        };
        let number = |case: CaseId| app::case::number(case);
        RaisedGap {
            class,
            unit,
            area: it.area.0,
            n_grids: it.n_grids,
            case: it.case.map(|case| case.0),
            case_no: it.case.map(number),
        }
    }
}

/// What nobody answers for, with the cases that were made of it
#[utoipa::path(get, path = "/api/v1/routing/cases", tag = "work", params(GapsQuery), responses(
    (status = 200, description = "Classes without a unit, and units without anybody", body = RaisedWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<GapsQuery>,
) -> Answer<Json<RaisedWire>> {
    let gaps = gap::list(&state.app, &who, query.area.map(AreaId)).await?;
    Ok(Json(RaisedWire { items: gaps.iter().map(RaisedGap::of).collect() }))
}

/// Make cases of what nobody answers for
///
/// One for each gap that has none, at most 50 at once, for the desk of the level above. Sent again it makes no second.
#[utoipa::path(post, path = "/api/v1/routing/cases", tag = "work", params(GapsQuery), responses(
    (status = 200, description = "Those that were made", body = RaisedWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn raise(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<GapsQuery>,
) -> Answer<Json<RaisedWire>> {
    let made = gap::raise(&state.app, &who, query.area.map(AreaId)).await?;
    Ok(Json(RaisedWire { items: made.iter().map(RaisedGap::of).collect() }))
}

/// Who answers for what, where.
#[derive(Serialize, ToSchema)]
struct CoverageTable {
    /// The columns: the areas directly under the one that was asked for.
    areas: Vec<u32>,
    /// A row for each class that takes cases, by code.
    rows: Vec<CoverageRow>,
}

/// One class.
#[derive(Serialize, ToSchema)]
struct CoverageRow {
    class: String,
    /// A unit for each column; `null` where nobody answers.
    units: Vec<Option<u32>>,
}

/// Who answers for what, as a table
///
/// Cells are changed by `PATCH /api/v1/matrix`; why a cell is as it is says `/api/v1/routing/explain`.
#[utoipa::path(get, path = "/api/v1/routing/table", tag = "settings", params(GapsQuery), responses(
    (status = 200, description = "All classes in all areas one level down", body = CoverageTable),
    (status = 404, description = "No such area"), (status = 422, description = "A parameter makes no sense")))]
async fn table(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<GapsQuery>,
) -> Answer<Json<CoverageTable>> {
    let drawn = gap::table(&state.app, query.area.map(AreaId)).await?;
    let row = |(class, units): (domain::id::ClassCode, Vec<Option<domain::id::UnitId>>)| CoverageRow {
        class: class.0,
        units: units.into_iter().map(|unit| unit.map(|unit| unit.0)).collect(),
    };
    Ok(Json(CoverageTable {
        areas: drawn.areas.iter().map(|area| area.0).collect(),
        rows: drawn.rows.into_iter().map(row).collect(),
    }))
}
