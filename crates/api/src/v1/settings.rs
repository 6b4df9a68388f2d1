//! The city's own documents as administrators keep them: calendars, classes of case, responsibility. Each has a version,
//! its `ETag` is that version, and a new one holds from the moment it is saved; what was decided before stays as it is.

use app::settings::{self, Difference};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::calendar::CalendarPlan;
use domain::class::ClassRow;
use domain::routing::MatrixRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::edited::held;
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(calendars))
        .routes(routes!(save_calendar, drop_calendar))
        .routes(routes!(class_rows))
        .routes(routes!(preview_classes))
        .routes(routes!(save_classes))
        .routes(routes!(matrix, save_matrix, edit_matrix))
}

/// A document was saved, or said the same already.
#[derive(Serialize, ToSchema)]
pub(super) struct SavedWire {
    /// The version that stands.
    version: u32,
}

/// Every calendar.
#[derive(Serialize, ToSchema)]
struct CalendarsWire {
    /// 0 as long as none was saved.
    version: u32,
    /// Everybody's who has none of their own. A plan: `code`, `name`, `zone`, `week` (`mon` to `sun`, each a list like
    /// `"08:30-12:00"`), `seasons` (`first`, `last` like `06-01`, `week`), `exceptions` by date: `"holiday"` or
    /// `{"make_up": "mon"}`.
    #[schema(value_type = Object)]
    everybody: Value,
    own: Vec<OwnCalendarWire>,
}

/// The calendar of an area and all under it.
#[derive(Serialize, ToSchema)]
struct OwnCalendarWire {
    /// Code of the area.
    area: String,
    #[schema(value_type = Object)]
    plan: Value,
}

/// Rows of classes.
#[derive(Serialize, ToSchema)]
struct ClassRowsWire {
    /// 0 as long as none was saved.
    version: u32,
    /// As in a file of classes.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<ClassRow>,
}

/// Every class, old and new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClassRowsIn {
    /// As in a file of classes. A class that was used is not left out but retired.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<ClassRow>,
}

/// What would change.
#[derive(Serialize, ToSchema)]
pub(super) struct DifferenceWire {
    /// Keys of rows that are new.
    added: Vec<String>,
    /// Keys of rows that are gone.
    removed: Vec<String>,
    changed: Vec<ChangedRowWire>,
    /// How many rows stay as they are.
    same: usize,
}

/// A row that says something else.
#[derive(Serialize, ToSchema)]
struct ChangedRowWire {
    key: String,
    fields: Vec<ChangedFieldWire>,
}

/// A field that differs.
#[derive(Serialize, ToSchema)]
struct ChangedFieldWire {
    field: String,
    #[schema(value_type = Value)]
    before: Value,
    #[schema(value_type = Value)]
    after: Value,
}

/// Who answers for what, where.
#[derive(Serialize, ToSchema)]
struct MatrixWire {
    /// 0 as long as none was saved.
    version: u32,
    rows: Vec<MatrixRowWire>,
}

/// These classes, in this area and all below it, are this department's.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MatrixRowWire {
    /// A class code, its beginning, or `*`.
    classes: String,
    /// Code of the area.
    area: String,
    /// Only for places in an area of this kind; empty for every kind.
    #[serde(default)]
    kind: String,
    /// Code of the department, which is a unit's code up to its first full stop.
    unit: String,
    /// Level of the office that answers: city, county, township, community, grid.
    level: String,
    #[serde(default)]
    note: String,
}

impl MatrixRowWire {
    fn of(row: MatrixRow) -> MatrixRowWire {
        let MatrixRow { classes, area, kind, unit, level, note } = row;
        MatrixRowWire { classes, area, kind, unit, level, note }
    }

    fn read(self) -> MatrixRow {
        let MatrixRowWire { classes, area, kind, unit, level, note } = self;
        MatrixRow { classes, area, kind, unit, level, note }
    }
}

/// Every row.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MatrixIn {
    rows: Vec<MatrixRowWire>,
}

/// Some cells.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MatrixEdit {
    /// Each replaces the row with the same classes, area and kind, or is added.
    #[serde(default)]
    set: Vec<MatrixRowWire>,
    /// Rows to be taken out.
    #[serde(default)]
    drop: Vec<CellIn>,
}

/// A row, named by its place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CellIn {
    classes: String,
    area: String,
    #[serde(default)]
    kind: String,
}

/// Every calendar
#[utoipa::path(get, path = "/api/v1/calendars", tag = "settings",
    responses((status = 200, description = "As they were saved; `ETag` names the version", body = CalendarsWire)))]
async fn calendars(Shared(state): Shared<State>, _: Who) -> Answer<Response> {
    let kept = settings::calendars(&state.app).await?;
    let plan = |plan: &CalendarPlan| serde_json::to_value(plan).expect("a plan is plain data");
    let own = kept.body.own.iter().map(|(area, it)| OwnCalendarWire { area: area.clone(), plan: plan(it) });
    let (version, everybody) = (kept.version, plan(&kept.body.everybody));
    Ok(versioned(version, &CalendarsWire { version, everybody, own: own.collect() }))
}

