//! Visits: the days ahead, opening one with all that must be known at the door, and what comes of it in one call.

use app::visit::{self, Command, Done, NewReferral, RoundAsked};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::geo::LngLat;
use domain::id::{ReferralId, UnitId, VisitId};
use domain::referral::Service;
use domain::visit::{Found, State as Standing};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::visit::VisitRow;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::{Moment, word};
use super::acts_of::{acts_of, read};
use super::care::{id_of, key_of, unkept};
use super::care_wire::{CareEntryWire, PointWire, SeenWire};
use super::case::seen;
use super::edited::day;
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Private, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(round))
        .routes(routes!(searches))
        .routes(routes!(open))
        .routes(routes!(act))
}

/// A visit, as far as it tells of nobody.
#[derive(Serialize, ToSchema)]
pub(super) struct VisitWire {
    id: Uuid,
    /// Acts so far: what the next may be decided on, `If-Match: "v3"`.
    version: u32,
    /// The entry.
    entry: Uuid,
    grid: u32,
    /// planned, searching, done, refused, found or dropped.
    state: String,
    #[schema(value_type = String, format = Date)]
    due: Date,
    /// Why it is due then, the decisive reason first.
    because: Vec<String>,
    urgent: bool,
    /// Of a search: again, neighbour, kin, desk or welfare_check.
    rung: Option<String>,
    /// When the rung runs out.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How they were found: well, in_need, away, moved or died.
    found: Option<String>,
}

impl VisitWire {
    pub(super) fn of(row: &VisitRow) -> VisitWire {
        let (rung, until) = match row.visit.state {
            Standing::Searching { rung, until, .. } => (Some(rung.as_str().to_owned()), Some(until)),
            _ => (None, None),
        };
        let found = match row.visit.state {
            Standing::Found(found) => Some(found.as_str().to_owned()),
            _ => None,
        };
        VisitWire {
            id: row.id.0,
            version: row.version,
            entry: row.care.0,
            grid: row.grid().0,
            state: row.visit.state.as_str().to_owned(),
            due: row.visit.due,
            because: row.because.iter().map(|why| why.as_str().to_owned()).collect(),
            urgent: row.urgent,
            rung,
            until,
            found,
        }
    }
}

/// A visit with its entry.
#[derive(Serialize, ToSchema)]
struct VisitViewWire {
    visit: VisitWire,
    entry: CareEntryWire,
}

/// Open a visit
///
/// With its entry: all one must know at the door, in one call. A reading on record. The desk opens one when the search
/// has come to it.
#[utoipa::path(get, path = "/api/v1/visits/{id}", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the visit")), responses(
    (status = 200, description = "The visit; `ETag` is its version", body = VisitViewWire),
    (status = 404, description = "No such visit, or not the caller's"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json")))]
async fn open(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let view = visit::look(&state.app, &who, VisitId(id_of(&id)?)).await?;
    let wire = VisitViewWire { visit: VisitWire::of(&view.visit), entry: CareEntryWire::of(&view.entry) };
    Ok(tagged(view.visit.version, unkept(Json(wire).into_response())))
}

/// The version as a tag.
pub(super) fn tagged(version: u32, mut response: Response) -> Response {
    let tag = HeaderValue::from_str(&format!("\"v{version}\"")).expect("a number in quotes");
    response.headers_mut().insert(header::ETAG, tag);
    response
}

/// A need that becomes a referral.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NeedIn {
    /// Made by the caller (UUIDv7).
    pub id: Uuid,
    /// doctor, social_worker, relief or repair.
    pub service: String,
    /// Id of the unit; the one that last took on such a need in the township, when it is absent.
    pub unit: Option<u32>,
    /// What is passed on.
    pub words: String,
    /// The person knows and agreed.
    #[serde(default)]
    pub agreed: bool,
    /// The appointment, where it was made by phone already.
    pub at: Option<Moment>,
}

