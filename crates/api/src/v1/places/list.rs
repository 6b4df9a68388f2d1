//! Lists of places and things, and how many there are and are due.

use std::collections::BTreeMap;

use app::place::{self, Asked, day_number, day_of, kinds};
use axum::extract::State as Shared;
use domain::id::{PlaceId, UnitId};
use domain::place::{Sort, State as PlaceState};
use serde::{Deserialize, Serialize};
use store::place::{Cursor, Filter, Order};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::wire::PlaceRowWire;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};
use crate::v1::crs::crs;
use crate::v1::edited::{day, limit};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(places)).routes(routes!(things)).routes(routes!(overview))
}

/// Which ones.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PlacesQuery {
    /// Codes of kinds, with commas between.
    kind: Option<String>,
    /// Id or code of an area, with all under it.
    area: Option<String>,
    /// intact, damaged, missing, retired, removed, with commas between; all in use when absent.
    state: Option<String>,
    /// Id of the unit that owns them.
    owner: Option<u32>,
    /// Words in name, number or address.
    #[serde(default)]
    words: String,
    /// Due to be inspected on or before this day.
    #[param(format = Date)]
    due_by: Option<String>,
    /// true for those with something that failed when last inspected.
    #[serde(default)]
    failing: bool,
    /// West, south, east and north in degrees, with commas between; WGS-84.
    bbox: Option<String>,
    /// added (when absent) or due (the longest due first).
    order: Option<String>,
    /// At most so many rows, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Of the points in the answer: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

impl PlacesQuery {
    /// Of some conditions, as files take them.
    pub fn of(
        kind: Option<String>,
        area: Option<String>,
        state: Option<String>,
        failing: bool,
    ) -> PlacesQuery {
        PlacesQuery { kind, area, state, failing, ..PlacesQuery::default() }
    }

    /// The conditions, without order and page.
    pub fn filter(&self, state: &State, sort: Option<Sort>) -> Answer<Filter> {
        let city = state.app.city();
        let area = self.area.as_deref().map(|text| {
            let unknown =
                || Problem::field("?area", "unknown", "an id or code of an area, see /api/v1/areas");
            city.area_by_text(text).map(|it| (it.level, it.id)).ok_or_else(unknown)
        });
        let states = words(self.state.as_deref()).map(|text| {
            let unknown =
                || Problem::field("?state", "unknown", "intact, damaged, missing, retired or removed");
            PlaceState::parse(text).ok_or_else(unknown)
        });
        Ok(Filter {
            sort,
            kinds: words(self.kind.as_deref()).map(str::to_owned).collect(),
            area: area.transpose()?,
            grids: Vec::new(),
            states: states.collect::<Answer<_>>()?,
            owner: self.owner.map(UnitId),
            words: self.words.clone(),
            due_by: self.due_by.as_deref().map(|text| day("?due_by", text).map(day_number)).transpose()?,
            failing: self.failing,
            within: self.bbox.as_deref().map(bbox).transpose()?,
        })
    }
}

/// Between commas.
fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty())
}

fn bbox(text: &str) -> Answer<[f64; 4]> {
    let numbers: Vec<f64> = text.split(',').filter_map(|it| it.trim().parse().ok()).collect();
    let bad = || Problem::field("?bbox", "format", "west,south,east,north in degrees");
    let found: [f64; 4] = numbers.try_into().map_err(|_| bad())?;
    let fits = found.iter().all(|it| it.is_finite()) && found[0] <= found[2] && found[1] <= found[3];
    if fits { Ok(found) } else { Err(bad()) }
}

/// A page of places or things.
#[derive(Debug, Serialize, ToSchema)]
struct PlacesPage {
    items: Vec<PlaceRowWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// How many there are.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceOverviewWire {
    /// The day for which is told what is due.
    #[schema(format = Date)]
    today: String,
    kinds: Vec<PlaceKindCountWire>,
}

