//! One place or thing: added under the client's id, looked at whole, changed by acts.

use app::place::{self, Done, PlaceCommand, PlaceIn, PlaceView, kinds};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::geo::Crs;
use domain::id::{ActId, AreaId, PlaceId, UnitId};
use domain::place::{Sort, State as PlaceState};
use domain::policy::PlaceAct;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::inspections::InspectionWire;
use super::wire::{PlaceFactWire, PlaceRowWire, facts, unit_name};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::case::{REPLAY, key, seen};
use crate::v1::crs::CrsQuery;
use crate::v1::report::point;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(look, add))
        .routes(routes!(look_at_thing, add_thing))
        .routes(routes!(act))
        .routes(routes!(act_on_thing))
}

/// What is told of a place or thing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    /// Code of its kind, see `/api/v1/place-kinds`.
    kind: String,
    /// Its own number, unique among places or among things.
    #[serde(default)]
    number: String,
    /// 1 to 100 characters.
    name: String,
    #[serde(default)]
    name_en: String,
    /// In words, up to 200 characters.
    #[serde(default)]
    address: String,
    /// Degrees east.
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// Id of its grid, or of another area, where there is no point.
    area: Option<u32>,
    /// Id of the unit that owns it.
    owner: Option<u32>,
    /// intact when absent; changed by the act `set_state`.
    state: Option<String>,
    /// What is known of it, by the fields of its kind.
    #[serde(default)]
    #[schema(value_type = Object)]
    facts: BTreeMap<String, Value>,
}

impl PlaceBody {
    fn read(self, sort: Sort, under: &str) -> Answer<PlaceIn> {
        let at = |field: &str| format!("{under}/{field}");
        Ok(PlaceIn {
            sort,
            point: point(
                self.lng,
                self.lat,
                self.crs.as_deref(),
                [&at("lng"), &at("lat"), &at("crs")].map(String::as_str),
            )?,
            state: self.state.as_deref().map(|text| state_of(text, &at("state"))).transpose()?,
            kind: self.kind,
            number: self.number,
            name: self.name,
            name_en: self.name_en,
            address: self.address,
            area: self.area.map(AreaId),
            owner: self.owner.map(UnitId),
            facts: self.facts,
        })
    }
}

fn state_of(text: &str, path: &str) -> Answer<PlaceState> {
    let unknown = || Problem::field(path, "unknown", "intact, damaged, missing, retired or removed");
    PlaceState::parse(text).ok_or_else(unknown)
}

/// An act on a place: `change` says all that is told anew, `move` where it is, `set_state` how it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
enum PlaceActBody {
    /// Says anew all that is told.
    Change {
        /// All of it.
        place: PlaceBody,
    },
    /// Says where it is.
    Move {
        /// Degrees east.
        lng: Option<f64>,
        /// Degrees north.
        lat: Option<f64>,
        /// wgs84 (when absent), gcj02 or bd09.
        crs: Option<String>,
        /// Id of an area, where there is no point.
        area: Option<u32>,
        /// In words; as it was when absent.
        address: Option<String>,
    },
    /// Says how it is.
    SetState {
        /// intact, damaged, missing, retired or removed.
        state: String,
        /// Why; needed when it is retired or removed.
        #[serde(default)]
        note: String,
    },
}

impl PlaceActBody {
    fn read(self, sort: Sort) -> Answer<PlaceCommand> {
        Ok(match self {
            PlaceActBody::Change { place } => {
                PlaceCommand::Change { place: Box::new(place.read(sort, "/place")?) }
            }
            PlaceActBody::Move { lng, lat, crs, area, address } => PlaceCommand::Move {
                point: point(lng, lat, crs.as_deref(), ["/lng", "/lat", "/crs"])?,
                area: area.map(AreaId),
                address,
            },
            PlaceActBody::SetState { state, note } => {
                PlaceCommand::SetState { state: state_of(&state, "/state")?, note }
            }
        })
    }
}

/// A place or thing whole.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceWholeWire {
    #[serde(flatten)]
    row: PlaceRowWire,
    owner_zh: Option<String>,
    owner_en: Option<String>,
    /// What is known of it, by the fields of its kind.
    facts: Vec<PlaceFactWire>,
    /// The form it is inspected with, and how often.
    plan: Option<PlacePlanWire>,
    /// The last twenty, the newest first.
    inspections: Vec<InspectionWire>,
    /// Everything that was done to it, oldest first.
    acts: Vec<PlaceActWire>,
    /// What is the caller's to do: change_place, inspect.
    may: Vec<&'static str>,
}