impl NeedIn {
    pub(super) fn read(self, path: &str) -> Answer<NewReferral> {
        Ok(NewReferral {
            id: ReferralId(self.id),
            service: word(&format!("{path}/service"), &self.service, Service::ALL, Service::as_str)?,
            unit: self.unit.map(UnitId),
            words: self.words,
            agreed: self.agreed,
            at: self.at.map(|it| it.0),
        })
    }
}

acts_of! {
    /// What is done about a visit.
    VisitBody, VisitSchema as VisitAct, NAMES {
        /// Made: what was seen, in their words what was said, needs that become referrals. The next visit is planned.
        Done "done" { #[serde(default)] observations: SeenWire, #[serde(default)] words: String,
            #[serde(default)] minutes: u16, #[serde(default)] referrals: Vec<NeedIn> }
        /// Nobody was reached: the ladder begins.
        NotReached "not_reached" {}
        /// This rung was in vain: the next.
        Climb "climb" {}
        /// They wanted no visit.
        Refuse "refuse" { #[serde(default)] words: String }
        /// Found: `found` is well, in_need, away, moved or died.
        Find "find" { found: String, #[serde(default)] words: String }
        /// Due on another day.
        Replan "replan" { due: String }
    }
}

/// How things stand after an act.
#[derive(Serialize, ToSchema)]
struct VisitDoneWire {
    visit: VisitWire,
    /// The visit that was planned next.
    next: Option<NextVisitWire>,
    /// Referrals that came of it.
    referrals: Vec<Uuid>,
}

/// A visit that was planned.
#[derive(Serialize, ToSchema)]
struct NextVisitWire {
    id: Uuid,
    #[schema(value_type = String, format = Date)]
    due: Date,
    /// Why it is due then, the decisive reason first.
    because: Vec<String>,
}

/// Make a visit, or say what else became of it
#[utoipa::path(post, path = "/api/v1/visits/{id}/acts", tag = "care", request_body = VisitSchema,
    params(("id" = Uuid, Path, description = "Id of the visit"),
        ("Idempotency-Key" = Uuid, Header, description = "The same key does it once, however often it is sent"),
        ("If-Match" = Option<String>, Header, description = "The version it was decided on")), responses(
    (status = 200, description = "Done; or done before by the same request", body = VisitDoneWire),
    (status = 404, description = "No such visit, or not the caller's"),
    (status = 409, description = "The law says no; the entry may have ended", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the key was used for another act", body = Problem, content_type = "application/problem+json")))]
async fn act(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Private(body): Private<Value>,
) -> Answer<Response> {
    let command = match read::<VisitBody>(body, NAMES)? {
        VisitBody::Done { observations, words, minutes, referrals } => Command::Done {
            observations: observations.read()?,
            words,
            minutes,
            referrals: referrals
                .into_iter()
                .enumerate()
                .map(|(at, it)| it.read(&format!("/referrals/{at}")))
                .collect::<Answer<_>>()?,
        },
        VisitBody::NotReached {} => Command::NotReached,
        VisitBody::Climb {} => Command::Climb,
        VisitBody::Refuse { words } => Command::Refuse { words },
        VisitBody::Find { found, words } => {
            Command::Find { found: word("/found", &found, Found::ALL, Found::as_str)?, words }
        }
        VisitBody::Replan { due } => Command::Replan { due: day("/due", &due)? },
    };
    let (id, key) = (VisitId(id_of(&id)?), key_of(&headers)?);
    let done: Done = visit::act(&state.app, &who, id, key, seen(&headers)?, &command).await?;
    let wire = VisitDoneWire {
        visit: VisitWire::of(&done.visit),
        next: done.next.map(|(id, due, because)| NextVisitWire {
            id: id.0,
            due,
            because: because.iter().map(|why| why.as_str().to_owned()).collect(),
        }),
        referrals: done.referrals.iter().map(|it| it.0).collect(),
    };
    Ok(tagged(done.visit.version, unkept(Json(wire).into_response())))
}

/// Which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RoundQuery {
    /// Days ahead, today included: 1 to 14; 5 when absent.
    days: Option<u8>,
    /// Most visits of a day: 1 to 20; 8 when absent.
    at_most: Option<u8>,
    /// Where one sets out, degrees east (WGS-84); with `lat`.
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
}

/// A worker's days.
#[derive(Serialize, ToSchema)]
struct RoundWire {
    days: Vec<RoundDayWire>,
    /// Visits due in these days for which there is no room.
    left: usize,
}

/// One day.
#[derive(Serialize, ToSchema)]
struct RoundDayWire {
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// Metres as the crow flies.
    metres: u32,
    /// In walking order.
    stops: Vec<StopWire>,
}

/// One visit of a day: who and where, never why they are in care.
#[derive(Serialize, ToSchema)]
struct StopWire {
    visit: Uuid,
    entry: Uuid,
    name: String,
    address: String,
    grid: u32,
    #[schema(value_type = String, format = Date)]
    due: Date,
    late: bool,
    urgent: bool,
    /// Why it is due then: agreed, poor, worse, calmer, refused, follow_up, weather, holiday, look_again.
    because: Vec<String>,
}

/// The days ahead
///
/// Which visits on which day, at most so many a day, in walking order. Each name is on record, once a day.
#[utoipa::path(get, path = "/api/v1/visits/round", tag = "care", params(RoundQuery), responses(
    (status = 200, description = "The days", body = RoundWire),
    (status = 403, description = "Not a worker", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn round(Shared(state): Shared<State>, who: Who, Query(query): Query<RoundQuery>) -> Answer<Response> {
    let start: Option<LngLat> = match (query.lng, query.lat) {
        (Some(lng), Some(lat)) => Some(PointWire { lng, lat }.read("?lng")?),
        (None, None) => None,
        _ => return Err(Problem::field("?lng", "missing", "a start is two numbers: lng and lat")),
    };
    let asked = RoundAsked { days: query.days.unwrap_or(5), at_most: query.at_most.unwrap_or(8), start };
    let (days, left) = visit::round(&state.app, &who, asked).await?;
    let stop = |it: visit::RoundStop| StopWire {
        visit: it.visit.0,
        entry: it.entry.0,
        name: it.name,
        address: it.address,
        grid: it.grid.0,
        due: it.due,
        late: it.late,
        urgent: it.urgent,
        because: it.because.iter().map(|why| why.as_str().to_owned()).collect(),
    };
    let days = days.into_iter().map(|it| RoundDayWire {
        day: it.day,
        metres: it.metres.round() as u32,
        stops: it.stops.into_iter().map(stop).collect(),
    });
    Ok(unkept(Json(RoundWire { days: days.collect(), left }).into_response()))
}

/// Searches that are the desk's.
#[derive(Serialize, ToSchema)]
struct SearchesWire {
    /// The most pressing first.
    items: Vec<SearchWire>,
}

/// Someone who is being looked for; the name opens with the visit.
#[derive(Serialize, ToSchema)]
struct SearchWire {
    visit: Uuid,
    grid: u32,
    /// desk or welfare_check.
    rung: String,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// Searches that have come to the desk
#[utoipa::path(get, path = "/api/v1/visits/searches", tag = "care", responses(
    (status = 200, description = "In the caller's area", body = SearchesWire),
    (status = 403, description = "Not a desk", body = Problem, content_type = "application/problem+json")))]
async fn searches(Shared(state): Shared<State>, who: Who) -> Answer<Json<SearchesWire>> {
    let found = visit::searches(&state.app, &who).await?;
    let item = |it: visit::Search| SearchWire {
        visit: it.visit.0,
        grid: it.grid.0,
        rung: it.rung.as_str().to_owned(),
        until: it.until,
    };
    Ok(Json(SearchesWire { items: found.into_iter().map(item).collect() }))
}
