//! Days that are kept: their hashes, and whether they can be made again.

use app::assess::day::{self as days, last_over};
use axum::extract::State as Shared;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use store::assess::Day;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::problem::Answer;
use crate::read::{Json, Named, Query};
use crate::v1::edited;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// Which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DaysQuery {
    /// First day, as `2026-09-01`; 30 days before `to` when absent.
    from: Option<String>,
    /// Last day; yesterday when absent.
    to: Option<String>,
}

/// A kept day.
#[derive(Serialize, ToSchema)]
pub struct DayWire {
    #[schema(example = "2026-09-29")]
    day: String,
    /// The midnight at its end: nothing from then on is in it.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Number of the newest entry of the log that could be in it.
    log_until: i64,
    /// Version of the recipe that held; 0 is the usual one.
    recipe: u32,
    /// Number of the rules by which outcomes are read out of the log.
    rules: u32,
    /// Version of the program.
    code: String,
    /// Outcomes.
    n_outcomes: u32,
    /// SHA-256 over all of it, hex.
    sha256: String,
    #[schema(value_type = String, format = DateTime)]
    made: Timestamp,
}

impl From<&Day> for DayWire {
    fn from(day: &Day) -> DayWire {
        DayWire {
            day: day.day.to_string(),
            until: day.until,
            log_until: day.last_seq,
            recipe: day.recipe,
            rules: day.rules,
            code: day.code.clone(),
            n_outcomes: day.n_rows,
            sha256: day.sha256.to_string(),
            made: day.made,
        }
    }
}

/// Kept days.
#[derive(Serialize, ToSchema)]
struct DaysWire {
    /// The newest first.
    items: Vec<DayWire>,
}

/// A day made again.
#[derive(Serialize, ToSchema)]
struct ComparedWire {
    /// As it is kept.
    kept: DayWire,
    /// Hash of the one made again.
    sha256: String,
    n_outcomes: u32,
    /// Whether every byte is equal.
    equal: bool,
    /// The first difference in words.
    difference: Option<String>,
}

/// List kept days
#[utoipa::path(get, path = "/api/v1/assess/days", tag = "assess", params(DaysQuery), responses(
    (status = 200, description = "The newest first", body = DaysWire),
    (status = 404, description = "Not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<DaysQuery>,
) -> Answer<Json<DaysWire>> {
    let to = match &query.to {
        Some(text) => edited::day("?to", text)?,
        None => last_over(&state.app),
    };
    let from = match &query.from {
        Some(text) => edited::day("?from", text)?,
        None => to.saturating_sub(30.days()),
    };
    let found = days::list(&state.app, &who, from, to).await?;
    Ok(Json(DaysWire { items: found.iter().map(DayWire::from).collect() }))
}

/// Make a day again and compare
///
/// Reads the same part of the log by the same rules; nothing is saved. Equal means equal in every byte.
#[utoipa::path(post, path = "/api/v1/assess/days/{day}/verify", tag = "assess",
    params(("day" = String, Path, description = "The day, as `2026-09-29`")), responses(
    (status = 200, description = "Equal, or the first difference", body = ComparedWire),
    (status = 404, description = "No such day, or not the caller's to see"),
    (status = 409, description = "It was made by other rules than this program has", body = crate::problem::Problem, content_type = "application/problem+json")))]
async fn verify(Shared(state): Shared<State>, who: Who, Named(day): Named) -> Answer<Json<ComparedWire>> {
    let day = super::day(&day)?;
    let found = days::verify(&state.app, &who, day).await?;
    Ok(Json(ComparedWire {
        kept: DayWire::from(&found.kept),
        sha256: found.again.to_string(),
        n_outcomes: found.n_rows,
        equal: found.difference.is_none(),
        difference: found.difference,
    }))
}
