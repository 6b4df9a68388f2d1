//! What a phone did while it was alone: acts in its own order, each taken to its door, each answered by itself.

use app::sync::push::{self, Did, Doing, How, Line, Sent};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode};
use domain::id::{ActId, DeviceId, PersonId};
use domain::sync::{FieldConflict, is_off, merge};
use futures_util::FutureExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::sync::PushState;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::doors::{Answered, Asked, Doors};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Query};
use crate::v1::edited::limit;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(push)).routes(routes!(attention))
}

/// First parts of the paths that acts made offline may go to.
const OPEN: &[&str] = &[
    "cases",
    "visits",
    "referrals",
    "care",
    "safety-timers",
    "places",
    "things",
    "disputes",
    "errands",
    "leaves",
    "hand-overs",
    "patrol",
    "assess",
    "notices",
];
/// Stands in a body for the moment at which the act was made, put right by how far the phone's clock is off.
const MADE: &str = "@made";
/// How often a change is brought together with what others changed meanwhile.
const TRIES: u32 = 5;

/// A batch of acts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PushIn {
    /// Which phone.
    device: Uuid,
    /// The lowest number that it may still send: acts do not wait for those before.
    from: u64,
    /// What its clock says as it sends.
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
    /// At most 500, in any order; numbers may be left out that were sent before.
    acts: Vec<PushAct>,
}

/// One act.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PushAct {
    /// Made by the phone, UUIDv7; the key it is done under.
    id: Uuid,
    /// Its number in the phone's order, from 1.
    seq: u64,
    /// When it was made, by the phone's clock.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// put, post, patch or delete.
    method: String,
    /// The door, as `/api/v1/cases/…/acts`.
    path: String,
    /// What is sent there; `"@made"` anywhere in it is the moment of `at`, put right.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
    /// The `ETag` of what the phone saw when its person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    /// The fields as the phone saw them, of those that the act changes or was decided on: what differs by now is given back
    /// field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    base: Option<Map<String, Value>>,
}

/// What came of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct PushWire {
    /// Each act, in the order it was sent.
    items: Vec<PushLine>,
    /// Everything up to this number is settled: the phone may forget it.
    settled: u64,
    /// Seconds by which the phone's clock is behind ours; negative when it is ahead.
    clock_behind_s: i64,
    /// It is so far off that its person should set it right.
    clock_is_off: bool,
}

/// How one act stands.
#[derive(Debug, Serialize, ToSchema)]
struct PushLine {
    id: Uuid,
    seq: u64,
    /// `done`; `refused` or `conflict`: its person decides; `waits`: kept, send it again later to hear of it; `taken`: its id or
    /// number was used for something else.
    state: &'static str,
    /// It was settled before this push.
    again: bool,
    /// Of a settled one: `status`, and `body` as the door answered, or `problem`; of a conflict `fields` and what stands `now`.
    #[schema(value_type = Option<Object>)]
    answer: Option<Value>,
    /// Of one that waits: the first number that is missing before it.
    missing: Option<u64>,
    /// Of one that waits for something else: for what.
    why: Option<String>,
}

impl From<Line> for PushLine {
    fn from(line: Line) -> PushLine {
        let (id, seq) = (line.id.0, line.seq);
        let none = PushLine { id, seq, state: "taken", again: false, answer: None, missing: None, why: None };
        match line.how {
            How::Settled { state, answer, again } => {
                let answer = serde_json::from_str(&answer).ok();
                PushLine { state: state.as_str(), again, answer, ..none }
            }
            How::Waits { missing, why } => {
                let missing = why.is_none().then_some(missing);
                PushLine { state: "waits", missing, why, ..none }
            }
            How::Taken => none,
        }
    }
}

