//! Mediation of disputes.

use app::dispute::{self, Doing, Party, Spoken, Told, View};
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::dispute::{DisputeAct, Kept, Outcome, State as DisputeState};
use domain::id::{AreaId, CaseId, DisputeId, PersonId, UnitId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::dispute::Stored;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::wire::{Names, PersonRef, act_key, done, id, made, new_id};
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::edited::{day, limit};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, open)).routes(routes!(act))
}

/// A mediation, as far as a list may show it.
#[derive(Serialize, ToSchema)]
struct DisputeLine {
    id: Uuid,
    /// The case it belongs to.
    case: Uuid,
    case_no: String,
    /// The lowest area that is known of the case.
    area: u32,
    /// open, agreed, handed_over or closed.
    state: String,
    n_sessions: u32,
    /// When they agreed.
    #[schema(format = Date)]
    agreed_on: Option<String>,
    /// Judicial mediation, once it was handed over.
    unit: Option<u32>,
    /// settled, not_settled, declined or judicial.
    outcome: Option<String>,
    /// When somebody asks next whether the agreement is kept.
    #[schema(format = Date)]
    next_due: Option<String>,
    follow_ups: Vec<FollowUpWire>,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
}

/// A day on which somebody asks.
#[derive(Serialize, ToSchema)]
struct FollowUpWire {
    #[schema(format = Date)]
    due: String,
    /// yes, partly or no; `null` while nobody asked.
    kept: Option<String>,
}

impl DisputeLine {
    fn of(it: &Stored) -> DisputeLine {
        let d = &it.dispute;
        let text = |day: Option<Date>| day.map(|day| day.to_string());
        let follow_up = |(due, kept): &(Date, Option<Kept>)| FollowUpWire {
            due: due.to_string(),
            kept: kept.map(|kept| kept.as_str().to_owned()),
        };
        DisputeLine {
            id: it.id.0,
            case: it.case.0,
            case_no: app::case::number(it.case),
            area: it.area.0,
            state: d.state.as_str().to_owned(),
            n_sessions: d.n_sessions,
            agreed_on: text(d.agreed),
            unit: d.unit.map(|unit| unit.0),
            outcome: d.outcome.map(|outcome| outcome.as_str().to_owned()),
            next_due: text(d.next_due()),
            follow_ups: d.follow_ups.iter().map(follow_up).collect(),
            opened_at: it.opened,
            closed_at: it.closed,
        }
    }
}

/// A mediation with everything that was said.
#[derive(Serialize, ToSchema)]
struct DisputeWire {
    #[serde(flatten)]
    line: DisputeLine,
    /// What was done, oldest first.
    acts: Vec<DisputeActWire>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
struct DisputeActWire {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who; `null` for the platform.
    by: Option<PersonRef>,
    /// open, session, agree, follow_up, hand_over, follow (the areas changed) or close.
    act: String,
    /// When they sat together.
    #[schema(value_type = Option<String>, format = DateTime)]
    held: Option<Timestamp>,
    /// Parties, at the opening.
    parties: Vec<PartyWire>,
    /// Mediators of a session.
    mediators: Vec<String>,
    /// Summary, terms, what was found, why; `null` once it is erased.
    text: Option<String>,
}

/// One of those who quarrel, or who speaks for one.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PartyWire {
    /// What they are called, 1 to 80 characters.
    name: String,
    /// How they are reached, at most 120 characters; may be empty.
    #[serde(default)]
    contact: String,
    /// Which side they are on, from 1; 0 for someone who is on none.
    #[serde(default)]
    side: u8,
}

impl DisputeActWire {
    fn of(told: &Told, names: &Names) -> DisputeActWire {
        let (act, held) = match &told.act {
            DisputeAct::Open { .. } => ("open", None),
            DisputeAct::Session { held, .. } => ("session", Some(*held)),
            DisputeAct::Agree { .. } => ("agree", None),
            DisputeAct::FollowUp { .. } => ("follow_up", None),
            DisputeAct::HandOver { .. } => ("hand_over", None),
            DisputeAct::Close { .. } => ("close", None),
            DisputeAct::Follow { .. } => ("follow", None),
        };
        let nothing = Spoken::default();
        let spoken = told.spoken.as_ref().unwrap_or(&nothing);
        let party =
            |it: &Party| PartyWire { name: it.name.clone(), contact: it.contact.clone(), side: it.side };
        DisputeActWire {
            at: told.at,
            by: told.by.person.map(|person| names.at(person)),
            act: act.to_owned(),
            held,
            parties: spoken.parties.iter().map(party).collect(),
            mediators: spoken.mediators.clone(),
            text: told.spoken.as_ref().map(|it| it.text.clone()),
        }
    }
}

