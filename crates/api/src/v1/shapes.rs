//! Outlines and loads of areas, for maps.
//!
//! The outline of an area is written once for each tree of areas and kept as text: a map of 8,930 grids is
//! then only put together, with the loads of the moment.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use app::{City, case};
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::area::{Area, Level, Tree};
use domain::geo::{Crs, LineString, MultiPolygon};
use domain::id::AreaId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::case::CaseFilter;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::areas::{day, level_of};
use super::crs::crs;
use super::filter;
use super::state::State;
use super::tagged;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(shapes)).routes(routes!(loads))
}

/// Which areas to draw, and which cases to count.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct MapQuery {
    /// Level of the areas to draw: any below or equal to the level of the area asked. `grid` when absent.
    level: Option<String>,
    /// 1 adds the number of open and overdue cases to each area.
    open: Option<u8>,
    /// Only cases that this filter lets through are counted.
    #[serde(default)]
    filter: String,
    /// Of the coordinates: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// Areas as they were, or are arranged to be, on this day; today when absent. Cases are counted as they are now.
    #[param(format = Date)]
    as_of: Option<String>,
}

/// Open cases of an area.
#[derive(Serialize, ToSchema)]
struct LoadWire {
    /// Id of the area.
    area: u32,
    /// Cases that are not closed.
    open: u32,
    /// Of these, with a running clock that is over.
    overdue: u32,
}

/// Open cases of each area; areas without any are left out.
#[derive(Serialize, ToSchema)]
struct LoadsWire {
    items: Vec<LoadWire>,
}

/// Outlines of areas
///
/// A GeoJSON feature collection in WGS-84, or as `crs` says, at 1e-5 degrees (about a metre).
#[utoipa::path(get, path = "/api/v1/areas/{id}/shapes", tag = "areas",
    params(("id" = String, Path, description = "Id or code of the area"), MapQuery), responses(
    (status = 200, description = "RFC 7946", body = Object, content_type = "application/geo+json"),
    (status = 304, description = "The caller has the same"), (status = 404, description = "No such area"),
    (status = 422, description = "A parameter makes no sense")))]
async fn shapes(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<MapQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let city = state.app.city();
    let (level, system) = (level(&query)?, crs(query.crs.as_deref(), "?crs")?);
    let as_of = query.as_of.as_deref().map(|it| day(it, "?as_of")).transpose()?;
    let found = as_of.map_or_else(|| city.area_by_text(&id), |day| city.area_by_text_on(&id, day));
    let area = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let counted = match query.open {
        Some(1) => case::loads(&state.app, &who, &under(area, &query, &state, &who)?, level).await?,
        None | Some(0) => Vec::new(),
        Some(_) => return Err(Problem::field("?open", "range", "0 or 1 is taken here")),
    };
    let counted: HashMap<AreaId, _> = counted.into_iter().map(|load| (load.area, load)).collect();
    let outlines = match as_of {
        Some(day) => Arc::new(drawn(&city.history.as_of(day), area, level, system)),
        None => state.outlines.of(&city, area, level, system),
    };
    let mut text =
        String::with_capacity(outlines.iter().map(|(_, outline)| outline.len() + 40).sum::<usize>() + 64);
    text.push_str(r#"{"type":"FeatureCollection","features":["#);
    for (nth, (id, outline)) in outlines.iter().enumerate() {
        let (open, overdue) = counted.get(id).map_or((0, 0), |load| (load.open, load.overdue));
        let comma = if nth > 0 { "," } else { "" };
        write!(text, r#"{comma}{outline},"open":{open},"overdue":{overdue}}}}}"#)
            .expect("a string takes it all");
    }
    text.push_str("]}");
    Ok(tagged::bytes_as(&headers, "application/geo+json", text.into_bytes()))
}

/// Open and overdue cases of areas
///
/// The numbers of `shapes`, to refresh a map without its outlines.
#[utoipa::path(get, path = "/api/v1/areas/{id}/loads", tag = "areas",
    params(("id" = String, Path, description = "Id or code of the area"), MapQuery), responses(
    (status = 200, description = "Counts as far as the caller may see", body = LoadsWire),
    (status = 404, description = "No such area"), (status = 422, description = "A parameter makes no sense")))]
