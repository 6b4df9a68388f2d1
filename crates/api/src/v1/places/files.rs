//! Places and things as files: brought in from CSV, XLSX and GeoJSON, row by row, and given out.

use app::place::file::{self, Brought, Fate, Finding, How, ReadFile, Spot, read_geojson, read_table};
use app::place::kinds;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::place::Sort;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::list::PlacesQuery;
use crate::problem::{Answer, Code, FieldProblem, Problem};
use crate::read::{Json, Query, bytes_of, json_of};
use crate::v1::crs::crs;
use crate::v1::state::State;
use crate::v1::who::Who;

/// Rows and findings that are told at most.
const TOLD: usize = 1_000;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(import_places))
        .routes(routes!(import_things))
        .routes(routes!(export_places))
        .routes(routes!(export_things))
}

/// How a file is taken.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// Of the coordinates: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// true only says what would be done.
    #[serde(default)]
    preview: bool,
    /// true brings in the other rows where some stand in the way.
    #[serde(default)]
    without_bad: bool,
}

/// As what a file is given out.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FormatQuery {
    /// csv (when absent) or geojson.
    format: Option<String>,
    /// Codes of kinds, with commas between.
    kind: Option<String>,
    /// Id or code of an area, with all under it.
    area: Option<String>,
    /// intact, damaged, missing, retired, removed, with commas between; all in use when absent.
    state: Option<String>,
    /// true for those with something that failed when last inspected.
    #[serde(default)]
    failing: bool,
    /// Of the points: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

/// What a file does, or would do.
#[derive(Serialize, ToSchema)]
struct PlaceImportWire {
    new: usize,
    changed: usize,
    /// Rows that say what is known.
    same: usize,
    /// Rows that stand in the way.
    left_out: usize,
    /// Each row and what it does; the first thousand.
    rows: Vec<PlaceFateWire>,
    /// The first thousand.
    findings: Vec<PlaceFindingWire>,
    /// Whether it was done; false for a preview.
    done: bool,
}

/// A row and what it does.
#[derive(Serialize, ToSchema)]
struct PlaceFateWire {
    /// Row as a spreadsheet counts, the header being 1.
    row: Option<usize>,
    /// Feature of the GeoJSON, counted from 1.
    feature: Option<usize>,
    /// new, changed, same or left_out.
    fate: &'static str,
    /// Id of the place.
    id: Option<Uuid>,
    name: String,
}

/// Something in a file that a person should look at.
#[derive(Serialize, ToSchema)]
struct PlaceFindingWire {
    row: Option<usize>,
    feature: Option<usize>,
    /// Column or property.
    column: String,
    /// What is wrong, and what would put it right.
    says: String,
    /// The row stands in the way; else it is only noted.
    left_out: bool,
}

fn spot(at: Spot) -> (Option<usize>, Option<usize>) {
    match at {
        Spot::File => (None, None),
        Spot::Row(n) => (Some(n), None),
        Spot::Feature(n) => (None, Some(n)),
    }
}

fn finding(it: &Finding) -> PlaceFindingWire {
    let (row, feature) = spot(it.at);
    PlaceFindingWire { row, feature, column: it.column.clone(), says: it.says.clone(), left_out: it.left_out }
}

/// Import places
///
/// CSV, XLSX or GeoJSON; columns `kind` and `name`, and as far as known `number`, `name_en`, `address`, `lng`, `lat`, `grid`,
/// `owner`, `state` and the fields of the kind. A row with a number is the place that has it; without one, name and spot
/// say which it is. Nothing is kept as long as a row stands in the way. Ask with `preview=true` first.
#[utoipa::path(post, path = "/api/v1/places/import", tag = "places", params(ImportQuery),
    request_body(content((String = "text/csv"), (Object = "application/geo+json"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "What was done, or would be", body = PlaceImportWire),
        (status = 400, description = "No JSON"), (status = 404, description = "Not the caller's to import"),
        (status = 413, description = "More than 20 MB"),
        (status = 422, description = "Nothing was kept: each row that stands in the way is a field")))]
async fn import_places(
    state: Shared<State>,
    who: Who,
    query: Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<PlaceImportWire>> {
    imported(state, who, query, headers, body, Sort::Place).await
}

/// Import things
///
/// As places are imported.
#[utoipa::path(post, path = "/api/v1/things/import", tag = "places", params(ImportQuery),
    request_body(content((String = "text/csv"), (Object = "application/geo+json"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "What was done, or would be", body = PlaceImportWire),
        (status = 400, description = "No JSON"), (status = 404, description = "Not the caller's to import"),
        (status = 413, description = "More than 20 MB"),
        (status = 422, description = "Nothing was kept: each row that stands in the way is a field")))]
