//! Notices, written in the same commit as what they tell of.

use crate::case::{opt_time, time};
use crate::{Fault, Row, Statement, Store, Value, params};
use domain::id::{AreaId, PersonId, UnitId};
use domain::notice::{Notice, NoticeKind, Whom};
use domain::stream::{Stream, StreamId};
use jiff::Timestamp;
use std::sync::LazyLock;
use uuid::Uuid;

const INSERT: &str = "insert into notice
    (id, person_id, area_id, unit_id, kind, stream, about_id, place_id, urgent, at_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, TOLD, CLIMBED];

/// What keeps a notice.
pub fn insert(it: &Notice) -> Statement {
    let (person, area, unit) = match it.whom {
        Whom::Person(person) => (Some(person.0), None, None),
        Whom::Desk(area) => (None, Some(area.0), None),
        Whom::Unit(unit) => (None, None, Some(unit.0)),
    };
    Statement::new(
        INSERT,
        params![
            it.id,
            person,
            area,
            unit,
            it.kind.as_str(),
            it.about.stream.as_str(),
            it.about.id,
            it.place.0,
            it.urgent,
            it.at.as_millisecond()
        ],
    )
}

const COLUMNS: &str = "n.seq, n.id, n.person_id, n.area_id, n.unit_id, n.kind, n.stream, n.about_id, n.place_id, n.urgent, n.at_ms, n.read_ms";
const MINE: &str = "(n.person_id = $1 or (n.area_id = $2) or (n.unit_id = $3))";
static LISTS: LazyLock<[String; 8]> = LazyLock::new(|| {
    let list = |more: &str, order: &str, limit: &str| {
        format!("select {COLUMNS} from notice n where {MINE} {more} order by n.seq {order} limit {limit}")
    };
    [
        list("and n.seq < $4", "desc", "$5"),
        list("and n.seq < $4 and n.read_ms is null", "desc", "$5"),
        list("and n.seq > $4", "asc", "$5"),
        format!(
            "select count(*) as n, coalesce(max(n.seq), 0) as last from notice n where {MINE} and n.read_ms is null"
        ),
        format!("update notice as n set read_ms = $4 where {MINE} and n.id = $5 and n.read_ms is null"),
        format!("update notice as n set read_ms = $4 where {MINE} and n.seq <= $5 and n.read_ms is null"),
        format!("select {COLUMNS} from notice n where n.told_ms is null order by n.seq limit $1"),
        format!(
            "select {COLUMNS} from notice n where n.urgent = 1 and n.read_ms is null and n.climbed_ms is null
            and n.at_ms <= $1 order by n.at_ms limit $2"
        ),
    ]
});
static ONE: LazyLock<String> = LazyLock::new(|| format!("select {COLUMNS} from notice n where n.id = $1"));
const IS_MINE: &str = "select 1 as yes from notice n where n.id = $4 and (n.person_id = $1 or (n.area_id = $2) or (n.unit_id = $3))";
const TOLD: &str = "update notice set told_ms = $2 where id = $1 and told_ms is null";
const CLIMBED: &str =
    "update notice set climbed_ms = $2 where id = $1 and climbed_ms is null and read_ms is null";

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    LISTS.iter().cloned().chain([ONE.clone(), IS_MINE.to_owned()]).collect()
}

/// Whose inbox: a person's own notices, and those of the desk or unit they now work at.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    /// Who.
    pub person: PersonId,
    /// The area whose desk they sit at.
    pub desk: Option<AreaId>,
    /// The unit they work in.
    pub unit: Option<UnitId>,
}

impl Inbox {
    fn params(self) -> Vec<Value> {
        params![self.person.0, self.desk.map(|it| it.0), self.unit.map(|it| it.0)]
    }

    fn with(self, more: impl IntoIterator<Item = Value>) -> Vec<Value> {
        self.params().into_iter().chain(more).collect()
    }

    /// Marks one as read; touches nothing when it is read already or not theirs.
    pub fn read_one(self, id: Uuid, now: Timestamp) -> Statement {
        Statement::new(LISTS[4].as_str(), self.with([now.as_millisecond().into(), id.into()]))
    }

