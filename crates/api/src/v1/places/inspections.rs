//! Inspections: recorded once under the client's id, with the cases that failing answers become.

use std::collections::{BTreeMap, HashMap};

use app::place::{self, InspectCommand, day_of};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::{InspectionId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::inspection::Inspection;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::one::id_of;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::case::REPLAY;
use crate::v1::edited::{key, limit};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, inspect)).routes(routes!(one))
}

/// An inspection as it comes in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InspectBody {
    /// Id (UUIDv7), made by the caller; the header `Idempotency-Key` says the same.
    id: Option<Uuid>,
    /// Code of the form; that of the place's kind when absent.
    form: Option<String>,
    /// The version it was filled in with. An old one is read as it was.
    form_version: u32,
    /// By question: a text, a number, a list of choices or of ids of attachments, `{"lng", "lat"}`.
    #[schema(value_type = Object)]
    answers: BTreeMap<String, Value>,
    /// A remark, up to 500 characters.
    #[serde(default)]
    note: String,
    /// By the device's own clock; now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    made_at: Option<Timestamp>,
    /// Seconds that filling in took, as the device measured. Told in aggregates only.
    seconds: Option<u32>,
}

/// An inspection.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectionWire {
    id: Uuid,
    /// Id of the place or thing.
    place: Uuid,
    /// Code of the form.
    form: String,
    /// The version it was filled in with.
    form_version: u32,
    /// By question.
    #[schema(value_type = Object)]
    answers: Value,
    /// Questions whose answers fail.
    failed: Vec<String>,
    /// The cases that these became.
    cases: Vec<InspectionCaseWire>,
    note: String,
    /// By the clock of whoever inspected.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    saved_at: Timestamp,
    /// Who inspected.
    name: Option<String>,
    /// Id of the unit, if for one.
    unit: Option<u32>,
}

/// An inspection with its pictures.
#[derive(Debug, Serialize, ToSchema)]
struct InspectionWhole {
    #[serde(flatten)]
    inspection: InspectionWire,
    /// Ids of its pictures, see `/api/v1/attachments`.
    photos: Vec<Uuid>,
}

/// A case that something failing became.
#[derive(Debug, Serialize, ToSchema)]
struct InspectionCaseWire {
    /// Id of the case.
    case: Uuid,
    /// Its number.
    no: String,
    /// Class of what failed.
    class: String,
}

impl InspectionWire {
    /// Of an inspection, with the names of people.
    pub fn of(it: &Inspection, names: &HashMap<PersonId, String>) -> InspectionWire {
        let finding = &it.finding;
        let cases = finding.cases.iter().map(|(class, case)| InspectionCaseWire {
            case: case.0,
            no: app::case::number(*case),
            class: class.0.clone(),
        });
        InspectionWire {
            id: finding.inspection.0,
            place: it.place.0,
            form: finding.form.clone(),
            form_version: finding.form_version,
            answers: serde_json::to_value(&finding.answers).expect("answers are plain data"),
            failed: finding.failed.clone(),
            cases: cases.collect(),
            note: finding.note.clone(),
            made_at: Timestamp::from_millisecond(finding.made_ms).unwrap_or(it.saved),
            saved_at: it.saved,
            name: it.by.0.and_then(|person| names.get(&person).cloned()),
            unit: it.by.1.map(|it| it.0),
        }
    }
}

/// What an inspection came to.
#[derive(Debug, Serialize, ToSchema)]
struct InspectedWire {
    inspection: InspectionWire,
    /// The day on which the place is due next; absent without a plan.
    #[schema(format = Date)]
    due: Option<String>,
    /// Questions that were answered and, by the other answers, not asked: left out.
    unasked: Vec<String>,
}

/// A page of inspections.
#[derive(Debug, Serialize, ToSchema)]
struct InspectionsPage {
    /// The newest first.
    items: Vec<InspectionWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct InspectionsQuery {
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Record an inspection
///
/// Of a place or a thing. What fails becomes a case for each class, in the same act; pictures were added as attachments
/// before. Sent again with the same id, it is answered as the first time.
#[utoipa::path(post, path = "/api/v1/places/{id}/inspections", tag = "places", request_body = InspectBody,
    params(("id" = Uuid, Path, description = "Id of the place or thing"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "Id of the inspection, UUIDv7")), responses(
    (status = 201, description = "Recorded", body = InspectedWire),
    (status = 200, description = "The same again (`Idempotent-Replay: true`)", body = InspectedWire),
    (status = 403, description = "The caller sees the place, and inspecting it is someone else's"),
    (status = 404, description = "No such place, or not the caller's to see"),
    (status = 409, description = "It is out of use"),
    (status = 422, description = "Answers make no sense by that version, each by its question; no such version; a picture that is not here; or the id was used for another")))]
async fn inspect(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(body): Json<InspectBody>,
) -> Answer<Response> {
    let id = id_of(&id)?;
    let inspection = InspectionId(key(&headers, body.id)?.unwrap_or_else(Uuid::now_v7));
    let command = InspectCommand {
        form: body.form,
        form_version: body.form_version,
        answers: body.answers,
        note: body.note,
        made_at: body.made_at,
        seconds: body.seconds,
    };
    let done = place::inspect(&state.app, &who, id, inspection, &command).await?;
    let names = names(&state, std::slice::from_ref(&done.inspection)).await?;
    let wire = InspectedWire {
        inspection: InspectionWire::of(&done.inspection, &names),
        due: done.due.map(|it| day_of(it).to_string()),
        unasked: done.unasked,
    };
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = (status, Json(wire)).into_response();
    if done.replayed {
        response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    } else {
        let at = format!("/api/v1/inspections/{inspection}");
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&at).expect("an id is plain"));
    }
    Ok(response)
}

/// Inspections of a place
#[utoipa::path(get, path = "/api/v1/places/{id}/inspections", tag = "places",
    params(("id" = Uuid, Path, description = "Id of the place or thing"), InspectionsQuery), responses(
    (status = 200, description = "A page", body = InspectionsPage),
    (status = 404, description = "No such place, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<InspectionsQuery>,
) -> Answer<Json<InspectionsPage>> {
    let before = query.cursor.as_deref().map(|text| {
        let read = text.split_once('_').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        read.ok_or_else(|| Problem::field("?cursor", "format", "take `next` of the page before as it is"))
    });
    let limit = limit(query.limit, 50)?;
    let mut found = place::inspections(&state.app, &who, id_of(&id)?, before.transpose()?, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more);
    let next = next.map(|last| format!("{}_{}", last.finding.made_ms, last.finding.inspection));
    let names = names(&state, &found).await?;
    Ok(Json(InspectionsPage { items: found.iter().map(|it| InspectionWire::of(it, &names)).collect(), next }))
}

/// One inspection
#[utoipa::path(get, path = "/api/v1/inspections/{id}", tag = "places",
    params(("id" = Uuid, Path, description = "Id")), responses(
    (status = 200, description = "With its answers and cases", body = InspectionWhole),
    (status = 404, description = "No such inspection, or of a place that is not the caller's to see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<InspectionWhole>> {
    let id = id.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let (it, photos) = place::inspection(&state.app, &who, id).await?;
    let names = names(&state, std::slice::from_ref(&it)).await?;
    let photos = photos.iter().map(|it| it.0).collect();
    Ok(Json(InspectionWhole { inspection: InspectionWire::of(&it, &names), photos }))
}

async fn names(state: &State, of: &[Inspection]) -> Answer<HashMap<PersonId, String>> {
    let people: Vec<PersonId> = of.iter().filter_map(|it| it.by.0).collect();
    Ok(state.app.people.names(people).await?)
}
