//! Timers of those who work alone, and warnings of the weather service.

use app::safety::{self, Command, Start};
use app::visit::weather::{self, NewWarning};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::id::{AreaId, TimerId, VisitId, WarningId};
use domain::safety::State as Standing;
use domain::visit::{Peril, Warning, WarningLevel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::safety::TimerRow;
use store::visit::WarningRow;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::word;
use super::acts_of::{acts_of, read};
use super::care::{id_of, key_of, unkept};
use super::care_wire::PointWire;
use super::edited::day;
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Private};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(start, one))
        .routes(routes!(act))
        .routes(routes!(warnings))
        .routes(routes!(warn, lift))
}

/// A timer.
#[derive(Serialize, ToSchema)]
struct TimerWire {
    id: Uuid,
    version: u32,
    person: Uuid,
    grid: u32,
    visit: Option<Uuid>,
    /// running, safe, alarm, taken or closed.
    state: String,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it runs out; of an alarm, when the next desk is told.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// ran_out or quiet.
    cause: Option<String>,
    /// Level of the desk that was told last.
    told: Option<String>,
    /// Who sees to it.
    taken_by: Option<Uuid>,
    /// Where the phone said it was, after the alarm; forgotten when it is over.
    position: Option<PointWire>,
}

impl TimerWire {
    fn of(row: &TimerRow) -> TimerWire {
        let (until, cause, told, taken_by) = match row.timer.state {
            Standing::Running { until } => (Some(until), None, None, None),
            Standing::Alarm { cause, level, until } => (Some(until), Some(cause), Some(level), None),
            Standing::Taken { cause, by } => (None, Some(cause), None, Some(by.0)),
            Standing::Safe | Standing::Closed { .. } => (None, None, None, None),
        };
        TimerWire {
            id: row.id.0,
            version: row.version,
            person: row.person.0,
            grid: row.grid().0,
            visit: row.visit.map(|it| it.0),
            state: row.timer.state.as_str().to_owned(),
            started_at: row.timer.started,
            until,
            cause: cause.map(|it| it.as_str().to_owned()),
            told: told.map(|it| it.name().to_owned()),
            taken_by,
            position: row.position.map(PointWire::of),
        }
    }
}

/// A timer to be started.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TimerIn {
    /// Id of the grid; the only one of the caller's when it is absent.
    grid: Option<u32>,
    visit: Option<Uuid>,
    /// 5 to 240.
    minutes: u32,
}

/// Start a timer
///
/// By choice; it sends no position. The id is the key.
#[utoipa::path(put, path = "/api/v1/safety-timers/{id}", tag = "care", request_body = TimerIn,
    params(("id" = Uuid, Path, description = "Made by the caller (UUIDv7)")), responses(
    (status = 201, description = "It runs", body = TimerWire),
    (status = 200, description = "The same was sent before", body = TimerWire),
    (status = 403, description = "Not a worker", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such grid, or not the caller's today"),
    (status = 422, description = "Fields make no sense, or the id was used for another", body = Problem, content_type = "application/problem+json")))]
async fn start(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Private(asked): Private<TimerIn>,
) -> Answer<Response> {
    let new = Start { grid: asked.grid.map(AreaId), visit: asked.visit.map(VisitId), minutes: asked.minutes };
    let done = safety::start(&state.app, &who, TimerId(id_of(&id)?), &new).await?;
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok(unkept((status, Json(TimerWire::of(&done.timer))).into_response()))
}

/// One timer
///
/// One's own; an alarm also for the desks and leaders of its area.
#[utoipa::path(get, path = "/api/v1/safety-timers/{id}", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the timer")), responses(
    (status = 200, description = "The timer", body = TimerWire),
    (status = 404, description = "No such timer, or not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let row = safety::own(&state.app, &who, TimerId(id_of(&id)?)).await?;
    Ok(unkept(Json(TimerWire::of(&row)).into_response()))
}

/// Timers.
#[derive(Serialize, ToSchema)]
struct TimersWire {
    items: Vec<TimerWire>,
}

/// List timers
///
/// One's own, the newest first; for desks and leaders the alarms of their area that are not over.
#[utoipa::path(get, path = "/api/v1/safety-timers", tag = "care", responses(
    (status = 200, description = "Timers", body = TimersWire),
    (status = 403, description = "Neither worker, desk nor leader", body = Problem, content_type = "application/problem+json")))]
async fn list(Shared(state): Shared<State>, who: Who) -> Answer<Response> {
    let rows = safety::list(&state.app, &who).await?;
    Ok(unkept(Json(TimersWire { items: rows.iter().map(TimerWire::of).collect() }).into_response()))
}

