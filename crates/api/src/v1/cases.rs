//! Cases: list, count, report, look at, act, log, possible duplicates.

use super::acts::{ActBody, word};
use super::filter;
use super::state::State;
use super::view::{self, CaseWire, DuplicateWire};
use super::who::Who;
use super::wire::{EvidenceIn, RowWire};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Path as Named, Query};
use app::case::{self, Command, Likeness, ReportCommand, number};
use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::case::{Channel, Evidence};
use domain::geo::{Crs, LngLat};
use domain::id::{ActId, AreaId, CaseId, ClassCode};
use domain::policy::{Actor, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::case::{Cursor, Order};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The paths of this file.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/cases", get(list).post(report))
        .route("/cases/counts", get(counts))
        .route("/cases/duplicates", get(duplicates_at))
        .route("/cases/{id}", get(look))
        .route("/cases/{id}/acts", post(act))
        .route("/cases/{id}/log", get(log))
        .route("/cases/{id}/duplicates", get(duplicates_of))
}

/// What a list is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Terms `key:value[,value]`; see the documents.
    #[serde(default)]
    filter: String,
    /// `due` (nearest deadline first) or `-reported` (newest first).
    sort: Option<String>,
    /// At most so many rows, up to 500.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListWire {
    items: Vec<RowWire>,
    next: Option<String>,
    /// How many there are, counted up to 10,000.
    total: i64,
    total_capped: bool,
}

#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(ListQuery), responses((status = 200, body = ListWire)))]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ListQuery>,
) -> Answer<Json<ListWire>> {
    let (app, now) = (&state.app, state.app.clock.now());
    let filter = filter::read(&query.filter, &app.city(), &who, now)?;
    let order = match query.sort.as_deref() {
        None | Some("due") => Order::Due,
        Some("-reported") => Order::Newest,
        Some(other) => {
            return Err(Problem::field("?sort", "unknown", format!("{other:?}: use due or -reported")));
        }
    };
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let page = case::list(app, &who, &filter, order, after, query.limit.unwrap_or(100)).await?;
    let total = case::count(app, &who, &filter).await?;
    Ok(Json(ListWire {
        items: page.rows.into_iter().map(|row| RowWire::new(row, now)).collect(),
        next: page.next.map(|c| format!("{}.{}", c.key_ms, c.id)),
        total,
        total_capped: total >= 10_000,
    }))
}

fn read_cursor(text: &str) -> Answer<Cursor> {
    let read = || {
        let (key, id) = text.split_once('.')?;
        Some(Cursor { key_ms: key.parse().ok()?, id: id.parse().ok()? })
    };
    read().ok_or_else(|| Problem::field("?cursor", "format", "take `next` of the page before as it is"))
}

#[utoipa::path(get, path = "/api/v1/cases/counts", tag = "cases", responses((status = 200, body = BTreeMap<String, i64>)),
    params(("v" = Vec<String>, Query, description = "`name=filter`; may be repeated")))]
pub(crate) async fn counts(
    Shared(state): Shared<State>,
    who: Who,
    axum::extract::RawQuery(raw): axum::extract::RawQuery,
) -> Answer<Json<BTreeMap<String, i64>>> {
    let mut counts = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
        if key != "v" {
            return Err(Problem::field(format!("?{key}"), "unknown_field", "only v is taken here"));
        }
        if counts.len() >= 20 {
            return Err(Problem::field("?v", "range", "twenty counts at once are the most"));
        }
        let (name, text) = value.split_once('=').unwrap_or((&value, &value));
        let filter = filter::read(text, &state.app.city(), &who, state.app.clock.now())?;
        counts.insert(name.to_owned(), case::count(&state.app, &who, &filter).await?);
    }
    Ok(Json(counts))
}

/// A report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportIn {
    /// Id of the case (UUIDv7), made by the caller; the header `Idempotency-Key` does the same.
    id: Option<Uuid>,
    /// What was found, in 1 to 2,000 characters.
    text: String,
    /// Code of the class.
    class: Option<String>,
    /// Where.
    #[serde(default)]
    place: PlaceIn,
    /// worker, resident, hotline, camera, partner or desk; the role's own when absent.
    channel: Option<String>,
    /// Pictures and papers.
    #[serde(default)]
    evidence: Vec<EvidenceIn>,
    /// By the reporter's own clock, when it comes later than it was made.
    #[schema(value_type = Option<String>)]
    happened_at: Option<Timestamp>,
    /// Hidden from all who do not work on it.
    #[serde(default)]
    private: bool,
    /// Number in the system it came from.
    outside_no: Option<String>,
}

/// Where a report is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceIn {
    /// Degrees east.
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// wgs84 (default), gcj02 or bd09.
    crs: Option<String>,
    /// In words.
    #[serde(default)]
    words: String,
    /// Id of an area, when there is no point.
    area: Option<u32>,
}

