//! Phones: made known by themselves, given the key of what they keep, cut off when they are lost.

use app::sync::device;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use domain::id::{DeviceId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::sync::Device;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::sessions::WhoseQuery;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(register, cut)).routes(routes!(unlock))
}

/// What a phone says of itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeviceIn {
    /// What its person calls it, in 1 to 60 characters.
    name: String,
}

/// A phone.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceWire {
    /// Made by itself.
    id: Uuid,
    /// What its person calls it.
    name: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// When it last sent something.
    #[schema(value_type = Option<String>, format = DateTime)]
    heard_at: Option<Timestamp>,
    /// Since when it is cut off.
    #[schema(value_type = Option<String>, format = DateTime)]
    cut_at: Option<Timestamp>,
    /// Seconds by which its clock was behind ours when it last sent something; negative when it was ahead.
    clock_behind_s: Option<i64>,
    /// Its acts up to this number are settled.
    settled: u64,
}

impl From<Device> for DeviceWire {
    fn from(it: Device) -> DeviceWire {
        DeviceWire {
            id: it.id.0,
            name: it.name,
            since: it.made,
            heard_at: it.used,
            cut_at: it.cut,
            clock_behind_s: it.skew_ms.map(|ms| ms / 1_000),
            settled: it.settled,
        }
    }
}

/// Phones.
#[derive(Debug, Serialize, ToSchema)]
struct DevicesWire {
    /// Oldest first.
    items: Vec<DeviceWire>,
}

/// The key of what a phone keeps.
#[derive(Serialize, ToSchema)]
struct StoreKeyWire {
    /// 32 bytes, base64 for URLs. To be held in memory and written nowhere.
    key: String,
}

/// List phones
///
/// One's own; of someone under the caller's care with `person`.
#[utoipa::path(get, path = "/api/v1/devices", tag = "sync",
    params(("person" = Option<Uuid>, Query, description = "Someone under the caller's care; oneself when absent")), responses(
    (status = 200, description = "Those that are cut off, too", body = DevicesWire),
    (status = 404, description = "No such person, or not one of the caller's")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<WhoseQuery>,
) -> Answer<Json<DevicesWire>> {
    let all = device::list(&state.app, &who.0, query.person.map(PersonId)).await?;
    Ok(Json(DevicesWire { items: all.into_iter().map(DeviceWire::from).collect() }))
}

/// Make a phone known
///
/// Under an id that it makes for itself and keeps. Again calls it something else.
#[utoipa::path(put, path = "/api/v1/devices/{id}", tag = "sync", request_body = DeviceIn,
    params(("id" = Uuid, Path, description = "Made by the phone, UUIDv7")), responses(
    (status = 201, description = "Known from now on", body = DeviceWire),
    (status = 200, description = "Known before", body = DeviceWire),
    (status = 404, description = "Somebody else's, or cut off"),
    (status = 409, description = "Too many phones, or this node has no keys for what is personal", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The name makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn register(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(body): Json<DeviceIn>,
) -> Answer<(StatusCode, Json<DeviceWire>)> {
    let (device, is_new) = device::register(&state.app, &who.0, id_of(&id)?, &body.name).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(device.into())))
}

/// Unlock what a phone keeps
///
/// Gives the key, as long as the phone is not cut off: without it nobody reads what lies there.
#[utoipa::path(post, path = "/api/v1/devices/{id}/unlock", tag = "sync",
    params(("id" = Uuid, Path, description = "Id of the phone")), responses(
    (status = 200, description = "The key", body = StoreKeyWire),
    (status = 404, description = "Not the caller's, or cut off: what it kept can no longer be read")))]
async fn unlock(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<StoreKeyWire>> {
    let key = device::store_key(&state.app, &who.0, id_of(&id)?).await?;
    Ok(Json(StoreKeyWire { key }))
}

/// Cut a phone off
///
/// One's own, or of someone under the caller's care: its sign-in is over, its key is gone, and nothing that it sends is taken
/// any more. It cannot be taken back.
#[utoipa::path(delete, path = "/api/v1/devices/{id}", tag = "sync",
    params(("id" = Uuid, Path, description = "Id of the phone")), responses(
    (status = 204, description = "Cut off"),
    (status = 404, description = "No such phone, or not one of the caller's")))]
async fn cut(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    device::cut(&state.app, &who.0, id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn id_of(text: &str) -> Answer<DeviceId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
