//! Making a visit, and what comes of it in the same commit: what was seen is sealed into the record, the entry learns of
//! it, needs become referrals, and the next visit is planned.

use std::collections::BTreeSet;

use domain::audit::Hash;
use domain::care;
use domain::id::{ActId, CareId, ReferralId, UnitId, VisitId};
use domain::policy::{Actor, CareAct, CareFacts, permit_care};
use domain::referral::Service;
use domain::stream::{Stream, StreamId};
use domain::visit::{
    self, Act, Conditions, Found, Observations, PlanReason, Planned, Rung, State, Steady, VisitRefusal,
    next_visit,
};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use store::visit::VisitRow;
use store::{Batch, CommitError, Statement};

use super::plan::{NewVisit, conditions, is_urgent, plan_new, ways};
use crate::care::{File, Saw, blocked, open_row, private_hash, wake_of};
use crate::people::new_id;
use crate::stream::{self, TRIES, Trail};
use crate::{App, AppError, referral};

/// A need that becomes a referral.
#[derive(Clone, Debug, Serialize)]
pub struct NewReferral {
    /// Made by the phone.
    pub id: ReferralId,
    /// What is needed.
    pub service: Service,
    /// To which unit; the one that last took on such a need in the township, when it is not said.
    pub unit: Option<UnitId>,
    /// What is passed on, in words.
    pub words: String,
    /// The person knows and agreed.
    pub agreed: bool,
    /// The appointment, where it was made by phone already.
    pub at: Option<Timestamp>,
}

/// What is done about a visit.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// 走访完成.
    Done {
        /// What was seen.
        observations: Observations,
        /// In their words.
        words: String,
        /// How long it took.
        minutes: u16,
        /// Needs found.
        referrals: Vec<NewReferral>,
    },
    /// 没见到: the ladder begins.
    NotReached,
    /// 递进: this rung was in vain.
    Climb,
    /// 婉拒.
    Refuse {
        /// In their words.
        words: String,
    },
    /// 找到.
    Find {
        /// How.
        found: Found,
        /// What was learnt.
        words: String,
    },
    /// 改期.
    Replan {
        /// Due then.
        due: Date,
    },
}

/// How things stand after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The visit.
    pub visit: VisitRow,
    /// The visit that is next, where there is one.
    pub next: Option<(VisitId, Date, Vec<PlanReason>)>,
    /// Referrals that came of it.
    pub referrals: Vec<ReferralId>,
    /// The same was sent before.
    pub replayed: bool,
}

const MOST_WORDS: usize = 2_000;
const MOST_REFERRALS: usize = 5;
const MOST_MINUTES: u16 = 600;