/// How many there are of a kind.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceKindCountWire {
    /// Code of the kind.
    kind: String,
    zh: String,
    en: String,
    /// In use.
    n: u64,
    /// By state.
    states: BTreeMap<&'static str, u64>,
    /// With something that failed when last inspected.
    failing: u64,
    /// Due today or before.
    due: u64,
    /// Due before today.
    overdue: u64,
}

/// List places
///
/// Only those the caller may see: workers, those of the grids they have duty in today.
#[utoipa::path(get, path = "/api/v1/places", tag = "places", params(PlacesQuery), responses(
    (status = 200, description = "A page", body = PlacesPage),
    (status = 422, description = "A parameter makes no sense")))]
async fn places(state: Shared<State>, who: Who, query: Query<PlacesQuery>) -> Answer<Json<PlacesPage>> {
    listed(state, who, query, Sort::Place).await
}

/// List things
#[utoipa::path(get, path = "/api/v1/things", tag = "places", params(PlacesQuery), responses(
    (status = 200, description = "A page", body = PlacesPage),
    (status = 422, description = "A parameter makes no sense")))]
async fn things(state: Shared<State>, who: Who, query: Query<PlacesQuery>) -> Answer<Json<PlacesPage>> {
    listed(state, who, query, Sort::Thing).await
}

async fn listed(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<PlacesQuery>,
    sort: Sort,
) -> Answer<Json<PlacesPage>> {
    let order = match query.order.as_deref() {
        None | Some("added") => Order::Added,
        Some("due") => Order::Due,
        Some(_) => return Err(Problem::field("?order", "unknown", "added or due is taken here")),
    };
    let asked = Asked {
        filter: query.filter(&state, Some(sort))?,
        order,
        after: query.cursor.as_deref().map(read_cursor).transpose()?,
        limit: limit(query.limit, 100)?,
    };
    let system = crs(query.crs.as_deref(), "?crs")?;
    let (rows, next) = place::list(&state.app, &who, &asked).await?;
    let kinds = kinds::kinds(&state.app).await?.body;
    let items = rows.iter().map(|(row, due)| PlaceRowWire::of(&row.place, *due, &kinds, system)).collect();
    Ok(Json(PlacesPage { items, next: next.map(|it| format!("{}_{}", it.key, it.id)) }))
}

fn read_cursor(text: &str) -> Answer<Cursor> {
    let read = text
        .split_once('_')
        .and_then(|(key, id)| Some(Cursor { key: key.parse().ok()?, id: id.parse::<PlaceId>().ok()? }));
    read.ok_or_else(|| Problem::field("?cursor", "format", "take `next` of the page before as it is"))
}

/// Count places and things by kind
///
/// With how many are due, overdue and failing. Takes the conditions of the lists.
#[utoipa::path(get, path = "/api/v1/places/overview", tag = "places", params(PlacesQuery), responses(
    (status = 200, description = "By kind", body = PlaceOverviewWire),
    (status = 422, description = "A parameter makes no sense")))]
async fn overview(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<PlacesQuery>,
) -> Answer<Json<PlaceOverviewWire>> {
    let mut filter = query.filter(&state, None)?;
    if filter.states.is_empty() {
        filter.states = PlaceState::ALL.to_vec();
    }
    let found = place::overview(&state.app, &who, &filter).await?;
    let kinds = kinds::kinds(&state.app).await?.body;
    let wire = |(code, it): (String, place::KindCount)| {
        let name = kinds.kinds.iter().find(|kind| kind.code == code).map(|kind| kind.name.clone());
        PlaceKindCountWire {
            zh: name.as_ref().map_or_else(|| code.clone(), |it| it.zh.clone()),
            en: name.as_ref().map_or_else(|| code.clone(), |it| it.en.clone()),
            kind: code,
            n: it.n,
            states: it.states,
            failing: it.failing,
            due: it.due,
            overdue: it.overdue,
        }
    };
    let kinds = found.kinds.into_iter().map(wire).collect();
    Ok(Json(PlaceOverviewWire { today: day_of(found.today).to_string(), kinds }))
}
