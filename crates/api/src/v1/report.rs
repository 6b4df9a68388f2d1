//! A new case: what a report says, and what of it cannot be. Acts on a case that exists are in `case`.

use app::case::{self, ReportCommand};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::case::{Channel, Evidence};
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId, ClassCode};
use domain::policy::Role;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::word;
use super::case::{answer, key};
use super::crs::{CrsQuery, crs as system_of};
use super::state::State;
use super::view::CaseWire;
use super::who::Who;
use super::wire::EvidenceIn;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(report))
}

/// A report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Report {
    /// Id of the case (UUIDv7), made by the caller; the header `Idempotency-Key` says the same.
    id: Option<Uuid>,
    /// What was found, in 1 to 2,000 characters.
    text: String,
    /// Code of the class, if the reporter knows it.
    class: Option<String>,
    /// Where.
    #[serde(default)]
    place: ReportPlace,
    /// worker, resident, hotline, camera, partner or desk; what suits the caller when absent.
    channel: Option<String>,
    /// Pictures and papers.
    #[serde(default)]
    evidence: Vec<EvidenceIn>,
    /// By the reporter's own clock, when it comes later than it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    happened_at: Option<Timestamp>,
    /// Hidden from all who do not work on it.
    #[serde(default)]
    private: bool,
    /// Number in the system it came from.
    outside_no: Option<String>,
}

/// Where a report is: a point, an area, or words.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportPlace {
    /// Degrees east.
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// In words, up to 200 characters.
    #[serde(default)]
    words: String,
    /// Id of an area, when there is no point.
    area: Option<u32>,
}

/// Report a case
///
/// The same key with the same report is answered as the first time, for ever. A key that is a UUIDv7 is the id of the
/// case too, so that a phone without a network knows it and its number; with any other UUID the case gets an id of its own.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = Report,
    params(CrsQuery, ("Idempotency-Key" = Option<Uuid>, Header, description = "Key of the report; a UUIDv7 is the id of the case too"),
        ("Prefer" = Option<String>, Header, description = "`return=minimal` answers with id, number and version alone")),
    responses((status = 201, description = "Received; `Location` and `ETag` are set", body = CaseWire),
        (status = 200, description = "The same report again (`Idempotent-Replay: true`)", body = CaseWire),
        (status = 422, description = "Fields make no sense, or the key was used for another report")))]
async fn report(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<CrsQuery>,
    headers: HeaderMap,
    Json(body): Json<Report>,
) -> Answer<Response> {
    let (key, system) = (key(&headers)?, query.system()?);
    if key.is_some() && body.id.is_some() && key != body.id {
        return Err(Problem::field("/id", "conflict", "the header Idempotency-Key names another id"));
    }
    let id = CaseId(key.or(body.id).unwrap_or_else(Uuid::now_v7));
    let command = read(&state, who.role, body).await?;
    let done = case::report(&state.app, &who, id, &command).await?;
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    answer(&state, &who, &headers, done, (status, system)).await
}

async fn read(state: &State, role: Role, body: Report) -> Answer<ReportCommand> {
    let channel = match (&body.channel, role) {
        (Some(text), _) => word("/channel", text, Channel::ALL, Channel::as_str)?,
        (None, Role::Worker) => Channel::Worker,
        (None, Role::Desk | Role::Leader | Role::Handler) => Channel::Desk,
        (None, _) => Channel::Resident,
    };
    Ok(ReportCommand {
        evidence: evidence(state, &body.evidence).await?,
        text: body.text,
        class: body.class.map(ClassCode),
        point: point(
            body.place.lng,
            body.place.lat,
            body.place.crs.as_deref(),
            ["/place/lng", "/place/lat", "/place/crs"],
        )?,
        words: body.place.words,
        area: body.place.area.map(AreaId),
        channel,
        happened_at: body.happened_at,
        private: body.private,
        outside_no: body.outside_no,
    })
}

/// A point from the wire, in WGS-84; `names` are those of longitude, latitude and reference system.
pub(super) fn point(
    lng: Option<f64>,
    lat: Option<f64>,
    crs: Option<&str>,
    names: [&str; 3],
) -> Answer<Option<LngLat>> {
    let (lng, lat) = match (lng, lat) {
        (None, None) => return Ok(None),
        (Some(lng), Some(lat)) => (lng, lat),
        (None, _) => return Err(Problem::field(names[0], "missing", "lng and lat come together")),
        (_, None) => return Err(Problem::field(names[1], "missing", "lng and lat come together")),
    };
    if !(-180.0..=180.0).contains(&lng) {
        return Err(Problem::field(names[0], "range", "degrees east are -180 to 180"));
    }
    if !(-90.0..=90.0).contains(&lat) {
        return Err(Problem::field(
            names[1],
            "range",
            "degrees north are -90 to 90; are lng and lat swapped?",
        ));
    }
    let crs = system_of(crs, names[2])?;
    Ok(Some(crs.to_wgs84(LngLat { lng, lat })))
}

/// What a caller names as evidence, with the hashes of what is stored.
pub(super) async fn evidence(state: &State, named: &[EvidenceIn]) -> Answer<Vec<Evidence>> {
    let mut found = Vec::with_capacity(named.len());
    for (nth, one) in named.iter().enumerate() {
        let unknown =
            |field: &str, says: &str| Problem::field(format!("/evidence/{nth}/{field}"), "unknown", says);
        let (attachment, kind) =
            one.read().ok_or_else(|| unknown("kind", "before, during, after or document is taken here"))?;
        let sha256 = state.app.sha256_of(attachment).await?;
        let sha256 = sha256.ok_or_else(|| unknown("attachment", "add it at /api/v1/attachments first"))?;
        found.push(Evidence { attachment, sha256, kind });
    }
    Ok(found)
}