/// How it is inspected.
#[derive(Debug, Serialize, ToSchema)]
struct PlacePlanWire {
    /// Code of the form.
    form: String,
    /// Days between inspections; absent for no plan.
    every_days: Option<u16>,
    /// Days after one with something failing.
    after_failing_days: Option<u16>,
}

/// Something that was done to a place.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceActWire {
    /// The version that it made.
    version: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who; absent for the platform itself.
    name: Option<String>,
    role: String,
    /// add, change, set_state, inspect or follow.
    act: String,
    /// As the record keeps it.
    #[schema(value_type = Object)]
    body: Value,
}

/// What an act came to.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceDoneWire {
    #[serde(flatten)]
    row: PlaceRowWire,
    facts: Vec<PlaceFactWire>,
}

/// Add a place
///
/// Under an id (UUIDv7) that the caller makes: sent again, it is answered as the first time.
#[utoipa::path(put, path = "/api/v1/places/{id}", tag = "places", request_body = PlaceBody,
    params(("id" = Uuid, Path, description = "Made by the caller")), responses(
    (status = 201, description = "Added; `ETag` names its version", body = PlaceDoneWire),
    (status = 200, description = "The same again (`Idempotent-Replay: true`)", body = PlaceDoneWire),
    (status = 403, description = "Not the caller's to change"), (status = 404, description = "Not the caller's"),
    (status = 422, description = "Fields make no sense, or the id was used for something else")))]
async fn add(state: Shared<State>, who: Who, id: Named, body: Json<PlaceBody>) -> Answer<Response> {
    added(state, who, id, body, Sort::Place).await
}

/// Add a thing
///
/// As a place is added.
#[utoipa::path(put, path = "/api/v1/things/{id}", tag = "places", request_body = PlaceBody,
    params(("id" = Uuid, Path, description = "Made by the caller")), responses(
    (status = 201, description = "Added; `ETag` names its version", body = PlaceDoneWire),
    (status = 200, description = "The same again (`Idempotent-Replay: true`)", body = PlaceDoneWire),
    (status = 403, description = "Not the caller's to change"), (status = 404, description = "Not the caller's"),
    (status = 422, description = "Fields make no sense, or the id was used for something else")))]
async fn add_thing(state: Shared<State>, who: Who, id: Named, body: Json<PlaceBody>) -> Answer<Response> {
    added(state, who, id, body, Sort::Thing).await
}

async fn added(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(body): Json<PlaceBody>,
    sort: Sort,
) -> Answer<Response> {
    let id = id_of(&id)?;
    let done = place::add(&state.app, &who, id, &body.read(sort, "")?).await?;
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    answer(&state, &done, status).await
}

/// Act on a place
///
/// The key of the act is its own: the same key with the same act is answered as the first time.
#[utoipa::path(post, path = "/api/v1/places/{id}/acts", tag = "places", request_body = PlaceActBody,
    params(("id" = Uuid, Path, description = "Id"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "Id of the act, UUIDv7"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Done; the place after it", body = PlaceDoneWire),
    (status = 403, description = "Not the caller's to change"), (status = 404, description = "No such place"),
    (status = 409, description = "Not possible as it stands; the words say what to do"),
    (status = 412, description = "It was changed meanwhile"),
    (status = 422, description = "Fields make no sense, or the key was used for another act")))]
async fn act(
    state: Shared<State>,
    who: Who,
    id: Named,
    headers: HeaderMap,
    body: Json<PlaceActBody>,
) -> Answer<Response> {
    acted(state, who, id, headers, body, Sort::Place).await
}

/// Act on a thing
#[utoipa::path(post, path = "/api/v1/things/{id}/acts", tag = "places", request_body = PlaceActBody,
    params(("id" = Uuid, Path, description = "Id"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "Id of the act, UUIDv7"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Done; the thing after it", body = PlaceDoneWire),
    (status = 403, description = "Not the caller's to change"), (status = 404, description = "No such thing"),
    (status = 409, description = "Not possible as it stands; the words say what to do"),
    (status = 412, description = "It was changed meanwhile"),
    (status = 422, description = "Fields make no sense, or the key was used for another act")))]
async fn act_on_thing(
    state: Shared<State>,
    who: Who,
    id: Named,
    headers: HeaderMap,
    body: Json<PlaceActBody>,
) -> Answer<Response> {
    acted(state, who, id, headers, body, Sort::Thing).await
}

