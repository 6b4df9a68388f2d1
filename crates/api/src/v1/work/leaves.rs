//! Leave: what it would leave open, asking for it, deciding on it.

use app::leave::{self, Ask, Candidate, Decision};
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::geo::Crs;
use domain::id::{AreaId, LeaveId, PersonId};
use domain::policy::Actor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::leave::{Request, State as LeaveState};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::wire::{DayItem, GridRef, Names, PersonRef, act_key, done, id, made, new_id};
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::edited::{day, limit};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(preview))
        .routes(routes!(one, ask))
        .routes(routes!(decide))
        .routes(routes!(withdraw))
}

/// A request for leave.
#[derive(Serialize, ToSchema)]
struct LeaveWire {
    id: Uuid,
    /// Who wants to be away.
    person: PersonRef,
    /// First day away.
    #[schema(format = Date)]
    from: String,
    /// First day back.
    #[schema(format = Date)]
    to: String,
    /// Who is to stand in, or does.
    substitute: Option<PersonRef>,
    /// asked, granted, refused or withdrawn.
    state: String,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Why it was refused; else empty.
    answer: String,
}

impl LeaveWire {
    fn people(it: &Request) -> Vec<PersonId> {
        [Some(it.person), it.substitute].into_iter().flatten().collect()
    }

    fn of(it: &Request, names: &Names) -> LeaveWire {
        LeaveWire {
            id: it.id.0,
            person: names.at(it.person),
            from: it.from.to_string(),
            to: it.to.to_string(),
            substitute: it.substitute.map(|id| names.at(id)),
            state: it.state.as_str().to_owned(),
            asked_at: it.asked,
            decided_at: it.decided,
            answer: it.answer.clone(),
        }
    }
}

/// Leave to be asked for. Why is not asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveAsk {
    /// Who wants to be away; the caller when absent.
    person: Option<Uuid>,
    /// First day away.
    #[schema(format = Date)]
    from: String,
    /// First day back.
    #[schema(format = Date)]
    to: String,
    /// Who is to stand in, in all of their grids.
    substitute: Option<Uuid>,
}

/// The same as parameters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PreviewQuery {
    /// Who wants to be away; the caller when absent.
    person: Option<Uuid>,
    /// First day away.
    #[param(format = Date)]
    from: String,
    /// First day back.
    #[param(format = Date)]
    to: String,
    /// Who is to stand in.
    substitute: Option<Uuid>,
}

/// What leave would leave open.
#[derive(Serialize, ToSchema)]
struct LeavePreview {
    /// All grids in which they have duty in these days.
    grids: Vec<GridRef>,
    /// Those of them that would have nobody.
    nobody: Vec<OpenWire>,
    /// How much falls due in these grids in these days.
    n_items: u32,
    /// The first 50 of it, by deadline.
    items: Vec<DayItem>,
    /// Who could stand in, the least loaded neighbour first.
    candidates: Vec<CandidateWire>,
    /// Why the substitute who was named cannot stand in, with the chain it would make.
    against: Option<String>,
}

/// A grid that would have nobody.
#[derive(Serialize, ToSchema)]
struct OpenWire {
    grid: GridRef,
    /// The days, in order.
    days: Vec<String>,
}

/// Someone who could stand in.
#[derive(Serialize, ToSchema)]
pub(super) struct CandidateWire {
    person: Uuid,
    name: String,
    /// Grids they have already.
    n_grids: u32,
    /// Cases in these that wait for a worker now.
    n_cases: u32,
    /// Works in the same community.
    is_near: bool,
}

impl CandidateWire {
    /// With their name.
    pub(super) fn of(it: Candidate) -> CandidateWire {
        let Candidate { person, name, n_grids, n_cases, is_near } = it;
        CandidateWire { person: person.0, name, n_grids, n_cases, is_near }
    }
}

