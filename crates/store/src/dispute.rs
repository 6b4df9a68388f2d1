//! Mediated disputes, as far as they are not sealed: which case, how far, and when somebody asks next.

use crate::case::{Where, opt_time, time};
use crate::intake::nonsense;
use crate::leave::{day, head};
use crate::{Batch, Fault, Row, Statement, Store, Value, params};
use domain::area::AreaPath;
use domain::audit::Hash;
use domain::dispute::{Dispute, Kept, Outcome, State};
use domain::id::{AreaId, CaseId, DisputeId, UnitId};
use jiff::Timestamp;
use jiff::civil::Date;

const INSERT: &str =
    "insert into dispute (version, head, state, n_sessions, agreed_day, unit_id, outcome, next_day,
    told_day, closed_ms, id, case_id, area_id, grid_id, opened_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const SAVE: &str = "update dispute set version = $1, head = $2, state = $3, n_sessions = $4, agreed_day = $5,
    unit_id = $6, outcome = $7, next_day = $8, told_day = $9, closed_ms = $10 where id = $11 and version = $12";
const MOVE: &str = "update dispute set version = $3, head = $4, area_id = $5, grid_id = $6
    where id = $1 and version = $2";
const FORGET_DAYS: &str = "delete from dispute_day where dispute_id = $1";
const DAY: &str = "insert into dispute_day (dispute_id, due_day, kept) values ($1, $2, $3)";
const DAYS: &str = "select due_day, kept from dispute_day where dispute_id = $1 order by due_day";
const ONE: &str =
    "select id, version, head, case_id, area_id, grid_id, state, n_sessions, agreed_day, unit_id, outcome,
    told_day, opened_ms, closed_ms from dispute where id = $1";
const OF_CASE: &str =
    "select id, version, head, case_id, area_id, grid_id, state, n_sessions, agreed_day, unit_id, outcome,
    told_day, opened_ms, closed_ms from dispute where case_id = $1";
const LIST: &str =
    "select d.id, d.version, d.head, d.case_id, d.area_id, d.grid_id, d.state, d.n_sessions, d.agreed_day,
    d.unit_id, d.outcome, d.told_day, d.opened_ms, d.closed_ms from dispute d
    where d.state = $1 and d.area_id in (select v.area_id from area_version v where v.path >= $2 and v.path < $3)
    and (d.opened_ms, d.id) < ($4, $5) order by d.opened_ms desc, d.id desc limit $6";
const DUE_IN: &str =
    "select id, version, head, case_id, area_id, grid_id, state, n_sessions, agreed_day, unit_id, outcome,
    told_day, opened_ms, closed_ms from dispute where grid_id = $1 and next_day < $2 order by next_day, id";
const TO_TELL: &str =
    "select id, version, head, case_id, area_id, grid_id, state, n_sessions, agreed_day, unit_id, outcome,
    told_day, opened_ms, closed_ms from dispute
    where next_day <= $1 and (told_day is null or told_day < next_day) order by next_day, id limit $2";
const TELL: &str = "update dispute set told_day = next_day where id = $1 and version = $2";
const OLD: &str = "select id from dispute where state = 'closed' and closed_ms < $1
    and id in (select id from secret_key) order by closed_ms limit $2";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] =
    &[INSERT, SAVE, MOVE, FORGET_DAYS, DAY, DAYS, ONE, OF_CASE, LIST, DUE_IN, TO_TELL, TELL, OLD];

/// A dispute as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Made by whoever opens it.
    pub id: DisputeId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest entry.
    pub head: Hash,
    /// The case it belongs to.
    pub case: CaseId,
    /// The lowest area that is known of the case.
    pub area: AreaId,
    /// Its grid.
    pub grid: Option<AreaId>,
    /// How far it has come.
    pub dispute: Dispute,
    /// The day of which the desk was told.
    pub told: Option<Date>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
}

impl Stored {
    /// Adds it. A duplicate when the case has a record.
    pub fn insert(&self, batch: Batch) -> Batch {
        let mut values = self.state();
        let grid = self.grid.map(|it| it.0);
        values.extend(params![self.id.0, self.case.0, self.area.0, grid, self.opened.as_millisecond()]);
        self.days(batch.guard(INSERT, values))
    }

    /// Saves it as long as it stands at the version before.
    pub fn save(&self, batch: Batch, before: u32) -> Batch {
        let mut values = self.state();
        values.extend(params![self.id.0, before]);
        self.days(batch.guard(SAVE, values).run(FORGET_DAYS, params![self.id.0]))
    }

    /// Saves where it lies, as long as it stands at the version before.
    pub fn move_to(&self, before: u32) -> Statement {
        let (grid, head) = (self.grid.map(|it| it.0), self.head.0);
        let values = params![self.id.0, before, self.version, head, self.area.0, grid];
        Statement::new(MOVE, values).expecting(1)
    }

    /// The desk was told of the next day.
    pub fn tell(&self) -> Statement {
        Statement::new(TELL, params![self.id.0, self.version]).expecting(1)
    }

