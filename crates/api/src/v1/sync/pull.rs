//! What a phone should hold, as the difference to what it holds.

use app::City;
use app::sync::pull::{self, Body};
use axum::extract::State as Shared;
use domain::area::Area;
use domain::geo::Crs;
use domain::sync::{ItemKey, ItemKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::problem::{Answer, Problem};
use crate::read::Json;
use crate::v1::shapes::geometry;
use crate::v1::state::State;
use crate::v1::who::Who;
use crate::v1::wire::RowWire;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(pull))
}

/// What a phone says it holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PullIn {
    /// Which phone.
    device: Uuid,
    /// `cursor` of the last pull it took in whole; absent when it holds nothing.
    cursor: Option<u64>,
}

/// What it must do to hold what it should.
#[derive(Debug, Serialize, ToSchema)]
struct PullWire {
    /// To be given with the next pull, once all of this is taken in.
    cursor: u64,
    /// It holds nothing of before: what is not in `items` must go.
    whole: bool,
    /// New or changed.
    items: Vec<ItemWire>,
    /// Must go.
    gone: Vec<GoneWire>,
    /// What our clock says.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
}

/// An item.
#[derive(Debug, Serialize, ToSchema)]
struct ItemWire {
    #[schema(value_type = String, example = "case")]
    kind: ItemKind,
    /// Of a grid, its number as the last digits.
    id: Uuid,
    /// As its own door gives it: a case, a form, a task of today; of a grid its names and outline; the classes as a list.
    #[schema(value_type = Object)]
    body: Value,
}

/// An item that must go.
#[derive(Debug, Serialize, ToSchema)]
struct GoneWire {
    #[schema(value_type = String, example = "case")]
    kind: ItemKind,
    id: Uuid,
}

/// Pull
///
/// What is new or changed since the last pull in the grids of the caller's duty today, and what must go: cases, classes,
/// outlines of the grids, forms, today's tasks. The server keeps what each phone was sent, so that the difference is exact, also when a duty ended.
#[utoipa::path(post, path = "/api/v1/sync/pull", tag = "sync", request_body = PullIn, responses(
    (status = 200, description = "The difference", body = PullWire),
    (status = 404, description = "Not the caller's phone, or cut off"),
    (status = 409, description = "Another pull of this phone is at work", body = Problem, content_type = "application/problem+json")))]
async fn pull(Shared(state): Shared<State>, who: Who, Json(body): Json<PullIn>) -> Answer<Json<PullWire>> {
    let (app, city, now) = (&state.app, state.app.city(), state.app.clock.now());
    let pulled = pull::pull(app, &city, &who, domain::id::DeviceId(body.device), body.cursor).await?;
    let items = pulled.send.into_iter().map(|(ItemKey { kind, id }, body)| ItemWire {
        kind,
        id,
        body: wire(&city, body, now),
    });
    let items = items.collect();
    let gone = pulled.gone.into_iter().map(|ItemKey { kind, id }| GoneWire { kind, id }).collect();
    Ok(Json(PullWire { cursor: pulled.cursor, whole: pulled.whole, items, gone, now }))
}

fn wire(city: &City, body: Body, now: Timestamp) -> Value {
    match body {
        Body::Grid(id) => city.area(id).map_or(Value::Null, |grid| grid_wire(city, grid)),
        Body::Classes => {
            let classes = city.classes.open_classes().map(|class| {
                json!({ "code": class.code, "name_zh": class.name.zh, "name_en": class.name.en, "private": class.private })
            });
            json!({ "version": city.classes.version(), "items": classes.collect::<Vec<_>>() })
        }
        Body::Form(version, doc) => json!({ "version": version, "form": doc }),
        Body::Task(item) => json!({
            "kind": item.kind.as_str(), "id": item.id, "grid": item.grid, "title_zh": item.title.zh,
            "title_en": item.title.en, "place": item.place, "lng": item.point.map(|p| p.lng),
            "lat": item.point.map(|p| p.lat), "due": item.due, "minutes": item.minutes,
            "reason_zh": item.reason.zh, "reason_en": item.reason.en, "urgent": item.urgent,
        }),
        Body::Case(row) => serde_json::to_value(RowWire::new(*row, Vec::new(), now)).unwrap_or_default(),
    }
}

fn grid_wire(city: &City, grid: &Area) -> Value {
    let community = grid.parent.and_then(|id| city.area(id));
    json!({
        "area": grid.id, "code": grid.code.as_str(), "name_zh": grid.name_zh, "name_en": grid.name_en,
        "community": community.map(|it| it.id), "community_zh": community.map(|it| &it.name_zh),
        "community_en": community.map(|it| &it.name_en),
        "outline": grid.polygon.as_ref().map(|shape| geometry(shape, Crs::Wgs84)),
    })
}
