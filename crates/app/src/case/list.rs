//! Lists of cases: what is asked, narrowed to what the person may see.
//!
//! Rights alone are a union that no index serves; so a list that asks for nothing narrower is also held to the
//! person's own ground: their area, their grids, their unit, their reports.

use super::number::{ids_of_number, number, same_number, tails_of_letters};
use crate::{App, AppError};
use domain::area::Level;
use domain::id::{CaseId, UnitId};
use domain::policy::{Actor, Role, Scope};
use std::collections::HashMap;
use store::case::{self, AreaLoad, CaseFilter, CaseRow, Cursor, List, Order, TurnOf};
use store::scope::ScopeSql;

/// The most rows of one page.
pub const PAGE_MAX: u32 = 500;

/// Some rows, and where to go on.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<CaseRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// The next page of a list.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &CaseFilter,
    order: Order,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page, AppError> {
    let (filter, scope) = narrowed(actor, filter);
    let limit = limit.clamp(1, PAGE_MAX);
    let (rows, next) =
        case::list(&app.store, List { filter: &filter, scope: &scope, order, after, limit }).await?;
    Ok(Page { rows, next })
}

/// How many there are, counted up to ten thousand.
pub async fn count(app: &App, actor: &Actor, filter: &CaseFilter) -> Result<i64, AppError> {
    let (filter, scope) = narrowed(actor, filter);
    Ok(case::count(&app.store, &filter, &scope).await?)
}

/// Co-units of rows this person was given.
pub async fn co_units(app: &App, rows: &[CaseRow]) -> Result<HashMap<CaseId, Vec<UnitId>>, AppError> {
    let with_lead: Vec<CaseId> = rows.iter().filter(|row| row.lead.is_some()).map(|row| row.id).collect();
    Ok(case::co_units(&app.store, &with_lead).await?)
}

/// Open and overdue cases of each area of a level.
pub async fn loads(
    app: &App,
    actor: &Actor,
    filter: &CaseFilter,
    level: Level,
) -> Result<Vec<AreaLoad>, AppError> {
    let (filter, scope) = narrowed(actor, filter);
    Ok(case::area_loads(&app.store, &filter, &scope, level, app.clock.now()).await?)
}

/// Cases of a number that people read out: one, rarely two. Its letters alone do, of any day.
pub async fn by_number(app: &App, actor: &Actor, text: &str) -> Result<Vec<CaseRow>, AppError> {
    if let Some(tails) = tails_of_letters(text) {
        return by_letters(app, actor, tails).await;
    }
    let Some(ids) = ids_of_number(text) else { return Ok(Vec::new()) };
    let filter = CaseFilter { ids: Some(ids), ..CaseFilter::default() };
    let scope = ScopeSql::new(Scope::of(actor), actor.level);
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let list = List { filter: &filter, scope: &scope, order: Order::Newest, after, limit: PAGE_MAX };
        let (rows, next) = case::list(&app.store, list).await?;
        found.extend(rows.into_iter().filter(|row| same_number(&number(row.id), text)));
        match next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

async fn by_letters(app: &App, actor: &Actor, tails: [[u8; 4]; 4]) -> Result<Vec<CaseRow>, AppError> {
    let scope = ScopeSql::new(Scope::of(actor), actor.level);
    let mut found = Vec::new();
    for id in case::of_tail(&app.store, tails).await? {
        let filter = CaseFilter { ids: Some((id, id)), ..CaseFilter::default() };
        let list = List { filter: &filter, scope: &scope, order: Order::Newest, after: None, limit: 1 };
        found.extend(case::list(&app.store, list).await?.0);
    }
    Ok(found)
}

/// What waits for this person: their turn, in their own words.
pub fn my_turn(actor: &Actor) -> Option<TurnOf> {
    match actor.role {
        Role::Worker => Some(TurnOf::Grids(actor.grids.iter().copied().collect())),
        Role::Desk => Some(TurnOf::Desk(actor.level, actor.area)),
        Role::Leader => Some(TurnOf::Leader(actor.level, actor.area)),
        Role::Handler => actor.unit.map(TurnOf::Unit),
        _ => actor.person.map(TurnOf::Reporter),
    }
}

fn narrowed(actor: &Actor, filter: &CaseFilter) -> (CaseFilter, ScopeSql) {
    let mut filter = filter.clone();
    let narrow = !filter.areas.is_empty()
        || !filter.units.is_empty()
        || filter.reporter.is_some()
        || filter.turn.is_some()
        || filter.ids.is_some()
        || filter.outside_no.is_some();
    if !narrow {
        match actor.role {
            Role::Worker => filter.areas = actor.grids.iter().map(|grid| (Level::Grid, *grid)).collect(),
            Role::Handler => filter.units = actor.unit.into_iter().collect(),
            Role::Desk | Role::Leader | Role::Analyst => filter.areas = vec![(actor.level, actor.area)],
            Role::Admin | Role::Resident => filter.reporter = actor.person,
            Role::System => {}
        }
    }
    (filter, ScopeSql::new(Scope::of(actor), actor.level))
}
