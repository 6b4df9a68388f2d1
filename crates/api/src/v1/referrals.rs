//! Referrals: handing a need on, the unit's answer, the appointment and its result.

use app::referral::{self, Asked, Command, Referring};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::id::{CareId, PersonId, ReferralId, UnitId, VisitId};
use domain::referral::{Result as Outcome, State as Standing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::referral::ReferralRow;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::{Moment, word};
use super::acts_of::{acts_of, read};
use super::care::{id_of, key_of, unkept};
use super::care_wire::{BeadWire, PressureWire};
use super::case::seen;
use super::edited::limit;
use super::state::State;
use super::visits::{NeedIn, tagged};
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Private, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(refer, open)).routes(routes!(act))
}

/// A referral, as far as it tells of nobody.
#[derive(Serialize, ToSchema)]
struct ReferralWire {
    id: Uuid,
    /// Acts so far: what the next may be decided on, `If-Match: "v3"`.
    version: u32,
    entry: Uuid,
    visit: Option<Uuid>,
    grid: u32,
    /// doctor, social_worker, relief or repair.
    service: String,
    /// open, accepted, returned, concluded, withdrawn or dropped.
    state: String,
    /// The responsible unit.
    unit: u32,
    /// Who of it.
    person: Option<Uuid>,
    /// Who referred.
    from: Option<Uuid>,
    /// By when the unit should answer.
    #[schema(value_type = String, format = DateTime)]
    answer_by: Timestamp,
    /// The appointment.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// helped, continuing, not_needed, not_met or declined.
    result: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

impl ReferralWire {
    fn of(row: &ReferralRow) -> ReferralWire {
        let result = match row.referral.state {
            Standing::Concluded(result) => Some(result.as_str().to_owned()),
            _ => None,
        };
        ReferralWire {
            id: row.id.0,
            version: row.version,
            entry: row.care.0,
            visit: row.visit.map(|it| it.0),
            grid: row.grid().0,
            service: row.service.as_str().to_owned(),
            state: row.referral.state.as_str().to_owned(),
            unit: row.referral.unit.0,
            person: row.referral.person.map(|it| it.0),
            from: row.from.map(|it| it.0),
            answer_by: row.answer_by,
            at: row.at,
            result,
            made_at: row.made,
        }
    }
}

/// A referral opened.
#[derive(Serialize, ToSchema)]
struct ReferralViewWire {
    referral: ReferralWire,
    /// What was passed on.
    passed: PassedOnWire,
    /// The oldest first.
    thread: Vec<BeadWire>,
}

/// What was passed on, as the person agreed.
#[derive(Serialize, ToSchema)]
struct PassedOnWire {
    name: String,
    phone: String,
    address: String,
    words: String,
}

/// A need to be referred outside a visit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReferralIn {
    /// The entry.
    entry: Uuid,
    /// The visit that found the need.
    visit: Option<Uuid>,
    /// doctor, social_worker, relief or repair.
    service: String,
    /// Id of the unit; the one that last took on such a need in the township, when it is absent.
    unit: Option<u32>,
    /// What is passed on.
    words: String,
    /// The person knows and agreed.
    #[serde(default)]
    agreed: bool,
    /// The appointment, where it was made by phone already.
    at: Option<Moment>,
}