/// Does something about a visit. `seen` is the version it was decided on, if they say so.
pub async fn act(
    app: &App,
    who: &Actor,
    id: VisitId,
    key: ActId,
    seen: Option<u32>,
    command: &Command,
) -> Result<Done, AppError> {
    check(command)?;
    let request = private_hash(app, &(id, command))?;
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, StreamId::new(Stream::Visit, id.0), request)?;
        return again(app, id, key).await;
    }
    for _ in 0..TRIES {
        let row = may(app, who, id, command).await?;
        if seen.is_some_and(|seen| seen != row.version) {
            return Err(AppError::Stale { now: row.version });
        }
        let entry = store::care::one(&app.store, row.care).await?;
        let entry = entry.ok_or(AppError::NotFound { what: "visit" })?;
        let file = open_row(app, entry).await?;
        let today = app.people.today();
        if file.held.terms.expiry <= today {
            return Err(blocked(care::CareRefusal::Expired { on: file.held.terms.expiry }));
        }
        let mut work = Work { app, who, file, row, key, request, today, batch: Batch::new("visit") };
        let done = work.plan(command).await?;
        match app.store.commit(work.batch).await {
            Ok(()) => return Ok(done),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
                if let Some(used) = stream::used(app, key).await? {
                    stream::is_again(&used, StreamId::new(Stream::Visit, id.0), request)?;
                    return again(app, id, key).await;
                }
                if let Command::Done { referrals, .. } = command {
                    referral::are_new(app, referrals.iter().map(|it| it.id)).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// What was done under this key, and how things stand now.
async fn again(app: &App, id: VisitId, key: ActId) -> Result<Done, AppError> {
    let visit = store::visit::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "visit" })?;
    let mut done = Done { visit, next: None, referrals: Vec::new(), replayed: true };
    let version = stream::used(app, key).await?.map_or(0, |used| used.version);
    let acts = stream::acts::<Act>(app, StreamId::new(Stream::Visit, id.0)).await?;
    let told = acts.into_iter().find(|it| it.version == version).map(|it| it.act);
    let next = match told {
        Some(Act::Done { referrals, next, .. }) => {
            done.referrals = referrals;
            Some(next)
        }
        Some(Act::Refuse { next, .. }) => Some(next),
        Some(Act::Find { next, .. }) => next,
        _ => None,
    };
    if let Some(next) = next {
        let row = store::visit::one(&app.store, next).await?;
        done.next = row.map(|row| (row.id, row.visit.due, row.because));
    }
    Ok(done)
}

/// The visit, if this person may do this about it.
async fn may(app: &App, who: &Actor, id: VisitId, command: &Command) -> Result<VisitRow, AppError> {
    let row = store::visit::one(&app.store, id).await?;
    let row = row.ok_or(AppError::NotFound { what: "visit" })?;
    let desk_searches = matches!(row.visit.state, State::Searching { rung, .. } if rung.is_desks());
    let facts = CareFacts { areas: row.areas, desk_searches, ..CareFacts::default() };
    let needed = match command {
        Command::Climb | Command::Find { .. } => CareAct::Search,
        _ => CareAct::Visit,
    };
    permit_care(who, needed, &facts).map_err(|_| AppError::NotFound { what: "visit" })?;
    Ok(row)
}

fn check(command: &Command) -> Result<(), AppError> {
    let long = |path: &str, words: &str| {
        let detail = format!("at most {MOST_WORDS} characters");
        if words.chars().count() > MOST_WORDS { Err(AppError::field(path, "range", detail)) } else { Ok(()) }
    };
    match command {
        Command::Done { observations, words, minutes, referrals } => {
            if observations.is_empty() && words.trim().is_empty() {
                let detail = "say at least one thing that was seen; if nobody was, say `not_reached`";
                return Err(AppError::field("/observations", "missing", detail));
            }
            if let Some(fault) = observations.pressure.and_then(visit::Pressure::fault) {
                return Err(AppError::field("/observations/pressure", "range", fault));
            }
            if *minutes > MOST_MINUTES {
                return Err(AppError::field("/minutes", "range", format!("0 to {MOST_MINUTES}")));
            }
            if referrals.len() > MOST_REFERRALS {
                let detail = format!("at most {MOST_REFERRALS} at once");
                return Err(AppError::field("/referrals", "range", detail));
            }
            let ids: BTreeSet<ReferralId> = referrals.iter().map(|it| it.id).collect();
            if ids.len() < referrals.len() {
                return Err(AppError::field("/referrals", "duplicate", "each has an id of its own"));
            }
            long("/words", words)
        }
        Command::Refuse { words } | Command::Find { words, .. } => long("/words", words),
        Command::NotReached | Command::Climb | Command::Replan { .. } => Ok(()),
    }
}

/// One visit being decided on.
struct Work<'a> {
    app: &'a App,
    who: &'a Actor,
    file: File,
    row: VisitRow,
    key: ActId,
    request: Hash,
    today: Date,
    batch: Batch,
}

