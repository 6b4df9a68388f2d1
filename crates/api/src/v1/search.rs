//! The one box: what was understood, what was found of each kind and why; the same on a map and as a file; and the queries
//! that people save for themselves. What can be written in it is `domain::query`'s affair.

use app::query::{self, Asked, Exported, Found, Group, Hit, Key, PAGE_MAX};
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::geo::{Crs, LngLat};
use domain::id::SavedQueryId;
use domain::query::{Chip, Kind, Meaning};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sheet::{CsvStart, to_csv};
use store::query::SavedQuery;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::crs::{crs, given};
use super::report::point;
use super::state::State;
use super::who::Who;
use super::wire::RowWire;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// Points on one map.
const POINTS: u32 = 2_000;
/// Rows of one file.
const ROWS: u32 = 10_000;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(map))
        .routes(routes!(file))
        .routes(routes!(saved))
        .routes(routes!(save, forget))
}

/// A question to the box.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SearchQuery {
    /// What is written in the box, at most 200 characters: words (Chinese from two characters, pinyin, initials, mixed), `#` a
    /// number, `@` staff, and filters such as `部门:住建 逾期`, `类别:`, `步骤:`, `区域:`, `时间:`, `9月`, `昨天`, `附近`; in
    /// English `unit:`, `class:`, `step:`, `area:`, `on:`, `overdue`, `last week`, `near me`.
    q: String,
    /// Only hits of this kind: area, place, thing, case, unit or person. The others are counted all the same.
    kind: Option<String>,
    /// Hits of each kind, 1 to 500; 5 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    offset: Option<u32>,
    /// Where the caller is, degrees east: for "near".
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// Of the caller's point and of those in the answer: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

impl SearchQuery {
    fn asked(&self, usual: u32) -> Answer<Asked> {
        let unknown =
            || Problem::field("?kind", "unknown", "area, place, thing, case, unit or person is taken here");
        let kind = self.kind.as_deref().map(|kind| Kind::parse(kind).ok_or_else(unknown)).transpose()?;
        let limit = self.limit.unwrap_or(usual);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Problem::field("?limit", "range", format!("1 to {PAGE_MAX} is taken here")));
        }
        let point = point(self.lng, self.lat, self.crs.as_deref(), ["?lng", "?lat", "?crs"])?;
        Ok(Asked { text: self.q.clone(), kind, limit, offset: self.offset.unwrap_or(0), point })
    }

    fn system(&self) -> Answer<Crs> {
        crs(self.crs.as_deref(), "?crs")
    }
}

/// What was found.
#[derive(Serialize, ToSchema)]
struct FoundWire {
    /// What each piece of the query was taken for, in its order.
    chips: Vec<ChipWire>,
    /// Hits of all kinds together, as far as the caller may know.
    total: u64,
    /// Each kind that was asked for.
    groups: Vec<GroupWire>,
    /// The index of this node is still being built: counts are too small. `null` once it is whole.
    building: Option<BuildingWire>,
    /// "Near" was asked, and no point was given.
    needs_point: bool,
    /// Nothing was found, but this query would find something: the same words by their sound.
    instead: Option<String>,
}

/// How far the index is.
#[derive(Serialize, ToSchema)]
struct BuildingWire {
    /// Cases in it.
    done: u64,
    /// Cases there are.
    total: u64,
}

/// A piece of the query and what it was taken for.
#[derive(Serialize, ToSchema)]
struct ChipWire {
    /// Where it begins, in characters from 0.
    from: u32,
    /// The first character behind it.
    to: u32,
    /// word, number, person, or the filter's own name: unit, class, area, step, state, urgency, channel, kind, reported, due, near.
    meaning: String,
    /// In Chinese.
    zh: String,
    /// In English.
    en: String,
    /// A filter that still waits for its value (or for the caller's point) narrows nothing.
    active: bool,
}

impl ChipWire {
    fn of(chip: &Chip) -> ChipWire {
        let meaning = match chip.meaning {
            Meaning::Word => "word",
            Meaning::Number => "number",
            Meaning::Person => "person",
            Meaning::Filter(key) => key.as_str(),
        };
        let (zh, en) = (chip.says.zh.clone(), chip.says.en.clone());
        ChipWire { from: chip.from, to: chip.to, meaning: meaning.to_owned(), zh, en, active: chip.is_whole }
    }
}

/// Hits of one kind.
#[derive(Serialize, ToSchema)]
struct GroupWire {
    /// Which kind.
    kind: String,
    /// In Chinese.
    zh: String,
    /// How many there are.
    total: u64,
    /// Best first.
    items: Vec<HitWire>,
    /// `offset` of the next page; `null` at the end.
    next: Option<u32>,
}

