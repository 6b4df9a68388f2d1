//! Units (部门): the departments of the city and their counterparts below, one row each.
//! Which unit is responsible for what stands in the matrix, not here.

use domain::{
    area::{AreaPath, Level},
    id::{AreaId, UnitId},
};

use crate::{Fault, Row, Statement, Store, params};

const INSERT: &str = "insert into unit (id, code, name_zh, name_en, level, area_id, parent_id, ended)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE: &str =
    "update unit set code = $2, name_zh = $3, name_en = $4, level = $5, area_id = $6, parent_id = $7, ended = $8
    where id = $1";
const ALL: &str = "select id, code, name_zh, name_en, level, area_id, parent_id, ended from unit order by id";
const BY_ID: &str =
    "select id, code, name_zh, name_en, level, area_id, parent_id, ended from unit where id = $1";
const BY_CODE: &str =
    "select id, code, name_zh, name_en, level, area_id, parent_id, ended from unit where code = $1";
const UNDER: &str = "select u.id, u.code, u.name_zh, u.name_en, u.level, u.area_id, u.parent_id, u.ended from unit u
    where u.area_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2) order by u.id";
const WAITS: &str = "select
    (select count(*) from share where unit_id = $1 and state in ('given', 'accepted')) as cases,
    (select count(*) from person where unit_id = $1 and disabled = 0) as people,
    (select count(*) from unit where parent_id = $1 and ended = 0) as units";
const LAST_ID: &str = "select coalesce(max(id), 0) as id from unit";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, UPDATE, ALL, BY_ID, BY_CODE, UNDER, LAST_ID, WAITS];

/// One unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Never given to another unit.
    pub id: UnitId,
    /// Short code, unique in the city; what files and matrices call it.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Level of the area it serves.
    pub level: Level,
    /// The area it serves; everything under it is its ground.
    pub area: AreaId,
    /// The unit it answers to; a county's counterpart answers to the city's department.
    pub parent: Option<UnitId>,
    /// It takes no new cases and no new people; what it did stays its.
    pub ended: bool,
}

/// What still waits for a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Cases in which it has a share that is not done.
    pub cases: i64,
    /// Accounts in it that are open.
    pub people: i64,
    /// Units that answer to it.
    pub units: i64,
}

impl Unit {
    /// Adds it. A taken id or code is a `Duplicate`.
    pub fn insert(&self) -> Statement {
        Statement::new(INSERT, self.columns()).expecting(1)
    }

    /// Changes everything but the id.
    pub fn update(&self) -> Statement {
        Statement::new(UPDATE, self.columns()).expecting(1)
    }

    fn columns(&self) -> Vec<crate::Value> {
        params![
            self.id.0,
            &self.code,
            &self.name_zh,
            &self.name_en,
            self.level.name(),
            self.area.0,
            self.parent.map(|it| it.0),
            self.ended
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: UnitId(row.int("id")? as u32),
            code: row.text("code")?,
            name_zh: row.text("name_zh")?,
            name_en: row.text("name_en")?,
            level: level(row, "level")?,
            area: AreaId(row.int("area_id")? as u32),
            parent: row.opt_int("parent_id")?.map(|it| UnitId(it as u32)),
            ended: row.yes("ended")?,
        })
    }
}

/// A column that holds the name of a level.
pub(crate) fn level(row: &Row, column: &'static str) -> Result<Level, Fault> {
    let nonsense = |why| Fault::Nonsense { what: format!("column {column}"), why };
    row.text(column)?.parse().map_err(nonsense)
}

/// Every unit, by id: a few hundred, kept in memory by those who ask often.
pub async fn all(store: &Store) -> Result<Vec<Unit>, Fault> {
    store.rows(ALL, params![]).await?.iter().map(Unit::read).collect()
}

/// Units of an area and of everything under it, by id.
pub async fn under(store: &Store, area: &AreaPath) -> Result<Vec<Unit>, Fault> {
    let (from, to) = area.range();
    store.rows(UNDER, params![from, to]).await?.iter().map(Unit::read).collect()
}

/// One unit.
pub async fn by_id(store: &Store, id: UnitId) -> Result<Option<Unit>, Fault> {
    store.row(BY_ID, params![id.0]).await?.as_ref().map(Unit::read).transpose()
}

/// One unit by its code.
pub async fn by_code(store: &Store, code: &str) -> Result<Option<Unit>, Fault> {
    store.row(BY_CODE, params![code]).await?.as_ref().map(Unit::read).transpose()
}

/// The highest id given so far; 0 when there is none.
pub async fn last_id(store: &Store) -> Result<UnitId, Fault> {
    let row = store.row(LAST_ID, params![]).await?;
    Ok(UnitId(row.map_or(Ok(0), |row| row.int("id"))? as u32))
}

/// What still waits for a unit.
pub async fn waits(store: &Store, id: UnitId) -> Result<Waits, Fault> {
    let row = store.row(WAITS, params![id.0]).await?;
    let nothing = Waits { cases: 0, people: 0, units: 0 };
    row.map_or(Ok(nothing), |row| {
        Ok(Waits { cases: row.int("cases")?, people: row.int("people")?, units: row.int("units")? })
    })
}