    /// Marks all up to a place as read.
    pub fn read_until(self, seq: i64, now: Timestamp) -> Statement {
        Statement::new(LISTS[5].as_str(), self.with([now.as_millisecond().into(), seq.into()]))
    }
}

/// A notice with its place in the order of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Grows with each.
    pub seq: i64,
    /// The notice.
    pub notice: Notice,
}

fn placed(row: &Row) -> Result<Placed, Fault> {
    let nonsense = |column: &str, text: &str| Fault::Nonsense {
        what: format!("column {column}"),
        why: format!("{text:?} is not a value it can have"),
    };
    let (kind, stream) = (row.text("kind")?, row.text("stream")?);
    let whom = match (row.opt_uuid("person_id")?, row.opt_int("area_id")?, row.opt_int("unit_id")?) {
        (Some(person), ..) => Whom::Person(PersonId(person)),
        (_, Some(area), _) => Whom::Desk(AreaId(area as u32)),
        (.., unit) => Whom::Unit(UnitId(unit.unwrap_or_default() as u32)),
    };
    let stream = Stream::parse(&stream).ok_or_else(|| nonsense("stream", &stream))?;
    Ok(Placed {
        seq: row.int("seq")?,
        notice: Notice {
            id: row.uuid("id")?,
            whom,
            kind: NoticeKind::parse(&kind).ok_or_else(|| nonsense("kind", &kind))?,
            about: StreamId { stream, id: row.uuid("about_id")? },
            place: AreaId(row.int("place_id")? as u32),
            urgent: row.yes("urgent")?,
            at: time(row, "at_ms")?,
            read: opt_time(row, "read_ms")?,
        },
    })
}

/// The next of an inbox before a place, newest first.
pub async fn inbox(
    store: &Store,
    of: Inbox,
    unread: bool,
    before: i64,
    limit: u32,
) -> Result<Vec<Placed>, Fault> {
    let sql = &LISTS[usize::from(unread)];
    store.rows(sql, of.with([before.into(), limit.into()])).await?.iter().map(placed).collect()
}

/// The next of an inbox after a place, oldest first.
pub async fn since(store: &Store, of: Inbox, after: i64, limit: u32) -> Result<Vec<Placed>, Fault> {
    store.rows(&LISTS[2], of.with([after.into(), limit.into()])).await?.iter().map(placed).collect()
}

/// How many of an inbox are unread.
pub async fn unread(store: &Store, of: Inbox) -> Result<u64, Fault> {
    Ok(store.row(&LISTS[3], of.params()).await?.map_or(Ok(0), |row| row.int("n"))? as u64)
}

/// Whether a notice is in an inbox.
pub async fn is_in(store: &Store, of: Inbox, id: Uuid) -> Result<bool, Fault> {
    Ok(store.row(IS_MINE, of.with([id.into()])).await?.is_some())
}

/// One notice, whoever's.
pub async fn one(store: &Store, id: Uuid) -> Result<Option<Placed>, Fault> {
    store.row(&ONE, params![id]).await?.as_ref().map(placed).transpose()
}

/// Notices whose deliveries are still to be made, oldest first.
pub async fn untold(store: &Store, limit: u32) -> Result<Vec<Placed>, Fault> {
    store.rows(&LISTS[6], params![limit]).await?.iter().map(placed).collect()
}

/// Urgent ones of before a moment that nobody has read and that have not climbed.
pub async fn unheard(store: &Store, before: Timestamp, limit: u32) -> Result<Vec<Placed>, Fault> {
    store.rows(&LISTS[7], params![before.as_millisecond(), limit]).await?.iter().map(placed).collect()
}

/// Its deliveries are made; a conflict when they were already.
pub fn told(id: Uuid, now: Timestamp) -> Statement {
    Statement::new(TOLD, params![id, now.as_millisecond()]).expecting(1)
}

/// It was told to the desk above; a conflict when it was already, or was read meanwhile.
pub fn climbed(id: Uuid, now: Timestamp) -> Statement {
    Statement::new(CLIMBED, params![id, now.as_millisecond()]).expecting(1)
}
