//! Entries of the care register: what is sealed of them, and the few columns in clear that planning and counting need.
//! What ended keeps id, grid, version and head.

mod purpose;

use std::sync::LazyLock;

use domain::area::{Ancestors, Level};
use domain::audit::Hash;
use domain::care::{Category, Ended, ReadReason};
use domain::geo::LngLat;
use domain::id::{AreaId, CareId, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::case::time;
use crate::standing::{
    self, areas, insert_sql, known, nonsense, opt_blind, opt_day, opt_known, places, read_areas, read_head,
    read_point, select_sql, update_sql,
};
use crate::{Fault, Row, Statement, Store, Value, params};

pub use purpose::Purpose;
pub use purpose::{purpose, purposes_in, purposes_of};

const COLUMNS: &[&str] = &[
    "id",
    "version",
    "head",
    "revision",
    "state",
    "city_id",
    "county_id",
    "township_id",
    "community_id",
    "grid_id",
    "category",
    "lng",
    "lat",
    "review_day",
    "expiry_day",
    "review_told",
    "wake_day",
    "tail",
    "sealed",
    "code",
    "code_delay",
    "enrolled_ms",
    "ended_day",
    "ended_why",
];

static INSERT: LazyLock<String> = LazyLock::new(|| insert_sql("care_entry", COLUMNS));
static UPDATE: LazyLock<String> = LazyLock::new(|| update_sql("care_entry", COLUMNS));
static ONE: LazyLock<String> = LazyLock::new(|| select_sql("care_entry", COLUMNS, "where id = $1"));
static BY_CODE: LazyLock<String> = LazyLock::new(|| select_sql("care_entry", COLUMNS, "where code = $1"));
static BY_TAIL: LazyLock<String> = LazyLock::new(|| {
    select_sql("care_entry", COLUMNS, "where tail = $1 and state = 'open' order by id limit 200")
});
static WAKING: LazyLock<String> = LazyLock::new(|| {
    select_sql(
        "care_entry",
        COLUMNS,
        "where wake_day is not null and wake_day <= $1 order by wake_day, id limit $2",
    )
});

const LISTED: &str = "insert into care_listed (care_id, person_id, reason, day) values ($1, $2, $3, $4)";
const FORGET_LISTED: &str = "delete from care_listed where care_id = $1";
const COUNTS: &str = "select grid_id, category, count(*) as n from care_entry
    where state = 'open' and expiry_day > $1 group by grid_id, category order by grid_id, category";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[LISTED, FORGET_LISTED, COUNTS];

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    let all = [&INSERT, &UPDATE, &ONE, &BY_CODE, &BY_TAIL, &WAKING];
    let fixed = all.into_iter().map(|sql| (**sql).clone());
    fixed
        .chain([list_sql("grid_id in ($1, $2)", "$3", "$4", true), was_listed_sql(2), in_areas_sql(2)])
        .chain(purpose::sql())
        .collect()
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct CareRow {
    /// Its id.
    pub id: CareId,
    /// Acts so far, readings included.
    pub version: u32,
    /// Hash of the newest.
    pub head: Hash,
    /// Grows with what is held; what a correction is decided on.
    pub revision: u32,
    /// Where it stands.
    pub areas: Ancestors,
    /// When it was made.
    pub enrolled: Timestamp,
    /// What it is; `None` once it has ended.
    pub open: Option<CareOpen>,
    /// When and why it ended.
    pub ended: Option<(Date, Ended)>,
}

/// What an entry is, as far as it stands in clear, and the sealed rest.
#[derive(Clone, Debug, PartialEq)]
pub struct CareOpen {
    /// Why they are in the register.
    pub category: Category,
    /// About where, rounded to some 100 m.
    pub near: Option<LngLat>,
    /// When somebody looks whether all is still so.
    pub review: Date,
    /// From this day on it is no more.
    pub expiry: Date,
    /// Whether the review that is due was told.
    pub review_told: bool,
    /// Day on which the platform looks again.
    pub wake: Date,
    /// Blind index of the last digits of the phone.
    pub tail: Option<[u8; 16]>,
    /// `domain::care::Held`, sealed.
    pub sealed: Vec<u8>,
    /// Blind index of the person's code, and after how many days a reading is told there.
    pub code: Option<([u8; 16], u8)>,
}

impl CareRow {
    /// Adds it; a duplicate when its id is taken.
    pub fn insert(&self) -> Statement {
        Statement::new(INSERT.as_str(), self.values()).expecting(1)
    }

    /// Writes it on top of the version it was decided on; a conflict when another was faster.
    pub fn save(&self, on: u32) -> Statement {
        let mut values = self.values();
        values.push(on.into());
        Statement::new(UPDATE.as_str(), values).expecting(1)
    }

    /// The grid it stands in.
    pub fn grid(&self) -> AreaId {
        self.areas.grid.unwrap_or(AreaId(0))
    }

    fn values(&self) -> Vec<Value> {
        let state = if self.open.is_some() { "open" } else { "ended" };
        let mut values = params![self.id.0, self.version, self.head.0, self.revision, state];
        values.extend(areas(&self.areas));
        match &self.open {
            None => values.extend(params![
                None::<&str>,
                None::<f64>,
                None::<f64>,
                None::<&str>,
                None::<&str>,
                false,
                None::<&str>,
                None::<[u8; 16]>,
                None::<Vec<u8>>,
                None::<[u8; 16]>,
                None::<u8>
            ]),
            Some(it) => values.extend(params![
                it.category.as_str(),
                it.near.map(|near| near.lng),
                it.near.map(|near| near.lat),
                it.review.to_string(),
                it.expiry.to_string(),
                it.review_told,
                it.wake.to_string(),
                it.tail,
                it.sealed.clone(),
                it.code.map(|(code, _)| code),
                it.code.map(|(_, delay)| delay),
            ]),
        }
        let ended = self.ended.as_ref();
        values.extend(params![
            self.enrolled.as_millisecond(),
            ended.map(|(day, _)| day.to_string()),
            ended.map(|(_, why)| why.as_str())
        ]);
        values
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let open = match row.text("state")?.as_str() {
            "open" => Some(CareOpen::read(row)?),
            _ => None,
        };
        let ended = opt_day(row, "ended_day")?.zip(opt_known(row, "ended_why", Ended::parse)?);
        Ok(Self {
            id: CareId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: read_head(row)?,
            revision: row.int("revision")? as u32,
            areas: read_areas(row)?,
            enrolled: time(row, "enrolled_ms")?,
            open,
            ended,
        })
    }
}

impl CareOpen {
    fn read(row: &Row) -> Result<Self, Fault> {
        let code = opt_blind(row, "code")?;
        let delay = row.opt_int("code_delay")?.unwrap_or_default() as u8;
        Ok(Self {
            category: known(row, "category", Category::parse)?,
            near: read_point(row, "lng", "lat")?,
            review: standing::day(row, "review_day")?,
            expiry: standing::day(row, "expiry_day")?,
            review_told: row.yes("review_told")?,
            wake: standing::day(row, "wake_day")?,
            tail: opt_blind(row, "tail")?,
            sealed: row.bytes("sealed")?,
            code: code.map(|code| (code, delay)),
        })
    }
}

/// One entry.
pub async fn one(store: &Store, id: CareId) -> Result<Option<CareRow>, Fault> {
    store.row(&ONE, params![id.0]).await?.as_ref().map(CareRow::read).transpose()
}

/// Some entries, by id; those that are not there are left out.
pub async fn some(store: &Store, ids: &[CareId]) -> Result<Vec<CareRow>, Fault> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(100) {
        let sql =
            select_sql("care_entry", COLUMNS, &format!("where id in ({}) order by id", places(1, ids.len())));
        let rows = store.rows(&sql, ids.iter().map(|id| id.0.into()).collect()).await?;
        for row in &rows {
            found.push(CareRow::read(row)?);
        }
    }
    Ok(found)
}

