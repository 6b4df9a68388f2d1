//! The city's own lists: classes, units, calendars.

use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Path, Query};
use axum::Router;
use axum::extract::State as Shared;
use axum::routing::get;
use domain::clock::Stage;
use domain::id::AreaId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The paths of this file.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/classes", get(classes))
        .route("/units", get(units))
        .route("/calendars/{area}", get(calendar))
}

async fn classes(Shared(state): Shared<State>) -> Json<Value> {
    let city = state.app.city();
    let items: Vec<Value> = city
        .classes
        .classes()
        .map(|class| {
            let stages: Map<String, Value> = STAGES
                .iter()
                .map(|(name, stage)| {
                    let span = class.clocks.of(*stage);
                    ((*name).to_owned(), json!({ "span": span.to_string(), "zh": span.zh(), "en": span.to_string() }))
                })
                .collect();
            let shows = [("before", class.evidence.before_photos > 0), ("after", class.evidence.after_photos > 0), ("document", class.evidence.document)];
            let evidence: Vec<&str> = shows.iter().filter(|(_, needed)| *needed).map(|(name, _)| *name).collect();
            json!({ "code": class.code.0, "name_zh": class.name.zh, "name_en": class.name.en,
                    "group": class.major.code, "group_zh": class.major.name.zh, "group_en": class.major.name.en,
                    "urgency": class.urgency.as_str(), "private": class.private, "retired": class.retired,
                    "evidence": evidence, "criteria_zh": class.filing.zh, "criteria_en": class.filing.en, "stages": stages })
        })
        .collect();
    Json(json!({ "version": city.classes.version(), "items": items }))
}

const STAGES: [(&str, Stage); 8] = [
    ("verify", Stage::Verify),
    ("file", Stage::File),
    ("dispatch", Stage::Dispatch),
    ("accept", Stage::Accept),
    ("handle", Stage::Handle),
    ("check", Stage::Check),
    ("answer", Stage::Answer),
    ("wait", Stage::Confirm),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsQuery {
    area: Option<u32>,
}

async fn units(Shared(state): Shared<State>, _: Who, Query(query): Query<UnitsQuery>) -> Json<Value> {
    let city = state.app.city();
    let items: Vec<Value> = city
        .units
        .values()
        .filter(|u| query.area.is_none_or(|area| u.area == AreaId(area)))
        .map(|u| {
            json!({ "id": u.id.0, "code": u.code, "name_zh": u.name_zh, "name_en": u.name_en, "level": u.level.name(),
                    "area": u.area.0, "parent": u.parent.map(|p| p.0) })
        })
        .collect();
    Json(json!({ "items": items }))
}

async fn calendar(Shared(state): Shared<State>, _: Who, Path(area): Path) -> Answer<Json<Value>> {
    let city = state.app.city();
    let area = city.area_by_text(&area).ok_or_else(|| Problem::new(Code::NotFound))?;
    let plan = city.calendar(&city.ancestors(area.id)).plan();
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    let hours = |shift: &Value| {
        let (from, to) = shift.as_str().and_then(|s| s.split_once('-'))?;
        Some(json!([from, to]))
    };
    let week: Map<String, Value> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .map(|day| {
            let shifts =
                value["week"][day].as_array().map(|all| all.iter().filter_map(hours).collect::<Vec<_>>());
            ((*day).to_owned(), json!(shifts.unwrap_or_default()))
        })
        .collect();
    let exceptions: Vec<Value> = plan
        .exceptions
        .iter()
        .map(|(date, kind)| {
            let kind =
                if matches!(kind, domain::calendar::Exception::Holiday) { "holiday" } else { "make_up" };
            json!({ "date": date.to_string(), "kind": kind, "name": "" })
        })
        .collect();
    let ends =
        [plan.exceptions.keys().next(), plan.exceptions.keys().last()].map(|d| d.map(ToString::to_string));
    Ok(Json(json!({ "zone": value["zone"].take(), "week": week, "exceptions": exceptions, "covers": ends })))
}