/// Save the calendar of an area
///
/// Of everybody, where the area is the whole city. Deadlines that were computed stay as they are.
#[utoipa::path(put, path = "/api/v1/calendars/{area}", tag = "settings", request_body = Object,
    params(("area" = String, Path, description = "Id or code of the area"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of `/api/v1/calendars` that the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "No such area, or not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The plan makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn save_calendar(
    Shared(state): Shared<State>,
    who: Who,
    Named(area): Named,
    headers: HeaderMap,
    Json(plan): Json<CalendarPlan>,
) -> Answer<Response> {
    let area =
        state.app.city().area_by_text(&area).map(|it| it.id).ok_or_else(|| Problem::new(Code::NotFound))?;
    let version = settings::save_calendar(&state.app, &who, seen(&headers)?, area, Some(plan)).await?;
    Ok(saved(version))
}

/// Let an area keep the calendar above
#[utoipa::path(delete, path = "/api/v1/calendars/{area}", tag = "settings",
    params(("area" = String, Path, description = "Id or code of the area"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of `/api/v1/calendars` that the decision was made on")), responses(
    (status = 200, description = "It has none of its own; `ETag` names the version", body = SavedWire),
    (status = 404, description = "No such area, or not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The whole city needs one", body = Problem, content_type = "application/problem+json")))]
async fn drop_calendar(
    Shared(state): Shared<State>,
    who: Who,
    Named(area): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let area =
        state.app.city().area_by_text(&area).map(|it| it.id).ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(saved(settings::save_calendar(&state.app, &who, seen(&headers)?, area, None).await?))
}

/// Rows of the classes
#[utoipa::path(get, path = "/api/v1/classes/rows", tag = "settings",
    responses((status = 200, description = "As they were saved; `ETag` names the version", body = ClassRowsWire)))]
async fn class_rows(Shared(state): Shared<State>, _: Who) -> Answer<Response> {
    let kept = settings::classes(&state.app).await?;
    Ok(versioned(kept.version, &ClassRowsWire { version: kept.version, rows: kept.body }))
}

/// Preview a change of classes
///
/// Nothing is saved. Everything that is wrong is named, at most 500 fields.
#[utoipa::path(post, path = "/api/v1/classes/preview", tag = "settings", request_body = ClassRowsIn, responses(
    (status = 200, description = "What would change", body = DifferenceWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 422, description = "Rows make no sense", body = Problem, content_type = "application/problem+json")))]
async fn preview_classes(
    Shared(state): Shared<State>,
    who: Who,
    Json(asked): Json<ClassRowsIn>,
) -> Answer<Json<DifferenceWire>> {
    let found = settings::preview_classes(&state.app, &who, &asked.rows).await?;
    Ok(Json(difference(found)))
}

/// Save the classes
#[utoipa::path(put, path = "/api/v1/classes", tag = "settings", request_body = ClassRowsIn,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of `/api/v1/classes/rows` that the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Rows make no sense", body = Problem, content_type = "application/problem+json")))]
async fn save_classes(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<ClassRowsIn>,
) -> Answer<Response> {
    Ok(saved(settings::save_classes(&state.app, &who, seen(&headers)?, asked.rows).await?))
}

/// The responsibility matrix
#[utoipa::path(get, path = "/api/v1/matrix", tag = "settings",
    responses((status = 200, description = "As it was saved; `ETag` names the version", body = MatrixWire)))]
async fn matrix(Shared(state): Shared<State>, _: Who) -> Answer<Response> {
    let kept = settings::matrix(&state.app).await?;
    let rows = kept.body.into_iter().map(MatrixRowWire::of).collect();
    Ok(versioned(kept.version, &MatrixWire { version: kept.version, rows }))
}

/// Save the responsibility matrix
#[utoipa::path(put, path = "/api/v1/matrix", tag = "settings", request_body = MatrixIn,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Rows make no sense", body = Problem, content_type = "application/problem+json")))]
async fn save_matrix(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<MatrixIn>,
) -> Answer<Response> {
    let rows = asked.rows.into_iter().map(MatrixRowWire::read).collect();
    Ok(saved(settings::save_matrix(&state.app, &who, seen(&headers)?, rows).await?))
}

/// Change cells of the responsibility matrix
#[utoipa::path(patch, path = "/api/v1/matrix", tag = "settings", request_body = MatrixEdit,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Rows make no sense", body = Problem, content_type = "application/problem+json")))]
async fn edit_matrix(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<MatrixEdit>,
) -> Answer<Response> {
    let set: Vec<MatrixRow> = asked.set.into_iter().map(MatrixRowWire::read).collect();
    let drop: Vec<_> = asked.drop.into_iter().map(|cell| (cell.classes, cell.area, cell.kind)).collect();
    Ok(saved(settings::edit_matrix(&state.app, &who, seen(&headers)?, &set, &drop).await?))
}

pub(super) fn difference(found: Difference) -> DifferenceWire {
    let changed = found.changed.into_iter().map(|row| ChangedRowWire {
        key: row.key,
        fields: row
            .fields
            .into_iter()
            .map(|it| ChangedFieldWire { field: it.field, before: it.before, after: it.after })
            .collect(),
    });
    DifferenceWire {
        changed: changed.collect(),
        added: found.added,
        removed: found.removed,
        same: found.same,
    }
}

/// The version that the caller decided on, from `If-Match: "v3"`.
pub(super) fn seen(headers: &HeaderMap) -> Answer<Option<u32>> {
    let Some(tag) = held(headers)? else { return Ok(None) };
    let bad = || Problem::field("If-Match", "format", "take the ETag of what was read as it is: \"v3\"");
    tag.strip_prefix('v').and_then(|number| number.parse().ok()).map(Some).ok_or_else(bad)
}

pub(super) fn saved(version: u32) -> Response {
    versioned(version, &SavedWire { version })
}

pub(super) fn versioned(version: u32, body: &impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    let tag = HeaderValue::from_str(&format!("\"v{version}\"")).expect("a number in quotes");
    response.headers_mut().insert(header::ETAG, tag);
    response
}
