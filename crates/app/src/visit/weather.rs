//! Warnings of the weather service, entered for an area: each brings the visits it touches forward, and says so.

use domain::id::{AreaId, VisitId, WarningId};
use domain::policy::{Actor, CareAct, CareFacts, permit_care};
use domain::visit::{Conditions, PlanReason, Warning, next_visit};
use jiff::ToSpan;
use serde::Serialize;
use store::visit::{self, WarningRow};
use store::{Batch, CommitError};

use super::act::replan;
use crate::care::{open_row, private_hash};
use crate::people::system;
use crate::{App, AppError};

/// Longest time one warning holds.
const LONGEST_DAYS: i64 = 15;
const AT_ONCE: u32 = 200;

/// A warning to be entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewWarning {
    /// For this area and everything under it.
    pub area: AreaId,
    /// What it says.
    pub warning: Warning,
}

/// Enters a warning. Its id is its key; whether it was entered before, and how many visits were brought forward.
pub async fn warn(app: &App, who: &Actor, id: WarningId, new: &NewWarning) -> Result<(bool, u32), AppError> {
    let city = app.city();
    let known = city.tree.get(new.area).map(|area| city.ancestors(area.id));
    let areas = known.ok_or(AppError::NotFound { what: "area" })?;
    permit_care(who, CareAct::Warn, &CareFacts { areas, ..CareFacts::default() })
        .map_err(|_| AppError::NotFound { what: "area" })?;
    let (today, it) = (app.people.today(), &new.warning);
    if it.to < it.from || it.to < today || it.to > today.saturating_add(LONGEST_DAYS.days()) {
        let detail = format!("a warning ends no earlier than it begins, today or within {LONGEST_DAYS} days");
        return Err(AppError::field("/to", "range", detail));
    }
    let row = WarningRow { id, area: new.area, warning: it.clone(), ended: None };
    let batch = Batch::new("warn").with(row.insert(who.person, app.clock.now()));
    let replayed = match app.store.commit(batch).await {
        Ok(()) => false,
        Err(CommitError::Duplicate { .. }) => match visit::warning(&app.store, id).await? {
            Some(known) if known.area == row.area && known.warning == row.warning => true,
            _ => return Err(AppError::KeyReused),
        },
        Err(error) => return Err(error.into()),
    };
    // Also when it was entered before: what broke off goes on.
    Ok((replayed, bring_forward(app, new).await?))
}

/// Lifts a warning before its time; visits stay where they are.
pub async fn lift(app: &App, who: &Actor, id: WarningId) -> Result<(), AppError> {
    let gone = || AppError::NotFound { what: "weather warning" };
    let row = visit::warning(&app.store, id).await?.ok_or_else(gone)?;
    let areas = app.city().ancestors(row.area);
    permit_care(who, CareAct::Warn, &CareFacts { areas, ..CareFacts::default() }).map_err(|_| gone())?;
    match app.store.commit(Batch::new("lift").with(row.lift(app.clock.now()))).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Warnings that are not over.
pub async fn current(app: &App) -> Result<Vec<WarningRow>, AppError> {
    Ok(visit::warnings(&app.store, app.people.today()).await?)
}

/// Looks at every planned visit of the area: what the entry says decides, and is opened by the platform alone.
async fn bring_forward(app: &App, new: &NewWarning) -> Result<u32, AppError> {
    let (today, clock) = (app.people.today(), system(new.area));
    let request = private_hash(app, new)?;
    let warnings = [new.warning.clone()];
    let (mut after, mut n) = (VisitId(uuid::Uuid::nil()), 0);
    loop {
        let rows = visit::planned_in(&app.store, new.area, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(n) };
        after = last.id;
        for row in rows {
            let Some(entry) = store::care::one(&app.store, row.care).await?.filter(|it| it.open.is_some())
            else {
                continue;
            };
            let file = open_row(app, entry).await?;
            let last = row.visit.due.saturating_sub(i64::from(file.held.steady.days.max(1)).days());
            let ahead = Conditions { warnings: &warnings, days_off: &[] };
            let planned = next_visit(
                &file.held.terms,
                file.held.steady,
                PlanReason::Agreed,
                last.min(today),
                today,
                &ahead,
            );
            if planned.because.first() != Some(&PlanReason::Weather) || planned.due >= row.visit.due {
                continue;
            }
            let moved = replan(app, &clock, row.care, planned.due, PlanReason::Weather, request).await?;
            let n_moved = moved.len();
            match app.store.commit(moved.into_iter().fold(Batch::new("weather"), Batch::with)).await {
                Ok(()) => n += u32::from(n_moved > 0),
                Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {} // visited at this moment
                Err(error) => return Err(error.into()),
            }
        }
    }
}