#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = ReportIn,
    params(("Idempotency-Key" = Option<Uuid>, Header, description = "id of the case, UUIDv7")),
    responses((status = 201, body = CaseWire), (status = 200, body = CaseWire, description = "the same report again"),
              (status = 422, description = "fields make no sense, or the key was used for another report")))]
pub(crate) async fn report(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(body): Json<ReportIn>,
) -> Answer<Response> {
    let id = CaseId(key(&headers)?.or(body.id).unwrap_or_else(Uuid::now_v7));
    let command = read_report(&state, &who, body).await?;
    let done = case::report(&state.app, &who, id, &command).await?;
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    answer(&state, &who, done, status).await
}

async fn read_report(state: &State, who: &Actor, body: ReportIn) -> Answer<ReportCommand> {
    let channel = match (&body.channel, who.role) {
        (Some(text), _) => word("/channel", text, Channel::parse)?,
        (None, Role::Worker) => Channel::Worker,
        (None, Role::Desk | Role::Leader | Role::Handler) => Channel::Desk,
        (None, _) => Channel::Resident,
    };
    Ok(ReportCommand {
        evidence: evidence(state, &body.evidence).await?,
        text: body.text,
        class: body.class.map(ClassCode),
        point: point(body.place.lng, body.place.lat, body.place.crs.as_deref(), "/place")?,
        words: body.place.words,
        area: body.place.area.map(AreaId),
        channel,
        happened_at: body.happened_at,
        private: body.private,
        outside_no: body.outside_no,
    })
}

/// A point from the wire, in WGS-84.
pub(super) fn point(
    lng: Option<f64>,
    lat: Option<f64>,
    crs: Option<&str>,
    path: &str,
) -> Answer<Option<LngLat>> {
    let (lng, lat) = match (lng, lat) {
        (None, None) => return Ok(None),
        (Some(lng), Some(lat)) => (lng, lat),
        _ => return Err(Problem::field(path, "missing", "lng and lat come together")),
    };
    if !(-180.0..=180.0).contains(&lng) || !(-90.0..=90.0).contains(&lat) {
        return Err(Problem::field(path, "range", "lng is -180 to 180, lat -90 to 90; are they swapped?"));
    }
    let crs: Crs = match crs {
        None => Crs::Wgs84,
        Some(text) => {
            text.parse().map_err(|e| Problem::field(format!("{path}/crs"), "unknown", format!("{e}")))?
        }
    };
    Ok(Some(crs.to_wgs84(LngLat { lng, lat })))
}

async fn evidence(state: &State, named: &[EvidenceIn]) -> Answer<Vec<Evidence>> {
    let mut found = Vec::with_capacity(named.len());
    for (at, one) in named.iter().enumerate() {
        let unknown =
            |field: &str| Problem::field(format!("/evidence/{at}/{field}"), "unknown", "there is none such");
        let (attachment, kind) = one.read().ok_or_else(|| unknown("kind"))?;
        let sha256 = state.app.sha256_of(attachment).await?.ok_or_else(|| unknown("attachment"))?;
        found.push(Evidence { attachment, sha256, kind });
    }
    Ok(found)
}

#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = CaseWire), (status = 404, description = "no such case, or not yours to see")))]
pub(crate) async fn look(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let id = id_of(&state, &who, &id).await?;
    whole(&state, &who, id, StatusCode::OK).await
}

#[utoipa::path(post, path = "/api/v1/cases/{id}/acts", tag = "cases", request_body = ActBody,
    params(("id" = String, Path), ("Idempotency-Key" = Option<Uuid>, Header), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = CaseWire), (status = 409, description = "the law refuses; `refusal.legal` lists what is legal"),
              (status = 412, description = "the case moved meanwhile")))]
pub(crate) async fn act(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(body): Json<ActBody>,
) -> Answer<Response> {
    let id = id_of(&state, &who, &id).await?;
    let evidence = evidence(&state, body.evidence()).await?;
    let command: Command = body.command(evidence)?;
    let act_key = ActId(key(&headers)?.unwrap_or_else(Uuid::now_v7));
    let done = case::act(&state.app, &who, id, act_key, seen(&headers)?, &command).await?;
    answer(&state, &who, done, StatusCode::OK).await
}

#[utoipa::path(get, path = "/api/v1/cases/{id}/log", tag = "cases", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn log(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<Value>> {
    let id = id_of(&state, &who, &id).await?;
    let view = case::look(&state.app, &who, id).await?;
    let names = state.names(view.log.iter().filter_map(|e| e.parsed().ok()?.0.person)).await?;
    let mut before = domain::audit::Hash::default();
    let items: Vec<Value> = view
        .log
        .iter()
        .map(|entry| {
            let (by, act) = entry.parsed().map_or((Value::Null, Value::Null), |(by, _)| {
                let name = by.person.and_then(|p| names.get(&p));
                let act = serde_json::from_str(&entry.act).unwrap_or_default();
                (json!({ "name": name, "role": by.role.as_str(), "unit": by.unit.map(|u| u.0) }), act)
            });
            let item = json!({ "version": entry.version, "act": act["act"], "at": entry.at, "by": by, "body": act,
                               "hash": entry.hash.to_string(), "prev": before.to_string(), "ok": entry.chained(before) == entry.hash });
            before = entry.hash;
            item
        })
        .collect();
    let ok = app::verify::verify_log(id, &view.log).is_ok();
    Ok(Json(json!({ "items": items, "ok": ok })))
}

