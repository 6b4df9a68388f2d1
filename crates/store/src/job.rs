//! Long work that people ask for and come back to: who asked what, how far it is, and what came of it. A node that takes
//! a job up gets a number with it; one that paused and was overtaken has an older number, and nothing it says counts.

use crate::case::{opt_time, time};
use crate::intake::nonsense;
use crate::{Fault, Row, Statement, Store, params};
use domain::id::{JobId, PersonId};
use jiff::Timestamp;

const INSERT: &str = "insert into index_job (id, kind, subject, person_id, state, asked, made_ms)
    values ($1, $2, $3, $4, 'waiting', $5, $6)";
const TAKE: &str =
    "update index_job set state = 'running', taken = taken + 1, beat_ms = $3, done = 0, total = 0
    where id = $1 and taken = $2 and state in ('waiting', 'running')";
const BEAT: &str = "update index_job set beat_ms = $3, done = $4, total = $5
    where id = $1 and taken = $2 and state = 'running'";
const FINISH: &str =
    "update index_job set state = 'done', ended_ms = $3, done = total, result_type = $4, result = $5
    where id = $1 and taken = $2 and state = 'running'";
const FAIL: &str = "update index_job set state = 'failed', ended_ms = $3, error = $4
    where id = $1 and taken = $2 and state = 'running'";
const CANCEL: &str = "update index_job set state = 'cancelled', ended_ms = $2
    where id = $1 and state in ('waiting', 'running')";
const ONE: &str =
    "select id, kind, subject, person_id, state, taken, done, total, asked, error, made_ms, beat_ms,
    ended_ms, result_type from index_job where id = $1";
const LIST: &str =
    "select id, kind, subject, person_id, state, taken, done, total, asked, error, made_ms, beat_ms,
    ended_ms, result_type from index_job
    where (made_ms, id) < ($1, $2) and (cast($3 as text) is null or subject = $3)
    order by made_ms desc, id desc limit $4";
const TO_DO: &str =
    "select id, kind, subject, person_id, state, taken, done, total, asked, error, made_ms, beat_ms,
    ended_ms, result_type from index_job
    where state in ('waiting', 'running') and (state = 'waiting' or beat_ms < $1)
    order by made_ms, id limit $2";
const RESULT: &str = "select result_type, result from index_job where id = $1 and result is not null";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, TAKE, BEAT, FINISH, FAIL, CANCEL, ONE, LIST, TO_DO, RESULT];

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No node has taken it up.
    Waiting,
    /// A node is at it, or was and gives no sign of life any more.
    Running,
    /// Its result is there.
    Done,
    /// It could not be done; `error` says why.
    Failed,
    /// Someone wants it no more.
    Cancelled,
}

impl State {
    /// All five.
    pub const ALL: [State; 5] =
        [State::Waiting, State::Running, State::Done, State::Failed, State::Cancelled];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether nothing more will come of it.
    pub const fn is_over(self) -> bool {
        matches!(self, State::Done | State::Failed | State::Cancelled)
    }
}

/// Long work, without its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Made by whoever asks.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// What it is about: an edition's id, a month.
    pub subject: String,
    /// Who asked; `None` for whoever runs the machine.
    pub person: Option<PersonId>,
    /// How far it has come.
    pub state: State,
    /// How often a node has taken it up.
    pub taken: u32,
    /// Steps done.
    pub done: u64,
    /// Steps there are; 0 as long as that is not known.
    pub total: u64,
    /// What was asked, JSON.
    pub asked: String,
    /// Why it could not be done.
    pub error: Option<String>,
    /// When it was asked for.
    pub made: Timestamp,
    /// Last sign of life.
    pub beat: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Media type of its result, once it is there.
    pub result_type: Option<String>,
}

