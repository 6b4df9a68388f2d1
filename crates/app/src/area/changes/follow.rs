//! Following a change whose day has come: one node at a time, under a lease, passes duties on and gives open cases their
//! new areas. What broke off goes on with the next sweep; nothing is done twice.
//!
//! The tree needs no such work: on its day it is in force on every node. A node that had not heard of a change may still
//! receive reports on the old areas for some moments, so the newest cases are looked at for a while after the end.

use domain::case::By;
use domain::deed::Deed;
use domain::id::{AreaId, CaseId};
use domain::policy::Scope;
use jiff::{SignedDuration, Timestamp};
use store::area_change::{self, AreaChange, State};
use store::case::{self, CaseFilter, Cursor, List, Order};
use store::lease::{self, Held};
use store::scope::ScopeSql;
use store::{Batch, CommitError, duty};

use super::effect::{Effect, Passing};
use super::followers::{Follower, Following};
use super::plan::passing;
use crate::case::{Follows, load, plan_relocate};
use crate::deeds::{self, Recording};
use crate::people::system;
use crate::{App, AppError};

const LEASE: &str = "areas";
const LEASE_MS: i64 = 15_000;
/// Cases saved in one go.
const AT_ONCE: u32 = 100;
/// How often all cases are gone through in one sweep, when people act on them meanwhile.
const PASSES: u32 = 4;
/// How long after the end stragglers are looked for, and how long before the beginning they may have been reported.
const STRAGGLING: SignedDuration = SignedDuration::from_mins(2);

/// Follows every change whose day has come, as far as there is anything to do; how many cases were moved. 0 also when
/// another node has the lease.
pub async fn sweep(app: &App, node: &str) -> Result<u32, AppError> {
    let now = app.clock.now();
    let at_work = area_change::at_work(&app.store, app.people.today(), now - STRAGGLING).await?;
    if at_work.is_empty() {
        return Ok(0);
    }
    let now_ms = now.as_millisecond();
    let Some(held) =
        lease::acquire(&app.store, LEASE, node, now_ms, LEASE_MS).await.map_err(AppError::from)?
    else {
        return Ok(0);
    };
    app.refresh().await?;
    let mut n_moved = 0;
    let mut under = Under { app, held };
    for change in at_work {
        match under.follow(change).await {
            Ok(n) => n_moved += n,
            Err(Ended::LeaseLost) => return Ok(n_moved),
            Err(Ended::Failed(error)) => return Err(error),
        }
    }
    match lease::release(&app.store, &under.held).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => Ok(n_moved),
        Err(error) => Err(error.into()),
    }
}

/// Why following breaks off.
enum Ended {
    LeaseLost,
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for Ended {
    fn from(error: E) -> Ended {
        Ended::Failed(error.into())
    }
}

/// What came of one walk over the cases of a change.
struct Walked {
    n_moved: u32,
    /// Nobody acted on a case meanwhile: all are where they should be.
    is_whole: bool,
}

struct Under<'a> {
    app: &'a App,
    held: Held,
}