#[utoipa::path(get, path = "/api/v1/cases/{id}/duplicates", tag = "cases", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn duplicates_of(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
) -> Answer<Json<Value>> {
    let id = id_of(&state, &who, &id).await?;
    let view = case::look(&state.app, &who, id).await?;
    Ok(Json(json!({ "items": alike(&state, &who, &view.case).await? })))
}

/// A report about to be made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AtEntry {
    lng: f64,
    lat: f64,
    crs: Option<String>,
    class: Option<String>,
    #[serde(default)]
    text: String,
}

#[utoipa::path(get, path = "/api/v1/cases/duplicates", tag = "cases", params(AtEntry), responses((status = 200, body = Object)))]
pub(crate) async fn duplicates_at(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<AtEntry>,
) -> Answer<Json<Value>> {
    let point =
        point(Some(query.lng), Some(query.lat), query.crs.as_deref(), "?lng")?.expect("both are given");
    let class = query.class.map(ClassCode);
    let like = Likeness { id: None, point, class, text: query.text, at: state.app.clock.now() };
    let found = case::duplicates(&state.app, &who, &like).await?;
    Ok(Json(json!({ "items": found.into_iter().map(DuplicateWire::from).collect::<Vec<_>>() })))
}

async fn alike(state: &State, who: &Actor, case: &domain::case::Case) -> Answer<Vec<DuplicateWire>> {
    let Some(point) = case.reported().place.point else { return Ok(Vec::new()) };
    let (class, text) = (case.class().cloned(), case.reported().text.clone());
    let like = Likeness { id: Some(case.id), point, class, text, at: case.reported().at };
    Ok(case::duplicates(&state.app, who, &like).await?.into_iter().map(DuplicateWire::from).collect())
}

/// Id of a case named by its id or its number.
async fn id_of(state: &State, who: &Actor, text: &str) -> Answer<CaseId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = case::by_number(&state.app, who, text).await?;
    found.first().map(|row| row.id).ok_or_else(|| Problem::new(Code::NotFound))
}

async fn answer(state: &State, who: &Actor, done: case::Done, status: StatusCode) -> Answer<Response> {
    let replayed = done.replayed;
    let mut response = if case::may_see(&state.app.city(), who, &done.case) {
        whole(state, who, done.case.id, status).await?
    } else {
        // A resident without an account, or one who just handed the case on: what they may know is its number.
        let receipt =
            json!({ "id": done.case.id.0, "no": number(done.case.id), "version": done.case.version });
        (status, Json(receipt)).into_response()
    };
    if replayed {
        response.headers_mut().insert("idempotent-replay", HeaderValue::from_static("true"));
    }
    if status == StatusCode::CREATED
        && let Ok(location) = HeaderValue::from_str(&format!("/api/v1/cases/{}", done.case.id))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn whole(state: &State, who: &Actor, id: CaseId, status: StatusCode) -> Answer<Response> {
    let view = case::look(&state.app, who, id).await?;
    let wants_alike = !view.case.is_closed() && view.case.assigned().is_none();
    let alike = match (wants_alike, view.case.reported().place.point) {
        (true, Some(point)) => {
            let (class, text) = (view.case.class().cloned(), view.case.reported().text.clone());
            let like = Likeness { id: Some(id), point, class, text, at: view.case.reported().at };
            case::duplicates(&state.app, who, &like).await?
        }
        _ => Vec::new(),
    };
    let row = view::row_of(&view.case, state.app.clock.now());
    let wire = view::case(&state.app, &state.app.city(), &view, row, alike);
    let mut response = (status, Json(wire)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"v{}\"", view.case.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The key of a request, if it has one.
fn key(headers: &HeaderMap) -> Answer<Option<Uuid>> {
    let Some(text) = headers.get("idempotency-key") else { return Ok(None) };
    let read = text.to_str().ok().and_then(|text| text.trim_matches('"').parse().ok());
    let bad = || Problem::field("Idempotency-Key", "format", "a UUID (version 7) is taken here");
    read.map(Some).ok_or_else(bad)
}

/// The version the caller decided on, from `If-Match: "v17"`.
fn seen(headers: &HeaderMap) -> Answer<Option<u32>> {
    let Some(text) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let read =
        text.to_str().ok().and_then(|text| text.trim().trim_matches('"').strip_prefix('v')?.parse().ok());
    read.map(Some)
        .ok_or_else(|| Problem::field("If-Match", "format", "take the ETag of the case as it is: \"v17\""))
}