impl Job {
    /// What saves it as waiting. A duplicate when its id is taken.
    pub fn insert(&self) -> Statement {
        let (kind, subject) = (self.kind.as_str(), self.subject.as_str());
        let (asked, made_ms) = (self.asked.as_str(), self.made.as_millisecond());
        let values = params![self.id.0, kind, subject, self.person.map(|it| it.0), asked, made_ms];
        Statement::new(INSERT, values).expecting(1)
    }

    /// This node takes it up, the first time or from one that gives no sign of life; its number is `taken + 1` from
    /// then on. A conflict when another was faster, or it is over.
    pub fn take(&self, now: Timestamp) -> Statement {
        let values = params![self.id.0, self.taken, now.as_millisecond()];
        Statement::new(TAKE, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let state = row.text("state")?;
        Ok(Self {
            id: JobId(row.uuid("id")?),
            kind: row.text("kind")?,
            subject: row.text("subject")?,
            person: row.opt_uuid("person_id")?.map(PersonId),
            state: State::parse(&state).ok_or_else(|| nonsense("state", &state))?,
            taken: row.int("taken")? as u32,
            done: row.int("done")? as u64,
            total: row.int("total")? as u64,
            asked: row.text("asked")?,
            error: row.opt_text("error")?,
            made: time(row, "made_ms")?,
            beat: opt_time(row, "beat_ms")?,
            ended: opt_time(row, "ended_ms")?,
            result_type: row.opt_text("result_type")?,
        })
    }
}

/// A job in the hands of a node. Each statement is a conflict when the job was cancelled, or taken up by another: stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which job.
    pub id: JobId,
    /// The number it was taken up with.
    pub taken: u32,
}

impl Hold {
    /// A sign of life, with how far it is.
    pub fn beat(self, now: Timestamp, done: u64, total: u64) -> Statement {
        let values = params![self.id.0, self.taken, now.as_millisecond(), done as i64, total as i64];
        Statement::new(BEAT, values).expecting(1)
    }

    /// It is done; the result has a media type.
    pub fn finish(self, now: Timestamp, result_type: &str, result: &[u8]) -> Statement {
        let values = params![self.id.0, self.taken, now.as_millisecond(), result_type, result];
        Statement::new(FINISH, values).expecting(1)
    }

    /// It cannot be done.
    pub fn fail(self, now: Timestamp, error: &str) -> Statement {
        Statement::new(FAIL, params![self.id.0, self.taken, now.as_millisecond(), error]).expecting(1)
    }
}

/// It is wanted no more. A conflict when it is over.
pub fn cancel(id: JobId, now: Timestamp) -> Statement {
    Statement::new(CANCEL, params![id.0, now.as_millisecond()]).expecting(1)
}

/// One job.
pub async fn one(store: &Store, id: JobId) -> Result<Option<Job>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(Job::read).transpose()
}

/// Jobs before one (by when they were asked for), the newest first; all, or those about one subject.
pub async fn list(
    store: &Store,
    subject: Option<&str>,
    before: Option<(Timestamp, JobId)>,
    limit: u32,
) -> Result<Vec<Job>, Fault> {
    let (made_ms, id) = before.map_or((i64::MAX, uuid::Uuid::max()), |(at, id)| (at.as_millisecond(), id.0));
    store.rows(LIST, params![made_ms, id, subject, limit]).await?.iter().map(Job::read).collect()
}

/// Jobs that a node may take up, the oldest first: waiting ones, and those without a sign of life since a moment.
pub async fn to_do(store: &Store, silent_since: Timestamp, limit: u32) -> Result<Vec<Job>, Fault> {
    store.rows(TO_DO, params![silent_since.as_millisecond(), limit]).await?.iter().map(Job::read).collect()
}

/// What came of a job: media type and bytes.
pub async fn result(store: &Store, id: JobId) -> Result<Option<(String, Vec<u8>)>, Fault> {
    let row = store.row(RESULT, params![id.0]).await?;
    row.map(|row| Ok((row.text("result_type")?, row.bytes("result")?))).transpose()
}
