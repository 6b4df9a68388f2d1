//! Recipes of scores: read, tried on a month, saved as the next version.

use app::assess::recipe;
use app::assess::trial::{self, AreaMove};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::month::Month;
use domain::score::RecipeDoc;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AreaName, month, one};
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};
use crate::v1::edited;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(held, save)).routes(routes!(tried))
}

/// A recipe and its version.
#[derive(Serialize, ToSchema)]
struct RecipeWire {
    /// 0 is the usual one.
    version: u32,
    /// `worker` and `area`, each with `min_cases` and `lines` (code, zh, en, measure, weight, target, min_count, strength,
    /// workload); `workload_cap`; `window_days`.
    #[schema(value_type = Object)]
    recipe: RecipeDoc,
}

/// On which month.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct TrialQuery {
    /// As `2026-10`; the last that is over when absent.
    month: Option<String>,
}

/// Who would move.
#[derive(Serialize, ToSchema)]
struct TrialWire {
    month: String,
    /// Version of the recipe that holds.
    version: u32,
    /// Workers with a score by either recipe.
    n: usize,
    /// Of those, who would gain, or lose, half a point or more.
    up: usize,
    down: usize,
    /// The middle size of a move, in points.
    median: f64,
    /// Those that would move most, by grid; at most 200.
    workers: Vec<WorkerMoveWire>,
    /// Counties and townships whose rank would change.
    areas: Vec<AreaMoveWire>,
}

/// A worker that would move.
#[derive(Serialize, ToSchema)]
struct WorkerMoveWire {
    grid: AreaName,
    before: Option<f64>,
    after: Option<f64>,
}

/// An area that would move.
#[derive(Serialize, ToSchema)]
struct AreaMoveWire {
    #[serde(flatten)]
    area: AreaName,
    before: StandWire,
    after: StandWire,
}

/// Score and rank.
#[derive(Serialize, ToSchema)]
struct StandWire {
    score: Option<f64>,
    rank: Option<u32>,
}

/// The recipe that holds
#[utoipa::path(get, path = "/api/v1/assess/recipe", tag = "assess", responses(
    (status = 200, description = "With its version as ETag", body = RecipeWire),
    (status = 404, description = "Not the caller's to see")))]
async fn held(Shared(state): Shared<State>, who: Who) -> Answer<Response> {
    let found = recipe::held(&state.app, &who).await?;
    let wire = RecipeWire { version: found.version, recipe: found.body };
    Ok(edited::answer(StatusCode::OK, &wire.version.to_string(), None, &wire))
}

/// Save the next recipe
///
/// It holds from now on; days and months before keep theirs. A line's measure is one of a closed list of outcomes: a
/// recipe that names log-ins, minutes online, uploads or check-ins is refused with the reason. `If-Match` says which
/// version was decided on.
#[utoipa::path(put, path = "/api/v1/assess/recipe", tag = "assess", request_body = Object,
    params(("If-Match" = Option<String>, Header, description = "ETag of what was decided on")), responses(
    (status = 200, description = "Saved", body = RecipeWire),
    (status = 403, description = "The caller does not administer the whole city", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "Not the caller's to change"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It does not hold: each fault with its place", body = Problem, content_type = "application/problem+json")))]
async fn save(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(doc): Json<RecipeDoc>,
) -> Answer<Response> {
    let tag = edited::held(&headers)?;
    let bad = |_| Problem::field("If-Match", "format", "take the ETag of what was read as it is");
    let version = tag.map(|text| text.parse::<u32>().map_err(bad)).transpose()?;
    let version = recipe::save(&state.app, &who, version, &doc).await?;
    let wire = RecipeWire { version, recipe: doc };
    Ok(edited::answer(StatusCode::OK, &version.to_string(), None, &wire))
}

/// Try a recipe
///
/// On a month that is over: who would move, and by how much. Nothing is saved.
#[utoipa::path(post, path = "/api/v1/assess/recipe/trial", tag = "assess", request_body = Object, params(TrialQuery), responses(
    (status = 200, description = "Who would move", body = TrialWire),
    (status = 404, description = "Not the caller's to try"),
    (status = 409, description = "The month has no books", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It does not hold: each fault with its place", body = Problem, content_type = "application/problem+json")))]
async fn tried(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<TrialQuery>,
    Json(doc): Json<RecipeDoc>,
) -> Answer<Json<TrialWire>> {
    let last = Month::of(state.app.people.today()).plus(-1);
    let of = query.month.as_deref().map_or(Ok(last), month)?;
    let found = trial::trial(&state.app, &who, &doc, of).await?;
    let city = state.app.city();
    let stand = |(score, rank): (Option<f64>, Option<u32>)| StandWire { score: score.map(one), rank };
    let area = |it: &AreaMove| AreaMoveWire {
        area: AreaName::of(&city, it.area),
        before: stand(it.before),
        after: stand(it.after),
    };
    let workers = found.workers.iter().map(|it| WorkerMoveWire {
        grid: AreaName::of(&city, it.grid),
        before: it.before.map(one),
        after: it.after.map(one),
    });
    Ok(Json(TrialWire {
        month: found.month.to_string(),
        version: found.version,
        n: found.n,
        up: found.up,
        down: found.down,
        median: (found.median * 100.0).round() / 100.0,
        workers: workers.collect(),
        areas: found.areas.iter().map(|(_, it)| area(it)).collect(),
    }))
}
