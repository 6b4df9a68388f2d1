//! Putting someone on the register: with a legal basis or not at all, and with the first visit planned.

use std::collections::BTreeSet;

use domain::area::{Ancestors, Level};
use domain::care::{self, Act, Held, Particulars, Terms};
use domain::id::{ActId, AreaId, CareId, VisitId};
use domain::policy::{Actor, CareAct, CareFacts, permit_care};
use domain::stream::{Stream, StreamId};
use domain::visit::{PlanReason, Planned, Steady};
use jiff::civil::Date;
use serde::Serialize;
use store::care::{CareOpen, CareRow};
use store::{Batch, CommitError};

use super::file::{WHAT, about, private_hash, sealed};
use crate::people::new_id;
use crate::stream::{self, Trail};
use crate::visit::{NewVisit, plan_new};
use crate::{App, AppError, FieldError};

/// Someone to be put on the register.
#[derive(Clone, Debug, Serialize)]
pub struct NewEntry {
    /// The grid; where a point is known, the grid of the point goes before it.
    pub grid: Option<AreaId>,
    /// Who it is.
    pub person: Particulars,
    /// What was agreed.
    pub terms: Terms,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The entry.
    pub id: CareId,
    /// The first visit.
    pub visit: VisitId,
    /// When that is due.
    pub due: Date,
    /// The same was sent before.
    pub replayed: bool,
}

/// Puts someone on the register. The entry's id is its key: the same request gives the same entry.
pub async fn enrol(app: &App, who: &Actor, id: CareId, new: &NewEntry) -> Result<Enrolled, AppError> {
    let request = private_hash(app, &(id, new))?;
    if let Some(used) = stream::used(app, ActId(id.0)).await? {
        stream::is_again(&used, StreamId::new(Stream::Care, id.0), request)?;
        return again(app, who, id).await;
    }
    let (today, now) = (app.people.today(), app.clock.now());
    let areas = ground(app, who, new)?;
    permit_care(who, CareAct::Enrol, &CareFacts { areas, ..CareFacts::default() })
        .map_err(|_| AppError::NotFound { what: "grid" })?;
    let held =
        Held { person: new.person.clone(), terms: new.terms.clone(), seen: None, steady: Steady::default() };
    faults(&held, today, &BTreeSet::new())?;
    let (keep_key, key) = app.vault.new_key(id.0, now)?;
    let mut trail = Trail::new(StreamId::new(Stream::Care, id.0));
    let grid = areas.grid.unwrap_or(who.area);
    let act = Act::Enrol { grid, sealed: key.seal_text(&about(id), &held) };
    let entry = trail.append(who, now, ActId(id.0), request, &act);
    let tail = held.phone_tail().map(|tail| app.vault.blind("care_tail", &tail)).transpose()?;
    let row = CareRow {
        id,
        version: trail.version(),
        head: trail.head(),
        revision: 1,
        areas,
        enrolled: now,
        open: Some(CareOpen {
            category: held.terms.category,
            near: held.person.point.map(care::blurred),
            review: held.terms.review,
            expiry: held.terms.expiry,
            review_told: false,
            wake: care::wake(&held, false),
            tail,
            sealed: sealed(&key, id, &held),
            code: None,
        }),
        ended: None,
    };
    let first = care_first(&held, today);
    let planned = Planned { due: first, because: vec![PlanReason::Agreed] };
    let visit = VisitId(new_id(now).0);
    let plan = plan_new(app, who, &NewVisit { id: visit, care: id, areas, held: &held, planned }, request);
    let batch = Batch::new("enrol").with(row.insert()).with(keep_key).with(entry).and(plan);
    match app.store.commit(batch).await {
        Ok(()) => Ok(Enrolled { id, visit, due: first, replayed: false }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            match stream::used(app, ActId(id.0)).await? {
                Some(used) => {
                    stream::is_again(&used, StreamId::new(Stream::Care, id.0), request)?;
                    again(app, who, id).await
                }
                None => Err(AppError::KeyReused),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Whoever is new is visited within the week.
fn care_first(held: &Held, today: Date) -> Date {
    today.saturating_add(jiff::ToSpan::days(i64::from(held.terms.every_days.min(7))))
}

async fn again(app: &App, who: &Actor, id: CareId) -> Result<Enrolled, AppError> {
    let row = store::care::one(&app.store, id).await?.ok_or(AppError::NotFound { what: WHAT })?;
    let facts = CareFacts { areas: row.areas, ..CareFacts::default() };
    permit_care(who, CareAct::Enrol, &facts).map_err(|_| AppError::NotFound { what: WHAT })?;
    let first = store::visit::of_care(&app.store, id, 500).await?.pop();
    let first = first.ok_or_else(|| super::file::over(&row))?;
    Ok(Enrolled { id, visit: first.id, due: first.visit.due, replayed: true })
}

/// The grid it stands in: of its point, else the one that is named, else the only one the worker has.
fn ground(app: &App, who: &Actor, new: &NewEntry) -> Result<Ancestors, AppError> {
    let city = app.city();
    if let Some(point) = new.person.point {
        let located = city.locate(point).filter(|(areas, off_m)| areas.grid.is_some() && *off_m < 500.0);
        let outside = || AppError::field("/person/point", "range", "the point lies in no grid of this city");
        return located.map(|(areas, _)| areas).ok_or_else(outside);
    }
    let only = || who.grids.first().copied().filter(|_| who.grids.len() == 1);
    let named = new.grid.or_else(only);
    let missing = || AppError::field("/grid", "missing", "name the grid, or give the point");
    let grid = named.ok_or_else(missing)?;
    let known = city.tree.get(grid).filter(|area| area.level == Level::Grid);
    known.map(|area| city.ancestors(area.id)).ok_or(AppError::NotFound { what: "grid" })
}

/// Faults of an entry as the caller is told of them; those of `kept` fields that were not asked to change are let be.
pub(super) fn faults(held: &Held, today: Date, kept: &BTreeSet<&str>) -> Result<(), AppError> {
    let faults: Vec<FieldError> = held
        .faults(today)
        .into_iter()
        .filter(|fault| !kept.contains(fault.path))
        .map(|fault| FieldError { path: fault.path.to_owned(), code: fault.code, detail: fault.detail })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}
