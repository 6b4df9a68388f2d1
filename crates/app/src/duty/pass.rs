//! A duty passes to another: it ends for one and begins for the other on the same day. What is open in the grid is the
//! grid's, so it goes along by itself; how much that was is on record, and told to whoever passes it.

use domain::deed::Deed;
use domain::duty::Days;
use domain::id::{DeedId, PersonId};
use domain::policy::{Actor, StaffAct, WorkAct};
use domain::today::Item;
use jiff::civil::Date;
use store::Batch;
use store::duty::{self, Duty, DutyKind};

use super::tag;
use crate::{App, AppError, deeds, today, work};

/// How far ahead open work is told, in days.
const AHEAD: i64 = 30;

/// A duty to be passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Its number.
    pub duty: i64,
    /// To whom.
    pub to: PersonId,
    /// The first day it is theirs.
    pub on: Date,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The duty that ends; `None` when it had not begun and was taken out.
    pub ended: Option<Duty>,
    /// The duty that begins.
    pub begun: Duty,
    /// What goes along: everything open in the grid in the next 30 days.
    pub items: Vec<Item>,
}

/// Passes a duty on. Sent again under the same key it passes nothing.
pub async fn pass(
    app: &App,
    who: &Actor,
    key: Option<DeedId>,
    held: Option<&str>,
    pass: &Pass,
) -> Result<Passed, AppError> {
    let people = &app.people;
    let mut recording = people.recording(who).keyed(key);
    loop {
        recording.begin().await?;
        if let Some(known) = recording.known().await? {
            return before(app, who, &known, pass).await;
        }
        let old = duty::by_id(&app.store, pass.duty).await?.ok_or(AppError::NotFound { what: "duty" })?;
        work::permit_in(&app.city(), who, WorkAct::PassDuty, old.grid, "duty")?;
        people.ground(who, StaffAct::ChangeDuty, old.grid, None, "duty").await?;
        tag::check(held, &tag::of_duty(&old))?;
        may_pass(app, &old, pass).await?;
        let from = pass.on.max(old.from);
        let items = open(app, who, &old, from).await?;
        let n_cases = items.iter().filter(|it| it.kind == domain::today::Kind::Case).count() as u32;
        let begun = Duty { id: duty::last_id(&app.store).await? + 1, person: pass.to, from, ..old.clone() };
        let is_new = from <= old.from;
        let end = if is_new { duty::remove(old.id) } else { duty::end(old.id, Some(from)) };
        let ended = Duty { to: Some(from), ..old.clone() };
        let told = vec![
            (Some(old.grid), Deed::PassDuty { duty: old.id, to: begun.id, n_cases }),
            deeds::duty(Some(&old), &ended),
            deeds::duty(None, &begun),
        ];
        let batch = Batch::new("pass duty").with(end).with(begun.insert());
        if recording.commit(batch, told).await? {
            people.node.cache.end_all(old.person); // their grids are others now
            people.node.cache.end_all(pass.to);
            return Ok(Passed { ended: (!is_new).then_some(ended), begun, items });
        }
    }
}

/// What stands against it.
async fn may_pass(app: &App, old: &Duty, pass: &Pass) -> Result<(), AppError> {
    if old.kind == DutyKind::Leave {
        let why = "leave is not passed on; end it, and ask for leave for the other";
        return Err(AppError::Blocked { why: why.to_owned() });
    }
    app.people.known_person(pass.to, "/to").await?;
    if pass.to == old.person {
        return Err(AppError::field("/to", "range", "it is theirs already"));
    }
    let today = app.people.today();
    if pass.on < today {
        return Err(AppError::field("/on", "range", format!("a duty passes today ({today}) or later")));
    }
    let from = pass.on.max(old.from);
    if old.to.is_some_and(|to| to <= from) {
        return Err(AppError::field("/on", "range", "it is over before that day"));
    }
    let days = Days { from, to: old.to };
    for own in duty::of_person(&app.store, pass.to, from).await? {
        let both = Days { from: own.from, to: own.to }.both(days).filter(|_| own.grid == old.grid);
        if let Some(both) = both.filter(|_| own.kind != DutyKind::Leave) {
            let why = format!("they have duty in this grid from {} already", both.from);
            return Err(AppError::field("/to", "taken", why));
        }
        if own.kind == DutyKind::Leave && own.holds_on(from) {
            let until = own.to.map_or_else(String::new, |to| format!(" until {to}"));
            let why = format!("they are away from {}{until}; choose another, or a later day", own.from);
            return Err(AppError::field("/to", "away", why));
        }
    }
    Ok(())
}

async fn open(app: &App, who: &Actor, old: &Duty, from: Date) -> Result<Vec<Item>, AppError> {
    let until = from.saturating_add(jiff::Span::new().days(AHEAD));
    today::in_grids(app, who, &[old.grid], app.people.today(), until).await
}

/// What the key has passed on before.
async fn before(app: &App, who: &Actor, known: &Deed, pass: &Pass) -> Result<Passed, AppError> {
    let Deed::PassDuty { duty, to, .. } = *known else { return Err(AppError::KeyReused) };
    let begun = duty::by_id(&app.store, to).await?.ok_or(AppError::NotFound { what: "duty" })?;
    if duty != pass.duty || begun.person != pass.to || begun.from < pass.on {
        return Err(AppError::KeyReused);
    }
    work::permit_in(&app.city(), who, WorkAct::PassDuty, begun.grid, "duty")?;
    let items = open(app, who, &begun, begun.from).await?;
    Ok(Passed { ended: duty::by_id(&app.store, duty).await?, begun, items })
}