impl Work<'_> {
    async fn plan(&mut self, command: &Command) -> Result<Done, AppError> {
        let now = self.app.clock.now();
        match command {
            Command::Done { observations, words, minutes, referrals } => {
                self.done(observations, words, *minutes, referrals).await
            }
            Command::NotReached => {
                let ways = ways(&self.file.held);
                self.row.ways = ways;
                self.row.person = self.who.person;
                let act = Act::NotReached { rung: Rung::Again, until: Rung::Again.until(now, ways) };
                self.moved(&act)?;
                Ok(self.so(None, Vec::new()))
            }
            Command::Climb => {
                let (to, until) = next_rung(&self.row, now).map_err(blocked)?;
                self.moved(&Act::Climb { to, until })?;
                self.batch = tell_rung(self.app, &self.row, to, now)
                    .await?
                    .into_iter()
                    .fold(std::mem::replace(&mut self.batch, Batch::new("visit")), Batch::with);
                Ok(self.so(None, Vec::new()))
            }
            Command::Refuse { words } => {
                let saw = Saw { words: words.trim().to_owned(), ..Saw::default() };
                let planned = self.planned(self.file.held.steady, PlanReason::Refused).await?;
                let next = VisitId(new_id(now).0);
                self.row.person = self.who.person;
                let sealed = self.file.seal(&saw);
                self.moved(&Act::Refuse { sealed, next })?;
                Ok(self.next(next, planned))
            }
            Command::Find { found, words } => self.found(*found, words).await,
            Command::Replan { due } => {
                let latest = self.today.saturating_add(90.days());
                if *due > latest {
                    return Err(AppError::field("/due", "range", format!("a visit is due by {latest}")));
                }
                self.row.because = vec![PlanReason::Agreed];
                self.moved(&Act::Replan { due: *due, because: self.row.because.clone() })?;
                Ok(self.so(None, Vec::new()))
            }
        }
    }

    async fn done(
        &mut self,
        observations: &Observations,
        words: &str,
        minutes: u16,
        referrals: &[NewReferral],
    ) -> Result<Done, AppError> {
        let now = self.app.clock.now();
        let before = self.file.held.seen.clone();
        let (steady, why) =
            visit::interval(&self.file.held.terms, self.file.held.steady, observations, before.as_ref());
        let planned = self.planned(steady, why).await?;
        let next = VisitId(new_id(now).0);
        let ids: Vec<ReferralId> = referrals.iter().map(|it| it.id).collect();
        let saw = Saw { observations: observations.clone(), words: words.trim().to_owned() };
        (self.row.person, self.row.minutes) = (self.who.person, Some(minutes));
        let sealed = self.file.seal(&saw);
        self.moved(&Act::Done { sealed, minutes, referrals: ids.clone(), next })?;
        self.learn(Some(observations), steady)?;
        for new in referrals {
            let visit = Some(self.row.id);
            let made = referral::making(self.app, self.who, &self.file, visit, new, self.request).await?;
            self.batch = std::mem::replace(&mut self.batch, Batch::new("visit")).and(made);
        }
        let mut done = self.next(next, planned);
        done.referrals = ids;
        Ok(done)
    }

    async fn found(&mut self, found: Found, words: &str) -> Result<Done, AppError> {
        let now = self.app.clock.now();
        let saw = Saw { words: words.trim().to_owned(), ..Saw::default() };
        let sealed = self.file.seal(&saw);
        let steady = self.file.held.steady;
        let planned = match found {
            // Whoever was found by others is looked at by somebody who knows them, soon.
            Found::Well => Some(self.planned(Steady { days: 2, good: 0 }, PlanReason::LookAgain).await?),
            Found::InNeed => Some(Planned { due: self.today, because: vec![PlanReason::LookAgain] }),
            Found::Away => Some(self.planned(steady, PlanReason::Agreed).await?),
            Found::Moved | Found::Died => None,
        };
        let next = planned.as_ref().map(|_| VisitId(new_id(now).0));
        self.row.person = self.row.person.or(self.who.person);
        self.moved(&Act::Find { found, sealed, next })?;
        if let (Some(next), Some(planned)) = (next, planned) {
            return Ok(self.next(next, planned));
        }
        // Whether the entry ends is for a person to say: it is put up for review at once.
        self.file.held.terms.review = self.today;
        self.learn(None, steady)?;
        Ok(self.so(None, Vec::new()))
    }

    /// The day of the next visit after this one.
    async fn planned(&self, steady: Steady, why: PlanReason) -> Result<Planned, AppError> {
        let (warnings, days_off) = conditions(self.app, &self.file.row.areas, self.today).await?;
        let ahead = Conditions { warnings: &warnings, days_off: &days_off };
        let tomorrow = self.today.tomorrow().unwrap_or(self.today);
        Ok(next_visit(&self.file.held.terms, steady, why, self.today, tomorrow, &ahead))
    }

    /// An act of the visit: by its law, into its row and its record.
    fn moved(&mut self, act: &Act) -> Result<(), AppError> {
        let now = self.app.clock.now();
        let batch = std::mem::replace(&mut self.batch, Batch::new("visit"));
        let statements = move_visit(self.app, self.who, &mut self.row, act, (self.key, self.request), now)?;
        self.batch = statements.into_iter().fold(batch, Batch::with);
        Ok(())
    }

    /// The entry learns what was seen, and how things go.
    fn learn(&mut self, seen: Option<&Observations>, steady: Steady) -> Result<(), AppError> {
        let now = self.app.clock.now();
        let mut held = self.file.held.clone();
        if let Some(seen) = seen.filter(|it| !it.is_empty()) {
            held.seen = Some(seen.clone());
        }
        held.steady = steady;
        let mut trail = self.file.trail();
        let act = care::Act::Seen { visit: Some(self.row.id), sealed: self.file.seal(&held.steady) };
        let entry = trail.append(self.who, now, ActId(new_id(now).0), self.request, &act);
        let mut row = self.file.holding(self.app, &trail, &held)?;
        row.revision = self.file.row.revision; // nothing of what a correction is decided on has changed
        let batch = std::mem::replace(&mut self.batch, Batch::new("visit"));
        self.batch = batch.with(row.save(self.file.row.version)).with(entry);
        self.file.held = held;
        Ok(())
    }

    /// The next visit, planned.
    fn next(&mut self, id: VisitId, planned: Planned) -> Done {
        let told = (id, planned.due, planned.because.clone());
        let new =
            NewVisit { id, care: self.row.care, areas: self.file.row.areas, held: &self.file.held, planned };
        let plan = plan_new(self.app, self.who, &new, self.request);
        let batch = std::mem::replace(&mut self.batch, Batch::new("visit"));
        self.batch = batch.and(plan);
        self.so(Some(told), Vec::new())
    }

    fn so(&self, next: Option<(VisitId, Date, Vec<PlanReason>)>, referrals: Vec<ReferralId>) -> Done {
        Done { visit: self.row.clone(), next, referrals, replayed: false }
    }
}

