//! Dated changes of the areas: previewed, arranged, listed, taken back. What they mean is `app::area::changes`.

use app::area::changes::{self, Affected, Asked, Outcome, Planned};
use app::case::number;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::area::{Change, Tree};
use domain::geo::Crs;
use domain::id::{AreaChangeId, AreaId, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::area_change::{AreaChange, Fate};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::case::{REPLAY, key, seen};
use super::crs::crs;
use super::state::State;
use super::topology::FlawWire;
use super::who::Who;
use crate::problem::{Answer, Code, FieldProblem, Problem};
use crate::read::{Json, Named, Query};

/// How many of those affected are named.
const FEW: usize = 20;
/// Most changes of one page.
const MOST: u32 = 200;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(arrange))
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(cancel))
}

/// How it is taken.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ArrangeQuery {
    /// true only says what would be done, and to whom.
    #[serde(default)]
    preview: bool,
    /// Of the outlines sent and the points in the answer: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

/// Changes of the areas that hold from one day on.
#[derive(Deserialize, ToSchema)]
#[schema(as = AreaChanges)]
#[allow(dead_code)] // only described: `app` reads it
struct ChangesSchema {
    /// First day; today when absent. A later day waits, and can be cancelled until then.
    #[schema(format = Date)]
    on: Option<String>,
    /// Why, in words; at most 2,000 characters.
    #[serde(default)]
    note: String,
    /// Save although outlines would then overlap or leave gaps.
    #[serde(default)]
    accept_flaws: bool,
    /// 1 to 1,000, in their order; each names its kind in `change`: split (area, into [{area, children}]), merge (areas,
    /// into), move (area, to, code), rename (area, name_zh, name_en, pinyin), reshape (area, polygon), retire (area,
    /// successors), add (parent, area). Areas are named by code; a new one has code, name_zh and, as far as known, kind,
    /// name_en, pinyin and polygon (a GeoJSON geometry).
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Value>,
}

/// An area that a change touches.
#[derive(Serialize, ToSchema)]
struct PartWire {
    id: u32,
    /// The code it has, or would have; `null` when the change was cancelled before the area began.
    code: Option<String>,
    name_zh: Option<String>,
    name_en: Option<String>,
    level: Option<String>,
    /// begins, ends or changes.
    fate: &'static str,
    /// Ids of the areas that take over.
    successors: Vec<u32>,
}

/// A duty that would pass on.
#[derive(Serialize, ToSchema)]
struct PassingWire {
    /// Number of the duty that would end.
    duty: i64,
    /// The grid that ends.
    grid: u32,
    person: Uuid,
    /// As colleagues know them.
    name: Option<String>,
    /// main, substitute or leave.
    kind: &'static str,
    /// Grids in which it would begin; those where the person has it already are left out.
    to: Vec<u32>,
}

/// An open case that would be placed anew.
#[derive(Serialize, ToSchema)]
struct PlacedWire {
    id: Uuid,
    /// The number people read out.
    no: String,
    /// The grid it lies in now, if that is known.
    grid: Option<u32>,
}

/// Someone whose post is in an area that ends.
#[derive(Serialize, ToSchema)]
struct PostWire {
    person: Uuid,
    account: String,
    role: &'static str,
    area: u32,
}

/// Who would be affected: how many, and the first 20 of each.
#[derive(Serialize, ToSchema)]
struct AffectedWire {
    /// Grids that begin, end, answer to another area, or get another name or outline.
    grids: GridsWire,
    /// Duties that pass on.
    total_duties: usize,
    duties: Vec<PassingWire>,
    /// Open cases that are placed anew, counted up to 10,000.
    total_cases: usize,
    cases: Vec<PlacedWire>,
    /// People whose post is in an area that ends: give them another.
    total_posts: usize,
    posts: Vec<PostWire>,
    /// Units of an area that ends, by id: likewise.
    units: Vec<u32>,
}

/// Grids by what happens to them, by id.
#[derive(Serialize, ToSchema)]
struct GridsWire {
    begin: Vec<u32>,
    end: Vec<u32>,
    /// They answer to another community, township or county.
    move_on: Vec<u32>,
    /// They keep their place and get another name or outline.
    alter: Vec<u32>,
}

