//! What stands out and should be looked at by hand.

use app::assess::alarms;
use axum::extract::State as Shared;
use domain::month::Month;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{AreaName, area, month};
use crate::problem::Answer;
use crate::read::{Json, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which alarms.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AlarmsQuery {
    /// Code or id of the area; one's own when absent.
    area: Option<String>,
    /// As `2026-10`; this month when absent.
    month: Option<String>,
}

/// Something to look at.
#[derive(Serialize, ToSchema)]
struct AlarmWire {
    /// quick_own, month_end, same_text, same_picture or always_perfect.
    kind: String,
    /// Where most of the worker's month was.
    place: AreaName,
    /// Whose; only for their own desk or leader.
    person: Option<Uuid>,
    name: Option<String>,
    /// So many of so many.
    n: u32,
    of: u32,
    /// Cases (of same_picture: attachments) to look at by hand.
    sample: Vec<Uuid>,
}

/// Alarms. They deduct nothing.
#[derive(Serialize, ToSchema)]
struct AlarmsPage {
    month: String,
    /// By kind and place.
    items: Vec<AlarmWire>,
}

/// List alarms
///
/// Patterns that chance does not explain, each with a sample to look at by hand. Nothing is deducted for them.
#[utoipa::path(get, path = "/api/v1/assess/alarms", tag = "assess", params(AlarmsQuery), responses(
    (status = 200, description = "By kind and place", body = AlarmsPage),
    (status = 404, description = "No such area, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<AlarmsQuery>,
) -> Answer<Json<AlarmsPage>> {
    let city = state.app.city();
    let ground = query.area.as_deref().map_or_else(|| Ok(who.area), |text| area(&city, text))?;
    let this = Month::of(state.app.people.today());
    let of = query.month.as_deref().map_or(Ok(this), month)?;
    let found = alarms::alarms(&state.app, &who, ground, of).await?;
    let named = found.iter().filter(|it| it.named).map(|it| it.alarm.person);
    let names = state.app.people.names(named.collect::<Vec<_>>()).await?;
    let items = found.into_iter().map(|it| AlarmWire {
        kind: it.alarm.kind.as_str().to_owned(),
        place: AreaName::of(&city, it.area),
        person: it.named.then_some(it.alarm.person.0),
        name: names.get(&it.alarm.person).cloned(),
        n: it.alarm.n,
        of: it.alarm.of,
        sample: it.alarm.sample,
    });
    Ok(Json(AlarmsPage { month: of.to_string(), items: items.collect() }))
}
