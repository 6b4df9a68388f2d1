//! What happens to care by itself: entries expire, reviews come due, visits are overdue, ladders climb, referrals are
//! recalled, timers run out. One node at a time, under a lease whose epoch every commit checks.

use domain::area::Level;
use domain::care::{self, Ended};
use domain::id::{ActId, AreaId};
use domain::notice::NoticeKind;
use domain::policy::Actor;
use domain::stream::{Stream, StreamId};
use domain::visit::{Act as VisitAct, State as VisitState};
use domain::{referral, safety};
use jiff::Timestamp;
use store::lease::{self, Held as Lease};
use store::referral::ReferralRow;
use store::visit::VisitRow;
use store::{Batch, CommitError};

use super::file::{file_of, private_hash};
use crate::people::{new_id, system};
use crate::stream::Trail;
use crate::visit::{move_visit, next_rung, tell_rung};
use crate::{App, AppError, notice};

const LEASE: &str = "care";
const LEASE_MS: i64 = 15_000;
const AT_ONCE: u32 = 200;

/// Does what is due now; how many things were moved. 0 also when another node has the lease.
pub async fn sweep(app: &App, node: &str) -> Result<u32, AppError> {
    let now_ms = app.clock.now().as_millisecond();
    let held = lease::acquire(&app.store, LEASE, node, now_ms, LEASE_MS).await.map_err(AppError::from)?;
    let Some(held) = held else { return Ok(0) };
    let moved = Sweep { app, lease: &held, clock: system(AreaId(0)) }.all().await;
    match lease::release(&app.store, &held).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => moved,
        Err(error) => Err(error.into()),
    }
}

struct Sweep<'a> {
    app: &'a App,
    lease: &'a Lease,
    clock: Actor,
}