async fn wire(state: &State, view: &View) -> Answer<DisputeWire> {
    let people: Vec<PersonId> = view.acts.iter().filter_map(|it| it.by.person).collect();
    let names = Names::of(state, people).await?;
    let acts = view.acts.iter().map(|it| DisputeActWire::of(it, &names)).collect();
    Ok(DisputeWire { line: DisputeLine::of(&view.stored), acts })
}

/// Which disputes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DisputesQuery {
    /// In this area (id) and everything under it; one's own when absent, of a worker with one grid that grid.
    area: Option<u32>,
    /// open (when absent), agreed, handed_over or closed.
    state: Option<String>,
    /// Only the one of this case.
    case: Option<Uuid>,
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of disputes.
#[derive(Serialize, ToSchema)]
struct DisputesPage {
    /// The newest first.
    items: Vec<DisputeLine>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// List mediations
#[utoipa::path(get, path = "/api/v1/disputes", tag = "work", params(DisputesQuery), responses(
    (status = 200, description = "Days, counts and states; nothing of who quarrels", body = DisputesPage),
    (status = 404, description = "No such area or case, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<DisputesQuery>,
) -> Answer<Json<DisputesPage>> {
    if let Some(case) = query.case {
        let found = dispute::of_case(&state.app, &who, CaseId(case)).await?;
        return Ok(Json(DisputesPage { items: vec![DisputeLine::of(&found)], next: None }));
    }
    let limit = limit(query.limit, 50)?.min(dispute::PAGE - 1);
    let unknown = || Problem::field("?state", "unknown", "open, agreed, handed_over or closed");
    let wanted = match query.state.as_deref() {
        None => DisputeState::Open,
        Some(text) => DisputeState::parse(text).ok_or_else(unknown)?,
    };
    let before = query.cursor.as_deref().map(cursor).transpose()?;
    let own = who.grids.first().copied().filter(|_| who.grids.len() == 1);
    let area = query.area.map(AreaId).or(own);
    let mut found = dispute::list(&state.app, &who, area, wanted, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|it| format!("{}_{}", it.opened.as_millisecond(), it.id));
    Ok(Json(DisputesPage { items: found.iter().map(DisputeLine::of).collect(), next }))
}

fn cursor(text: &str) -> Answer<(Timestamp, DisputeId)> {
    let bad = || Problem::field("?cursor", "format", "take `next` of the page before as it is");
    let (ms, id) = text.split_once('_').ok_or_else(bad)?;
    let at = ms.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(bad)?;
    Ok((at, DisputeId(id.parse().map_err(|_| bad())?)))
}

/// One mediation
#[utoipa::path(get, path = "/api/v1/disputes/{id}", tag = "work",
    params(("id" = Uuid, Path, description = "The mediation")), responses(
    (status = 200, description = "With everything that was said", body = DisputeWire),
    (status = 404, description = "No such mediation, or not the caller's")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(text): Named) -> Answer<Json<DisputeWire>> {
    let view = dispute::view(&state.app, &who, DisputeId(id(&text)?)).await?;
    Ok(Json(wire(&state, &view).await?))
}

/// A record to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DisputeIn {
    /// The case it belongs to: of a dispute class.
    case: Uuid,
    /// 2 to 20. Sealed; erased three years after the end.
    parties: Vec<PartyWire>,
}

/// Open the record of a mediation
///
/// For a case of a dispute class, one for each case. Where somebody may be hurt there is no mediation.
#[utoipa::path(put, path = "/api/v1/disputes/{id}", tag = "work", request_body = DisputeIn,
    params(("id" = Uuid, Path, description = "UUIDv7 made by the caller; the same twice is one record")), responses(
    (status = 201, description = "Opened", body = DisputeWire),
    (status = 200, description = "It was sent before", body = DisputeWire),
    (status = 404, description = "No such case, or not the caller's"),
    (status = 409, description = "Not a dispute, one that is not mediated, or there is a record"),
    (status = 422, description = "Fields make no sense, or the id was used for another record")))]