/// The entry whose person has this code.
pub async fn by_code(store: &Store, code: [u8; 16]) -> Result<Option<CareRow>, Fault> {
    store.row(&BY_CODE, params![code]).await?.as_ref().map(CareRow::read).transpose()
}

/// Entries whose phone ends so, at most 200.
pub async fn by_tail(store: &Store, tail: [u8; 16]) -> Result<Vec<CareRow>, Fault> {
    store.rows(&BY_TAIL, params![tail]).await?.iter().map(CareRow::read).collect()
}

/// Entries whose day has come.
pub async fn waking(store: &Store, day: Date, limit: u32) -> Result<Vec<CareRow>, Fault> {
    store.rows(&WAKING, params![day.to_string(), limit]).await?.iter().map(CareRow::read).collect()
}

/// Entries that stand in one of some areas of any level, ended ones too, by id after one.
pub async fn in_areas(
    store: &Store,
    areas: &[AreaId],
    after: Option<CareId>,
    limit: u32,
) -> Result<Vec<CareRow>, Fault> {
    if areas.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![after.map_or(uuid::Uuid::nil(), |it| it.0), limit];
    values.extend(areas.iter().map(|area| Value::from(area.0)));
    store.rows(&in_areas_sql(areas.len()), values).await?.iter().map(CareRow::read).collect()
}

