//! Long work on an edition: asked for, watched, left and found again.

use std::convert::Infallible;
use std::time::Duration;

use app::index::work::{self, Work};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use domain::id::JobId;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::job::Job;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::named;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::edited;
use crate::v1::state::State;
use crate::v1::streams::Stream;
use crate::v1::who::Who;

/// How often a watched job is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Looks without news before a comment keeps the stream alive.
const QUIET: u32 = 30;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(list))
        .routes(routes!(one, cancel))
        .routes(routes!(result))
        .routes(routes!(watch))
}

/// A job, without its result.
#[derive(Serialize, ToSchema)]
struct JobWire {
    id: Uuid,
    /// sensitivity, audit or backcast.
    kind: String,
    /// The edition it is about.
    edition: String,
    /// waiting, running, done, failed or cancelled.
    state: String,
    /// Steps done.
    done: u64,
    /// Of so many; 0 as long as that is not known.
    total: u64,
    /// Why it could not be done.
    error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    made: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamp>,
    /// Media type of the result, once it is there.
    result_type: Option<String>,
}

impl JobWire {
    fn of(job: Job) -> JobWire {
        JobWire {
            id: job.id.0,
            kind: job.kind,
            edition: job.subject,
            state: job.state.as_str().to_owned(),
            done: job.done,
            total: job.total,
            error: job.error,
            made: job.made,
            ended: job.ended,
            result_type: job.result_type,
        }
    }
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
struct JobsPage {
    /// The newest first.
    items: Vec<JobWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// Which jobs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct JobsQuery {
    /// Those on one edition, named as an edition is.
    edition: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Ask for long work on an edition
///
/// `{"kind": "sensitivity", "study": "…TOML…"}` (the usual study when absent), `{"kind": "audit"}`, or
/// `{"kind": "backcast", "framework": {…}, "first": "2024-01"}`. `Idempotency-Key` makes the same request one job.
#[utoipa::path(post, path = "/api/v1/index/editions/{edition}/jobs", tag = "index", request_body = Object,
    params(("edition" = String, Path, description = named::EDITION),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "Made by the client; becomes the id of the job")), responses(
    (status = 202, description = "It will be done", body = JobWire),
    (status = 404, description = "No such edition, or not the caller's to ask"),
    (status = 422, description = "The study or framework makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn ask(
    Shared(state): Shared<State>,
    who: Who,
    Named(name): Named,
    headers: HeaderMap,
    Json(asked): Json<Work>,
) -> Answer<Response> {
    let id = edited::key(&headers, None)?.unwrap_or_else(Uuid::now_v7);
    let edition = named::edition(&state, &who, &name).await?.id;
    let job = work::ask(&state.app, &who, JobId(id), edition, &asked).await?;
    let at = format!("/api/v1/index/jobs/{id}");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, at)], Json(JobWire::of(job))).into_response())
}

/// List jobs
#[utoipa::path(get, path = "/api/v1/index/jobs", tag = "index", params(JobsQuery), responses(
    (status = 200, description = "A page", body = JobsPage),
    (status = 404, description = "Not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<JobsQuery>,
) -> Answer<Json<JobsPage>> {
    let limit = edited::limit(query.limit, 50)?;
    let edition = match &query.edition {
        Some(name) => Some(named::edition(&state, &who, name).await?.id),
        None => None,
    };
    let before = query.cursor.as_deref().map(cursor).transpose()?;
    let mut found = work::list(&state.app, &who, edition, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|it| format!("{}_{}", it.made.as_millisecond(), it.id));
    Ok(Json(JobsPage { items: found.into_iter().map(JobWire::of).collect(), next }))
}

fn cursor(text: &str) -> Answer<(Timestamp, JobId)> {
    let parts = text.split_once('_');
    let at = parts.and_then(|(ms, _)| ms.parse().ok()).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let id = parts.and_then(|(_, id)| id.parse().ok()).map(JobId);
    at.zip(id).ok_or_else(|| Problem::field("?cursor", "format", "take `next` of the page before as it is"))
}

/// One job
#[utoipa::path(get, path = "/api/v1/index/jobs/{id}", tag = "index",
    params(("id" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "How far it is", body = JobWire),
    (status = 404, description = "No such job, or not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<JobWire>> {
    Ok(Json(JobWire::of(work::one(&state.app, &who, job_id(&id)?).await?)))
}

/// Cancel a job
#[utoipa::path(delete, path = "/api/v1/index/jobs/{id}", tag = "index",
    params(("id" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "Cancelled, or over before", body = JobWire),
    (status = 404, description = "No such job, or not the caller's to see")))]
async fn cancel(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<JobWire>> {
    Ok(Json(JobWire::of(work::cancel(&state.app, &who, job_id(&id)?).await?)))
}

/// What came of a job
///
/// Of a sensitivity study: `inputs` (first and total share of the ranks' movement) and `areas` (rank, median, 90 %
/// interval); of a backcast: `months` with their rankings; of an audit: a page.
#[utoipa::path(get, path = "/api/v1/index/jobs/{id}/result", tag = "index",
    params(("id" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "The result, of the media type that the job names", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, description = "No such job, or not the caller's to see"),
    (status = 409, description = "It is not done", body = Problem, content_type = "application/problem+json")))]
async fn result(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let (kind, bytes) = work::result(&state.app, &who, job_id(&id)?).await?;
    let mut response = bytes.into_response();
    let kind = HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// Watch a job
///
/// Server-sent events named `job`, each a `JobWire`, as it moves; the stream ends when it is over.
#[utoipa::path(get, path = "/api/v1/index/jobs/{id}/events", tag = "index",
    params(("id" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "Ends when the job is over", body = JobWire, content_type = "text/event-stream"),
    (status = 404, description = "No such job, or not the caller's to see"),
    (status = 429, description = "Too many streams are open for this person")))]
async fn watch(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let id = job_id(&id)?;
    work::one(&state.app, &who, id).await?;
    let place = state.streams.open(who.0.person)?;
    let closing = state.closing.clone();
    let watcher = Watcher { state, who, id, last: None, over: false, _place: place };
    let stream = stream::unfold(watcher, Watcher::next).take_until(closing.ended());
    Ok(Sse::new(stream.boxed()).into_response())
}

/// One who watches.
struct Watcher {
    state: State,
    who: Who,
    id: JobId,
    last: Option<(String, u64, u64)>,
    over: bool,
    _place: Stream,
}

impl Watcher {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Watcher)> {
        if self.over {
            return None;
        }
        for quiet in 0.. {
            let job = work::one(&self.state.app, &self.who, self.id).await.ok()?;
            let now = (job.state.as_str().to_owned(), job.done, job.total);
            if self.last.as_ref() != Some(&now) {
                self.over = job.state.is_over();
                self.last = Some(now);
                let data = serde_json::to_string(&JobWire::of(job)).expect("a wire type is JSON");
                return Some((Ok(Event::default().event("job").data(data)), self));
            }
            if quiet >= QUIET {
                return Some((Ok(Event::default().comment("quiet")), self));
            }
            tokio::time::sleep(LOOK).await;
        }
        None
    }
}

fn job_id(text: &str) -> Answer<JobId> {
    text.parse().map(JobId).map_err(|_| Problem::new(Code::NotFound))
}