acts_of! {
    /// What is done about a timer.
    TimerBody, TimerSchema as TimerAct, NAMES {
        /// So many minutes from now.
        Extend "extend" { minutes: u32 }
        /// Safe: it ends.
        Safe "safe" {}
        /// A quiet call for help; the position only where the worker gives one.
        Alarm "alarm" { position: Option<PointWire> }
        /// Where the phone is, after an alarm.
        Position "position" { position: PointWire }
        /// Somebody sees to it.
        Take "take" {}
        /// How it ended, by who took it on.
        Close "close" { safe: bool }
    }
}

/// Extend, end, raise or take on
#[utoipa::path(post, path = "/api/v1/safety-timers/{id}/acts", tag = "care", request_body = TimerSchema,
    params(("id" = Uuid, Path, description = "Id of the timer"),
        ("Idempotency-Key" = Uuid, Header, description = "The same key does it once, however often it is sent")), responses(
    (status = 200, description = "Done; or done before by the same request", body = TimerWire),
    (status = 404, description = "No such timer, or not the caller's"),
    (status = 409, description = "Not as it stands now", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the key was used for another act", body = Problem, content_type = "application/problem+json")))]
async fn act(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Private(body): Private<Value>,
) -> Answer<Response> {
    let command = match read::<TimerBody>(body, NAMES)? {
        TimerBody::Extend { minutes } => Command::Extend { minutes },
        TimerBody::Safe {} => Command::Safe,
        TimerBody::Alarm { position } => {
            Command::Alarm { position: position.map(|it| it.read("/position")).transpose()? }
        }
        TimerBody::Position { position } => Command::Position { position: position.read("/position")? },
        TimerBody::Take {} => Command::Take,
        TimerBody::Close { safe } => Command::Close { safe },
    };
    let (id, key) = (TimerId(id_of(&id)?), key_of(&headers)?);
    let done = safety::act(&state.app, &who, id, key, &command).await?;
    Ok(unkept(Json(TimerWire::of(&done.timer)).into_response()))
}

/// A warning of the weather service.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WeatherIn {
    /// For this area (id) and everything under it.
    area: u32,
    /// heat, cold, snow, rain, wind or smog.
    peril: String,
    /// blue, yellow, orange or red.
    level: String,
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// Last day; within 15 days.
    #[schema(format = Date)]
    to: String,
}

/// A warning that is not over.
#[derive(Serialize, ToSchema)]
struct WeatherWire {
    id: Uuid,
    area: u32,
    peril: String,
    level: String,
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
}

/// What a warning did.
#[derive(Serialize, ToSchema)]
struct WarnedWire {
    /// Visits that were brought forward.
    visits: u32,
}

/// Enter a warning of the weather service
///
/// Visits it touches are brought forward, with the reason on record. The id is the key.
#[utoipa::path(put, path = "/api/v1/weather-warnings/{id}", tag = "care", request_body = WeatherIn,
    params(("id" = Uuid, Path, description = "Made by the caller (UUIDv7)")), responses(
    (status = 201, description = "Entered", body = WarnedWire),
    (status = 200, description = "The same was entered before", body = WarnedWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "Fields make no sense, or the id was used for another", body = Problem, content_type = "application/problem+json")))]
async fn warn(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(asked): Json<WeatherIn>,
) -> Answer<Response> {
    let new = NewWarning {
        area: AreaId(asked.area),
        warning: Warning {
            peril: word("/peril", &asked.peril, Peril::ALL, Peril::as_str)?,
            level: word("/level", &asked.level, WarningLevel::ALL, WarningLevel::as_str)?,
            from: day("/from", &asked.from)?,
            to: day("/to", &asked.to)?,
        },
    };
    let (known, visits) = weather::warn(&state.app, &who, WarningId(id_of(&id)?), &new).await?;
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(WarnedWire { visits })).into_response())
}

/// Lift a warning
///
/// Before its time; visits stay where they are.
#[utoipa::path(delete, path = "/api/v1/weather-warnings/{id}", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the warning")), responses(
    (status = 204, description = "It holds no more"),
    (status = 404, description = "No such warning, or not the caller's")))]
async fn lift(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    weather::lift(&state.app, &who, WarningId(id_of(&id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Warnings.
#[derive(Serialize, ToSchema)]
struct WarningsWire {
    items: Vec<WeatherWire>,
}

/// Warnings that are not over
#[utoipa::path(get, path = "/api/v1/weather-warnings", tag = "care", responses(
    (status = 200, description = "Warnings, by their first day", body = WarningsWire)))]
async fn warnings(Shared(state): Shared<State>, _: Who) -> Answer<Json<WarningsWire>> {
    let rows = weather::current(&state.app).await?;
    let wire = |it: &WarningRow| WeatherWire {
        id: it.id.0,
        area: it.area.0,
        peril: it.warning.peril.as_str().to_owned(),
        level: it.warning.level.as_str().to_owned(),
        from: it.warning.from.to_string(),
        to: it.warning.to.to_string(),
    };
    Ok(Json(WarningsWire { items: rows.iter().map(wire).collect() }))
}