async fn acted(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(body): Json<PlaceActBody>,
    sort: Sort,
) -> Answer<Response> {
    let id = id_of(&id)?;
    let act = ActId(key(&headers)?.unwrap_or_else(Uuid::now_v7));
    let done = place::act(&state.app, &who, id, act, seen(&headers)?, &body.read(sort)?).await?;
    answer(&state, &done, StatusCode::OK).await
}

/// One place
#[utoipa::path(get, path = "/api/v1/places/{id}", tag = "places",
    params(("id" = Uuid, Path, description = "Id"), CrsQuery), responses(
    (status = 200, description = "With its inspections and acts; `ETag` names its version", body = PlaceWholeWire),
    (status = 404, description = "No such place, or not the caller's to see"),
    (status = 422, description = "No such coordinate system")))]
async fn look(state: Shared<State>, who: Who, id: Named, query: Query<CrsQuery>) -> Answer<Response> {
    looked(state, who, id, query).await
}

/// One thing
#[utoipa::path(get, path = "/api/v1/things/{id}", tag = "places",
    params(("id" = Uuid, Path, description = "Id"), CrsQuery), responses(
    (status = 200, description = "With its inspections and acts; `ETag` names its version", body = PlaceWholeWire),
    (status = 404, description = "No such thing, or not the caller's to see"),
    (status = 422, description = "No such coordinate system")))]
async fn look_at_thing(
    state: Shared<State>,
    who: Who,
    id: Named,
    query: Query<CrsQuery>,
) -> Answer<Response> {
    looked(state, who, id, query).await
}

async fn looked(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<CrsQuery>,
) -> Answer<Response> {
    let system = query.system()?;
    let view = place::look(&state.app, &who, id_of(&id)?).await?;
    let version = view.place.version;
    Ok(tagged(StatusCode::OK, version, &whole(&state, &view, system)))
}

fn whole(state: &State, view: &PlaceView, crs: Crs) -> PlaceWholeWire {
    let city = state.app.city();
    let kinds = &view.kinds.body;
    let told = &view.place.told;
    let kind = kinds.get(told.sort, &told.kind).filter(|it| !it.form.is_empty());
    let owner = unit_name(&city, told.owner.map(|it| it.0));
    let (owner_zh, owner_en) = owner.unzip();
    let acts = view.acts.iter().map(|it| {
        let mut body = serde_json::to_value(&it.act).expect("acts are plain data");
        let act = body.as_object_mut().and_then(|fields| fields.remove("act"));
        PlaceActWire {
            version: it.version,
            at: it.at,
            name: it.by.person.and_then(|person| view.names.get(&person).cloned()),
            role: it.by.role.as_str().to_owned(),
            act: act.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
            body,
        }
    });
    PlaceWholeWire {
        row: PlaceRowWire::of(&view.place, view.due, kinds, crs),
        owner_zh,
        owner_en,
        facts: facts(&view.place, kinds),
        plan: kind.map(|it| PlacePlanWire {
            form: it.form.clone(),
            every_days: it.every_days,
            after_failing_days: it.after_failing_days.or(it.every_days),
        }),
        acts: acts.collect(),
        inspections: view.inspections.iter().map(|it| InspectionWire::of(it, &view.names)).collect(),
        may: view.may.iter().map(|it: &PlaceAct| it.as_str()).collect(),
    }
}

async fn answer(state: &State, done: &Done, status: StatusCode) -> Answer<Response> {
    let kinds = kinds::kinds(&state.app).await?.body;
    let place = &done.place;
    let kind = kinds.get(place.told.sort, &place.told.kind);
    let due = kind.and_then(|kind| domain::place::due_day(kind, place));
    let row = PlaceRowWire::of(place, due, &kinds, Crs::Wgs84);
    let mut response = tagged(status, place.version, &PlaceDoneWire { row, facts: facts(place, &kinds) });
    if done.replayed {
        response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    } else if status == StatusCode::CREATED {
        let at = format!("/api/v1/{}s/{}", place.told.sort.as_str(), place.id);
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&at).expect("an id is plain"));
    }
    Ok(response)
}

fn tagged(status: StatusCode, version: u32, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    let tag = HeaderValue::from_str(&format!("\"v{version}\"")).expect("a number in quotes");
    response.headers_mut().insert(header::ETAG, tag);
    response
}

/// What is no UUID is the id of nothing.
pub(super) fn id_of(text: &str) -> Answer<PlaceId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