async fn open(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    Json(body): Json<DisputeIn>,
) -> Answer<Response> {
    let party = |it: PartyWire| Party { name: it.name, contact: it.contact, side: it.side };
    let parties: Vec<Party> = body.parties.into_iter().map(party).collect();
    let id = DisputeId(new_id(&text)?);
    let opened = dispute::open(&state.app, &who, id, CaseId(body.case), &parties).await?;
    Ok(made(opened.replayed, &wire(&state, &opened.now).await?))
}

/// What is done in a mediation; which fields there are depends on the act.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DisputeDo {
    /// session, agree, follow_up, hand_over or close.
    act: String,
    /// session: when they sat together.
    #[schema(value_type = Option<String>, format = DateTime)]
    held: Option<Timestamp>,
    /// session: 1 to 20 names.
    mediators: Option<Vec<String>>,
    /// session: what was said, 1 to 4,000 characters.
    summary: Option<String>,
    /// agree: on which day.
    #[schema(format = Date)]
    on: Option<String>,
    /// agree: to what, 1 to 4,000 characters.
    terms: Option<String>,
    /// agree: 1 to 12 days on which somebody asks whether it is kept, in order.
    follow_ups: Option<Vec<String>>,
    /// follow_up: which of the days.
    #[schema(format = Date)]
    due: Option<String>,
    /// follow_up: yes, partly or no.
    kept: Option<String>,
    /// follow_up: what was found, 1 to 2,000 characters.
    note: Option<String>,
    /// hand_over: to which unit.
    unit: Option<u32>,
    /// hand_over: why, 1 to 2,000 characters.
    why: Option<String>,
    /// close: settled, not_settled, declined or judicial.
    outcome: Option<String>,
}

fn needed<T>(path: &str, value: Option<T>) -> Answer<T> {
    value.ok_or_else(|| Problem::field(path, "missing", "this act needs it"))
}

impl DisputeDo {
    fn doing(self) -> Answer<Doing> {
        Ok(match self.act.as_str() {
            "session" => Doing::Session {
                held: needed("/held", self.held)?,
                mediators: needed("/mediators", self.mediators)?,
                summary: needed("/summary", self.summary)?,
            },
            "agree" => {
                let days = needed("/follow_ups", self.follow_ups)?;
                let read = |(at, text): (usize, &String)| day(&format!("/follow_ups/{at}"), text);
                Doing::Agree {
                    on: day("/on", &needed("/on", self.on)?)?,
                    terms: needed("/terms", self.terms)?,
                    follow_ups: days.iter().enumerate().map(read).collect::<Answer<_>>()?,
                }
            }
            "follow_up" => {
                let kept = needed("/kept", self.kept)?;
                let unknown = || Problem::field("/kept", "unknown", "yes, partly or no is taken here");
                Doing::FollowUp {
                    due: day("/due", &needed("/due", self.due)?)?,
                    kept: Kept::parse(&kept).ok_or_else(unknown)?,
                    note: needed("/note", self.note)?,
                }
            }
            "hand_over" => {
                Doing::HandOver { unit: UnitId(needed("/unit", self.unit)?), why: needed("/why", self.why)? }
            }
            "close" => {
                let outcome = needed("/outcome", self.outcome)?;
                let unknown =
                    || Problem::field("/outcome", "unknown", "settled, not_settled, declined or judicial");
                Doing::Close { outcome: Outcome::parse(&outcome).ok_or_else(unknown)? }
            }
            _ => {
                let why = "session, agree, follow_up, hand_over or close is taken here";
                return Err(Problem::field("/act", "unknown", why));
            }
        })
    }
}

/// Do something in a mediation
///
/// Workers and desks write down sessions, agreements and follow-ups; handing over and closing is the desk's.
#[utoipa::path(post, path = "/api/v1/disputes/{id}/acts", tag = "work", request_body = DisputeDo,
    params(("id" = Uuid, Path, description = "The mediation"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key does it once")), responses(
    (status = 200, description = "Done; the mediation after it", body = DisputeWire),
    (status = 404, description = "No such mediation, or the act is not the caller's"),
    (status = 409, description = "Not now; the detail says what comes first"),
    (status = 422, description = "Fields make no sense, or the key was used for another act")))]
async fn act(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
    Json(body): Json<DisputeDo>,
) -> Answer<Response> {
    let (id, key) = (DisputeId(id(&text)?), act_key(&headers)?);
    let acted = dispute::act(&state.app, &who, id, key, &body.doing()?).await?;
    Ok(done(acted.replayed, &wire(&state, &acted.now).await?))
}
