//! Patrol as coverage of cells.

use app::patrol::{self, Tap};
use axum::extract::State as Shared;
use domain::geo::{Crs, LngLat};
use domain::id::AreaId;
use domain::patrol::{Cell, Coverage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};
use crate::v1::crs::{crs, given};
use crate::v1::edited::day;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(coverage, tap))
}

/// "I was here."
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TapsIn {
    /// 1 to 200 of them.
    items: Vec<TapIn>,
    /// System of the points: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

/// One place where the caller was. It is turned into its cell of 250 m; nothing else of it is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TapIn {
    /// Degrees east.
    lng: f64,
    /// Degrees north.
    lat: f64,
    /// On which day, up to a week ago; today when absent.
    #[schema(format = Date)]
    day: Option<String>,
}

/// What is kept.
#[derive(Serialize, ToSchema)]
struct TappedWire {
    /// Each cell and day once.
    items: Vec<TappedCell>,
}

/// A cell in which somebody was on a day.
#[derive(Serialize, ToSchema)]
struct TappedCell {
    grid: u32,
    #[schema(format = Date)]
    day: String,
    /// Number of the cell.
    cell: i64,
}

/// What coverage is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CoverageQuery {
    /// Of this area (id); one's own when absent.
    area: Option<u32>,
    /// First day.
    #[param(format = Date)]
    from: String,
    /// First day after.
    #[param(format = Date)]
    to: String,
    /// System of the corners of cells: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

/// How much was visited.
#[derive(Serialize, ToSchema)]
struct CoverageWire {
    area: u32,
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
    /// All of the area.
    all: CoveredWire,
    /// Each area one level down.
    parts: Vec<CoveredPart>,
    /// The cells of the grid that was asked for; of larger areas none.
    cells: Vec<CellWire>,
}

/// How much of an area was visited.
#[derive(Serialize, ToSchema)]
struct CoveredWire {
    /// Cells of about 250 m there are.
    n_cells: u32,
    /// Of these, in which somebody was.
    n_visited: u32,
    n_grids: u32,
    /// Of these, with any cell in which somebody was.
    n_grids_visited: u32,
    /// Percent of the cells; `null` without cells.
    cells_pct: Option<f64>,
}

/// One area.
#[derive(Serialize, ToSchema)]
struct CoveredPart {
    area: u32,
    #[serde(flatten)]
    covered: CoveredWire,
}

/// One cell.
#[derive(Serialize, ToSchema)]
struct CellWire {
    cell: i64,
    /// South-west corner.
    west: f64,
    south: f64,
    /// North-east corner.
    east: f64,
    north: f64,
    visited: bool,
}

impl CoveredWire {
    fn of(it: Coverage) -> CoveredWire {
        let round = |pct: f64| (pct * 10.0).round() / 10.0;
        CoveredWire {
            n_cells: it.n_cells,
            n_visited: it.n_visited,
            n_grids: it.n_grids,
            n_grids_visited: it.n_grids_visited,
            cells_pct: it.cells_pct().map(round),
        }
    }
}

/// Say "I was here"
///
/// Work done in a grid counts by itself; this is for where there was nothing to do. Each place is turned into its cell of
/// about 250 m; of it the cell and the day are kept, and neither who nor when. Saying it again changes nothing.
#[utoipa::path(post, path = "/api/v1/patrol", tag = "work", request_body = TapsIn, responses(
    (status = 200, description = "What is kept", body = TappedWire),
    (status = 422, description = "A place outside the caller's grids, or a day that is too old or yet to come")))]
async fn tap(Shared(state): Shared<State>, who: Who, Json(body): Json<TapsIn>) -> Answer<Json<TappedWire>> {
    let system = crs(body.crs.as_deref(), "/crs")?;
    let read = |(at, it): (usize, TapIn)| {
        let wrong =
            |error: domain::geo::BadPoint| Problem::field(format!("/items/{at}"), "range", error.to_string());
        let point = system.to_wgs84(LngLat::new(it.lng, it.lat).map_err(wrong)?);
        let path = format!("/items/{at}/day");
        Ok(Tap { point, day: it.day.as_deref().map(|text| day(&path, text)).transpose()? })
    };
    let taps = body.items.into_iter().enumerate().map(read).collect::<Answer<Vec<_>>>()?;
    let kept = patrol::tap(&state.app, &who, &taps).await?;
    let wire = |(grid, day, cell): (AreaId, jiff::civil::Date, Cell)| TappedCell {
        grid: grid.0,
        day: day.to_string(),
        cell: cell.0,
    };
    Ok(Json(TappedWire { items: kept.into_iter().map(wire).collect() }))
}

/// How much of an area was visited
///
/// Shares of cells and grids in which somebody was: by what workers did there, and by their word.
#[utoipa::path(get, path = "/api/v1/patrol", tag = "work", params(CoverageQuery), responses(
    (status = 200, description = "The area, its parts, and of a grid its cells", body = CoverageWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn coverage(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<CoverageQuery>,
) -> Answer<Json<CoverageWire>> {
    let (from, to) = (day("?from", &query.from)?, day("?to", &query.to)?);
    let system = crs(query.crs.as_deref(), "?crs")?;
    // A worker with one grid means that one.
    let own = who.grids.first().copied().filter(|_| who.grids.len() == 1);
    let area = query.area.map(AreaId).or(own);
    let covered = patrol::coverage(&state.app, &who, area, from, to).await?;
    let part = |(area, it): (AreaId, Coverage)| CoveredPart { area: area.0, covered: CoveredWire::of(it) };
    Ok(Json(CoverageWire {
        area: area.unwrap_or(who.area).0,
        from: query.from,
        to: query.to,
        all: CoveredWire::of(covered.all),
        parts: covered.parts.into_iter().map(part).collect(),
        cells: covered.cells.into_iter().filter_map(|it| cell(it, system)).collect(),
    }))
}

fn cell((cell, visited): (Cell, bool), system: Crs) -> Option<CellWire> {
    let (low, high) = cell.corners()?;
    let (low, high) = (given(low, system), given(high, system));
    Some(CellWire { cell: cell.0, west: low.lng, south: low.lat, east: high.lng, north: high.lat, visited })
}
