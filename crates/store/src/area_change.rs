//! Dated changes of the areas: what was arranged, by whom, and how far it has come. The versions they make are the
//! business of `crate::area`; what follows from them for duties and cases is decided above.

use crate::case::{opt_time, time};
use crate::{Batch, Fault, Row, Statement, Store, params};
use domain::audit::Hash;
use domain::id::{AreaChangeId, AreaId, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;

const INSERT: &str = "insert into area_change
    (id, key_sha, version, on_day, state, note, changes, person_id, saved_ms)
    values ($1, $2, 1, $3, 'arranged', $4, $5, $6, $7)";
const PART: &str = "insert into area_change_part (change_id, area_id, fate) values ($1, $2, $3)";
const PARTS: &str = "select area_id, fate from area_change_part where change_id = $1 order by area_id";
const BEGIN: &str =
    "update area_change set state = 'following', version = version + 1, begun_ms = $3, n_duties = $4
    where id = $1 and version = $2 and state = 'arranged'";
const COUNT: &str = "update area_change set n_cases = n_cases + 1 where id = $1";
const END: &str = "update area_change set state = 'done', version = version + 1, ended_ms = $3
    where id = $1 and version = $2 and state = 'following'";
const CANCEL: &str = "update area_change set state = 'cancelled', version = version + 1, ended_ms = $3
    where id = $1 and version = $2 and state = 'arranged'";
const ONE: &str =
    "select id, key_sha, version, on_day, state, note, changes, person_id, saved_ms, begun_ms, ended_ms,
    n_duties, n_cases from area_change where id = $1";
const LIST: &str =
    "select id, key_sha, version, on_day, state, note, changes, person_id, saved_ms, begun_ms, ended_ms,
    n_duties, n_cases from area_change where (on_day, id) < ($1, $2) order by on_day desc, id desc limit $3";
const AT_WORK: &str =
    "select id, key_sha, version, on_day, state, note, changes, person_id, saved_ms, begun_ms,
    ended_ms, n_duties, n_cases from area_change
    where (state in ('arranged', 'following') and on_day <= $1) or (state = 'done' and ended_ms > $2)
    order by on_day, saved_ms, id";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, PART, PARTS, BEGIN, COUNT, END, CANCEL, ONE, LIST, AT_WORK];

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Its day has not come, or nobody has looked since it came.
    Arranged,
    /// It holds, duties are passed on, and open cases are following.
    Following,
    /// All has followed.
    Done,
    /// Taken back before its day.
    Cancelled,
}

impl State {
    /// All four.
    pub const ALL: [State; 4] = [State::Arranged, State::Following, State::Done, State::Cancelled];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Arranged => "arranged",
            State::Following => "following",
            State::Done => "done",
            State::Cancelled => "cancelled",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What a change does to one area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is new.
    Begins,
    /// It is no longer.
    Ends,
    /// It goes on with another name, parent, code or outline.
    Changes,
}

impl Fate {
    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fate::Begins => "begins",
            Fate::Ends => "ends",
            Fate::Changes => "changes",
        }
    }

    fn parse(text: &str) -> Option<Fate> {
        [Fate::Begins, Fate::Ends, Fate::Changes].into_iter().find(|it| it.as_str() == text)
    }
}

/// A dated change of the areas.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaChange {
    /// Made by whoever asked.
    pub id: AreaChangeId,
    /// SHA-256 of the request, for retries.
    pub key: Hash,
    /// 1 when saved, one more with each state.
    pub version: u32,
    /// First day on which it holds.
    pub on: Date,
    /// How far it has come.
    pub state: State,
    /// Why, in words.
    pub note: String,
    /// The changes as they were saved, JSON.
    pub changes: String,
    /// Who; `None` for whoever runs the machine.
    pub person: Option<PersonId>,
    /// When it was saved.
    pub saved: Timestamp,
    /// When its day had come and duties were passed on.
    pub begun: Option<Timestamp>,
    /// When all had followed, or it was cancelled.
    pub ended: Option<Timestamp>,
    /// Duties passed on.
    pub n_duties: u32,
    /// Cases that followed.
    pub n_cases: u32,
}

