//! A worker's day in one call.

use std::collections::BTreeMap;

use app::hand_over::Note;
use app::today::{Day, Ground};
use axum::extract::State as Shared;
use domain::id::PersonId;
use domain::today::Item;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::hand_overs::NoteWire;
use super::wire::{DayItem, GridRef, Names, PersonRef};
use crate::problem::Answer;
use crate::read::{Json, Query};
use crate::v1::crs::CrsQuery;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(today))
}

/// A day.
#[derive(Serialize, ToSchema)]
struct TodayWire {
    /// By the city's calendar.
    #[schema(format = Date)]
    day: String,
    /// When this was put together; `press` is as of it.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The caller's grids today.
    grids: Vec<GridDutyWire>,
    /// Late and soon first by deadline, the rest as one walk; a phone that knows where it is may put the walk anew.
    items: Vec<DayItem>,
    /// How much of each kind.
    counts: BTreeMap<String, u32>,
    n_late: u32,
    n_soon: u32,
    /// What comes next in the coming 30 days, when there is nothing today.
    next: Option<DayItem>,
    /// Grids they are away from today, with who stands in.
    away: Vec<GridDutyWire>,
    /// Notes of hand-over that the caller has not read yet.
    notes: Vec<NoteWire>,
    /// What they did today, by name of the act.
    done: BTreeMap<String, u32>,
}

/// A grid of today.
#[derive(Serialize, ToSchema)]
struct GridDutyWire {
    grid: GridRef,
    /// main, substitute or leave.
    kind: String,
    /// Whom they stand in for; on leave, who stands in for them.
    others: Vec<PersonRef>,
}

/// My day
///
/// Cases to verify and check, and whatever other rooms have due in the caller's grids, in order and with reasons.
#[utoipa::path(get, path = "/api/v1/today", tag = "work", params(CrsQuery), responses(
    (status = 200, description = "The day of whoever asks", body = TodayWire),
    (status = 404, description = "The caller has no days of this kind"),
    (status = 422, description = "No such coordinate system")))]
async fn today(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<CrsQuery>,
) -> Answer<Json<TodayWire>> {
    let system = query.system()?;
    let day = app::today::of(&state.app, &who).await?;
    let names = Names::of(&state, people(&day)).await?;
    let item = |item: Item| DayItem::of(item, day.at, system);
    let ground = |it: &Ground| GridDutyWire {
        grid: GridRef::of(&state, it.grid),
        kind: it.kind.as_str().to_owned(),
        others: it.others.iter().map(|id| names.at(*id)).collect(),
    };
    let note = |note: &Note| NoteWire::of(note, &names);
    Ok(Json(TodayWire {
        day: day.day.to_string(),
        at: day.at,
        grids: day.grids.iter().map(ground).collect(),
        counts: day.counts.iter().map(|(kind, n)| (kind.as_str().to_owned(), *n)).collect(),
        n_late: day.n_late,
        n_soon: day.n_soon,
        away: day.away.iter().map(ground).collect(),
        notes: day.notes.iter().map(note).collect(),
        next: day.next.map(item),
        items: day.items.into_iter().map(item).collect(),
        done: day.done,
    }))
}

fn people(day: &Day) -> Vec<PersonId> {
    let grounds = day.grids.iter().chain(&day.away).flat_map(|it| it.others.iter().copied());
    let notes = day.notes.iter().flat_map(NoteWire::people);
    grounds.chain(notes).collect()
}
