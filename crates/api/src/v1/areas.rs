//! Areas: list, one, which grid a point is in, shapes and loads for maps.

use super::cases::point;
use super::filter;
use super::state::State;
use super::who::Who;
use super::wire::AreasWire;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Path, Query};
use app::{City, case};
use axum::Router;
use axum::extract::State as Shared;
use axum::routing::get;
use domain::area::{Ancestors, Area, Level};
use domain::geo::MultiPolygon;
use domain::id::AreaId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::case::CaseFilter;

/// The paths of this file.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/areas", get(list))
        .route("/areas/at", get(at))
        .route("/areas/{id}", get(one))
        .route("/areas/{id}/shapes", get(shapes))
        .route("/areas/{id}/loads", get(loads))
}

/// An area.
#[derive(Clone, Debug, Serialize)]
pub struct AreaWire {
    id: u32,
    parent: Option<u32>,
    level: &'static str,
    code: String,
    name_zh: String,
    name_en: String,
    pinyin: String,
    kind: &'static str,
    ancestors: AreasWire,
    valid_from: String,
    valid_to: Option<String>,
    successors: Vec<u32>,
}

impl AreaWire {
    /// One version of an area.
    pub fn of(area: &Area) -> AreaWire {
        AreaWire {
            id: area.id.0,
            parent: area.parent.map(|p| p.0),
            level: area.level.name(),
            code: area.code.as_str().to_owned(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
            pinyin: area.pinyin.clone(),
            kind: area.kind.name(),
            ancestors: Ancestors::of(&area.path).into(),
            valid_from: area.valid_from.to_string(),
            valid_to: area.valid_to.map(|d| d.to_string()),
            successors: area.successors.iter().map(|s| s.0).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    parent: Option<u32>,
    level: Option<String>,
    under: Option<u32>,
    q: Option<String>,
    as_of: Option<String>,
    limit: Option<usize>,
    cursor: Option<u32>,
}

async fn list(Shared(state): Shared<State>, _: Who, Query(query): Query<ListQuery>) -> Answer<Json<Value>> {
    let city = state.app.city();
    let dated = match &query.as_of {
        Some(day) => {
            let bad = |_| Problem::field("?as_of", "format", "a day is written 2026-09-30");
            Some(city.history.as_of(day.parse().map_err(bad)?))
        }
        None => None,
    };
    let tree = dated.as_ref().unwrap_or(&city.tree);
    let level = query.level.as_deref().map(level_of).transpose()?;
    let under = match query.under {
        Some(id) => Some(
            city.area(AreaId(id))
                .ok_or_else(|| Problem::field("?under", "unknown", "there is no such area"))?,
        ),
        None => None,
    };
    let limit = query.limit.unwrap_or(500).clamp(1, 10_000);
    let words = query.q.as_deref().map(|q| q.trim().to_lowercase());
    let fits = |area: &&Area| {
        query.parent.is_none_or(|p| area.parent == Some(AreaId(p)))
            && level.is_none_or(|l| area.level == l)
            && under.is_none_or(|u| u.path.contains(&area.path))
            && words.as_ref().is_none_or(|w| named(area, w))
            && query.cursor.is_none_or(|after| area.id.0 > after)
    };
    let mut items: Vec<AreaWire> = tree.iter().filter(fits).take(limit + 1).map(AreaWire::of).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(json!({ "items": items, "next": next })))
}

fn named(area: &Area, words: &str) -> bool {
    let plain = area.pinyin.replace(' ', "");
    area.name_zh.contains(words)
        || area.code.as_str().starts_with(words)
        || plain.starts_with(words)
        || area.initials().starts_with(words)
        || area.name_en.to_lowercase().contains(words)
}

fn level_of(text: &str) -> Answer<Level> {
    text.parse().map_err(|why: String| Problem::field("?level", "unknown", why))
}

async fn one(Shared(state): Shared<State>, _: Who, Path(id): Path) -> Answer<Json<AreaWire>> {
    let city = state.app.city();
    city.area_by_text(&id).map(|area| Json(AreaWire::of(area))).ok_or_else(|| Problem::new(Code::NotFound))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtQuery {
    lng: f64,
    lat: f64,
    crs: Option<String>,
}

async fn at(Shared(state): Shared<State>, Query(query): Query<AtQuery>) -> Answer<Json<Value>> {
    let city = state.app.city();
    let point = point(Some(query.lng), Some(query.lat), query.crs.as_deref(), "?lng")?;
    let Some((areas, off_m)) = point.and_then(|p| city.locate(p)) else {
        return Err(Problem::new(Code::NotFound));
    };
    let mut chain: Vec<AreaWire> = areas.upwards().filter_map(|id| city.area(id)).map(AreaWire::of).collect();
    chain.reverse();
    let grid = areas.grid.and_then(|id| city.area(id)).map(AreaWire::of);
    Ok(Json(json!({ "grid": grid, "chain": chain, "inside": off_m == 0.0, "distance_m": off_m.round() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapQuery {
    level: Option<String>,
    open: Option<u8>,
    #[serde(default)]
    filter: String,
}

async fn shapes(
    Shared(state): Shared<State>,
    who: Who,
    Path(id): Path,
    Query(query): Query<MapQuery>,
) -> Answer<Json<Value>> {
    let city = state.app.city();
    let area = city.area_by_text(&id).ok_or_else(|| Problem::new(Code::NotFound))?;
    let level = query.level.as_deref().map_or(Ok(Level::Grid), level_of)?;
    let loads = match query.open {
        Some(1) => case::loads(&state.app, &who, &under(area, &query, &city, &who, &state)?, level).await?,
        _ => Vec::new(),
    };
    let of = |id: AreaId| loads.iter().find(|l| l.area == id).map_or((0, 0), |l| (l.open, l.overdue));
    let feature = |a: &Area| {
        let (open, overdue) = of(a.id);
        json!({ "type": "Feature", "id": a.id.0, "geometry": a.polygon.as_ref().map(geometry),
                "properties": { "id": a.id.0, "code": a.code.as_str(), "name_zh": a.name_zh, "name_en": a.name_en,
                                "level": a.level.name(), "open": open, "overdue": overdue } })
    };
    let features: Vec<Value> =
        city.tree.at_level(level).filter(|a| area.path.contains(&a.path)).map(feature).collect();
    Ok(Json(json!({ "type": "FeatureCollection", "features": features })))
}

async fn loads(
    Shared(state): Shared<State>,
    who: Who,
    Path(id): Path,
    Query(query): Query<MapQuery>,
) -> Answer<Json<Value>> {
    let city = state.app.city();
    let area = city.area_by_text(&id).ok_or_else(|| Problem::new(Code::NotFound))?;
    let level = query.level.as_deref().map_or(Ok(Level::Grid), level_of)?;
    let loads = case::loads(&state.app, &who, &under(area, &query, &city, &who, &state)?, level).await?;
    let items: Vec<Value> =
        loads.iter().map(|l| json!({ "area": l.area.0, "open": l.open, "overdue": l.overdue })).collect();
    Ok(Json(json!({ "items": items })))
}

fn under(area: &Area, query: &MapQuery, city: &City, who: &Who, state: &State) -> Answer<CaseFilter> {
    let mut filter = filter::read(&query.filter, city, who, state.app.clock.now())?;
    filter.areas.push((area.level, area.id));
    Ok(filter)
}

/// A GeoJSON geometry (RFC 7946) at 1e-5 degrees, about a metre.
fn geometry(shape: &MultiPolygon<f64>) -> Value {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let ring = |ring: &domain::geo::LineString<f64>| -> Vec<[f64; 2]> {
        let mut points: Vec<[f64; 2]> = ring.0.iter().map(|c| [round(c.x), round(c.y)]).collect();
        points.dedup();
        points
    };
    let polygons: Vec<Vec<Vec<[f64; 2]>>> = shape
        .iter()
        .map(|p| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect())
        .collect();
    json!({ "type": "MultiPolygon", "coordinates": polygons })
}