    fn state(&self) -> Vec<Value> {
        let it = &self.dispute;
        let text = |day: Option<Date>| day.map(|day| day.to_string());
        params![
            self.version,
            self.head.0,
            it.state.as_str(),
            it.n_sessions,
            text(it.agreed),
            it.unit.map(|unit| unit.0),
            it.outcome.map(Outcome::as_str),
            text(it.next_due()),
            text(self.told),
            self.closed.map(Timestamp::as_millisecond)
        ]
    }

    fn days(&self, batch: Batch) -> Batch {
        self.dispute.follow_ups.iter().fold(batch, |batch, (due, kept)| {
            batch.run(DAY, params![self.id.0, due.to_string(), kept.map(Kept::as_str)])
        })
    }

    fn read(row: &Row, follow_ups: Vec<(Date, Option<Kept>)>) -> Result<Self, Fault> {
        let opt_day = |column: &'static str| row.opt_text(column)?.map(|_| day(row, column)).transpose();
        let (state, outcome) = (row.text("state")?, row.opt_text("outcome")?);
        let ended = |text: String| Outcome::parse(&text).ok_or_else(|| nonsense("outcome", &text));
        Ok(Self {
            id: DisputeId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: head(row)?,
            case: CaseId(row.uuid("case_id")?),
            area: AreaId(row.int("area_id")? as u32),
            grid: row.opt_int("grid_id")?.map(|id| AreaId(id as u32)),
            dispute: Dispute {
                state: State::parse(&state).ok_or_else(|| nonsense("state", &state))?,
                n_sessions: row.int("n_sessions")? as u32,
                agreed: opt_day("agreed_day")?,
                follow_ups,
                unit: row.opt_int("unit_id")?.map(|id| UnitId(id as u32)),
                outcome: outcome.map(ended).transpose()?,
            },
            told: opt_day("told_day")?,
            opened: time(row, "opened_ms")?,
            closed: opt_time(row, "closed_ms")?,
        })
    }
}

async fn with_days(store: &Store, rows: &[Row]) -> Result<Vec<Stored>, Fault> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let read = |row: &Row| {
            let kept = row.opt_text("kept")?;
            let known = |text: String| Kept::parse(&text).ok_or_else(|| nonsense("kept", &text));
            Ok((day(row, "due_day")?, kept.map(known).transpose()?))
        };
        let days = store.rows(DAYS, params![row.uuid("id")?]).await?;
        all.push(Stored::read(row, days.iter().map(read).collect::<Result<_, Fault>>()?)?);
    }
    Ok(all)
}

/// One dispute.
pub async fn one(store: &Store, id: DisputeId) -> Result<Option<Stored>, Fault> {
    let rows = store.rows(ONE, params![id.0]).await?;
    Ok(with_days(store, &rows).await?.pop())
}

/// The record that belongs to a case.
pub async fn of_case(store: &Store, case: CaseId) -> Result<Option<Stored>, Fault> {
    let rows = store.rows(OF_CASE, params![case.0]).await?;
    Ok(with_days(store, &rows).await?.pop())
}

/// Disputes of an area in one state, the newest first, before one.
pub async fn list(
    store: &Store,
    area: &AreaPath,
    state: State,
    before: Option<(Timestamp, DisputeId)>,
    limit: u32,
) -> Result<Vec<Stored>, Fault> {
    let (from, to) = area.range();
    let (ms, id) = before.map_or((i64::MAX, uuid::Uuid::max()), |(at, id)| (at.as_millisecond(), id.0));
    let rows = store.rows(LIST, params![state.as_str(), from, to, ms, id, limit]).await?;
    with_days(store, &rows).await
}

/// Disputes of a grid in which somebody asks before a day.
pub async fn due_in(store: &Store, grid: AreaId, before: Date) -> Result<Vec<Stored>, Fault> {
    let rows = store.rows(DUE_IN, params![grid.0, before.to_string()]).await?;
    with_days(store, &rows).await
}

/// Disputes whose next day has come, and whose desk has not been told of it.
pub async fn to_tell(store: &Store, today: Date, limit: u32) -> Result<Vec<Stored>, Fault> {
    let rows = store.rows(TO_TELL, params![today.to_string(), limit]).await?;
    with_days(store, &rows).await
}

/// Disputes closed before a moment whose key is still there.
pub async fn old(store: &Store, before: Timestamp, limit: u32) -> Result<Vec<DisputeId>, Fault> {
    let rows = store.rows(OLD, params![before.as_millisecond(), limit]).await?;
    rows.iter().map(|row| row.uuid("id").map(DisputeId)).collect()
}

/// Disputes that lie in some areas, by id, after one.
pub async fn in_areas(
    store: &Store,
    areas: &[AreaId],
    after: Option<DisputeId>,
    limit: u32,
) -> Result<Vec<Stored>, Fault> {
    if areas.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = Where::new();
    conditions.any_of("area_id", areas.iter().map(|area| area.0));
    let (after, most) = (conditions.bind(after.map_or(uuid::Uuid::nil(), |it| it.0)), conditions.bind(limit));
    conditions.and(format!("id > {after}"));
    let sql = format!("select id, version, head, case_id, area_id, grid_id, state, n_sessions, agreed_day, unit_id, outcome,
        told_day, opened_ms, closed_ms from dispute where {} order by id limit {most}", conditions.sql());
    let rows = store.rows(&sql, conditions.params).await?;
    with_days(store, &rows).await
}
