//! Lists of cases and how many there are. One case is in `case`, a new one in `report`.

use std::collections::BTreeMap;

use app::case::{self, PAGE_MAX};
use axum::extract::{RawQuery, State as Shared};
use serde::{Deserialize, Serialize};
use store::case::{COUNT_CAP, Cursor, Order};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::crs::crs;
use super::filter;
use super::state::State;
use super::who::Who;
use super::wire::RowWire;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};

/// Counts answered in one request.
const MOST_COUNTS: usize = 20;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(counts))
}

/// What a list is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Terms `key:value[,value]` with spaces between: every term holds, any of its values. Keys: step, stage (1-6),
    /// class, unit (id), area (id or code, with all under it), urgency, channel, state (open, running, held,
    /// closed, late, soon), reporter:me, holder:me, due and reported (`<T`, `>T`, `T..T`; a day or a time),
    /// no, outside, text (quotes keep words together). Example: `state:late area:17 step:assigned`.
    #[serde(default)]
    filter: String,
    /// `due` (nearest deadline first, when absent) or `-reported` (newest first).
    sort: Option<String>,
    /// At most so many rows, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Of the points in the answer: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
struct CasesPage {
    items: Vec<RowWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
    /// How many there are, counted up to 10,000.
    total: i64,
    /// There are at least `total`.
    total_capped: bool,
}

/// List cases
///
/// Only those the caller may see. Without a narrower filter: those of the caller's own ground.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(ListQuery), responses(
    (status = 200, description = "A page", body = CasesPage),
    (status = 422, description = "A term of the filter or another parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ListQuery>,
) -> Answer<Json<CasesPage>> {
    let (app, now) = (&state.app, state.app.clock.now());
    let system = crs(query.crs.as_deref(), "?crs")?;
    let filter = filter::read(&query.filter, &app.city(), &who, now)?;
    let order = match query.sort.as_deref() {
        None | Some("due") => Order::Due,
        Some("-reported") => Order::Newest,
        Some(_) => return Err(Problem::field("?sort", "unknown", "due or -reported is taken here")),
    };
    let limit = query.limit.unwrap_or(100);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Problem::field("?limit", "range", format!("1 to {PAGE_MAX} is taken here")));
    }
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let page = case::list(app, &who, &filter, order, after, limit).await?;
    let whole = query.cursor.is_none() && page.next.is_none();
    let total = if whole { page.rows.len() as i64 } else { case::count(app, &who, &filter).await? };
    let mut co = case::co_units(app, &page.rows).await?;
    let rows = page.rows.into_iter().map(|row| {
        let co = co.remove(&row.id).unwrap_or_default();
        let mut row = RowWire::new(row, co.into_iter().map(|unit| unit.0).collect(), now);
        row.facts.place.give_in(system);
        row
    });
    let items = rows.collect();
    let next = page.next.map(|cursor| format!("{}.{}", cursor.key_ms, cursor.id));
    Ok(Json(CasesPage { items, next, total, total_capped: total >= COUNT_CAP }))
}

fn read_cursor(text: &str) -> Answer<Cursor> {
    let read = || {
        let (key, id) = text.split_once('.')?;
        Some(Cursor { key_ms: key.parse().ok()?, id: id.parse().ok()? })
    };
    read().ok_or_else(|| Problem::field("?cursor", "format", "take `next` of the page before as it is"))
}

/// Count cases
///
/// Several counts at once, each under a name: `?v=mine=holder:me&v=late=state:late`.
#[utoipa::path(get, path = "/api/v1/cases/counts", tag = "cases",
    params(("v" = Vec<String>, Query, description = "`name=filter`, at most 20; a filter without a name is its own name"),
        ("filter" = Option<String>, Query, description = "Holds for every one of the counts too")), responses(
    (status = 200, description = "Each name with its count, up to 10,000", body = BTreeMap<String, i64>),
    (status = 422, description = "A term of a filter makes no sense")))]
async fn counts(
    Shared(state): Shared<State>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Answer<Json<BTreeMap<String, i64>>> {
    let query = query.unwrap_or_default();
    let mut asked = BTreeMap::new();
    let mut common = String::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "v" => {
                let (name, filter) = value.split_once('=').unwrap_or((&value, &value));
                asked.insert(name.to_owned(), filter.to_owned());
            }
            "filter" => common = value.into_owned(),
            other => {
                return Err(Problem::field(
                    format!("?{other}"),
                    "unknown_field",
                    "v and filter are taken here",
                ));
            }
        }
    }
    if asked.len() > MOST_COUNTS {
        return Err(Problem::field("?v", "range", format!("{MOST_COUNTS} counts at once are the most")));
    }
    let mut counts = BTreeMap::new();
    for (name, filter) in asked {
        let filter = format!("{common} {filter}");
        let filter = filter::read(&filter, &state.app.city(), &who, state.app.clock.now())?;
        counts.insert(name, case::count(&state.app, &who, &filter).await?);
    }
    Ok(Json(counts))
}