/// The desk's word.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionIn {
    granted: bool,
    /// Who stands in; who was asked for when absent.
    substitute: Option<Uuid>,
    /// Granted although grids would have nobody.
    #[serde(default)]
    knowingly: bool,
    /// Why it is refused, 1 to 500 characters.
    why: Option<String>,
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct LeavesQuery {
    /// Of people of this area (id) and everything under it; one's own area when absent.
    area: Option<u32>,
    /// asked (when absent), granted, refused or withdrawn.
    state: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of requests.
#[derive(Serialize, ToSchema)]
struct LeavesPage {
    /// By first day.
    items: Vec<LeaveWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// List requests for leave
#[utoipa::path(get, path = "/api/v1/leaves", tag = "work", params(LeavesQuery), responses(
    (status = 200, description = "One's own, or those one decides on", body = LeavesPage),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<LeavesQuery>,
) -> Answer<Json<LeavesPage>> {
    let limit = limit(query.limit, 100)?;
    let unknown = || Problem::field("?state", "unknown", "asked, granted, refused or withdrawn");
    let wanted = match query.state.as_deref() {
        None => LeaveState::Asked,
        Some(text) => LeaveState::parse(text).ok_or_else(unknown)?,
    };
    let after = query.cursor.as_deref().map(cursor).transpose()?;
    let area = query.area.map(AreaId);
    let mut found = leave::list(&state.app, &who, area, wanted, after, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| format!("{}_{}", last.from, last.id));
    let people: Vec<PersonId> = found.iter().flat_map(LeaveWire::people).collect();
    let names = Names::of(&state, people).await?;
    Ok(Json(LeavesPage { items: found.iter().map(|it| LeaveWire::of(it, &names)).collect(), next }))
}

fn cursor(text: &str) -> Answer<(jiff::civil::Date, LeaveId)> {
    let bad = || Problem::field("?cursor", "format", "take `next` of the page before as it is");
    let (day, id) = text.split_once('_').ok_or_else(bad)?;
    Ok((day.parse().map_err(|_| bad())?, LeaveId(id.parse().map_err(|_| bad())?)))
}

/// What leave would leave open
///
/// Grids and days without anybody, what falls due in them, who could stand in and how loaded they are.
#[utoipa::path(get, path = "/api/v1/leaves/preview", tag = "work", params(PreviewQuery), responses(
    (status = 200, description = "Nothing is entered", body = LeavePreview),
    (status = 404, description = "Nobody of that id under the caller's care"),
    (status = 422, description = "Days make no sense")))]
async fn preview(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<PreviewQuery>,
) -> Answer<Json<LeavePreview>> {
    let PreviewQuery { person, from, to, substitute } = query;
    let asked = asked(&who, "?", &LeaveAsk { person, from, to, substitute })?;
    let now = state.app.clock.now();
    let seen = leave::preview(&state.app, &who, &asked).await?;
    let open = |it: &leave::Open| OpenWire {
        grid: GridRef::of(&state, it.grid),
        days: it.days.iter().map(ToString::to_string).collect(),
    };
    Ok(Json(LeavePreview {
        grids: seen.grids.iter().map(|grid| GridRef::of(&state, *grid)).collect(),
        nobody: seen.nobody.iter().map(open).collect(),
        n_items: seen.n_items,
        items: seen.items.into_iter().map(|item| DayItem::of(item, now, Crs::Wgs84)).collect(),
        candidates: seen.candidates.into_iter().map(CandidateWire::of).collect(),
        against: seen.against,
    }))
}

fn asked(who: &Actor, at: &str, body: &LeaveAsk) -> Answer<Ask> {
    let person = body.person.map(PersonId).or(who.person);
    let person = person.ok_or_else(|| Problem::field(format!("{at}person"), "missing", "say for whom"))?;
    Ok(Ask {
        person,
        from: day(&format!("{at}from"), &body.from)?,
        to: day(&format!("{at}to"), &body.to)?,
        substitute: body.substitute.map(PersonId),
    })
}