impl AreaChange {
    /// Adds what saves it as arranged, with what it does to each area. A duplicate when its id is taken.
    pub fn insert(&self, batch: Batch, parts: &[(AreaId, Fate)]) -> Batch {
        let (id, on) = (self.id.0, self.on.to_string());
        let (note, changes, person) = (self.note.as_str(), self.changes.as_str(), self.person.map(|it| it.0));
        let values = params![id, self.key.0, on, note, changes, person, self.saved.as_millisecond()];
        let batch = batch.guard(INSERT, values);
        parts.iter().fold(batch, |batch, (area, fate)| batch.run(PART, params![id, area.0, fate.as_str()]))
    }

    /// Its day has come: duties were passed on, cases are about to follow. A conflict when it was cancelled, or begun
    /// by another node.
    pub fn begin(&self, now: Timestamp, n_duties: u32) -> Statement {
        self.step(BEGIN, params![self.id.0, self.version, now.as_millisecond(), n_duties])
    }

    /// All has followed.
    pub fn end(&self, now: Timestamp) -> Statement {
        self.step(END, params![self.id.0, self.version, now.as_millisecond()])
    }

    /// Taken back. A conflict when it has begun, or is of another version.
    pub fn cancel(&self, now: Timestamp) -> Statement {
        self.step(CANCEL, params![self.id.0, self.version, now.as_millisecond()])
    }

    /// One more case has followed.
    pub fn count(&self) -> Statement {
        Statement::new(COUNT, params![self.id.0]).expecting(1)
    }

    #[allow(clippy::unused_self)] // reads as what is done to it
    fn step(&self, sql: &'static str, values: Vec<crate::Value>) -> Statement {
        Statement::new(sql, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let (state, on) = (row.text("state")?, row.text("on_day")?);
        let key = row.bytes("key_sha")?;
        Ok(Self {
            id: AreaChangeId(row.uuid("id")?),
            key: Hash(key.as_slice().try_into().map_err(|_| nonsense("key_sha", "not 32 bytes"))?),
            version: row.int("version")? as u32,
            on: on.parse().map_err(|_| nonsense("on_day", &on))?,
            state: State::parse(&state).ok_or_else(|| nonsense("state", &state))?,
            note: row.text("note")?,
            changes: row.text("changes")?,
            person: row.opt_uuid("person_id")?.map(PersonId),
            saved: time(row, "saved_ms")?,
            begun: opt_time(row, "begun_ms")?,
            ended: opt_time(row, "ended_ms")?,
            n_duties: row.int("n_duties")? as u32,
            n_cases: row.int("n_cases")? as u32,
        })
    }
}

fn nonsense(column: &str, text: &str) -> Fault {
    Fault::Nonsense {
        what: format!("area_change column {column}"),
        why: format!("{text:?} is not a value it can have"),
    }
}

/// One change.
pub async fn one(store: &Store, id: AreaChangeId) -> Result<Option<AreaChange>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(AreaChange::read).transpose()
}

/// What a change does to each area, by area.
pub async fn parts(store: &Store, id: AreaChangeId) -> Result<Vec<(AreaId, Fate)>, Fault> {
    let read = |row: &Row| {
        let fate = row.text("fate")?;
        let fate = Fate::parse(&fate).ok_or_else(|| nonsense("fate", &fate))?;
        Ok((AreaId(row.int("area_id")? as u32), fate))
    };
    store.rows(PARTS, params![id.0]).await?.iter().map(read).collect()
}

/// Changes before a place (day and id), the latest day first; from the end when `None`.
pub async fn list(
    store: &Store,
    before: Option<(Date, AreaChangeId)>,
    limit: u32,
) -> Result<Vec<AreaChange>, Fault> {
    let (day, id) = before.unwrap_or((Date::MAX, AreaChangeId(uuid::Uuid::max())));
    let rows = store.rows(LIST, params![day.to_string(), id.0, limit]).await?;
    rows.iter().map(AreaChange::read).collect()
}

/// Changes that hold on a day and have not been followed to the end, or were so after a moment; in their order.
pub async fn at_work(store: &Store, day: Date, ended_after: Timestamp) -> Result<Vec<AreaChange>, Fault> {
    let rows = store.rows(AT_WORK, params![day.to_string(), ended_after.as_millisecond()]).await?;
    rows.iter().map(AreaChange::read).collect()
}
