//! Notes of hand-over.

use app::hand_over::{self, Note};
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::id::{AreaId, HandOverId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::wire::{Names, PersonRef, act_key, done, id, made, new_id};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(write)).routes(routes!(acknowledge))
}

/// A note for whoever has a grid next.
#[derive(Serialize, ToSchema)]
pub(super) struct NoteWire {
    id: Uuid,
    grid: u32,
    /// Who wrote it.
    by: PersonRef,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `null` once it is erased.
    text: Option<String>,
    /// Who said that they have read it.
    readers: Vec<ReaderWire>,
}

/// Who has read a note.
#[derive(Serialize, ToSchema)]
struct ReaderWire {
    person: PersonRef,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl NoteWire {
    /// Everybody it names.
    pub(super) fn people(note: &Note) -> Vec<PersonId> {
        note.readers.iter().map(|(person, _)| *person).chain([note.person]).collect()
    }

    /// A note with names.
    pub(super) fn of(note: &Note, names: &Names) -> NoteWire {
        let reader = |(person, at): &(PersonId, Timestamp)| ReaderWire { person: names.at(*person), at: *at };
        NoteWire {
            id: note.id.0,
            grid: note.grid.0,
            by: names.at(note.person),
            at: note.written,
            text: note.text.clone(),
            readers: note.readers.iter().map(reader).collect(),
        }
    }
}

/// Notes of a grid.
#[derive(Serialize, ToSchema)]
struct NotesWire {
    /// The newest first, at most 50; none is older than 180 days.
    items: Vec<NoteWire>,
}

/// A note to be written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteIn {
    /// For whoever has this grid.
    grid: u32,
    /// What they must know, 1 to 2,000 characters. It is sealed, and erased after 180 days.
    text: String,
}

/// Hand-over notes of a grid
#[utoipa::path(get, path = "/api/v1/grids/{grid}/hand-overs", tag = "work",
    params(("grid" = u32, Path, description = "Id of the grid")), responses(
    (status = 200, description = "For whoever has the grid today, and its desk", body = NotesWire),
    (status = 404, description = "No such grid, or not the caller's")))]
async fn list(Shared(state): Shared<State>, who: Who, Named(grid): Named) -> Answer<Json<NotesWire>> {
    let grid = grid.parse().map(AreaId).map_err(|_| Problem::new(Code::NotFound))?;
    let notes = hand_over::list(&state.app, &who, grid).await?;
    let people: Vec<PersonId> = notes.iter().flat_map(NoteWire::people).collect();
    let names = Names::of(&state, people).await?;
    Ok(Json(NotesWire { items: notes.iter().map(|note| NoteWire::of(note, &names)).collect() }))
}

/// Write a hand-over note
///
/// For whoever has the grid next. Who has a duty there may, on leave and before it begins, too.
#[utoipa::path(put, path = "/api/v1/hand-overs/{id}", tag = "work", request_body = NoteIn,
    params(("id" = Uuid, Path, description = "UUIDv7 made by the caller; the same twice is one note")), responses(
    (status = 201, description = "Written; whoever has the grid is told", body = NoteWire),
    (status = 200, description = "It was sent before", body = NoteWire),
    (status = 404, description = "No such grid, or not the caller's"),
    (status = 409, description = "Others are acting on it"),
    (status = 422, description = "Fields make no sense, or the id was used for another note")))]
async fn write(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(asked): Json<NoteIn>,
) -> Answer<Response> {
    let id = HandOverId(new_id(&id)?);
    let written = hand_over::write(&state.app, &who, id, AreaId(asked.grid), &asked.text).await?;
    let names = Names::of(&state, NoteWire::people(&written.now)).await?;
    Ok(made(written.replayed, &NoteWire::of(&written.now, &names)))
}

/// Say that a hand-over note was read
#[utoipa::path(post, path = "/api/v1/hand-overs/{id}/read", tag = "work",
    params(("id" = Uuid, Path, description = "The note"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key does it once")), responses(
    (status = 200, description = "As it stands", body = NoteWire),
    (status = 404, description = "No such note, or not the caller's"),
    (status = 409, description = "Others are acting on it"),
    (status = 422, description = "The key was used for something else")))]
async fn acknowledge(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let read = hand_over::acknowledge(&state.app, &who, HandOverId(id(&text)?), act_key(&headers)?).await?;
    let names = Names::of(&state, NoteWire::people(&read.now)).await?;
    Ok(done(read.replayed, &NoteWire::of(&read.now, &names)))
}