/// One hit.
#[derive(Serialize, ToSchema)]
struct HitWire {
    /// Id of the area, case, unit or person.
    id: String,
    title_zh: String,
    title_en: String,
    /// Where it stands or belongs, in Chinese.
    sub_zh: String,
    /// The same in English.
    sub_en: String,
    /// Code of an area or unit, number of a case, account of a person.
    code: String,
    /// Where it is.
    #[schema(value_type = Option<Object>)]
    point: Option<serde_json::Value>,
    /// Why it is here: code, name, sound, short, text, class, area, unit or filter.
    why: String,
    /// Which characters of `title_zh` were found: from, and the one behind.
    marks: Vec<(u32, u32)>,
    /// Open cases in the area, or led by the unit, as far as the caller may know.
    open: Option<u32>,
    /// Level of an area, or of the area a unit serves.
    level: Option<String>,
    /// Post of a person.
    role: Option<String>,
    /// A case as lists show it.
    case: Option<RowWire>,
}

impl HitWire {
    fn of(hit: Hit, system: Crs, now: Timestamp) -> HitWire {
        let id = match (hit.key, &hit.case) {
            (Some(Key::Area(id)), _) => id.to_string(),
            (Some(Key::Unit(id)), _) => id.to_string(),
            (Some(Key::Person(id)), _) => id.to_string(),
            (Some(Key::Site(id)), _) => id.to_string(),
            (None, Some(case)) => case.id.to_string(),
            (None, None) => String::new(),
        };
        let case = hit.case.map(|case| {
            let mut row = RowWire::new(*case, Vec::new(), now);
            row.facts.place.give_in(system);
            row
        });
        HitWire {
            id,
            title_zh: hit.title.zh,
            title_en: hit.title.en,
            sub_zh: hit.sub.zh,
            sub_en: hit.sub.en,
            code: hit.code,
            point: hit.point.map(|point| at(point, system)),
            why: hit.why.as_str().to_owned(),
            marks: hit.marks,
            open: hit.open,
            level: hit.level.map(|level| level.name().to_owned()),
            role: hit.role.map(|role| role.as_str().to_owned()),
            case,
        }
    }
}

fn at(point: LngLat, system: Crs) -> serde_json::Value {
    let point = given(point, system);
    json!({ "lng": point.lng, "lat": point.lat })
}

/// One-click query
///
/// Over areas, cases, units and staff; no residents. Whoever may not know of something finds neither it nor its count.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchQuery), responses(
    (status = 200, description = "Best first, each with why it is here", body = FoundWire),
    (status = 422, description = "A parameter makes no sense; whatever is written in the box does")))]
async fn search(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<SearchQuery>,
) -> Answer<Json<FoundWire>> {
    let (asked, system) = (query.asked(5)?, query.system()?);
    let now = state.app.clock.now();
    let found = state.app.finder.find(&state.app, &who, &asked).await?;
    let building = (!found.progress.ready)
        .then_some(BuildingWire { done: found.progress.done, total: found.progress.total });
    let group = |group: Group| GroupWire {
        kind: group.kind.as_str().to_owned(),
        zh: group.kind.zh().to_owned(),
        total: group.n,
        items: group.hits.into_iter().map(|hit| HitWire::of(hit, system, now)).collect(),
        next: group.next,
    };
    Ok(Json(FoundWire {
        chips: found.chips.iter().map(ChipWire::of).collect(),
        total: found.total,
        groups: found.groups.into_iter().map(group).collect(),
        building,
        needs_point: found.needs_point,
        instead: found.instead,
    }))
}

/// One-click query on the map
///
/// The first 2,000 hits of each kind that have a point, as GeoJSON.
#[utoipa::path(get, path = "/api/v1/search/map", tag = "search", params(SearchQuery), responses(
    (status = 200, description = "A FeatureCollection of points", body = Object, content_type = "application/geo+json"),
    (status = 422, description = "A parameter makes no sense")))]
async fn map(Shared(state): Shared<State>, who: Who, Query(query): Query<SearchQuery>) -> Answer<Response> {
    let (asked, system) = (query.asked(PAGE_MAX)?, query.system()?);
    let (app, now) = (&state.app, state.app.clock.now());
    let found = app.finder.gather(app, &who, &asked, POINTS).await?;
    let feature = |kind: Kind, hit: &Hit| {
        let point = given(hit.point?, system);
        let case = hit.case.as_deref();
        let late = case.is_some_and(|it| it.closed_at.is_none() && it.due.is_some_and(|due| due.at < now));
        let wire = HitWire::of(hit.clone(), system, now);
        Some(json!({
            "type": "Feature", "id": wire.id, "geometry": { "type": "Point", "coordinates": [point.lng, point.lat] },
            "properties": {
                "kind": kind.as_str(), "title_zh": wire.title_zh, "title_en": wire.title_en, "code": wire.code,
                "why": wire.why, "state": case.map(|it| it.state.as_str()), "late": late,
            },
        }))
    };
    let features: Vec<_> = found
        .groups
        .iter()
        .flat_map(|group| group.hits.iter().filter_map(|hit| feature(group.kind, hit)))
        .collect();
    let body = json!({ "type": "FeatureCollection", "features": features, "total": found.total }).to_string();
    Ok(as_file("application/geo+json", None, body.into_bytes()))
}

