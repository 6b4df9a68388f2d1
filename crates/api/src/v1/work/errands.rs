//! The work of a campaign in one grid, item by item.

use app::campaign::{self, ErrandView, Said};
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::campaign::Impossible;
use domain::id::ErrandId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::campaigns::ErrandLine;
use super::wire::{act_key, done, id};
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(say))
}

/// The work of a campaign in one grid.
#[derive(Serialize, ToSchema)]
struct ErrandWire {
    #[serde(flatten)]
    errand: ErrandLine,
    campaign: Uuid,
    title_zh: String,
    title_en: String,
    /// What is to be done at each item.
    task_zh: String,
    task_en: String,
    basis: String,
    /// What an item takes, without the walk.
    minutes: u32,
    /// First day after the last.
    #[schema(format = Date)]
    to: String,
    /// Cases or places that have no answer yet; empty where the grid itself is the item.
    open: Vec<ThingWire>,
    /// What was said so far.
    answers: Vec<ErrandAnswer>,
}

/// Something that can be an item.
#[derive(Serialize, ToSchema)]
struct ThingWire {
    id: Uuid,
    name_zh: String,
    name_en: String,
    place: String,
    lng: Option<f64>,
    lat: Option<f64>,
}

/// One answer.
#[derive(Serialize, ToSchema)]
struct ErrandAnswer {
    n: u32,
    what: Option<Uuid>,
    done: bool,
    /// Why it could not be done.
    reason: Option<String>,
    note: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl ErrandWire {
    fn of(view: ErrandView) -> ErrandWire {
        let draft = view.campaign.draft;
        let open = view.open.into_iter().map(|(id, name, place, point)| ThingWire {
            id,
            name_zh: name.zh,
            name_en: name.en,
            place,
            lng: point.map(|it| it.lng),
            lat: point.map(|it| it.lat),
        });
        let answers = view.answers.into_iter().map(|it| ErrandAnswer {
            n: it.n,
            what: it.what,
            done: it.reason.is_none(),
            reason: it.reason.map(|reason| reason.as_str().to_owned()),
            note: it.note,
            at: it.at,
        });
        ErrandWire {
            errand: ErrandLine::of(&view.errand),
            campaign: view.campaign.id.0,
            title_zh: draft.title.zh,
            title_en: draft.title.en,
            task_zh: draft.task.zh,
            task_en: draft.task.en,
            basis: draft.basis,
            minutes: draft.minutes,
            to: draft.to.to_string(),
            open: open.collect(),
            answers: answers.collect(),
        }
    }
}

/// The work of a campaign in one grid
#[utoipa::path(get, path = "/api/v1/errands/{id}", tag = "work",
    params(("id" = Uuid, Path, description = "As in a day's item of kind `campaign`")), responses(
    (status = 200, description = "What is to be done, and what was", body = ErrandWire),
    (status = 404, description = "No such work, or not the caller's")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(text): Named) -> Answer<Json<ErrandWire>> {
    let view = campaign::errand(&state.app, &who, ErrandId(id(&text)?)).await?;
    Ok(Json(ErrandWire::of(view)))
}

/// What is said of one item.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SaidIn {
    /// The case or place; nothing where the grid itself is the item.
    what: Option<Uuid>,
    /// Done, or it cannot be.
    done: bool,
    /// Why it cannot be: gone, closed, declined, unsafe, known or other.
    reason: Option<String>,
    /// At most 500 characters; needed with the reason `other`.
    #[serde(default)]
    note: String,
}

/// Do an item of a campaign, or say why it cannot be done
#[utoipa::path(post, path = "/api/v1/errands/{id}/items", tag = "work", request_body = SaidIn,
    params(("id" = Uuid, Path, description = "The work"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key does it once")), responses(
    (status = 200, description = "As it stands", body = ErrandLine),
    (status = 404, description = "No such work, or not the caller's"),
    (status = 409, description = "All items have an answer, or the campaign does not run"),
    (status = 422, description = "Fields make no sense, or the key was used")))]
async fn say(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
    Json(body): Json<SaidIn>,
) -> Answer<Response> {
    let unknown = || {
        Problem::field("/reason", "unknown", "gone, closed, declined, unsafe, known or other is taken here")
    };
    let reason = match (body.done, body.reason.as_deref()) {
        (true, None) => None,
        (true, Some(_)) => {
            return Err(Problem::field("/reason", "conflict", "what is done has no reason why not"));
        }
        (false, text) => Some(text.and_then(Impossible::parse).ok_or_else(unknown)?),
    };
    let said = Said { what: body.what, reason, note: body.note };
    let (id, key) = (ErrandId(id(&text)?), act_key(&headers)?);
    let done_now = campaign::say(&state.app, &who, id, key, &said).await?;
    Ok(done(done_now.replayed, &ErrandLine::of(&done_now.now)))
}