/// Push
///
/// Acts that were made offline. Each is kept before anything is done; then they are done in the phone's order, each under its
/// own id, at the door it names and with the caller's rights. The same sent again, in whatever order, is done once and answered
/// alike. One that is refused holds up nobody; one that comes too early waits for those before it.
#[utoipa::path(post, path = "/api/v1/sync/push", tag = "sync", request_body = PushIn, responses(
    (status = 200, description = "How each stands", body = PushWire),
    (status = 404, description = "Not the caller's phone, or cut off"),
    (status = 413, description = "More than 1 MiB: send fewer acts at once"),
    (status = 422, description = "The batch itself makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn push(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(body): Json<PushIn>,
) -> Answer<Json<PushWire>> {
    let person = person(&who)?;
    let acts = body.acts.iter().map(|act| Sent {
        id: ActId(act.id),
        seq: act.seq,
        at: act.at,
        body: serde_json::to_string(act).expect("an act is plain data"),
    });
    let acts: Vec<Sent> = acts.collect();
    let device = DeviceId(body.device);
    let take = |doing| at_the_door(&state, &headers, doing).boxed();
    let done = push::push(&state.app, person, device, body.from, body.sent_at, &acts, &take).await?;
    Ok(Json(PushWire {
        items: done.lines.into_iter().map(PushLine::from).collect(),
        settled: done.settled,
        clock_behind_s: done.skew.as_secs(),
        clock_is_off: is_off(done.skew),
    }))
}

/// Of which phone.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AttentionQuery {
    /// Which phone.
    device: Uuid,
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
}

/// What needs its person
///
/// Acts of a phone that were refused or are in conflict, the newest first.
#[utoipa::path(get, path = "/api/v1/sync/attention", tag = "sync", params(AttentionQuery), responses(
    (status = 200, description = "Each with its answer", body = Vec<PushLine>),
    (status = 404, description = "Not the caller's phone, or cut off")))]
async fn attention(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<AttentionQuery>,
) -> Answer<Json<Vec<PushLine>>> {
    let limit = limit(query.limit, 50)?;
    let found = push::needing_attention(&state.app, person(&who)?, DeviceId(query.device), limit).await?;
    let lines = found.into_iter().map(|it| PushLine {
        id: it.act.0,
        seq: it.seq,
        state: it.state.as_str(),
        again: true,
        answer: it.answer.and_then(|text| serde_json::from_str(&text).ok()),
        missing: None,
        why: None,
    });
    Ok(Json(lines.collect()))
}

fn person(who: &Who) -> Answer<PersonId> {
    who.person.ok_or_else(|| Problem::new(Code::NotFound))
}

/// Takes one act to its door.
async fn at_the_door(state: &State, who: &HeaderMap, doing: Doing) -> Did {
    let Ok(mut act) = serde_json::from_str::<PushAct>(&doing.body) else {
        return refused(&Problem::new(Code::Malformed));
    };
    let (method, path) = match door(&act) {
        Ok(door) => door,
        Err(problem) => return refused(&problem),
    };
    if let Some(body) = &mut act.body {
        put_right(body, &doing.made.to_string());
    }
    let key = Some(doing.id.0);
    let (mut body, mut held, mut given_back) = (act.body.clone(), act.held.clone(), Vec::new());
    for _ in 0..TRIES {
        let (body_now, held_now) = (body.as_ref(), held.as_deref());
        let asked = Asked { method: method.clone(), path: &path, body: body_now, key, held: held_now };
        let Some(answered) = state.doors.ask(who, asked).await else {
            return Did::Later("the doors are not open yet".to_owned());
        };
        if answered.status != StatusCode::PRECONDITION_FAILED {
            return judged(state, who, &act, &path, answered, given_back).await;
        }
        // Something else happened meanwhile.
        if method != Method::PATCH {
            // An act carries what it means: done all the same if it is still legal.
            held = None;
            continue;
        }
        let Some(now) = look(&state.doors, who, &path).await else { break };
        let mine = body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        let base = act.base.clone().unwrap_or_default();
        let merged = merge(&base, &mine, now.body.as_object().unwrap_or(&Map::new()));
        given_back = merged.conflicts;
        if merged.set.is_empty() {
            let state = if given_back.is_empty() { PushState::Done } else { PushState::Conflict };
            return settled(state, &json!({ "status": 200, "fields": given_back, "now": now.body }));
        }
        (body, held) = (Some(Value::Object(merged.set)), now.tag);
    }
    Did::Later("others are changing the same thing at this moment".to_owned())
}