/// In which language, of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    /// What is written in the box.
    q: String,
    /// Only hits of this kind.
    kind: Option<String>,
    /// Where the caller is, degrees east: for "near".
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// Of the caller's point: wgs84 (when absent), gcj02 or bd09. Points in the file are WGS-84.
    crs: Option<String>,
    /// Of headings and names: zh (when absent) or en.
    lang: Option<String>,
}

/// One-click query as a file
///
/// CSV in UTF-8, the first 10,000 hits of each kind. Text that a spreadsheet would run gets an apostrophe before it.
#[utoipa::path(get, path = "/api/v1/search/csv", tag = "search", params(FileQuery), responses(
    (status = 200, description = "A row a hit", body = String, content_type = "text/csv; charset=utf-8"),
    (status = 422, description = "A parameter makes no sense")))]
async fn file(Shared(state): Shared<State>, who: Who, Query(query): Query<FileQuery>) -> Answer<Response> {
    let language = match query.lang.as_deref() {
        None | Some("zh") => Exported::Zh,
        Some("en") => Exported::En,
        Some(_) => return Err(Problem::field("?lang", "unknown", "zh or en is taken here")),
    };
    let FileQuery { q, kind, lng, lat, crs, .. } = query;
    let asked = SearchQuery { q, kind, limit: None, offset: None, lng, lat, crs }.asked(PAGE_MAX)?;
    let found: Found = state.app.finder.gather(&state.app, &who, &asked, ROWS).await?;
    let table = query::table(&found, &state.app.city(), language);
    Ok(as_file("text/csv; charset=utf-8", Some("search.csv"), to_csv(&table, CsvStart::Bom)))
}

fn as_file(media: &'static str, name: Option<&str>, bytes: Vec<u8>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(media))], bytes).into_response();
    if let Some(name) =
        name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok())
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// Saved queries.
#[derive(Serialize, ToSchema)]
struct SavedQueriesWire {
    /// One's own, oldest first.
    items: Vec<SavedQueryWire>,
}

/// A query that someone saved for themselves.
#[derive(Serialize, ToSchema)]
struct SavedQueryWire {
    id: Uuid,
    name: String,
    /// The text of the box.
    query: String,
    /// When it was saved first.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl SavedQueryWire {
    fn of(saved: SavedQuery) -> SavedQueryWire {
        SavedQueryWire { id: saved.id.0, name: saved.name, query: saved.query, created_at: saved.created }
    }
}

/// A query to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SaveIn {
    /// What its person calls it, 1 to 40 characters.
    name: String,
    /// The text of the box, 1 to 200 characters.
    query: String,
}

/// Saved queries
#[utoipa::path(get, path = "/api/v1/search/saved", tag = "search", responses(
    (status = 200, description = "The caller's own, oldest first", body = SavedQueriesWire)))]
async fn saved(Shared(state): Shared<State>, who: Who) -> Answer<Json<SavedQueriesWire>> {
    let all = query::saved(&state.app, &who).await?;
    Ok(Json(SavedQueriesWire { items: all.into_iter().map(SavedQueryWire::of).collect() }))
}

/// Save a query
#[utoipa::path(put, path = "/api/v1/search/saved/{id}", tag = "search", request_body = SaveIn,
    params(("id" = String, Path, description = "UUID made by the client; the same again changes it")), responses(
    (status = 201, description = "Saved", body = SavedQueryWire), (status = 200, description = "Changed", body = SavedQueryWire),
    (status = 404, description = "Not a UUID, or taken by another"),
    (status = 422, description = "A field makes no sense, or there are a hundred already", body = Problem, content_type = "application/problem+json")))]
async fn save(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(new): Json<SaveIn>,
) -> Answer<Response> {
    let (saved, is_new) = query::save(&state.app, &who, read_id(&id)?, &new.name, &new.query).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(SavedQueryWire::of(saved))).into_response())
}

/// Forget a saved query
#[utoipa::path(delete, path = "/api/v1/search/saved/{id}", tag = "search",
    params(("id" = String, Path, description = "Id of the saved query")), responses(
    (status = 204, description = "Gone"), (status = 404, description = "No such query of the caller's")))]
async fn forget(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    query::forget(&state.app, &who, read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What cannot be an id is the id of nothing.
fn read_id(text: &str) -> Answer<SavedQueryId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
