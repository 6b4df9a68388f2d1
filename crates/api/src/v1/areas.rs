//! Areas: list, one, and which grid a point is in. Outlines for maps are in `shapes`.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::area::{Ancestors, Area, Level};
use domain::id::AreaId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::report::point;
use super::state::State;
use super::tagged;
use super::who::Who;
use super::wire::AreasWire;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// Most areas of one page.
const MOST: usize = 10_000;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(at)).routes(routes!(one))
}

/// An area of one of the five levels, as it is on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AreaWire {
    /// Never given to another area.
    id: u32,
    /// Id of the area above.
    parent: Option<u32>,
    /// city, county, township, community or grid.
    level: String,
    /// National code, or a grid's own.
    code: String,
    /// Name in Chinese.
    name_zh: String,
    /// Name in English.
    name_en: String,
    /// The Chinese name in letters.
    pinyin: String,
    /// What kind of area of its level, such as `zone` or `dedicated`.
    kind: String,
    /// The areas that contain it, itself included.
    ancestors: AreasWire,
    /// First day.
    #[schema(format = Date)]
    valid_from: String,
    /// First day on which it is no longer.
    #[schema(format = Date)]
    valid_to: Option<String>,
    /// Ids of the areas that took over.
    successors: Vec<u32>,
}

impl AreaWire {
    /// One version of an area.
    pub fn of(area: &Area) -> AreaWire {
        AreaWire {
            id: area.id.0,
            parent: area.parent.map(|p| p.0),
            level: area.level.name().to_owned(),
            code: area.code.as_str().to_owned(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
            pinyin: area.pinyin.clone(),
            kind: area.kind.name().to_owned(),
            ancestors: Ancestors::of(&area.path).into(),
            valid_from: area.valid_from.to_string(),
            valid_to: area.valid_to.map(|d| d.to_string()),
            successors: area.successors.iter().map(|s| s.0).collect(),
        }
    }
}

/// Which areas. All conditions hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AreasQuery {
    /// Directly under this one.
    parent: Option<u32>,
    /// Of this level.
    level: Option<String>,
    /// Anywhere under this one, itself included.
    under: Option<u32>,
    /// With this in a name, at the start of the pinyin, its initials, or the code.
    q: Option<String>,
    /// As the tree was on this day; today when absent.
    #[param(format = Date)]
    as_of: Option<String>,
    /// At most so many, up to 10,000; 500 when absent.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<u32>,
}

/// A page of areas.
#[derive(Serialize, ToSchema)]
struct AreasPage {
    items: Vec<AreaWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// List areas
#[utoipa::path(get, path = "/api/v1/areas", tag = "areas", params(AreasQuery), responses(
    (status = 200, description = "In the order of their ids", body = AreasPage),
    (status = 304, description = "The caller has the same"), (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<AreasQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let city = state.app.city();
    let as_of = query.as_of.as_deref().map(|it| day(it, "?as_of")).transpose()?;
    let dated = as_of.map(|day| city.history.as_of(day));
    let tree = dated.as_ref().unwrap_or(&city.tree);
    let level = query.level.as_deref().map(level_of).transpose()?;
    let nothing = || Problem::field("?under", "unknown", "there is no such area");
    let that_day = |id: AreaId| as_of.and_then(|day| city.history.get_on(id, day)).or_else(|| city.area(id));
    let under = query.under.map(|id| that_day(AreaId(id)).ok_or_else(nothing)).transpose()?;
    let limit = query.limit.unwrap_or(500);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::field("?limit", "range", format!("1 to {MOST} is taken here")));
    }
    let words = query.q.as_deref().map(|q| q.trim().to_lowercase());
    let fits = |area: &&Area| {
        query.parent.is_none_or(|p| area.parent == Some(AreaId(p)))
            && level.is_none_or(|l| area.level == l)
            && under.is_none_or(|u| u.path.contains(&area.path))
            && words.as_ref().is_none_or(|w| named(area, w))
            && query.cursor.is_none_or(|after| area.id.0 > after)
    };
    let mut items: Vec<&Area> = tree.iter().filter(fits).collect();
    items.sort_unstable_by_key(|area| area.id);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    let items = items.into_iter().map(AreaWire::of).collect();
    Ok(tagged::json(&headers, &AreasPage { items, next }))
}

