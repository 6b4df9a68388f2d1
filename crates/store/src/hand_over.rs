//! Notes of hand-over: what whoever has a grid next must know. The text is sealed; who has read it is not.

use crate::case::{Where, time};
use crate::leave::head;
use crate::{Fault, Row, Statement, Store, params};
use domain::audit::Hash;
use domain::id::{AreaId, HandOverId, PersonId};
use jiff::Timestamp;

const INSERT: &str = "insert into hand_over (id, version, head, grid_id, person_id, sealed, written_ms)
    values ($1, $2, $3, $4, $5, $6, $7)";
const SAVE: &str = "update hand_over set version = $3, head = $4 where id = $1 and version = $2";
const MOVE: &str =
    "update hand_over set version = $3, head = $4, grid_id = $5 where id = $1 and version = $2";
const READ: &str = "insert into hand_over_read (hand_over_id, person_id, at_ms) values ($1, $2, $3)
    on conflict (hand_over_id, person_id) do nothing";
const ONE: &str =
    "select id, version, head, grid_id, person_id, sealed, written_ms from hand_over where id = $1";
const OF_GRID: &str = "select id, version, head, grid_id, person_id, sealed, written_ms from hand_over
    where grid_id = $1 and written_ms >= $2 order by written_ms desc, id limit $3";
const READERS: &str =
    "select person_id, at_ms from hand_over_read where hand_over_id = $1 order by at_ms, person_id";

const OLDER: &str =
    "select id from hand_over where written_ms < $1 and sealed <> '' order by written_ms limit $2";
const EMPTY: &str = "update hand_over set sealed = '' where id = $1";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, SAVE, MOVE, READ, ONE, OF_GRID, READERS, OLDER, EMPTY];

/// A note for whoever has a grid next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Made by whoever writes it.
    pub id: HandOverId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest entry.
    pub head: Hash,
    /// The grid.
    pub grid: AreaId,
    /// Who wrote it.
    pub person: PersonId,
    /// The text, sealed by the key of this id; empty once it is erased.
    pub sealed: String,
    /// When.
    pub written: Timestamp,
}

impl HandOver {
    /// Adds it.
    pub fn insert(&self) -> Statement {
        let values = params![
            self.id.0,
            self.version,
            self.head.0,
            self.grid.0,
            self.person.0,
            self.sealed.as_str(),
            self.written.as_millisecond()
        ];
        Statement::new(INSERT, values).expecting(1)
    }

    /// Saves where its stream stands, as long as it stands at the version before.
    pub fn save(&self, before: u32) -> Statement {
        Statement::new(SAVE, params![self.id.0, before, self.version, self.head.0]).expecting(1)
    }

    /// Saves its grid, as long as it stands at the version before.
    pub fn move_to(&self, before: u32) -> Statement {
        let values = params![self.id.0, before, self.version, self.head.0, self.grid.0];
        Statement::new(MOVE, values).expecting(1)
    }

    /// Someone has read it and said so.
    pub fn read_by(&self, person: PersonId, at: Timestamp) -> Statement {
        Statement::new(READ, params![self.id.0, person.0, at.as_millisecond()])
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: HandOverId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: head(row)?,
            grid: AreaId(row.int("grid_id")? as u32),
            person: PersonId(row.uuid("person_id")?),
            sealed: row.text("sealed")?,
            written: time(row, "written_ms")?,
        })
    }
}

/// One note.
pub async fn one(store: &Store, id: HandOverId) -> Result<Option<HandOver>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(HandOver::read).transpose()
}

/// Notes of a grid since a moment, the newest first.
pub async fn of_grid(
    store: &Store,
    grid: AreaId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<HandOver>, Fault> {
    let values = params![grid.0, since.as_millisecond(), limit];
    store.rows(OF_GRID, values).await?.iter().map(HandOver::read).collect()
}

/// Who has read a note, and when.
pub async fn readers(store: &Store, id: HandOverId) -> Result<Vec<(PersonId, Timestamp)>, Fault> {
    let rows = store.rows(READERS, params![id.0]).await?;
    rows.iter().map(|row| Ok((PersonId(row.uuid("person_id")?), time(row, "at_ms")?))).collect()
}

/// Notes written before a moment whose text is still there, the oldest first.
pub async fn older(store: &Store, than: Timestamp, limit: u32) -> Result<Vec<HandOverId>, Fault> {
    let rows = store.rows(OLDER, params![than.as_millisecond(), limit]).await?;
    rows.iter().map(|row| row.uuid("id").map(HandOverId)).collect()
}

/// Takes the text out.
pub fn empty(id: HandOverId) -> Statement {
    Statement::new(EMPTY, params![id.0])
}

/// Notes of some grids, by id, after one.
pub async fn in_areas(
    store: &Store,
    areas: &[AreaId],
    after: Option<HandOverId>,
    limit: u32,
) -> Result<Vec<HandOver>, Fault> {
    if areas.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = Where::new();
    conditions.any_of("grid_id", areas.iter().map(|area| area.0));
    let (after, most) = (conditions.bind(after.map_or(uuid::Uuid::nil(), |it| it.0)), conditions.bind(limit));
    conditions.and(format!("id > {after}"));
    let sql = format!(
        "select id, version, head, grid_id, person_id, sealed, written_ms from hand_over where {} order by id limit {most}",
        conditions.sql()
    );
    let rows = store.rows(&sql, conditions.params).await?;
    rows.iter().map(HandOver::read).collect()
}