/// Something that stands in the way.
#[derive(Serialize, ToSchema)]
struct LawWire {
    /// Code of the area it is about.
    about: String,
    /// Stable code, such as `code_taken`, `past`, `no_such_area` or `later_change_arranged`.
    fault: String,
    /// What is wrong, and what would put it right.
    says: String,
}

/// What a change would do.
#[derive(Serialize, ToSchema)]
struct PlanWire {
    /// First day on which it would hold.
    #[schema(format = Date)]
    on: String,
    /// Every area it touches.
    parts: Vec<PartWire>,
    affected: AffectedWire,
    /// What stands in the way; it can be saved when this is empty.
    findings: Vec<LawWire>,
    /// Gaps, overlaps and stray ground that would be new; saved only with `accept_flaws`.
    flaws: Vec<FlawWire>,
}

/// A change as it stands.
#[derive(Serialize, ToSchema)]
struct ChangeWire {
    id: Uuid,
    /// 1 when saved, one more with each state; the `ETag` has it.
    version: u32,
    /// First day on which it holds.
    #[schema(format = Date)]
    on: String,
    /// arranged (until its day), following (duties are passed on, cases follow), done or cancelled.
    state: &'static str,
    note: String,
    /// The changes as they were saved; outlines are the coordinates of a MultiPolygon in WGS-84.
    #[schema(value_type = Vec<Object>)]
    changes: Value,
    /// Every area it touches; only where one change is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<PartWire>>,
    /// Who arranged it; `null` for whoever runs the machine.
    by: Option<Uuid>,
    name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    saved_at: Timestamp,
    /// When its day had come and duties were passed on.
    #[schema(value_type = Option<String>, format = DateTime)]
    begun_at: Option<Timestamp>,
    /// When every open case had followed, or it was cancelled.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Duties passed on.
    duties: u32,
    /// Cases that followed.
    cases: u32,
}

/// The preview of a change, or the change.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code)] // only described
enum ArrangedWire {
    Plan(Box<PlanWire>),
    Change(Box<ChangeWire>),
}

/// A page of changes.
#[derive(Serialize, ToSchema)]
struct ChangesPage {
    /// The latest day first.
    items: Vec<ChangeWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// Change the areas
///
/// Splits, merges, moves, renames, reshapes, retires and adds areas from a day on: the tree of every other day stays as
/// it was. Ask with `preview=true` first. On the day, duties pass to the successors and open cases get their new areas.
/// For administrators of all that is touched.
#[utoipa::path(post, path = "/api/v1/areas/changes", tag = "areas", request_body = ChangesSchema,
    params(ArrangeQuery, ("Idempotency-Key" = Option<Uuid>, Header, description = "Id of the change, UUIDv7")),
    responses((status = 200, description = "The preview, or the same request again (`Idempotent-Replay: true`)", body = ArrangedWire),
        (status = 201, description = "Arranged; `Location` and `ETag` are set", body = ChangeWire),
        (status = 403, description = "Not an administrator of everything it touches"),
        (status = 409, description = "Others change the areas at this moment"),
        (status = 422, description = "Fields make no sense, or something stands in the way: each is a field")))]