fn in_areas_sql(n: usize) -> String {
    let any: Vec<String> =
        standing::AREAS.iter().map(|column| format!("{column} in ({})", places(3, n))).collect();
    let rest = format!("where id > $1 and ({}) order by id limit $2", any.join(" or "));
    select_sql("care_entry", COLUMNS, &rest)
}

/// Which living entries a list shows.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// In these grids; ignored when an area is named.
    pub grids: Vec<AreaId>,
    /// In this area, of this level.
    pub area: Option<(Level, AreaId)>,
    /// Only of these categories; any when empty.
    pub categories: Vec<Category>,
    /// Only those after this id.
    pub after: Option<CareId>,
}

/// Living entries by id.
pub async fn list(store: &Store, listed: &Listed, today: Date, limit: u32) -> Result<Vec<CareRow>, Fault> {
    let mut values: Vec<Value> = Vec::new();
    let ground = match listed.area {
        Some((level, area)) => {
            values.push(area.0.into());
            format!("{} = $1", standing::AREAS[level.depth()])
        }
        None if listed.grids.is_empty() => return Ok(Vec::new()),
        None => {
            values.extend(listed.grids.iter().map(|grid| Value::from(grid.0)));
            format!("grid_id in ({})", places(1, listed.grids.len()))
        }
    };
    let ground = if listed.categories.is_empty() {
        ground
    } else {
        let from = values.len() + 1;
        values.extend(listed.categories.iter().map(|it| Value::from(it.as_str())));
        format!("{ground} and category in ({})", places(from, listed.categories.len()))
    };
    values.push(today.to_string().into());
    let day = format!("${}", values.len());
    let after = listed.after.map(|id| {
        values.push(id.0.into());
        format!("${}", values.len())
    });
    let sql = list_sql(&ground, &day, after.as_deref().unwrap_or_default(), after.is_some());
    let sql = format!("{sql} limit {limit}");
    store.rows(&sql, values).await?.iter().map(CareRow::read).collect()
}

fn list_sql(ground: &str, day: &str, after: &str, paged: bool) -> String {
    let after = if paged { format!("and id > {after}") } else { String::new() };
    select_sql(
        "care_entry",
        COLUMNS,
        &format!("where state = 'open' and {ground} and expiry_day > {day} {after} order by id"),
    )
}

/// How many living entries there are, by grid and category.
pub async fn counts(store: &Store, today: Date) -> Result<Vec<(AreaId, Category, u64)>, Fault> {
    let rows = store.rows(COUNTS, params![today.to_string()]).await?;
    let read = |row: &Row| {
        let grid = AreaId(row.int("grid_id")? as u32);
        Ok((grid, known(row, "category", Category::parse)?, row.int("n")? as u64))
    };
    rows.iter().map(read).collect()
}

/// Says that a name stood in a list. A duplicate when that was said on this day.
pub fn listed(id: CareId, person: PersonId, reason: ReadReason, day: Date) -> Statement {
    Statement::new(LISTED, params![id.0, person.0, reason.as_str(), day.to_string()]).expecting(1)
}

/// Forgets in which lists a name stood; the record keeps it.
pub fn forget_listed(id: CareId) -> Statement {
    Statement::new(FORGET_LISTED, params![id.0])
}

/// Of these, the ones of which it was said today already.
pub async fn were_listed(
    store: &Store,
    ids: &[CareId],
    person: PersonId,
    reason: ReadReason,
    day: Date,
) -> Result<Vec<CareId>, Fault> {
    let mut found = Vec::new();
    for ids in ids.chunks(100) {
        let mut values = params![person.0, reason.as_str(), day.to_string()];
        values.extend(ids.iter().map(|id| Value::from(id.0)));
        for row in store.rows(&was_listed_sql(ids.len()), values).await? {
            found.push(CareId(row.uuid("care_id")?));
        }
    }
    Ok(found)
}

fn was_listed_sql(n: usize) -> String {
    format!(
        "select care_id from care_listed where person_id = $1 and reason = $2 and day = $3 and care_id in ({})",
        places(4, n)
    )
}

/// A word that a column should not hold.
pub(crate) fn bad(column: &str) -> Fault {
    nonsense(column, "it is no word of its list")
}
