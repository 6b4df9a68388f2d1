//! The record of deeds: what was done to accounts, units, duties and settings, when, and by whom.

use app::deeds::{self, Asked};
use axum::extract::State as Shared;
use domain::case::By;
use domain::deed::Recorded;
use domain::id::{AreaId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};

/// Most deeds of one page.
const MOST: u32 = 500;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which deeds.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DeedsQuery {
    /// Of this area (id) and everything under it; one's own area when absent.
    area: Option<u32>,
    /// Only those about this: `person/…`, `unit/12`, `duty/7`, `bundle/classes`.
    about: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of deeds.
#[derive(Serialize, ToSchema)]
struct DeedsPage {
    /// Newest first.
    items: Vec<DeedWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// One deed.
#[derive(Serialize, ToSchema)]
struct DeedWire {
    /// From 1, without a gap, over the whole city.
    number: u64,
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The area it concerns; `null` for the whole city.
    area: Option<u32>,
    /// What it was done to.
    about: String,
    by: DoerWire,
    /// What was done: `deed` names the kind, the other fields are of that kind.
    #[schema(value_type = Object)]
    what: Value,
    /// SHA-256 over the deed before and this one, hex.
    hash: String,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
struct DoerWire {
    /// The account; `null` for the platform, and for whoever runs the machine.
    person: Option<Uuid>,
    /// As colleagues know them now.
    name: Option<String>,
    role: String,
    unit: Option<u32>,
}

/// List deeds
///
/// Administrators read what was done to accounts, units, duties and settings of their area.
#[utoipa::path(get, path = "/api/v1/deeds", tag = "deeds", params(DeedsQuery), responses(
    (status = 200, description = "A page, newest first", body = DeedsPage),
    (status = 404, description = "No such area, or not one whose deeds the caller may read"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<DeedsQuery>,
) -> Answer<Json<DeedsPage>> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::field("?limit", "range", format!("1 to {MOST} is taken here")));
    }
    let bad = |_| Problem::field("?cursor", "format", "take `next` of the page before as it is");
    let before = query.cursor.as_deref().map(str::parse).transpose().map_err(bad)?;
    let asked = Asked { area: query.area.map(AreaId), about: query.about, before, limit };
    let (deeds, next) = deeds::list(&state.app, &who, &asked).await?;
    let read: Vec<(Recorded, Option<By>, Value)> = deeds.into_iter().map(parsed).collect();
    let people: Vec<PersonId> = read.iter().filter_map(|(_, by, _)| by.as_ref()?.person).collect();
    let names = state.app.people.names(people).await?;
    let items = read.into_iter().map(|(deed, by, what)| DeedWire {
        number: deed.number,
        id: deed.id.0,
        at: deed.at,
        area: deed.area.map(|area| area.0),
        about: deed.about,
        by: DoerWire {
            person: by.and_then(|by| by.person).map(|id| id.0),
            name: by.and_then(|by| by.person).and_then(|id| names.get(&id).cloned()),
            role: by.map(|by| by.role.as_str().to_owned()).unwrap_or_default(),
            unit: by.and_then(|by| by.unit).map(|unit| unit.0),
        },
        what,
        hash: deed.hash.to_string(),
    });
    Ok(Json(DeedsPage { items: items.collect(), next: next.map(|number| number.to_string()) }))
}

/// A deed of a newer program, or one that was tampered with, is shown as far as it can be read.
fn parsed(deed: Recorded) -> (Recorded, Option<By>, Value) {
    let by = serde_json::from_str(&deed.by).ok();
    let what = serde_json::from_str(&deed.deed).unwrap_or_else(|_| Value::String(deed.deed.clone()));
    (deed, by, what)
}