async fn arrange(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ArrangeQuery>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer<Response> {
    let (system, id) = (crs(query.crs.as_deref(), "?crs")?, key(&headers)?.unwrap_or_else(Uuid::now_v7));
    let reading = tokio::task::spawn_blocking(move || changes::read(body, system));
    let file = reading.await.expect("reading changes does not panic")?;
    if query.preview {
        let (planned, affected) = changes::plan(&state.app, &who, file.changes, file.on, FEW).await?;
        return Ok(Json(plan_wire(&state, &planned, affected, system).await?).into_response());
    }
    let asked = Asked {
        id: AreaChangeId(id),
        on: file.on,
        note: file.note,
        changes: file.changes,
        accept_flaws: file.accept_flaws,
    };
    let (change, replayed) = match changes::save(&state.app, &who, &asked).await? {
        Outcome::Saved { change, replayed } => (change, replayed),
        Outcome::InTheWay(planned) => return Err(in_the_way(&planned, &asked.changes, system)),
    };
    let location = format!("/api/v1/areas/changes/{}", change.id);
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = tagged(&state, status, &change).await?;
    let mut put = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    if replayed {
        put(REPLAY, "true");
    } else {
        put(header::LOCATION, &location);
    }
    Ok(response)
}

/// One change, whole, with its tag.
async fn tagged(state: &State, status: StatusCode, change: &AreaChange) -> Answer<Response> {
    let parts = store::area_change::parts(&state.app.store, change.id).await.map_err(app::AppError::from)?;
    let history = &state.app.city().history;
    let parts = parts.iter().map(|(id, fate)| PartWire::of(history, *id, *fate, change.on)).collect();
    let names = state.app.people.names(change.person).await?;
    let name = change.person.and_then(|id| names.get(&id).cloned());
    let wire = ChangeWire { parts: Some(parts), ..ChangeWire::of(change, name) };
    let tag = format!("\"v{}\"", change.version);
    Ok((status, [(header::ETAG, tag)], Json(wire)).into_response())
}

async fn plan_wire(state: &State, planned: &Planned, affected: Affected, system: Crs) -> Answer<PlanWire> {
    let people: Vec<PersonId> = affected.duties.first.iter().map(|it| it.old.person).collect();
    let names = state.app.people.names(people).await?;
    let passing = affected.duties.first.iter().map(|it| PassingWire {
        duty: it.old.id,
        grid: it.old.grid.0,
        person: it.old.person.0,
        name: names.get(&it.old.person).cloned(),
        kind: it.old.kind.as_str(),
        to: it.new.iter().map(|new| new.grid.0).collect(),
    });
    let placed = affected.cases.first.iter().map(|row| PlacedWire {
        id: row.id.0,
        no: number(row.id),
        grid: row.areas.grid.map(|grid| grid.0),
    });
    let posts = affected.posts.first.into_iter().map(|it| PostWire {
        person: it.id.0,
        role: it.role.as_str(),
        area: it.area.0,
        account: it.account,
    });
    let history = planned.history();
    let fault = |it: &domain::area::Finding| serde_json::to_value(&it.fault).unwrap_or_default();
    Ok(PlanWire {
        on: planned.on.to_string(),
        parts: planned
            .parts()
            .iter()
            .map(|(id, fate)| PartWire::of(history, *id, *fate, planned.on))
            .collect(),
        findings: planned
            .would
            .findings
            .iter()
            .map(|it| LawWire {
                about: it.about.clone(),
                fault: fault(it)["fault"].as_str().unwrap_or_default().to_owned(),
                says: it.to_string(),
            })
            .collect(),
        flaws: flaws(planned, system),
        affected: AffectedWire {
            grids: GridsWire::of(planned),
            total_duties: affected.duties.total,
            duties: passing.collect(),
            total_cases: affected.cases.total,
            cases: placed.collect(),
            total_posts: affected.posts.total,
            posts: posts.collect(),
            units: affected.units.first.iter().map(|unit| unit.0).collect(),
        },
    })
}

fn flaws(planned: &Planned, system: Crs) -> Vec<FlawWire> {
    let then = planned.history().as_of(planned.on);
    planned.flaws.iter().take(100).map(|it| FlawWire::of(it, &then, system)).collect()
}

/// Why nothing was kept: a field for each thing, at the change that has the area it is about.
fn in_the_way(planned: &Planned, asked: &[Change], system: Crs) -> Problem {
    let at = |about: &str| {
        let names = |change: &Change| {
            serde_json::to_string(change).is_ok_and(|text| text.contains(&format!("{about:?}")))
        };
        asked.iter().position(names).map_or("/changes".to_owned(), |nth| format!("/changes/{nth}"))
    };
    let law = planned.would.findings.iter().map(|it| FieldProblem {
        path: at(&it.about),
        code: "in_the_way".into(),
        detail: it.to_string(),
    });
    let ground = flaws(planned, system).into_iter().map(|it| FieldProblem {
        path: "/accept_flaws".to_owned(),
        code: "flaw".into(),
        detail: format!("{}; mend the outlines, or accept it", it.says()),
    });
    Problem::new(Code::Invalid).detail("nothing was kept").fields(law.chain(ground).collect())
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// List changes of the areas
///
/// Past, arranged and cancelled ones. For administrators.
#[utoipa::path(get, path = "/api/v1/areas/changes", tag = "areas", params(ListQuery), responses(
    (status = 200, description = "The latest day first", body = ChangesPage),
    (status = 403, description = "Not an administrator"), (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ListQuery>,
) -> Answer<Json<ChangesPage>> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::field("?limit", "range", format!("1 to {MOST} is taken here")));
    }
    let before = query.cursor.as_deref().map(place).transpose()?;
    let (all, next) = changes::list(&state.app, &who, before, limit).await?;
    let people: Vec<PersonId> = all.iter().filter_map(|it| it.person).collect();
    let names = state.app.people.names(people).await?;
    let items =
        all.iter().map(|it| ChangeWire::of(it, it.person.and_then(|id| names.get(&id).cloned()))).collect();
    Ok(Json(ChangesPage { items, next: next.map(|(on, id)| format!("{on}.{id}")) }))
}