impl Under<'_> {
    async fn follow(&mut self, mut change: AreaChange) -> Result<u32, Ended> {
        let parts = area_change::parts(&self.app.store, change.id).await?;
        let effect = Effect::of(&self.app.city().history, &parts, change.on);
        if change.state == State::Done {
            let since = change.begun.unwrap_or(change.saved) - STRAGGLING;
            return Ok(self.walk(&change, &effect, Some(since)).await?.n_moved);
        }
        if change.state == State::Arranged {
            match self.begin(&change, &effect).await? {
                Some(begun) => change = begun,
                None => return Ok(0), // cancelled, or begun elsewhere, a moment ago
            }
        }
        let mut n_moved = 0;
        for _ in 0..PASSES {
            let walked = self.walk(&change, &effect, None).await?;
            n_moved += walked.n_moved;
            if walked.is_whole {
                let end = Batch::new("areas followed")
                    .with(self.held.guard())
                    .with(change.end(self.app.clock.now()));
                match self.app.store.commit(end).await {
                    Ok(()) => return Ok(n_moved),
                    Err(CommitError::Conflict { .. }) => return Err(Ended::LeaseLost),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(n_moved) // the next sweep goes on
    }

    /// Passes the duties on and says that the change has begun, in one transaction. `None` when it no longer waits.
    async fn begin(&self, change: &AreaChange, effect: &Effect) -> Result<Option<AreaChange>, Ended> {
        let (app, now) = (self.app, self.app.clock.now());
        let mut recording = Recording::new(&app.store, now, By::SYSTEM);
        loop {
            recording.begin().await?;
            let passed = passing(&app.store, &app.city().history, effect).await?;
            let n_duties = passed.len() as u32;
            let batch = Batch::new("areas begin").with(self.held.guard()).with(change.begin(now, n_duties));
            let (batch, told) = self.passed_on(batch, &passed, effect).await?;
            let told = [vec![(None, Deed::BeginAreas { change: change.id })], told].concat();
            match recording.commit(batch, told).await {
                Ok(true) => {
                    passed.iter().for_each(|it| app.people.node.cache.end_all(it.old.person));
                    let version = change.version + 1;
                    let begun = AreaChange {
                        state: State::Following,
                        version,
                        begun: Some(now),
                        n_duties,
                        ..change.clone()
                    };
                    return Ok(Some(begun));
                }
                Ok(false) => {}
                Err(CommitError::Conflict { .. }) if self.is_held().await? => return Ok(None),
                Err(CommitError::Conflict { .. }) => return Err(Ended::LeaseLost),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn passed_on(
        &self,
        batch: Batch,
        passed: &[Passing],
        effect: &Effect,
    ) -> Result<(Batch, Vec<(Option<AreaId>, Deed)>), AppError> {
        let (mut batch, mut told) = (batch, Vec::new());
        let mut next = duty::last_id(&self.app.store).await? + 1;
        for Passing { old, new } in passed {
            let is_begun = old.from < effect.on;
            batch =
                batch.with(if is_begun { duty::end(old.id, Some(effect.on)) } else { duty::remove(old.id) });
            told.push(deeds::duty(Some(old), &duty::Duty { to: Some(effect.on), ..old.clone() }));
            for duty in new {
                let duty = duty::Duty { id: next, ..duty.clone() };
                next += 1;
                batch = batch.with(duty.insert());
                told.push(deeds::duty(None, &duty));
            }
        }
        Ok((batch, told))
    }

    /// Goes once through the open cases of a change, or through those reported since a moment.
    async fn walk(
        &mut self,
        change: &AreaChange,
        effect: &Effect,
        since: Option<Timestamp>,
    ) -> Result<Walked, Ended> {
        let follows = effect.follows(change.id);
        let mut walked = Walked { n_moved: 0, is_whole: true };
        let plain = CaseFilter {
            states: vec![case::State::Unclosed],
            reported: (since, None),
            ..CaseFilter::default()
        };
        let mut filters: Vec<CaseFilter> =
            effect.ended_desks().map(|desk| CaseFilter { desk: Some(desk), ..plain.clone() }).collect();
        let ground = effect.ground();
        filters.extend(ground.chunks(500).map(|some| CaseFilter { areas: some.to_vec(), ..plain.clone() }));
        for filter in filters {
            let mut after = None;
            loop {
                self.stay().await?;
                let (ids, next) = self.page(&filter, after).await?;
                self.move_all(change, &follows, &ids, &mut walked).await?;
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        self.walk_others(&follows, &mut walked).await?;
        Ok(walked)
    }

    /// Goes once through whatever else stands in the areas of a change.
    async fn walk_others(&mut self, follows: &Follows, walked: &mut Walked) -> Result<(), Ended> {
        let now = self.app.clock.now();
        let following = Following { change: follows.change, unsettled: follows.unsettled.clone(), now };
        for follower in Follower::ALL {
            let mut after = None;
            loop {
                self.stay().await?;
                let page = follower.page(self.app, &following, after, AT_ONCE).await?;
                let guarded = |batch| Batch::new("follow").with(self.held.guard()).and(batch);
                let batches = page.batches.into_iter().map(guarded).collect();
                for answer in self.app.store.commit_many(batches).await {
                    match answer {
                        Ok(()) => {}
                        Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
                            walked.is_whole = false;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        filter: &CaseFilter,
        after: Option<Cursor>,
    ) -> Result<(Vec<CaseId>, Option<Cursor>), AppError> {
        let everything = system(AreaId(0));
        let scope = ScopeSql::new(Scope::of(&everything), everything.level);
        let list = List { filter, scope: &scope, order: Order::Newest, after, limit: AT_ONCE };
        let (rows, next) = case::list(&self.app.store, list).await?;
        Ok((rows.iter().map(|row| row.id).collect(), next))
    }

    async fn move_all(
        &self,
        change: &AreaChange,
        follows: &Follows,
        ids: &[CaseId],
        walked: &mut Walked,
    ) -> Result<(), Ended> {
        let (app, now) = (self.app, self.app.clock.now());
        let city = app.city();
        let mut batches = Vec::new();
        for id in ids {
            let (case, head) = load(app, *id).await?;
            if let Some(moved) = plan_relocate(&city, &case, head, now, follows)? {
                let batch = Batch::new("relocate").with(self.held.guard()).with(change.count());
                batches.push(moved.batch(batch));
            }
        }
        for answer in app.store.commit_many(batches).await {
            match answer {
                Ok(()) => walked.n_moved += 1,
                Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => walked.is_whole = false,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Holds on to the lease.
    async fn stay(&mut self) -> Result<(), Ended> {
        let now_ms = self.app.clock.now().as_millisecond();
        match lease::renew(&self.app.store, &self.held, now_ms, LEASE_MS).await? {
            Some(held) => self.held = held,
            None => return Err(Ended::LeaseLost),
        }
        Ok(())
    }

    async fn is_held(&self) -> Result<bool, AppError> {
        let holder = lease::holder(&self.app.store, LEASE).await?;
        Ok(holder.is_some_and(|it| it.epoch == self.held.epoch && it.holder == self.held.holder))
    }
}
