//! What several answers about the work of a day have in common: items, people with names, answers that say whether the
//! same was sent before.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::geo::Crs;
use domain::id::{ActId, AreaId, PersonId};
use domain::today::Item;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Answer, Code, Problem};
use crate::read::Json;
use crate::v1::case::REPLAY;
use crate::v1::crs::given;
use crate::v1::state::State;

/// One thing to do.
#[derive(Serialize, ToSchema)]
pub(super) struct DayItem {
    /// case, visit, inspection, campaign, referral, alert or ask.
    kind: String,
    /// Of the case, the visit, the work of a campaign in this grid …
    id: Uuid,
    grid: u32,
    /// What it is, as a list may show it; of a visit the name and no reason.
    title_zh: String,
    title_en: String,
    /// Where, in words; may be empty.
    place: String,
    /// Degrees, in the system that was asked for; `null` when no point is known.
    lng: Option<f64>,
    lat: Option<f64>,
    /// Until when; `null` when any moment of the day will do.
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamp>,
    /// What it takes there, without the walk; 0 when not known.
    minutes: u32,
    /// Why it stands here.
    reason_zh: String,
    reason_en: String,
    urgent: bool,
    /// late, soon or walk.
    press: String,
}

impl DayItem {
    /// An item as it stands at a moment.
    pub(super) fn of(item: Item, now: Timestamp, system: Crs) -> DayItem {
        let press = item.press(now).as_str().to_owned();
        let point = item.point.map(|point| given(point, system));
        DayItem {
            kind: item.kind.as_str().to_owned(),
            id: item.id,
            grid: item.grid.0,
            title_zh: item.title.zh,
            title_en: item.title.en,
            place: item.place,
            lng: point.map(|it| it.lng),
            lat: point.map(|it| it.lat),
            due: item.due,
            minutes: item.minutes,
            reason_zh: item.reason.zh,
            reason_en: item.reason.en,
            urgent: item.urgent,
            press,
        }
    }
}

/// Someone with an account.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct PersonRef {
    id: Uuid,
    /// As colleagues know them.
    name: String,
}

/// Names at hand for an answer.
pub(super) struct Names(HashMap<PersonId, String>);

impl Names {
    /// Of these people.
    pub(super) async fn of(state: &State, people: Vec<PersonId>) -> Answer<Names> {
        Ok(Names(state.app.people.names(people).await?))
    }

    /// Someone with their name.
    pub(super) fn at(&self, id: PersonId) -> PersonRef {
        PersonRef { id: id.0, name: self.0.get(&id).cloned().unwrap_or_default() }
    }
}

/// A grid with its names.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct GridRef {
    id: u32,
    code: String,
    name_zh: String,
    name_en: String,
    /// The community it is in.
    community_zh: String,
    community_en: String,
}

impl GridRef {
    /// By its id.
    pub(super) fn of(state: &State, id: AreaId) -> GridRef {
        let city = state.app.city();
        let community = city.ancestors(id).community.and_then(|it| city.area(it));
        let (community_zh, community_en) =
            community.map(|it| (it.name_zh.clone(), it.name_en.clone())).unwrap_or_default();
        match city.area(id) {
            Some(area) => GridRef {
                id: id.0,
                code: area.code.to_string(),
                name_zh: area.name_zh.clone(),
                name_en: area.name_en.clone(),
                community_zh,
                community_en,
            },
            None => GridRef {
                id: id.0,
                code: String::new(),
                name_zh: String::new(),
                name_en: String::new(),
                community_zh,
                community_en,
            },
        }
    }
}

/// An answer to something that is made under an id: 201 the first time, 200 when it was sent before.
pub(super) fn made(replayed: bool, body: &impl Serialize) -> Response {
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    done_with(status, replayed, body)
}

/// An answer to an act, which says whether it was sent before.
pub(super) fn done(replayed: bool, body: &impl Serialize) -> Response {
    done_with(StatusCode::OK, replayed, body)
}

fn done_with(status: StatusCode, replayed: bool, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if replayed {
        response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    }
    response
}

/// The key of an act: the client's, else a new one.
pub(super) fn act_key(headers: &HeaderMap) -> Answer<ActId> {
    Ok(ActId(crate::v1::case::key(headers)?.unwrap_or_else(Uuid::now_v7)))
}

/// An id of a path; what cannot be one is the id of nothing.
pub(super) fn id(text: &str) -> Answer<Uuid> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}

/// An id of a path under which something is made.
pub(super) fn new_id(text: &str) -> Answer<Uuid> {
    let bad = || Problem::field("/id", "format", "make a UUIDv7 for it and put it into the path");
    text.parse::<Uuid>().map_err(|_| bad()).and_then(|id| if id.is_nil() { Err(bad()) } else { Ok(id) })
}
