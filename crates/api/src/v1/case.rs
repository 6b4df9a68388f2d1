//! One case: look at it, act on it, read its log.

use app::case::{self, Done, number};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::{Entry, Hash};
use domain::geo::Crs;
use domain::id::{ActId, CaseId, PersonId};
use domain::policy::Actor;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::{ActBody, ActSchema};
use super::crs::CrsQuery;
use super::duplicates::alike;
use super::report::evidence;
use super::state::State;
use super::view::{self, CaseWire};
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

pub(super) const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(act)).routes(routes!(log))
}

/// One case
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "Id or number"), CrsQuery), responses(
    (status = 200, description = "The whole case; `ETag` names its version", body = CaseWire),
    (status = 404, description = "No such case, or not yours to see"),
    (status = 422, description = "No such coordinate system")))]
async fn look(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<CrsQuery>,
) -> Answer<Response> {
    let system = query.system()?;
    let id = id_of(&state, &who, &id).await?;
    whole(&state, &who, id, StatusCode::OK, system).await
}

/// Act on a case
///
/// The key of the act is its own: the same key with the same act is answered as the first time.
#[utoipa::path(post, path = "/api/v1/cases/{id}/acts", tag = "cases", request_body = ActSchema,
    params(("id" = String, Path, description = "Id or number"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "Id of the act, UUIDv7"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on"),
        ("Prefer" = Option<String>, Header, description = "`return=minimal` answers with id, number and version alone")),
    responses((status = 200, description = "Done; the case after it", body = CaseWire),
        (status = 403, description = "You see the case, and the act is someone else's"),
        (status = 404, description = "No such case, or not yours to see"),
        (status = 409, description = "The law refuses (`refusal.legal` lists what is legal), or others are acting on it"),
        (status = 412, description = "The case moved meanwhile"),
        (status = 422, description = "Fields make no sense, or the key was used for another act")))]
async fn act(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer<Response> {
    let id = id_of(&state, &who, &id).await?;
    let body = ActBody::read(body)?;
    let evidence = evidence(&state, body.evidence()).await?;
    let command = body.command(evidence)?;
    let key = ActId(key(&headers)?.unwrap_or_else(Uuid::now_v7));
    let done = case::act(&state.app, &who, id, key, seen(&headers)?, &command).await?;
    answer(&state, &who, &headers, done, (StatusCode::OK, Crs::Wgs84)).await
}

/// An entry of a case's log.
#[derive(Serialize, ToSchema)]
struct EntryWire {
    /// The version that the act made.
    version: u32,
    /// Which act.
    act: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    by: Option<ByWire>,
    /// The act as the record keeps it, with every moment and reason that was settled then.
    #[schema(value_type = Object)]
    body: Value,
    /// SHA-256 over this entry and the hash before, hex.
    hash: String,
    /// Hash of the entry before; zeros for the first.
    prev: String,
    /// The hash is that of this entry.
    ok: bool,
}

/// Who acted.
#[derive(Serialize, ToSchema)]
struct ByWire {
    /// Name of the person; absent for residents and the platform itself.
    name: Option<String>,
    role: String,
    /// Id of the unit, if for one.
    unit: Option<u32>,
}

/// A case's log.
#[derive(Serialize, ToSchema)]
struct LogWire {
    /// Oldest first.
    items: Vec<EntryWire>,
    /// The chain holds and replaying it gives the stored case.
    ok: bool,
}

/// The log of a case
#[utoipa::path(get, path = "/api/v1/cases/{id}/log", tag = "cases",
    params(("id" = String, Path, description = "Id or number")), responses(
    (status = 200, description = "Every act, oldest first", body = LogWire),
    (status = 404, description = "No such case, or not yours to see")))]