/// Refer a need
///
/// The id is the key: sent again, it gives the same referral. A need that a visit found is referred with the visit.
#[utoipa::path(put, path = "/api/v1/referrals/{id}", tag = "care", request_body = ReferralIn,
    params(("id" = Uuid, Path, description = "Made by the caller (UUIDv7)")), responses(
    (status = 201, description = "Referred", body = ReferralWire),
    (status = 200, description = "The same was sent before", body = ReferralWire),
    (status = 404, description = "No such entry, or not the caller's"),
    (status = 409, description = "The person did not agree, or the entry has ended", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the id was used for another", body = Problem, content_type = "application/problem+json")))]
async fn refer(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Private(asked): Private<ReferralIn>,
) -> Answer<Response> {
    let need = NeedIn {
        id: id_of(&id)?,
        service: asked.service,
        unit: asked.unit,
        words: asked.words,
        agreed: asked.agreed,
        at: asked.at,
    };
    let new = Referring { entry: CareId(asked.entry), visit: asked.visit.map(VisitId), need: need.read("")? };
    let done = referral::refer(&state.app, &who, &new).await?;
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok(unkept((status, Json(ReferralWire::of(&done.referral))).into_response()))
}

/// Open a referral
///
/// What was passed on and what was done: for its unit and for those who look after the person. A reading on record.
#[utoipa::path(get, path = "/api/v1/referrals/{id}", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the referral")), responses(
    (status = 200, description = "The referral; `ETag` is its version", body = ReferralViewWire),
    (status = 404, description = "No such referral, or not the caller's"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json")))]
async fn open(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let view = referral::look(&state.app, &who, ReferralId(id_of(&id)?)).await?;
    let wire = ReferralViewWire {
        referral: ReferralWire::of(&view.referral),
        passed: PassedOnWire {
            name: view.passed.name,
            phone: view.passed.phone,
            address: view.passed.address,
            words: view.passed.words,
        },
        thread: BeadWire::all(&view.thread),
    };
    Ok(tagged(view.referral.version, unkept(Json(wire).into_response())))
}

acts_of! {
    /// What is done about a referral.
    ReferralBody, ReferralSchema as ReferralAct, NAMES {
        /// The unit takes it on: when somebody comes, and who is responsible (whoever accepts, when absent).
        Accept "accept" { at: Moment, person: Option<Uuid>, #[serde(default)] words: String }
        /// Another appointment, and why.
        Postpone "postpone" { at: Moment, words: String }
        /// The unit says it is not theirs.
        Return "return" { words: String }
        /// To another unit, by those who look after the person.
        Redirect "redirect" { unit: u32 }
        /// What came of it: helped, continuing, not_needed, not_met or declined. The next visit comes within
        /// `follow_up_days`; within two where the pressure asks for it.
        Conclude "conclude" { result: String, #[serde(default)] words: String, pressure: Option<PressureWire>,
            follow_up_days: Option<u16> }
        /// No longer wanted.
        Withdraw "withdraw" {}
    }
}

/// Answer, keep or end a referral
#[utoipa::path(post, path = "/api/v1/referrals/{id}/acts", tag = "care", request_body = ReferralSchema,
    params(("id" = Uuid, Path, description = "Id of the referral"),
        ("Idempotency-Key" = Uuid, Header, description = "The same key does it once, however often it is sent"),
        ("If-Match" = Option<String>, Header, description = "The version it was decided on")), responses(
    (status = 200, description = "Done; or done before by the same request", body = ReferralWire),
    (status = 404, description = "No such referral, or not the caller's"),
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
    let command = match read::<ReferralBody>(body, NAMES)? {
        ReferralBody::Accept { at, person, words } => {
            Command::Accept { at: at.0, person: person.map(PersonId), words }
        }
        ReferralBody::Postpone { at, words } => Command::Postpone { at: at.0, words },
        ReferralBody::Return { words } => Command::Return { words },
        ReferralBody::Redirect { unit } => Command::Redirect { unit: UnitId(unit) },
        ReferralBody::Conclude { result, words, pressure, follow_up_days } => Command::Conclude {
            result: word("/result", &result, Outcome::ALL, Outcome::as_str)?,
            words,
            pressure: pressure.map(PressureWire::read),
            follow_up_days,
        },
        ReferralBody::Withdraw {} => Command::Withdraw,
    };
    let (id, key) = (ReferralId(id_of(&id)?), key_of(&headers)?);
    let done = referral::act(&state.app, &who, id, key, seen(&headers)?, &command).await?;
    Ok(tagged(done.referral.version, unkept(Json(ReferralWire::of(&done.referral)).into_response())))
}

/// Which referrals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ReferralsQuery {
    /// Those that are over, too.
    all: Option<bool>,
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of referrals.
#[derive(Serialize, ToSchema)]
struct ReferralsPage {
    /// The newest first; without names.
    items: Vec<ReferralWire>,
    /// Where the next page begins; `null` at the end. Lists of one's grids have one page.
    next: Option<String>,
}

/// List referrals
///
/// Of one's unit, or of one's grids.
#[utoipa::path(get, path = "/api/v1/referrals", tag = "care", params(ReferralsQuery), responses(
    (status = 200, description = "Referrals", body = ReferralsPage),
    (status = 403, description = "Neither a unit nor a worker", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ReferralsQuery>,
) -> Answer<Json<ReferralsPage>> {
    let most = limit(query.limit, 50)?;
    let before = query.cursor.as_deref().map(cursor).transpose()?;
    let asked = Asked { open_only: !query.all.unwrap_or(false), before, limit: most };
    let rows = referral::list(&state.app, &who, &asked).await?;
    let paged = who.unit.is_some() && rows.len() == most as usize;
    let next = rows.last().filter(|_| paged).map(|it| format!("{}.{}", it.made.as_millisecond(), it.id));
    Ok(Json(ReferralsPage { items: rows.iter().map(ReferralWire::of).collect(), next }))
}

fn cursor(text: &str) -> Answer<(Timestamp, ReferralId)> {
    let bad = || Problem::field("?cursor", "format", "take `next` of the page before as it is");
    let (ms, id) = text.split_once('.').ok_or_else(bad)?;
    let at = ms.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(bad)?;
    Ok((at, id.parse().map_err(|_| bad())?))
}