async fn import_things(
    state: Shared<State>,
    who: Who,
    query: Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<PlaceImportWire>> {
    imported(state, who, query, headers, body, Sort::Thing).await
}

async fn imported(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
    sort: Sort,
) -> Answer<Json<PlaceImportWire>> {
    let system = crs(query.crs.as_deref(), "?crs")?;
    let media = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = matches!(media.as_str(), "application/geo+json" | "application/json");
    let is_table =
        media == "text/csv" || media.ends_with("spreadsheetml.sheet") || media == "application/octet-stream";
    if !is_json && !is_table {
        return Err(Problem::new(Code::UnsupportedMedia)
            .detail("send text/csv, application/geo+json or a workbook (.xlsx)"));
    }
    let bytes = bytes_of(body).await?;
    let json = if is_json { Some(json_of(&bytes)?) } else { None };
    let (city, kinds) = (state.app.city(), kinds::kinds(&state.app).await?.body);
    let reading = tokio::task::spawn_blocking(move || match json {
        Some(json) => read_geojson(&json, sort, system, &city, &kinds),
        None => read_table(&bytes, sort, system, &city, &kinds),
    });
    let read: ReadFile = reading.await.expect("reading a file does not panic");
    let how = match (query.preview, query.without_bad) {
        (true, _) => How::Preview,
        (false, true) => How::WithoutBad,
        (false, false) => How::Whole,
    };
    let brought = file::bring(&state.app, &who, sort, read, how).await?;
    if how == How::Whole && !brought.done {
        return Err(in_the_way(&brought));
    }
    let row = |it: &file::RowFate| {
        let (row, feature) = spot(it.at);
        PlaceFateWire {
            row,
            feature,
            fate: it.fate.as_str(),
            id: it.id.map(|id| id.0),
            name: it.name.clone(),
        }
    };
    Ok(Json(PlaceImportWire {
        new: brought.count(Fate::New),
        changed: brought.count(Fate::Changed),
        same: brought.count(Fate::Same),
        left_out: brought.count(Fate::LeftOut)
            + brought
                .findings
                .iter()
                .filter(|it| it.left_out && brought.rows.iter().all(|row| row.at != it.at))
                .count(),
        rows: brought.rows.iter().take(TOLD).map(row).collect(),
        findings: brought.findings.iter().take(TOLD).map(finding).collect(),
        done: brought.done,
    }))
}

fn in_the_way(brought: &Brought) -> Problem {
    let bad: Vec<&Finding> = brought.findings.iter().filter(|it| it.left_out).collect();
    let told = bad.iter().take(TOLD).map(|it| FieldProblem {
        path: format!(
            "{}{}",
            it.at,
            if it.column.is_empty() { String::new() } else { format!(": {}", it.column) }
        ),
        code: "left_out".into(),
        detail: it.says.clone(),
    });
    let first = bad.first().map_or_else(String::new, |it| format!("{}: {}", it.at, it.says));
    Problem::new(Code::Invalid).detail(first).fields(told.collect())
}

/// Places as a file
#[utoipa::path(get, path = "/api/v1/places/export", tag = "places", params(FormatQuery), responses(
    (status = 200, description = "CSV with a byte order mark, or GeoJSON", content((Vec<u8> = "text/csv"), (Object = "application/geo+json"))),
    (status = 422, description = "A parameter makes no sense, or more than 100,000 rows")))]
async fn export_places(state: Shared<State>, who: Who, query: Query<FormatQuery>) -> Answer<Response> {
    exported(state, who, query, Sort::Place).await
}

/// Things as a file
#[utoipa::path(get, path = "/api/v1/things/export", tag = "places", params(FormatQuery), responses(
    (status = 200, description = "CSV with a byte order mark, or GeoJSON", content((Vec<u8> = "text/csv"), (Object = "application/geo+json"))),
    (status = 422, description = "A parameter makes no sense, or more than 100,000 rows")))]
async fn export_things(state: Shared<State>, who: Who, query: Query<FormatQuery>) -> Answer<Response> {
    exported(state, who, query, Sort::Thing).await
}

async fn exported(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<FormatQuery>,
    sort: Sort,
) -> Answer<Response> {
    let system = crs(query.crs.as_deref(), "?crs")?;
    let asked = PlacesQuery::of(query.kind, query.area, query.state, query.failing);
    let filter = asked.filter(&state, Some(sort))?;
    let (bytes, media, ending) = match query.format.as_deref() {
        None | Some("csv") => (
            file::export_csv(&state.app, &who, sort, &filter, system).await?,
            "text/csv; charset=utf-8",
            "csv",
        ),
        Some("geojson") => (
            file::export_geojson(&state.app, &who, sort, &filter, system).await?,
            "application/geo+json",
            "geojson",
        ),
        Some(_) => return Err(Problem::field("?format", "unknown", "csv or geojson is taken here")),
    };
    let name = format!("attachment; filename=\"{}s.{ending}\"", sort.as_str());
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("a plain name"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