fn place(text: &str) -> Answer<(Date, AreaChangeId)> {
    let read = || {
        let (on, id) = text.split_once('.')?;
        Some((on.parse().ok()?, AreaChangeId(id.parse().ok()?)))
    };
    read().ok_or_else(|| Problem::field("?cursor", "format", "take `next` of the page before as it is"))
}

/// One change of the areas
#[utoipa::path(get, path = "/api/v1/areas/changes/{id}", tag = "areas",
    params(("id" = Uuid, Path, description = "Id of the change")), responses(
    (status = 200, description = "The change; `ETag` names its version", body = ChangeWire),
    (status = 403, description = "Not an administrator"), (status = 404, description = "No such change")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let (change, _) = changes::look(&state.app, &who, id_of(&id)?).await?;
    tagged(&state, StatusCode::OK, &change).await
}

/// Cancel an arranged change
///
/// Until its day. Its codes are free again; its ids are not.
#[utoipa::path(delete, path = "/api/v1/areas/changes/{id}", tag = "areas",
    params(("id" = Uuid, Path, description = "Id of the change"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Cancelled, also when it was before", body = ChangeWire),
    (status = 403, description = "Not an administrator of everything it touches"),
    (status = 404, description = "No such change"),
    (status = 409, description = "It is in force, or another change was arranged on top of it"),
    (status = 412, description = "It moved on meanwhile"), (status = 422, description = "No such tag")))]
async fn cancel(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let change = changes::cancel(&state.app, &who, id_of(&id)?, seen(&headers)?).await?;
    tagged(&state, StatusCode::OK, &change).await
}

fn id_of(text: &str) -> Answer<AreaChangeId> {
    text.parse().map(AreaChangeId).map_err(|_| Problem::new(Code::NotFound))
}

impl PartWire {
    /// As it is on the day of the change, or last was before it.
    fn of(history: &Tree, id: AreaId, fate: Fate, on: Date) -> PartWire {
        let area =
            history.get_on(id, on).or_else(|| history.versions(id).filter(|a| a.valid_from < on).last());
        PartWire {
            id: id.0,
            code: area.map(|a| a.code.as_str().to_owned()),
            name_zh: area.map(|a| a.name_zh.clone()),
            name_en: area.map(|a| a.name_en.clone()),
            level: area.map(|a| a.level.name().to_owned()),
            fate: fate.as_str(),
            successors: area.map(|a| a.successors.iter().map(|s| s.0).collect()).unwrap_or_default(),
        }
    }
}

impl GridsWire {
    fn of(planned: &Planned) -> GridsWire {
        let ids = |grids: &[AreaId]| grids.iter().map(|id| id.0).collect();
        let grids = &planned.would.grids;
        GridsWire {
            begin: ids(&grids.created),
            end: ids(&grids.retired),
            move_on: ids(&grids.moved),
            alter: ids(&grids.altered),
        }
    }
}

impl ChangeWire {
    fn of(change: &AreaChange, name: Option<String>) -> ChangeWire {
        ChangeWire {
            id: change.id.0,
            version: change.version,
            on: change.on.to_string(),
            state: change.state.as_str(),
            note: change.note.clone(),
            changes: serde_json::from_str(&change.changes).unwrap_or_default(),
            parts: None,
            by: change.person.map(|id| id.0),
            name,
            saved_at: change.saved,
            begun_at: change.begun,
            ended_at: change.ended,
            duties: change.n_duties,
            cases: change.n_cases,
        }
    }
}
