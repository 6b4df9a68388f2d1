//! Requests for leave. What is granted stands in the duties; here is who asked, for when, and what was said.

use crate::case::{opt_time, time};
use crate::intake::nonsense;
use crate::{Fault, Row, Statement, Store, params};
use domain::area::AreaPath;
use domain::audit::Hash;
use domain::id::{AreaId, LeaveId, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;

const INSERT: &str =
    "insert into leave_request (id, version, head, person_id, area_id, from_day, to_day, substitute_id,
    state, asked_ms, decided_ms, answer) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const SAVE: &str =
    "update leave_request set version = $3, head = $4, substitute_id = $5, state = $6, decided_ms = $7,
    answer = $8 where id = $1 and version = $2";
const ONE: &str =
    "select id, version, head, person_id, area_id, from_day, to_day, substitute_id, state, asked_ms,
    decided_ms, answer from leave_request where id = $1";
const OF_PERSON: &str =
    "select id, version, head, person_id, area_id, from_day, to_day, substitute_id, state, asked_ms,
    decided_ms, answer from leave_request where person_id = $1 and to_day > $2 order by from_day, id";
const LIST: &str =
    "select l.id, l.version, l.head, l.person_id, l.area_id, l.from_day, l.to_day, l.substitute_id, l.state,
    l.asked_ms, l.decided_ms, l.answer from leave_request l
    where l.area_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2)
    and l.state = $3 and (l.from_day, l.id) > ($4, $5) order by l.from_day, l.id limit $6";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, SAVE, ONE, OF_PERSON, LIST];

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has decided.
    Asked,
    /// Yes.
    Granted,
    /// No.
    Refused,
    /// Taken back.
    Withdrawn,
}

impl State {
    /// All four.
    pub const ALL: [State; 4] = [State::Asked, State::Granted, State::Refused, State::Withdrawn];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Asked => "asked",
            State::Granted => "granted",
            State::Refused => "refused",
            State::Withdrawn => "withdrawn",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// A request for leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Made by whoever asks.
    pub id: LeaveId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest entry.
    pub head: Hash,
    /// Who wants to be away.
    pub person: PersonId,
    /// Where they have their post.
    pub area: AreaId,
    /// First day away.
    pub from: Date,
    /// First day back.
    pub to: Date,
    /// Who is to stand in, or does.
    pub substitute: Option<PersonId>,
    /// How far it has come.
    pub state: State,
    /// When it was asked for.
    pub asked: Timestamp,
    /// When it was decided or taken back.
    pub decided: Option<Timestamp>,
    /// Why it was refused; else empty.
    pub answer: String,
}

impl Request {
    /// Adds it.
    pub fn insert(&self) -> Statement {
        let (from, to) = (self.from.to_string(), self.to.to_string());
        let decided = self.decided.map(Timestamp::as_millisecond);
        let values = params![
            self.id.0,
            self.version,
            self.head.0,
            self.person.0,
            self.area.0,
            from,
            to,
            self.substitute.map(|it| it.0),
            self.state.as_str(),
            self.asked.as_millisecond(),
            decided,
            &self.answer
        ];
        Statement::new(INSERT, values).expecting(1)
    }

    /// Saves it as long as it stands at the version before.
    pub fn save(&self, before: u32) -> Statement {
        let values = params![
            self.id.0,
            before,
            self.version,
            self.head.0,
            self.substitute.map(|it| it.0),
            self.state.as_str(),
            self.decided.map(Timestamp::as_millisecond),
            &self.answer
        ];
        Statement::new(SAVE, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let state = row.text("state")?;
        Ok(Self {
            id: LeaveId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: head(row)?,
            person: PersonId(row.uuid("person_id")?),
            area: AreaId(row.int("area_id")? as u32),
            from: day(row, "from_day")?,
            to: day(row, "to_day")?,
            substitute: row.opt_uuid("substitute_id")?.map(PersonId),
            state: State::parse(&state).ok_or_else(|| nonsense("state", &state))?,
            asked: time(row, "asked_ms")?,
            decided: opt_time(row, "decided_ms")?,
            answer: row.text("answer")?,
        })
    }
}

/// One request.
pub async fn one(store: &Store, id: LeaveId) -> Result<Option<Request>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(Request::read).transpose()
}

/// Requests of someone that are not over on a day, by their first day.
pub async fn of_person(store: &Store, person: PersonId, day: Date) -> Result<Vec<Request>, Fault> {
    store.rows(OF_PERSON, params![person.0, day.to_string()]).await?.iter().map(Request::read).collect()
}

/// Requests of people who have their post in an area or under it, in one state, by first day, after one.
pub async fn list(
    store: &Store,
    area: &AreaPath,
    state: State,
    after: Option<(Date, LeaveId)>,
    limit: u32,
) -> Result<Vec<Request>, Fault> {
    let (from, to) = area.range();
    let (day, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(day, id)| (day.to_string(), id.0));
    let values = params![from, to, state.as_str(), day, id, limit];
    store.rows(LIST, values).await?.iter().map(Request::read).collect()
}

/// The hash in the column `head`.
pub(crate) fn head(row: &Row) -> Result<Hash, Fault> {
    let bytes = row.bytes("head")?;
    Ok(Hash(bytes.as_slice().try_into().map_err(|_| nonsense("head", "not 32 bytes"))?))
}

/// A column that holds a day.
pub(crate) fn day(row: &Row, column: &'static str) -> Result<Date, Fault> {
    let text = row.text(column)?;
    text.parse().map_err(|_| nonsense(column, &text))
}
