//! What happens: a stream of acts as server-sent events, and the same in pages, both within rights.
//!
//! Every event carries its own cursor, so that whoever breaks off anywhere misses nothing and hears nothing
//! twice. What a caller may not see still moves their cursor on, in events without data that pages ignore.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use app::case::number;
use app::feed::{self, Cursor, Event as Happened, FeedError, Follower};
use app::token::Token;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::state::State;
use super::streams::Stream;
use super::who::{Who, token};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Query};

/// A sign of life when nothing happens, and the moment to see whether the session still holds.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(events)).routes(routes!(page))
}

/// An act that happened.
#[derive(Serialize, ToSchema)]
struct EventWire {
    /// The place behind it: go on from here.
    cursor: String,
    /// Id of the case.
    case: Uuid,
    /// The version that the act made.
    version: u32,
    /// Number of the case.
    no: String,
    /// Which act.
    act: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Step at which the case now stands; so for all that follows.
    step: String,
    /// The six steps as people count them.
    stage: u8,
    /// open, held or closed.
    state: String,
    /// Id of the lead unit.
    lead: Option<u32>,
    /// Id of the grid.
    grid: Option<u32>,
    /// Id of the county.
    county: Option<u32>,
    /// Id of the township.
    township: Option<u32>,
    /// The running deadline.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// It is over.
    overdue: bool,
    /// Urgency, once filed.
    urgency: Option<String>,
}

impl EventWire {
    fn of(event: &Happened, now: Timestamp) -> EventWire {
        let case = &event.case;
        EventWire {
            cursor: event.cursor.to_string(),
            case: case.id.0,
            version: event.version,
            no: number(case.id),
            act: event.act.as_str().to_owned(),
            at: event.at,
            step: case.step.as_str().to_owned(),
            stage: case.stage,
            state: case.state.clone(),
            lead: case.lead.map(|unit| unit.0),
            grid: case.areas.grid.map(|area| area.0),
            county: case.areas.county.map(|area| area.0),
            township: case.areas.township.map(|area| area.0),
            due_at: case.due.map(|due| due.at),
            overdue: case.state != "closed" && case.due.is_some_and(|due| now > due.at),
            urgency: case.urgency.map(|urgency| urgency.as_str().to_owned()),
        }
    }
}

/// A page of what happened.
#[derive(Serialize, ToSchema)]
struct FeedPage {
    items: Vec<EventWire>,
    /// Where to go on; ask again later when there were no items.
    next: String,
}

/// From where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FeedQuery {
    /// `next` of the page before; from the beginning when absent.
    after: Option<String>,
    /// At most so many acts are looked at, up to 1,000; 200 when absent. Those not yours to see are left out.
    limit: Option<u32>,
}

/// From where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// A cursor to begin after; `Last-Event-ID` goes before it; now when both are absent.
    cursor: Option<String>,
}

/// What happened, in pages
///
/// Skips nothing and repeats nothing, whoever writes meanwhile.
#[utoipa::path(get, path = "/api/v1/feed", tag = "events", params(FeedQuery), responses(
    (status = 200, description = "Acts in order; those of one case in the order of its log", body = FeedPage),
    (status = 412, description = "The cursor is of another history: read the lists again, then begin anew")))]
async fn page(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<FeedQuery>,
) -> Answer<Json<FeedPage>> {
    let after = query.after.as_deref().map(Cursor::parse);
    let limit = query.limit.unwrap_or(200);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::field("?limit", "range", "1 to 1000 is taken here"));
    }
    let (events, next) = feed::read(&state.app, after.as_ref(), limit).await.map_err(other_history)?;
    let now = state.app.clock.now();
    let items = events.iter().filter(|event| event.is_for(&who)).map(|event| EventWire::of(event, now));
    Ok(Json(FeedPage { items: items.collect(), next: next.to_string() }))
}

/// What happens, as it happens
///
/// Server-sent events named `act`; `data` is an `EventWire`. Resume with `Last-Event-ID`.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header, description = "Set by the browser when it comes back")),
    responses((status = 200, description = "Never ends by itself", body = EventWire, content_type = "text/event-stream"),
    (status = 412, description = "The cursor is of another history: read the lists again, then begin anew"),
    (status = 429, description = "Too many streams are open for this person")))]
async fn events(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Answer<Response> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let from = last.or(query.cursor).map(|text| Cursor::parse(&text));
    let place = state.streams.open(who.0.person)?;
    let follower = state.live.follow(from).await.map_err(other_history)?;
    // A cursor of another history is told now, while there is a status to tell it with.
    feed::read(&state.app, Some(follower.cursor()), 1).await.map_err(other_history)?;
    let token = token(&headers).ok_or_else(|| Problem::new(Code::Unauthorized))?;
    let closing = state.closing.clone();
    let first = Event::default().id(follower.cursor().as_str());
    let listener = Listener { state, who, token, follower, waiting: VecDeque::from([first]), _place: place };
    let stream = stream::unfold(listener, Listener::next).take_until(closing.ended());
    Ok(Sse::new(stream.boxed()).into_response())
}

fn other_history(error: FeedError) -> Problem {
    match error {
        FeedError::OtherHistory => Problem::new(Code::Stale).detail(error.to_string()),
        FeedError::Fault(fault) => app::AppError::from(fault).into(),
    }
}

/// One open stream.
struct Listener {
    state: State,
    who: Who,
    token: Token,
    follower: Follower,
    waiting: VecDeque<Event>,
    _place: Stream,
}

impl Listener {
    /// The next event, and the listener back; `None` ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Listener)> {
        let mut heartbeat = Instant::now() + HEARTBEAT;
        while self.waiting.is_empty() {
            match timeout_at(heartbeat, self.follower.next()).await {
                Ok(Ok(events)) => self.take(&events),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a stream of events ends");
                    return None;
                }
                Err(_quiet) => {
                    heartbeat = Instant::now() + HEARTBEAT;
                    // The session may be over, or the rights may be others now.
                    self.who = Who(self.state.app.people.signed(&self.token).await.ok()?);
                    self.waiting.push_back(Event::default().comment("quiet"));
                }
            }
        }
        self.waiting.pop_front().map(|event| (Ok(event), self))
    }

    fn take(&mut self, events: &[Arc<Happened>]) {
        let now = self.state.app.clock.now();
        let mut behind = false;
        for event in events {
            behind = !event.is_for(&self.who);
            if !behind {
                let data = serde_json::to_string(&EventWire::of(event, now)).expect("a wire type is JSON");
                self.waiting.push_back(Event::default().id(event.cursor.as_str()).event("act").data(data));
            }
        }
        if behind {
            self.waiting.push_back(Event::default().id(self.follower.cursor().as_str()));
        }
    }
}
