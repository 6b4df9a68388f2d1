//! What happens: a stream of acts as server-sent events, and the same as pages, both within rights.

use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Query};
use app::case::number;
use axum::Router;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use domain::id::CaseId;
use domain::policy::{Actor, Facts, Scope};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use store::feed::{self, Cursor};
use store::{Fault, Row};

/// The paths of this file.
pub fn routes() -> Router<State> {
    Router::new().route("/events", get(events)).route("/feed", get(page))
}

const COLUMNS: &[&str] = &["case_id", "version", "act", "at_ms"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedQuery {
    after: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn page(Shared(state): Shared<State>, who: Who, Query(query): Query<FeedQuery>) -> Answer<Json<Value>> {
    let after = query.after.or(query.cursor).map(|text| Cursor::parse(&text));
    let limit = query.limit.unwrap_or(200).clamp(1, 1_000);
    let (items, next) = read(&state, &who, after.as_ref(), limit).await?;
    Ok(Json(json!({ "items": items, "next": next.as_str() })))
}

async fn read(
    state: &State,
    actor: &Actor,
    after: Option<&Cursor>,
    limit: u32,
) -> Answer<(Vec<Value>, Cursor)> {
    let (rows, next) = feed::after(&state.app.store, after, COLUMNS, limit).await.map_err(|_| {
        Problem::new(Code::Stale)
            .detail("the cursor is of another history: read the lists again, then follow from here")
    })?;
    let mut items = Vec::new();
    for row in &rows {
        if let Some(item) = event(state, actor, row).await? {
            items.push(item);
        }
    }
    Ok((items, next))
}

async fn event(state: &State, actor: &Actor, row: &Row) -> Answer<Option<Value>> {
    let read = || {
        Ok::<_, Fault>((
            CaseId(row.uuid("case_id")?),
            row.int("version")?,
            row.text("act")?,
            row.int("at_ms")?,
        ))
    };
    let (id, version, act, at_ms) = read().map_err(app::AppError::from)?;
    let Some(case) = store::case::one(&state.app.store, id).await.map_err(app::AppError::from)? else {
        return Ok(None);
    };
    let city = state.app.city();
    let facts = Facts {
        areas: case.areas,
        desk: case.desk,
        desk_areas: city.ancestors(case.desk),
        units: case.lead.into_iter().collect(),
        reporter: case.reporter,
        private: case.private,
    };
    if !Scope::of(actor).covers(&facts) {
        return Ok(None);
    }
    let act: Value = serde_json::from_str(&act).unwrap_or_default();
    let now = state.app.clock.now();
    Ok(Some(json!({
        "case": id.0, "version": version, "no": number(id), "act": act["act"],
        "at": jiff::Timestamp::from_millisecond(at_ms).ok(), "step": case.step.as_str(), "stage": case.stage,
        "state": case.state, "lead": case.lead.map(|u| u.0), "grid": case.areas.grid.map(|a| a.0),
        "county": case.areas.county.map(|a| a.0), "township": case.areas.township.map(|a| a.0),
        "due_at": case.due.map(|d| d.at), "overdue": case.due.is_some_and(|d| now > d.at),
        "urgency": case.urgency.map(|u| u.as_str()),
    })))
}

async fn events(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Query(query): Query<FeedQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let from = match last.or(query.cursor).or(query.after) {
        Some(text) => Cursor::parse(&text),
        None => feed::end(&state.app.store).await.map_err(|_| Problem::new(Code::Fault))?,
    };
    let bell = state.app.store.watch();
    let start = (state, who, from, bell, VecDeque::<Event>::new());
    let stream = stream::unfold(start, async |(state, who, mut cursor, mut bell, mut waiting)| {
        loop {
            if let Some(event) = waiting.pop_front() {
                return Some((Ok(event), (state, who, cursor, bell, waiting)));
            }
            let (items, next) = read(&state, &who, Some(&cursor), 200).await.ok()?;
            let moved = next != cursor;
            cursor = next;
            for mut item in items {
                item["cursor"] = json!(cursor.as_str());
                waiting.push_back(Event::default().id(cursor.as_str()).event("act").data(item.to_string()));
            }
            if !moved {
                let heard = tokio::time::timeout(Duration::from_secs(1), bell.changed()).await;
                if matches!(heard, Ok(Err(_))) {
                    return None;
                }
            }
        }
    });
    Ok(Sse::new(stream.boxed()).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}
