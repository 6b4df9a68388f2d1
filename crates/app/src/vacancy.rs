//! A grid never has nobody: grids without anybody today or in the coming week are found by a sweep, told to the desk of
//! the township, and then one level higher at a time, until someone has them. Which level is told when is
//! `domain::duty::climbs_to`.

use std::collections::BTreeMap;

use domain::area::Level;
use domain::case::By;
use domain::duty::{AHEAD_DAYS, VacancyAct, climbs_to};
use domain::id::{ActId, AreaId, VacancyId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, WorkAct};
use domain::stream::{Stream, StreamId};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use store::lease::Held;
use store::vacancy::{self, Vacancy};
use store::{Batch, CommitError, duty};

use crate::leave::{Candidate, candidates};
use crate::people::new_id;
use crate::stream::{self, Told, Trail, request_hash};
use crate::{App, AppError, notice, work};

/// Most findings of a list.
pub const MOST: u32 = 500;

/// A finding, with what a desk needs to close it.
#[derive(Clone, Debug)]
pub struct View {
    /// The finding.
    pub vacancy: Vacancy,
    /// Who could stand in.
    pub candidates: Vec<Candidate>,
    /// What was done about it.
    pub acts: Vec<Told<VacancyAct>>,
}

/// Findings that are open in an area, the nearest day first.
pub async fn list(app: &App, who: &Actor, area: Option<AreaId>) -> Result<Vec<Vacancy>, AppError> {
    let path = work::path_for(&app.city(), who, WorkAct::SeeFinding, area)?;
    Ok(vacancy::list(&app.store, &path, MOST).await?)
}

/// One finding.
pub async fn one(app: &App, who: &Actor, id: VacancyId) -> Result<View, AppError> {
    let absent = AppError::NotFound { what: "vacancy" };
    let vacancy = vacancy::one(&app.store, id).await?.ok_or(absent)?;
    work::permit_in(&app.city(), who, WorkAct::SeeFinding, vacancy.grid, "vacancy")?;
    let until = vacancy.from.saturating_add(Span::new().days(i64::from(vacancy.n_days.max(1))));
    let candidates = candidates(app, &[vacancy.grid], (vacancy.from, until), &[]).await?;
    let acts = stream::acts(app, stream_of(id)).await?;
    Ok(View { vacancy, candidates, acts })
}

/// Looks for grids without anybody; how many findings were made, moved or closed.
pub(crate) async fn look(app: &App, held: &Held) -> Result<u32, AppError> {
    let now = app.clock.now();
    let Some(root) = app.city().root().map(|root| root.path.clone()) else { return Ok(0) };
    let today = app.people.today();
    let mut empty: BTreeMap<AreaId, (Date, u32)> = BTreeMap::new();
    for ahead in 0..AHEAD_DAYS {
        let day = today.saturating_add(Span::new().days(ahead));
        for grid in duty::grids_with_nobody(&app.store, &root, day).await? {
            empty.entry(grid).or_insert((day, 0)).1 += 1;
        }
    }
    let mut batches = Vec::new();
    for open in vacancy::open(&app.store).await? {
        let still = empty.remove(&open.grid);
        batches.extend(moved(app, held, open, still, today, now));
    }
    batches.extend(empty.into_iter().map(|(grid, (from, n))| found(app, held, (grid, from, n), today, now)));
    let mut n_done = 0;
    for answer in app.store.commit_many(batches).await {
        match answer {
            Ok(()) => n_done += 1,
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {} // another node was faster
            Err(error) => return Err(error.into()),
        }
    }
    Ok(n_done)
}

fn found(
    app: &App,
    held: &Held,
    (grid, from, n_days): (AreaId, Date, u32),
    today: Date,
    now: Timestamp,
) -> Batch {
    let id = VacancyId(new_id(now).0);
    let mut trail = Trail::new(stream_of(id));
    let entry = said(&mut trail, now, &VacancyAct::Find { grid, from });
    let new = Vacancy {
        id,
        version: trail.version(),
        head: trail.head(),
        grid,
        from,
        n_days,
        told: Level::Township,
        told_at: now,
        found: now,
        ended: None,
    };
    let batch = Batch::new("vacancy").with(held.guard()).with(new.insert()).with(entry);
    tell(app, batch, &new, today, now)
}

/// What an open finding becomes; nothing when it stays as it is.
fn moved(
    app: &App,
    held: &Held,
    mut open: Vacancy,
    still: Option<(Date, u32)>,
    today: Date,
    now: Timestamp,
) -> Option<Batch> {
    let (before, was) = (open.version, open.clone());
    let mut trail = Trail::at(stream_of(open.id), open.version, open.head);
    let batch = Batch::new("vacancy").with(held.guard());
    let Some((from, n_days)) = still else {
        open.ended = Some(now);
        let entry = said(&mut trail, now, &VacancyAct::Fill);
        (open.version, open.head) = (trail.version(), trail.head());
        return Some(batch.with(open.save(before)).with(entry));
    };
    (open.from, open.n_days) = (from, n_days);
    let Some(to) = climbs_to(open.told, open.told_at, from, today, now) else {
        return (open != was).then(|| batch.with(open.save(before)));
    };
    let entry = said(&mut trail, now, &VacancyAct::Climb { to });
    (open.version, open.head, open.told, open.told_at) = (trail.version(), trail.head(), to, now);
    let batch = batch.with(open.save(before)).with(entry);
    Some(tell(app, batch, &open, today, now))
}

/// The desk of the level that is told now.
fn tell(app: &App, batch: Batch, it: &Vacancy, today: Date, now: Timestamp) -> Batch {
    let Some(desk) = app.city().ancestors(it.grid).at(it.told) else { return batch };
    let is_urgent = it.from <= today;
    batch.with(notice::to_desk(desk, NoticeKind::Vacancy, stream_of(it.id), it.grid, is_urgent, now))
}

fn said(trail: &mut Trail, now: Timestamp, act: &VacancyAct) -> store::Statement {
    trail.append_by(&By::SYSTEM, now, ActId(new_id(now).0), request_hash(act), act)
}

fn stream_of(id: VacancyId) -> StreamId {
    StreamId::new(Stream::Vacancy, id.0)
}