async fn loads(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<MapQuery>,
) -> Answer<Json<LoadsWire>> {
    let city = state.app.city();
    let area = city.area_by_text(&id).ok_or_else(|| Problem::new(Code::NotFound))?;
    let filter = under(area, &query, &state, &who)?;
    let loads = case::loads(&state.app, &who, &filter, level(&query)?).await?;
    let items = loads.into_iter().map(|l| LoadWire { area: l.area.0, open: l.open, overdue: l.overdue });
    Ok(Json(LoadsWire { items: items.collect() }))
}

fn level(query: &MapQuery) -> Answer<Level> {
    query.level.as_deref().map_or(Ok(Level::Grid), level_of)
}

fn under(area: &Area, query: &MapQuery, state: &State, who: &Who) -> Answer<CaseFilter> {
    let mut filter = filter::read(&query.filter, &state.app.city(), who, state.app.clock.now())?;
    if filter.areas.is_empty() {
        filter.areas.push((area.level, area.id));
    }
    Ok(filter)
}

type Outline = (AreaId, String);

/// Outlines as they are sent, of the tree of areas that now holds.
#[derive(Clone, Default)]
pub struct Outlines(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    city: Weak<City>,
    of: HashMap<(AreaId, Level, Crs), Arc<Vec<Outline>>>,
}

impl Outlines {
    /// Areas of a level under one, each as a feature that only lacks its loads.
    fn of(&self, city: &Arc<City>, area: &Area, level: Level, system: Crs) -> Arc<Vec<Outline>> {
        let key = (area.id, level, system);
        {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::ptr::eq(kept.city.as_ptr(), Arc::as_ptr(city)) {
                *kept = Kept { city: Arc::downgrade(city), of: HashMap::new() };
            }
            if let Some(outlines) = kept.of.get(&key) {
                return outlines.clone();
            }
        }
        let outlines = Arc::new(drawn(&city.tree, area, level, system));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if std::ptr::eq(kept.city.as_ptr(), Arc::as_ptr(city)) {
            kept.of.insert(key, outlines.clone());
        }
        outlines
    }
}

/// Areas of a level of one tree under one of it.
fn drawn(tree: &Tree, area: &Area, level: Level, system: Crs) -> Vec<Outline> {
    let inside = tree.at_level(level).filter(|a| area.path.contains(&a.path));
    inside.map(|a| (a.id, feature(a, system))).collect()
}

/// A feature without its two closing braces.
fn feature(area: &Area, system: Crs) -> String {
    let properties = json!({
        "id": area.id.0, "code": area.code.as_str(), "name_zh": area.name_zh, "name_en": area.name_en,
        "level": area.level.name(),
    });
    let geometry = area.polygon.as_ref().map(|shape| geometry(shape, system));
    let feature = json!({ "type": "Feature", "id": area.id.0, "geometry": geometry });
    let (feature, properties) = (feature.to_string(), properties.to_string());
    let open = |object: &str| object[..object.len() - 1].to_owned();
    format!("{},\"properties\":{}", open(&feature), open(&properties))
}

/// A GeoJSON geometry. A ring that would shrink to less than four points keeps them all.
pub(super) fn geometry(shape: &MultiPolygon<f64>, system: Crs) -> serde_json::Value {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let ring = |ring: &LineString<f64>| -> Vec<[f64; 2]> {
        let points = ring.0.iter().map(|c| system.from_wgs84((*c).into()));
        let all: Vec<[f64; 2]> = points.map(|p| [round(p.lng), round(p.lat)]).collect();
        let mut points = all.clone();
        points.dedup();
        if points.len() < 4 { all } else { points }
    };
    let polygons: Vec<Vec<Vec<[f64; 2]>>> = shape
        .iter()
        .map(|p| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect())
        .collect();
    json!({ "type": "MultiPolygon", "coordinates": polygons })
}