/// One request for leave
#[utoipa::path(get, path = "/api/v1/leaves/{id}", tag = "work",
    params(("id" = Uuid, Path, description = "The request")), responses(
    (status = 200, description = "As it stands", body = LeaveWire),
    (status = 404, description = "No such request, or not the caller's")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(text): Named) -> Answer<Json<LeaveWire>> {
    let found = leave::one(&state.app, &who, LeaveId(id(&text)?)).await?;
    let names = Names::of(&state, LeaveWire::people(&found)).await?;
    Ok(Json(LeaveWire::of(&found, &names)))
}

/// Ask for leave
///
/// The desk of the township is told. Substitutes who are away themselves, or for whom another already counts on the
/// caller, are refused with the chain named.
#[utoipa::path(put, path = "/api/v1/leaves/{id}", tag = "work", request_body = LeaveAsk,
    params(("id" = Uuid, Path, description = "UUIDv7 made by the caller; the same twice is one request")), responses(
    (status = 201, description = "Asked for", body = LeaveWire),
    (status = 200, description = "It was sent before", body = LeaveWire),
    (status = 404, description = "Nobody of that id under the caller's care"),
    (status = 409, description = "Others are acting on it"),
    (status = 422, description = "Days or substitute make no sense, or the id was used for another request")))]
async fn ask(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(body): Json<LeaveAsk>,
) -> Answer<Response> {
    let asked = asked(&who, "/", &body)?;
    let made_now = leave::ask(&state.app, &who, LeaveId(new_id(&id)?), &asked).await?;
    let names = Names::of(&state, LeaveWire::people(&made_now.now)).await?;
    Ok(made(made_now.replayed, &LeaveWire::of(&made_now.now, &names)))
}

/// Decide on a request for leave
///
/// Granting enters leave and substitute in all of their grids. Where nobody would be left it is refused, unless
/// `knowingly` says that it is meant.
#[utoipa::path(post, path = "/api/v1/leaves/{id}/decision", tag = "work", request_body = DecisionIn,
    params(("id" = Uuid, Path, description = "The request"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key decides once")), responses(
    (status = 200, description = "Decided", body = LeaveWire),
    (status = 404, description = "No such request, or not the caller's to decide"),
    (status = 409, description = "It is decided already, grids would have nobody, or it is the caller's own"),
    (status = 422, description = "The substitute cannot stand in, or the key was used for something else")))]
async fn decide(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
    Json(body): Json<DecisionIn>,
) -> Answer<Response> {
    let DecisionIn { granted, substitute, knowingly, why } = body;
    let decision = match (granted, why) {
        (true, None) => Decision::Grant { substitute: substitute.map(PersonId), knowingly },
        (true, Some(_)) => return Err(Problem::field("/why", "conflict", "only a refusal says why")),
        (false, why) => Decision::Refuse { why: why.unwrap_or_default() },
    };
    let key = act_key(&headers)?;
    let decided = leave::decide(&state.app, &who, LeaveId(id(&text)?), key, &decision).await?;
    let names = Names::of(&state, LeaveWire::people(&decided.now)).await?;
    Ok(done(decided.replayed, &LeaveWire::of(&decided.now, &names)))
}

/// Take a request for leave back
#[utoipa::path(post, path = "/api/v1/leaves/{id}/withdrawal", tag = "work",
    params(("id" = Uuid, Path, description = "The request"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key does it once")), responses(
    (status = 200, description = "Taken back", body = LeaveWire),
    (status = 404, description = "No such request, or not the caller's"),
    (status = 409, description = "It is decided already"),
    (status = 422, description = "The key was used for something else")))]
async fn withdraw(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let taken = leave::withdraw(&state.app, &who, LeaveId(id(&text)?), act_key(&headers)?).await?;
    let names = Names::of(&state, LeaveWire::people(&taken.now)).await?;
    Ok(done(taken.replayed, &LeaveWire::of(&taken.now, &names)))
}