async fn log(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<LogWire>> {
    let id = id_of(&state, &who, &id).await?;
    let view = case::look(&state.app, &who, id).await?;
    let people: Vec<PersonId> = view.log.iter().filter_map(|entry| entry.parsed().ok()?.0.person).collect();
    let names = state.app.people.names(people).await?;
    let mut prev = Hash::default();
    let mut items = Vec::with_capacity(view.log.len());
    for entry in &view.log {
        items.push(wire(entry, prev, &names));
        prev = entry.hash;
    }
    let ok = app::verify::verify_log(id.into(), &view.log).is_ok();
    Ok(Json(LogWire { items, ok }))
}

fn wire(entry: &Entry, prev: Hash, names: &HashMap<PersonId, String>) -> EntryWire {
    let by = entry.parsed().ok().map(|(by, _)| ByWire {
        name: by.person.and_then(|person| names.get(&person).cloned()),
        role: by.role.as_str().to_owned(),
        unit: by.unit.map(|unit| unit.0),
    });
    let mut body: Value = serde_json::from_str(&entry.act).unwrap_or_default();
    let act = body.as_object_mut().and_then(|fields| fields.remove("act"));
    EntryWire {
        version: entry.version,
        act: act.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        at: entry.at,
        by,
        body,
        hash: entry.hash.to_string(),
        prev: prev.to_string(),
        ok: entry.chained(prev) == entry.hash,
    }
}

/// Id of a case named by its id or its number.
pub(super) async fn id_of(state: &State, who: &Actor, text: &str) -> Answer<CaseId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = case::by_number(&state.app, who, text).await?;
    found.first().map(|row| row.id).ok_or_else(|| Problem::new(Code::NotFound))
}

/// What may be known of a case by whoever may no longer, or never, see it.
#[derive(Serialize)]
struct Receipt {
    id: Uuid,
    no: String,
    version: u32,
}

/// What is sent after a report or an act.
pub(super) async fn answer(
    state: &State,
    who: &Actor,
    headers: &HeaderMap,
    done: Done,
    (status, system): (StatusCode, Crs),
) -> Answer<Response> {
    let (id, version) = (done.case.id, done.case.version);
    let minimal = headers.get("prefer").is_some_and(|value| value == "return=minimal");
    let mut response = if !minimal && case::may_see(&state.app.city(), who, &done.case) {
        whole(state, who, id, status, system).await?
    } else {
        (status, Json(Receipt { id: id.0, no: number(id), version })).into_response()
    };
    let mut put = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().entry(name).or_insert(value);
        }
    };
    put(header::ETAG, &tag(version));
    if done.replayed {
        put(REPLAY, "true");
    }
    if version == 1 {
        put(header::LOCATION, &format!("/api/v1/cases/{id}"));
    }
    Ok(response)
}

async fn whole(state: &State, who: &Actor, id: CaseId, status: StatusCode, system: Crs) -> Answer<Response> {
    let view = case::look(&state.app, who, id).await?;
    let undecided = !view.case.is_closed() && view.case.assigned().is_none();
    let alike = if undecided { alike(state, who, &view.case).await? } else { Vec::new() };
    let mut wire = view::case(&state.app, &state.app.city(), &view, alike);
    wire.facts.place.give_in(system);
    wire.found = app::place::source_of_case(&state.app, who, id).await?.map(Into::into);
    let mut response = (status, Json(wire)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag(view.case.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn tag(version: u32) -> String {
    format!("\"v{version}\"")
}

/// The key of a request, if it has one.
pub(super) fn key(headers: &HeaderMap) -> Answer<Option<Uuid>> {
    let Some(text) = headers.get("idempotency-key") else { return Ok(None) };
    let read = text.to_str().ok().and_then(|text| text.trim_matches('"').parse().ok());
    let bad = || Problem::field("Idempotency-Key", "format", "a UUID (version 7) is taken here");
    read.map(Some).ok_or_else(bad)
}

/// The version the caller decided on, from `If-Match: "v17"`.
pub(super) fn seen(headers: &HeaderMap) -> Answer<Option<u32>> {
    let text = match headers.get(header::IF_MATCH) {
        None => return Ok(None),
        Some(any) if any == "*" => return Ok(None),
        Some(text) => text.to_str().ok(),
    };
    let read = text.and_then(|text| text.trim().trim_matches('"').strip_prefix('v')?.parse().ok());
    let bad = || Problem::field("If-Match", "format", "take the ETag as it is: \"v17\"");
    read.map(Some).ok_or_else(bad)
}