/// What an answer of a door means for the phone.
async fn judged(
    state: &State,
    who: &HeaderMap,
    act: &PushAct,
    path: &str,
    answered: Answered,
    given_back: Vec<FieldConflict>,
) -> Did {
    let status = answered.status;
    let told = json!({ "status": status.as_u16(), "problem": answered.body });
    match status {
        _ if status.is_success() => {
            let how = if given_back.is_empty() { PushState::Done } else { PushState::Conflict };
            let mut told = json!({ "status": status.as_u16(), "body": answered.body });
            if !given_back.is_empty() {
                told["fields"] = json!(given_back);
            }
            settled(how, &told)
        }
        StatusCode::UNAUTHORIZED => Did::Later("the sign-in is over: sign in again".to_owned()),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => {
            Did::Later("too much work at this moment".to_owned())
        }
        StatusCode::UNPROCESSABLE_ENTITY if lacks_a_picture(&answered.body) => {
            Did::Later("a picture of this act has not come whole yet".to_owned())
        }
        StatusCode::CONFLICT if act.base.is_some() || act.held.is_some() => {
            // Of `…/cases/ID/acts` what stands is at `…/cases/ID`.
            let thing = if act.method.eq_ignore_ascii_case("post") {
                path.rsplit_once('/').map_or(path, |it| it.0)
            } else {
                path
            };
            let now = look(&state.doors, who, thing).await.map_or(Value::Null, |it| it.body);
            let fields = differing(act.base.as_ref(), &now);
            settled(
                PushState::Conflict,
                &json!({ "status": 409, "problem": answered.body, "fields": fields, "now": now }),
            )
        }
        // A fault that the store does not share is this act's own: it must not hold up those behind it.
        StatusCode::INTERNAL_SERVER_ERROR if store::area::tree_version(&state.app.store).await.is_err() => {
            Did::Later("the machine failed; it will be tried again".to_owned())
        }
        _ => settled(PushState::Refused, &told),
    }
}

/// The fields that the phone saw otherwise than they stand.
fn differing(base: Option<&Map<String, Value>>, now: &Value) -> Vec<FieldConflict> {
    let fields = base.into_iter().flatten().filter(|(name, was)| now[name.as_str()] != **was);
    let conflict = |(name, was): (&String, &Value)| FieldConflict {
        field: name.clone(),
        base: was.clone(),
        mine: was.clone(),
        theirs: now[name.as_str()].clone(),
    };
    fields.map(conflict).collect()
}

async fn look(doors: &Doors, who: &HeaderMap, path: &str) -> Option<Answered> {
    let asked = Asked { method: Method::GET, path, body: None, key: None, held: None };
    doors.ask(who, asked).await.filter(|it| it.status.is_success())
}

/// The door that an act names.
fn door(act: &PushAct) -> Answer<(Method, String)> {
    let method = match act.method.to_ascii_lowercase().as_str() {
        "put" => Method::PUT,
        "post" => Method::POST,
        "patch" => Method::PATCH,
        "delete" => Method::DELETE,
        _ => return Err(Problem::field("/method", "unknown", "put, post, patch or delete is taken here")),
    };
    let inside = act.path.strip_prefix("/api/v1/").unwrap_or_default();
    let first = inside.split(['/', '?']).next().unwrap_or_default();
    let plain = act.path.bytes().all(|b| b.is_ascii_graphic()) && !act.path.contains("..");
    // Files and exports are no acts.
    let is_act = !inside.ends_with("/import") && !inside.ends_with("/export");
    if !plain || !is_act || !OPEN.contains(&first) {
        let says = format!("acts made offline go to /api/v1/ and one of {}", OPEN.join(", "));
        return Err(Problem::field("/path", "unknown", says));
    }
    Ok((method, act.path.clone()))
}

/// Puts the moment of the act wherever it is asked for.
fn put_right(body: &mut Value, made: &str) {
    match body {
        Value::String(text) if text == MADE => made.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|it| put_right(it, made)),
        Value::Object(fields) => fields.values_mut().for_each(|it| put_right(it, made)),
        _ => {}
    }
}

/// A picture is named that is not there: it may still come.
fn lacks_a_picture(problem: &Value) -> bool {
    let fields = problem["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let lacks = |it: &Value| {
        it["code"] == "unknown" && it["path"].as_str().is_some_and(|path| path.ends_with("/attachment"))
    };
    !fields.is_empty() && fields.iter().all(lacks)
}

fn refused(problem: &Problem) -> Did {
    settled(PushState::Refused, &json!({ "status": problem.code().status().as_u16(), "problem": problem }))
}

fn settled(state: PushState, answer: &Value) -> Did {
    Did::Settled(state, answer.to_string())
}
