//! The board: which department has handed in which month, on time, late or not at all.

use app::index::intake::{self, BoardCell, BoardRow};
use axum::extract::State as Shared;
use domain::month::Month;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::intake_wire::month;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// Months that are shown when nobody says how many.
const USUAL: i32 = 12;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(board))
}

/// Which months.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct BoardQuery {
    /// As `2026-09`; eleven months before the last when absent.
    first: Option<String>,
    /// The month before this one when absent. At most 36 months.
    last: Option<String>,
}

/// The board.
#[derive(Serialize, ToSchema)]
struct BoardWire {
    /// The first first.
    months: Vec<String>,
    /// Departments by code, as far as the caller sees them.
    departments: Vec<BoardRowWire>,
}

/// One department.
#[derive(Serialize, ToSchema)]
struct BoardRowWire {
    /// Its unit's code.
    department: String,
    name_zh: String,
    name_en: String,
    /// One a month.
    cells: Vec<BoardCellWire>,
}

/// One department in one month. Counted are figures of counties.
#[derive(Serialize, ToSchema)]
struct BoardCellWire {
    month: String,
    /// on_time, late, awaited or missing.
    delivery: &'static str,
    /// Until when figures are on time.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// Figures that are asked: indicators times counties.
    expected: u32,
    /// Of these, how many are signed.
    given: u32,
    /// Of these, how many were signed in time.
    on_time: u32,
    /// Of these, how many were corrected later.
    corrected: u32,
    /// Intakes that are saved and not signed.
    waiting: u32,
    /// When the first vintage of the last figure was signed.
    #[schema(value_type = Option<String>, format = DateTime)]
    first_at: Option<Timestamp>,
    /// When anything was signed last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Timestamp>,
}

impl From<BoardRow> for BoardRowWire {
    fn from(row: BoardRow) -> BoardRowWire {
        let cell = |it: BoardCell| BoardCellWire {
            month: it.month.to_string(),
            delivery: it.delivery.as_str(),
            due_at: it.due,
            expected: it.expected,
            given: it.given,
            on_time: it.on_time,
            corrected: it.corrected,
            waiting: it.waiting,
            first_at: it.first,
            last_at: it.last,
        };
        BoardRowWire {
            department: row.department,
            name_zh: row.name_zh,
            name_en: row.name_en,
            cells: row.cells.into_iter().map(cell).collect(),
        }
    }
}

/// Who has handed in what
///
/// A department sees itself, analysts and leaders of the city see all.
#[utoipa::path(get, path = "/api/v1/index/board", tag = "index", params(BoardQuery), responses(
    (status = 200, description = "Departments by months", body = BoardWire),
    (status = 404, description = "Not the caller's to see"),
    (status = 409, description = "No framework of the index is saved yet", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense")))]
async fn board(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<BoardQuery>,
) -> Answer<Json<BoardWire>> {
    let last = match query.last.as_deref() {
        Some(text) => month("?last", text)?,
        None => Month::of(state.app.people.today()).plus(-1),
    };
    let first = match query.first.as_deref() {
        Some(text) => month("?first", text)?,
        None => last.plus(1 - USUAL),
    };
    let rows = intake::board(&state.app, &who, first, last).await?;
    Ok(Json(BoardWire {
        months: Month::range(first, last).map(|it| it.to_string()).collect(),
        departments: rows.into_iter().map(BoardRowWire::from).collect(),
    }))
}
