//! Patrol as coverage of cells. Where work was done counts by itself; one tap says "I was here" where there was nothing to
//! do. A tap is turned into its cell before anything is kept, and with the cell only the day is kept: no person, no hour,
//! no way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::area::{Area, Level};
use domain::geo::LngLat;
use domain::id::AreaId;
use domain::patrol::{self, Cell, Coverage};
use domain::policy::{Actor, WorkAct};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use store::{Batch, Statement, patrol as kept};

use crate::today::moment;
use crate::{App, AppError, City, FieldError, work};

/// Taps that are taken at once: a phone may have been without a network for a day.
pub const AT_ONCE: usize = 200;
/// How old a tap may be, in days.
const OLD_DAYS: i64 = 7;
/// Longest time that coverage is asked for, in days.
const LONGEST_DAYS: i32 = 366;

/// "I was here."
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap {
    /// Where; never kept.
    pub point: LngLat,
    /// On which day; today when `None`.
    pub day: Option<Date>,
}

/// The cells and days that some taps stand for.
pub async fn tap(app: &App, who: &Actor, taps: &[Tap]) -> Result<BTreeSet<(AreaId, Date, Cell)>, AppError> {
    if taps.is_empty() || taps.len() > AT_ONCE {
        return Err(AppError::field("/items", "range", format!("1 to {AT_ONCE} at once")));
    }
    let (city, today) = (app.city(), app.people.today());
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, tap) in taps.iter().enumerate() {
        match cell_of(&city, who, tap, today) {
            Ok(found) => {
                seen.insert(found);
            }
            Err((field, code, detail)) => {
                wrong.push(FieldError { path: format!("/items/{at}{field}"), code, detail });
            }
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::Invalid(wrong));
    }
    let batch = seen
        .iter()
        .fold(Batch::new("patrol"), |batch, (grid, day, cell)| batch.with(kept::visit(*grid, *day, *cell)));
    app.store.commit(batch).await?;
    Ok(seen)
}

/// What says that somebody was where something was done: rooms put it into the commit of what was done.
pub(crate) fn was_at(city: &City, grid: AreaId, point: LngLat, day: Date) -> Option<Statement> {
    let cells = cells_of(city.tree.get(grid)?);
    patrol::standing_for(&cells, point).map(|cell| kept::visit(grid, day, cell))
}

type Wrong = (&'static str, &'static str, String);

fn cell_of(city: &City, who: &Actor, tap: &Tap, today: Date) -> Result<(AreaId, Date, Cell), Wrong> {
    let day = tap.day.unwrap_or(today);
    let first = today.saturating_sub(Span::new().days(OLD_DAYS));
    if day > today || day < first {
        return Err(("/day", "range", format!("{first} to {today} is taken; check the clock of the device")));
    }
    let grid = city.locate(tap.point).and_then(|(areas, _)| areas.grid);
    let outside = || ("", "range", "that is in none of your grids of today".to_owned());
    let grid = grid.ok_or_else(outside)?;
    work::permit_in(city, who, WorkAct::Patrol, grid, "grid").map_err(|_| outside())?;
    let cells = city.tree.get(grid).map(cells_of).unwrap_or_default();
    let cell = patrol::standing_for(&cells, tap.point).ok_or_else(outside)?;
    Ok((grid, day, cell))
}

fn cells_of(grid: &Area) -> Vec<Cell> {
    grid.polygon.as_ref().map(patrol::cells).unwrap_or_default()
}

/// Coverage of an area and of each area directly under it.
#[derive(Clone, Debug)]
pub struct Covered {
    /// All of it.
    pub all: Coverage,
    /// Of each area one level down, by id; of a grid itself none.
    pub parts: Vec<(AreaId, Coverage)>,
    /// The cells of a grid and whether each was visited, when a grid was asked for.
    pub cells: Vec<(Cell, bool)>,
}

/// How much of an area was visited from one day to another (not included).
pub async fn coverage(
    app: &App,
    who: &Actor,
    area: Option<AreaId>,
    from: Date,
    to: Date,
) -> Result<Covered, AppError> {
    if to <= from {
        return Err(AppError::field(
            "?to",
            "range",
            "the last day comes after the first; it is not counted itself",
        ));
    }
    if from.until(to).map_or(i32::MAX, |span| span.get_days()) > LONGEST_DAYS {
        return Err(AppError::field("?to", "range", format!("at most {LONGEST_DAYS} days at once")));
    }
    let city = app.city();
    let path = work::path_for(&city, who, WorkAct::SeeCoverage, area)?;
    let top = city.tree.get(path.id()).ok_or(AppError::NotFound { what: "area" })?;
    let level = top.level;
    let taps = kept::cells(&app.store, &path, from, to).await?;
    let times: (Timestamp, Timestamp) = (moment(app, from), moment(app, to));
    let points = kept::case_points(&app.store, (level, path.id()), times.0, times.1).await?;
    let id = path.id();
    let summed = tokio::task::spawn_blocking(move || summed(&city, id, &taps, points)).await;
    Ok(summed.expect("summing does not panic"))
}

fn summed(city: &Arc<City>, top: AreaId, taps: &[(AreaId, Cell)], points: Vec<(AreaId, LngLat)>) -> Covered {
    let under = city.tree.under(top);
    let grids: Vec<&Area> = under.into_iter().filter(|area| area.level == Level::Grid).collect();
    let cells: BTreeMap<AreaId, Vec<Cell>> = grids.iter().map(|grid| (grid.id, cells_of(grid))).collect();
    let mut visited = patrol::visited(&cells, points);
    for (grid, cell) in taps {
        visited.entry(*grid).or_default().insert(*cell);
    }
    let none = BTreeSet::new();
    let level = city.tree.get(top).map_or(Level::City, |area| area.level);
    let below = Level::ALL.get(level.depth() + 1).copied();
    let (mut all, mut parts) = (Coverage::default(), BTreeMap::<AreaId, Coverage>::new());
    for grid in &grids {
        let own = Coverage::of(&cells[&grid.id], visited.get(&grid.id).unwrap_or(&none));
        all = all.and(own);
        if let Some(part) = below.and_then(|below| city.ancestors(grid.id).at(below)) {
            let so_far = parts.entry(part).or_default();
            *so_far = so_far.and(own);
        }
    }
    let one = cells.get(&top).filter(|_| level == Level::Grid);
    let was = |cell: &Cell| visited.get(&top).is_some_and(|seen| seen.contains(cell));
    let cells = one.map(|cells| cells.iter().map(|cell| (*cell, was(cell))).collect()).unwrap_or_default();
    Covered { all, parts: parts.into_iter().collect(), cells }
}
