//! Grids that have, or will have, nobody: since when that is known, and how far upwards it was told.

use crate::case::{opt_time, time};
use crate::intake::nonsense;
use crate::leave::{day, head};
use crate::{Fault, Row, Statement, Store, params};
use domain::area::{AreaPath, Level};
use domain::audit::Hash;
use domain::id::{AreaId, VacancyId};
use jiff::Timestamp;
use jiff::civil::Date;

const INSERT: &str =
    "insert into vacancy (id, version, head, grid_id, from_day, n_days, told, told_ms, found_ms, ended_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const SAVE: &str = "update vacancy set version = $3, head = $4, from_day = $5, n_days = $6, told = $7,
    told_ms = $8, ended_ms = $9 where id = $1 and version = $2";
const ONE: &str = "select id, version, head, grid_id, from_day, n_days, told, told_ms, found_ms, ended_ms
    from vacancy where id = $1";
const OPEN: &str = "select id, version, head, grid_id, from_day, n_days, told, told_ms, found_ms, ended_ms
    from vacancy where ended_ms is null order by grid_id";
const LIST: &str =
    "select v.id, v.version, v.head, v.grid_id, v.from_day, v.n_days, v.told, v.told_ms, v.found_ms, v.ended_ms
    from vacancy v where v.ended_ms is null and v.grid_id in
        (select a.area_id from area_version a where a.path >= $1 and a.path < $2)
    order by v.from_day, v.grid_id limit $3";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, SAVE, ONE, OPEN, LIST];

/// A grid that has, or will have, nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// Made when it was found.
    pub id: VacancyId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest entry.
    pub head: Hash,
    /// The grid.
    pub grid: AreaId,
    /// First day with nobody.
    pub from: Date,
    /// Days with nobody among those looked ahead.
    pub n_days: u32,
    /// The highest level that was told.
    pub told: Level,
    /// When that level was told.
    pub told_at: Timestamp,
    /// When it was found.
    pub found: Timestamp,
    /// Since when the grid has someone again.
    pub ended: Option<Timestamp>,
}

impl Vacancy {
    /// Adds it. A duplicate when the grid has one that is open.
    pub fn insert(&self) -> Statement {
        let values = params![
            self.id.0,
            self.version,
            self.head.0,
            self.grid.0,
            self.from.to_string(),
            self.n_days,
            self.told.name(),
            self.told_at.as_millisecond(),
            self.found.as_millisecond(),
            self.ended.map(Timestamp::as_millisecond)
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
            self.from.to_string(),
            self.n_days,
            self.told.name(),
            self.told_at.as_millisecond(),
            self.ended.map(Timestamp::as_millisecond)
        ];
        Statement::new(SAVE, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let told = row.text("told")?;
        Ok(Self {
            id: VacancyId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: head(row)?,
            grid: AreaId(row.int("grid_id")? as u32),
            from: day(row, "from_day")?,
            n_days: row.int("n_days")? as u32,
            told: told.parse().map_err(|_| nonsense("told", &told))?,
            told_at: time(row, "told_ms")?,
            found: time(row, "found_ms")?,
            ended: opt_time(row, "ended_ms")?,
        })
    }
}

/// One.
pub async fn one(store: &Store, id: VacancyId) -> Result<Option<Vacancy>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(Vacancy::read).transpose()
}

/// All that are open, by grid.
pub async fn open(store: &Store) -> Result<Vec<Vacancy>, Fault> {
    store.rows(OPEN, params![]).await?.iter().map(Vacancy::read).collect()
}

/// Those that are open in an area, the nearest day first.
pub async fn list(store: &Store, area: &AreaPath, limit: u32) -> Result<Vec<Vacancy>, Fault> {
    let (from, to) = area.range();
    store.rows(LIST, params![from, to, limit]).await?.iter().map(Vacancy::read).collect()
}
