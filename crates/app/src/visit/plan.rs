//! Planning visits: the row of a new one with the first entry of its record, and what is known of the days ahead.

use domain::area::Ancestors;
use domain::audit::Hash;
use domain::care::{self, Basis, Category, Held};
use domain::id::{ActId, CareId, VisitId};
use domain::policy::Actor;
use domain::stream::{Stream, StreamId};
use domain::visit::{Act, Conditions, PlanReason, Planned, State, Visit, Warning, Ways, next_visit};
use jiff::ToSpan;
use jiff::civil::Date;
use store::Batch;
use store::care::CareRow;
use store::visit::VisitRow;

use crate::care::wake_of;
use crate::people::new_id;
use crate::stream::Trail;
use crate::{App, AppError};

/// How far ahead days off are looked at; the longest interval and a holiday.
const AHEAD_DAYS: i32 = 110;

/// A visit to be planned.
pub(crate) struct NewVisit<'a> {
    pub id: VisitId,
    pub care: CareId,
    pub areas: Ancestors,
    pub held: &'a Held,
    pub planned: Planned,
}

/// Plans a visit: its row and the first entry of its record.
pub(crate) fn plan_new(app: &App, who: &Actor, new: &NewVisit<'_>, request: Hash) -> Batch {
    let (now, id) = (app.clock.now(), new.id);
    let mut trail = Trail::new(StreamId::new(Stream::Visit, id.0));
    let act = Act::Plan {
        entry: new.care,
        grid: new.areas.grid.unwrap_or(who.area),
        due: new.planned.due,
        because: new.planned.because.clone(),
    };
    let entry = trail.append(who, now, ActId(id.0), request, &act);
    let row = VisitRow {
        id,
        version: trail.version(),
        head: trail.head(),
        care: new.care,
        areas: new.areas,
        visit: Visit { state: State::Planned, due: new.planned.due, reminded: false },
        slack: slack(new.held, &new.planned),
        because: new.planned.because.clone(),
        urgent: is_urgent(&new.planned.because),
        near: new.held.person.point.map(care::blurred),
        ways: ways(new.held),
        person: None,
        minutes: None,
        made: now,
        ended: None,
        wake: wake_of(app, new.planned.due),
    };
    Batch::new("plan visit").with(row.insert()).with(entry)
}

/// Plans the visit that follows by what was agreed: for entries that have none.
pub(crate) async fn plan_next(
    app: &App,
    who: &Actor,
    row: &CareRow,
    held: &Held,
    today: Date,
    request: Hash,
) -> Result<(VisitId, Batch), AppError> {
    let id = VisitId(new_id(app.clock.now()).0);
    let (warnings, days_off) = conditions(app, &row.areas, today).await?;
    let ahead = Conditions { warnings: &warnings, days_off: &days_off };
    let planned = next_visit(&held.terms, held.steady, PlanReason::Agreed, today, today, &ahead);
    let new = NewVisit { id, care: row.id, areas: row.areas, held, planned };
    Ok((id, plan_new(app, who, &new, request)))
}

/// Warnings for a place, and days off in the months ahead.
pub(crate) async fn conditions(
    app: &App,
    areas: &Ancestors,
    today: Date,
) -> Result<(Vec<Warning>, Vec<Date>), AppError> {
    let above: Vec<_> = areas.upwards().collect();
    let rows = store::visit::warnings(&app.store, today).await?;
    let warnings = rows.into_iter().filter(|row| above.contains(&row.area)).map(|row| row.warning).collect();
    let city = app.city();
    let plan = city.calendar(areas).plan();
    let ahead = (0..AHEAD_DAYS).map(|n| today.saturating_add(n.days()));
    Ok((warnings, ahead.filter(|day| plan.hours_on(*day).is_empty()).collect()))
}

/// Whether a visit goes before others.
pub(crate) fn is_urgent(because: &[PlanReason]) -> bool {
    because.iter().any(|it| matches!(it, PlanReason::Poor | PlanReason::LookAgain))
}

/// Days a visit may come early: a quarter of the interval, three at most; none where every day counts.
fn slack(held: &Held, planned: &Planned) -> u16 {
    let days = if held.steady.days == 0 { held.terms.every_days } else { held.steady.days };
    if is_urgent(&planned.because) { 0 } else { (days / 4).min(3) }
}

/// Who there is to be asked when they are not reached.
pub(crate) fn ways(held: &Held) -> Ways {
    let person = &held.person;
    let pressing = held.terms.category == Category::ChildAtRisk
        || matches!(held.terms.basis, Basis::VitalInterest { .. })
        || held.seen.as_ref().is_some_and(domain::visit::Observations::is_poor);
    Ways {
        neighbour: person.neighbour.is_some(),
        kin: !person.kin.is_empty() || person.guardian.is_some(),
        pressing,
    }
}