/// An act on a visit's row: what is to be committed; the row is moved on.
pub(crate) fn move_visit(
    app: &App,
    who: &Actor,
    row: &mut VisitRow,
    act: &Act,
    (key, request): (ActId, Hash),
    now: Timestamp,
) -> Result<[Statement; 2], AppError> {
    let on = row.version;
    row.visit = row.visit.after(act, app.people.today()).map_err(blocked)?;
    let mut trail = Trail::at(StreamId::new(Stream::Visit, row.id.0), on, row.head);
    let entry = trail.append(who, now, key, request, act);
    (row.version, row.head) = (trail.version(), trail.head());
    row.wake = match row.visit.state {
        State::Planned if !row.visit.reminded => wake_of(app, row.visit.due),
        State::Searching { until, .. } => Some(until),
        _ => None,
    };
    row.urgent = row.visit.state.is_open()
        && (is_urgent(&row.because) || matches!(row.visit.state, State::Searching { .. }));
    if !row.visit.state.is_open() {
        row.ended = Some(now);
    }
    Ok([row.save(on), entry])
}

/// The rung above the one that a visit stands on, and until when.
pub(crate) fn next_rung(row: &VisitRow, now: Timestamp) -> Result<(Rung, Timestamp), VisitRefusal> {
    let State::Searching { rung, .. } = row.visit.state else { return Err(VisitRefusal::NotSearching) };
    let to = rung.next(row.ways).ok_or(VisitRefusal::LastRung)?;
    Ok((to, to.until(now, row.ways)))
}

/// Who is told that a rung is theirs: the worker for neighbour and kin, the desk for what is the desk's.
pub(crate) async fn tell_rung(
    app: &App,
    row: &VisitRow,
    rung: Rung,
    now: Timestamp,
) -> Result<Vec<Statement>, AppError> {
    use domain::notice::NoticeKind::NotReached;
    let about = StreamId::new(Stream::Visit, row.id.0);
    if rung.is_desks() {
        let desk = crate::safety::desk_from(app, &row.areas, domain::area::Level::Community).await?;
        return Ok(vec![crate::notice::to_desk(desk, NotReached, about, row.grid(), true, now)]);
    }
    let on_duty = app.people.on_duty(row.grid(), app.people.today()).await?;
    let tell = |it: crate::duty::OnDuty| {
        crate::notice::to_person(it.person, NotReached, about, row.grid(), true, now)
    };
    Ok(on_duty.into_iter().map(tell).collect())
}

/// Brings the planned visit of an entry forward to a day, if it is due later; for follow-ups and warnings.
pub(crate) async fn replan(
    app: &App,
    who: &Actor,
    care: CareId,
    due: Date,
    why: PlanReason,
    request: Hash,
) -> Result<Vec<Statement>, AppError> {
    let Some(mut row) = store::visit::open_of(&app.store, care).await? else { return Ok(Vec::new()) };
    if row.visit.state != State::Planned || row.visit.due <= due {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    row.because.insert(0, why);
    row.because.truncate(4);
    let act = Act::Replan { due, because: row.because.clone() };
    Ok(move_visit(app, who, &mut row, &act, (ActId(new_id(now).0), request), now)?.into())
}