impl Sweep<'_> {
    async fn all(&self) -> Result<u32, AppError> {
        // Timers first: somebody may be in danger.
        Ok(self.timers().await? + self.visits().await? + self.referrals().await? + self.entries().await?)
    }

    fn is_over(&self) -> bool {
        self.app.clock.now().as_millisecond() >= self.lease.until_ms
    }

    /// Commits under the lease; whether it was done. Another act that was faster is no failure: the next sweep looks again.
    async fn commit(&self, batch: Batch) -> Result<bool, AppError> {
        match self.app.store.commit(Batch::new("care sweep").with(self.lease.guard()).and(batch)).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn key(&self, now: Timestamp) -> Result<(ActId, domain::audit::Hash), AppError> {
        let key = ActId(new_id(now).0);
        Ok((key, private_hash(self.app, &key)?))
    }

    async fn timers(&self) -> Result<u32, AppError> {
        let mut n = 0;
        for mut row in store::safety::waking(&self.app.store, self.app.clock.now(), AT_ONCE).await? {
            let now = self.app.clock.now();
            let Some((_, act)) = row.timer.next().filter(|_| !self.is_over()) else { continue };
            debug_assert!(!matches!(act, safety::Act::Safe));
            let key = self.key(now)?;
            let moved = crate::safety::move_timer(self.app, &self.clock, &mut row, &act, key, now).await?;
            n += u32::from(self.commit(moved.into_iter().fold(Batch::new("timer"), Batch::with)).await?);
        }
        Ok(n)
    }

    async fn visits(&self) -> Result<u32, AppError> {
        let mut n = 0;
        for row in store::visit::waking(&self.app.store, self.app.clock.now(), AT_ONCE).await? {
            if self.is_over() {
                break;
            }
            n += u32::from(self.visit(row).await?);
        }
        Ok(n)
    }

    async fn visit(&self, mut row: VisitRow) -> Result<bool, AppError> {
        let now = self.app.clock.now();
        let about = StreamId::new(Stream::Visit, row.id.0);
        let key = self.key(now)?;
        let (act, told) = match row.visit.state {
            VisitState::Planned => {
                let on_duty = self.app.people.on_duty(row.grid(), self.app.people.today()).await?;
                let kind = NoticeKind::VisitOverdue;
                let tell = |it: crate::duty::OnDuty| {
                    notice::to_person(it.person, kind, about, row.grid(), false, now)
                };
                let mut told: Vec<_> = on_duty.into_iter().map(tell).collect();
                if told.is_empty() {
                    let desk = crate::safety::desk_from(self.app, &row.areas, Level::Community).await?;
                    told.push(notice::to_desk(desk, kind, about, row.grid(), false, now));
                }
                (VisitAct::Remind { day: self.app.people.today() }, told)
            }
            VisitState::Searching { told, .. } => {
                if let Ok((to, until)) = next_rung(&row, now) {
                    (VisitAct::Climb { to, until }, tell_rung(self.app, &row, to, now).await?)
                } else {
                    // The last rung ran out: the desk above, and the one above that.
                    let level = told.unwrap_or(Level::Community).above().unwrap_or(Level::City);
                    let desk = crate::safety::desk_from(self.app, &row.areas, level).await?;
                    let until = now + jiff::SignedDuration::from_hours(1);
                    let kind = NoticeKind::NotReached;
                    let tell = notice::to_desk(desk, kind, about, row.grid(), true, now);
                    (VisitAct::Alert { level, until }, vec![tell])
                }
            }
            _ => return Ok(false),
        };
        let moved = move_visit(self.app, &self.clock, &mut row, &act, key, now)?;
        let batch = moved.into_iter().fold(Batch::new("visit"), Batch::with);
        self.commit(told.into_iter().fold(batch, Batch::with)).await
    }

    async fn referrals(&self) -> Result<u32, AppError> {
        let mut n = 0;
        for row in store::referral::waking(&self.app.store, self.app.clock.now(), AT_ONCE).await? {
            if self.is_over() {
                break;
            }
            n += u32::from(self.referral(row).await?);
        }
        Ok(n)
    }

    async fn referral(&self, mut row: ReferralRow) -> Result<bool, AppError> {
        let now = self.app.clock.now();
        let Some((_, act)) = row.referral.next() else { return Ok(false) };
        let id = StreamId::new(Stream::Referral, row.id.0);
        let (key, request) = self.key(now)?;
        let on = row.version;
        let Ok(after) = row.referral.after(&act, now) else { return Ok(false) };
        row.referral = after;
        let mut trail = Trail::at(id, on, row.head);
        let entry = trail.append(&self.clock, now, key, request, &act);
        (row.version, row.head) = (trail.version(), trail.head());
        let mut batch = Batch::new("referral").with(row.save(on));
        match act {
            referral::Act::Remind { .. } => {
                let kind = NoticeKind::ReferralDue;
                batch = batch.with(match row.referral.person {
                    Some(person) => notice::to_person(person, kind, id, row.grid(), false, now),
                    None => notice::to_unit(row.referral.unit, kind, id, row.grid(), false, now),
                });
            }
            referral::Act::Escalate { level } => {
                let desk = crate::safety::desk_from(self.app, &row.areas, level).await?;
                batch = batch.with(notice::to_desk(desk, NoticeKind::ReferralDue, id, row.grid(), true, now));
            }
            _ => {}
        }
        self.commit(batch.with(entry)).await
    }

    async fn entries(&self) -> Result<u32, AppError> {
        let today = self.app.people.today();
        let mut n = 0;
        for row in store::care::waking(&self.app.store, today, AT_ONCE).await? {
            if self.is_over() {
                break;
            }
            let Some(open) = row.open.clone() else { continue };
            let now = self.app.clock.now();
            let Some(key) = self.app.vault.key(&self.app.store, row.id.0).await? else { continue };
            let mut file = file_of(row, &open.sealed, key)?;
            let batch = if open.expiry <= today {
                let key = self.key(now)?;
                let why = Ended::Expired;
                super::ending(self.app, &self.clock, &file, why, key, Batch::new("expire")).await?
            } else {
                // The review is due: whoever answers for the grid is told once. No act: nothing was done to the entry.
                let on = file.row.version;
                if let Some(open) = &mut file.row.open {
                    open.review_told = true;
                    open.wake = care::wake(&file.held, true);
                }
                let about = StreamId::new(Stream::Care, file.row.id.0);
                let grid = file.row.grid();
                let batch = Batch::new("review").with(file.row.save(on));
                let on_duty = self.app.people.on_duty(grid, today).await?;
                let kind = NoticeKind::ReviewDue;
                let tell =
                    |it: crate::duty::OnDuty| notice::to_person(it.person, kind, about, grid, false, now);
                on_duty.into_iter().map(tell).fold(batch, Batch::with)
            };
            n += u32::from(self.commit(batch).await?);
        }
        Ok(n)
    }
}