fn named(area: &Area, words: &str) -> bool {
    let plain = area.pinyin.replace(' ', "");
    area.name_zh.contains(words)
        || area.code.as_str().starts_with(words)
        || plain.starts_with(words)
        || area.initials().starts_with(words)
        || area.name_en.to_lowercase().contains(words)
}

/// A day as a parameter or field of this name has it.
pub(super) fn day(text: &str, name: &str) -> Answer<Date> {
    text.parse().map_err(|_| Problem::field(name, "format", "a day is written 2026-09-30"))
}

/// A level as a query names it.
pub(super) fn level_of(text: &str) -> Answer<Level> {
    text.parse().map_err(|why: String| Problem::field("?level", "unknown", why))
}

/// As of which day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OneQuery {
    /// As it was, or is arranged to be, on this day; today, or else as it last was, when absent.
    #[param(format = Date)]
    as_of: Option<String>,
}

/// One area
#[utoipa::path(get, path = "/api/v1/areas/{id}", tag = "areas",
    params(("id" = String, Path, description = "Id or code of the area"), OneQuery), responses(
    (status = 200, description = "As it is today, or as it last was", body = AreaWire),
    (status = 304, description = "The caller has the same"),
    (status = 404, description = "No such area, or none on that day"), (status = 422, description = "No such day")))]
async fn one(
    Shared(state): Shared<State>,
    _: Who,
    Named(id): Named,
    Query(query): Query<OneQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let city = state.app.city();
    let as_of = query.as_of.as_deref().map(|it| day(it, "?as_of")).transpose()?;
    let found = match as_of {
        Some(day) => city.area_by_text_on(&id, day),
        None => city.area_by_text(&id),
    };
    let area = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(tagged::json(&headers, &AreaWire::of(area)))
}

/// A point.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AtQuery {
    /// Degrees east.
    lng: f64,
    /// Degrees north.
    lat: f64,
    /// wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// In the grids of this day; today when absent.
    #[param(format = Date)]
    as_of: Option<String>,
}

/// The grid of a point.
#[derive(Serialize, ToSchema)]
struct AtWire {
    /// Its grid, or the nearest.
    grid: Option<AreaWire>,
    /// The city down to the grid.
    chain: Vec<AreaWire>,
    /// Whether the point lies in that grid.
    inside: bool,
    /// Metres to that grid; 0 inside.
    distance_m: f64,
}

/// The grid of a point
///
/// A point in a gap or outside the city gets the nearest grid, with its distance.
#[utoipa::path(get, path = "/api/v1/areas/at", tag = "areas", params(AtQuery), responses(
    (status = 200, description = "The grid, or the nearest", body = AtWire),
    (status = 404, description = "The city has no grids yet"), (status = 422, description = "No such point")))]
async fn at(Shared(state): Shared<State>, _: Who, Query(query): Query<AtQuery>) -> Answer<Json<AtWire>> {
    let city = state.app.city();
    let point = point(Some(query.lng), Some(query.lat), query.crs.as_deref(), ["?lng", "?lat", "?crs"])?;
    let point = point.ok_or_else(|| Problem::new(Code::NotFound))?;
    let as_of = query.as_of.as_deref().map(|it| day(it, "?as_of")).transpose()?;
    let dated = match as_of {
        Some(day) => Some(app::area::on_day(&city, point, day).await),
        None => None,
    };
    let (tree, located) = match &dated {
        Some((tree, located)) => (tree, *located),
        None => (&city.tree, city.locate(point)),
    };
    let (areas, off_m) = located.ok_or_else(|| Problem::new(Code::NotFound))?;
    let wire = |id: AreaId| tree.get(id).map(AreaWire::of);
    let mut chain: Vec<AreaWire> = areas.upwards().filter_map(wire).collect();
    chain.reverse();
    let grid = areas.grid.and_then(wire);
    Ok(Json(AtWire { grid, chain, inside: off_m <= 0.0, distance_m: (off_m * 10.0).round() / 10.0 }))
}
