//! Duties (值守): who answers for which grid from one day to another, who stands in, who is away.
//! Leave is written per grid; whoever is on leave has no duty in that grid, whatever other rows say.

use domain::{
    area::AreaPath,
    id::{AreaId, PersonId},
};
use jiff::civil::Date;

use crate::{Fault, Row, Statement, Store, params};

const INSERT: &str =
    "insert into duty (id, grid_id, person_id, kind, from_day, to_day) values ($1, $2, $3, $4, $5, $6)";
const END: &str = "update duty set to_day = $2 where id = $1";
const REMOVE: &str = "delete from duty where id = $1";
const BY_ID: &str = "select id, grid_id, person_id, kind, from_day, to_day from duty where id = $1";
const ALL: &str = "select id, grid_id, person_id, kind, from_day, to_day from duty order by id";
const OF_GRID: &str = "select id, grid_id, person_id, kind, from_day, to_day from duty
    where grid_id = $1 and (to_day is null or to_day > $2) order by from_day, id";
const OF_PERSON: &str = "select id, grid_id, person_id, kind, from_day, to_day from duty
    where person_id = $1 and (to_day is null or to_day > $2) order by from_day, id";
const LAST_ID: &str = "select coalesce(max(id), 0) as id from duty";
// The plus keeps both engines on the index of the person: few leaves each, while a grid may have many people.
const IN_GRID: &str = "select d.person_id, d.kind from duty d join person p on p.id = d.person_id
    where d.grid_id = $1 and d.kind <> 'leave' and d.from_day <= $2 and (d.to_day is null or d.to_day > $2)
    and p.disabled = 0
    and not exists (select 1 from duty l where l.person_id = d.person_id and +l.grid_id = d.grid_id
        and l.kind = 'leave' and l.from_day <= $2 and (l.to_day is null or l.to_day > $2))
    order by d.kind, d.from_day, d.id";
const GRIDS: &str = "select distinct d.grid_id from duty d
    where d.person_id = $1 and d.kind <> 'leave' and d.from_day <= $2 and (d.to_day is null or d.to_day > $2)
    and not exists (select 1 from duty l where l.person_id = d.person_id and +l.grid_id = d.grid_id
        and l.kind = 'leave' and l.from_day <= $2 and (l.to_day is null or l.to_day > $2))
    order by d.grid_id";
const NOBODY: &str = "select v.area_id from area_version v join area a on a.id = v.area_id
    where a.level = 'grid' and v.path >= $1 and v.path < $2
    and v.valid_from <= $3 and (v.valid_to is null or v.valid_to > $3)
    and not exists (select 1 from duty d join person p on p.id = d.person_id
        where d.grid_id = v.area_id and d.kind <> 'leave'
        and d.from_day <= $3 and (d.to_day is null or d.to_day > $3) and p.disabled = 0
        and not exists (select 1 from duty l where l.person_id = d.person_id and +l.grid_id = d.grid_id
            and l.kind = 'leave' and l.from_day <= $3 and (l.to_day is null or l.to_day > $3)))
    order by v.path";

const PAGE: &str = "select d.id, d.grid_id, d.person_id, d.kind, d.from_day, d.to_day from duty d
    where d.grid_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2)
    and (d.to_day is null or d.to_day > $3) and d.id > $4 order by d.id limit $5";
const PAGE_OF_PERSON: &str = "select d.id, d.grid_id, d.person_id, d.kind, d.from_day, d.to_day from duty d
    where d.grid_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2)
    and (d.to_day is null or d.to_day > $3) and d.id > $4 and d.person_id = $6 order by d.id limit $5";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    INSERT,
    END,
    REMOVE,
    BY_ID,
    ALL,
    OF_GRID,
    OF_PERSON,
    LAST_ID,
    IN_GRID,
    GRIDS,
    NOBODY,
    PAGE,
    PAGE_OF_PERSON,
];

/// Duties in an area, or of one person, that are not over on a day, by number after `after`.
pub async fn page(
    store: &Store,
    area: &AreaPath,
    person: Option<PersonId>,
    day: Date,
    after: i64,
    limit: u32,
) -> Result<Vec<Duty>, Fault> {
    let (from, to) = area.range();
    let mut values = params![from, to, day.to_string(), after, limit];
    let sql = match person {
        None => PAGE,
        Some(person) => {
            values.push(person.0.into());
            PAGE_OF_PERSON
        }
    };
    store.rows(sql, values).await?.iter().map(Duty::read).collect()
}

/// In which way someone answers for a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DutyKind {
    /// Their grid.
    Main,
    /// Stands in for another.
    Substitute,
    /// Away: has no duty there in these days.
    Leave,
}

impl DutyKind {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Main, Self::Substitute, Self::Leave];

    /// As it stands in the column and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Substitute => "substitute",
            Self::Leave => "leave",
        }
    }

    /// From the column or a file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One duty, or one leave from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duty {
    /// Its number, given by whoever adds it: one more than [`last_id`].
    pub id: i64,
    /// The grid.
    pub grid: AreaId,
    /// The person.
    pub person: PersonId,
    /// In which way.
    pub kind: DutyKind,
    /// First day, by the city's calendar.
    pub from: Date,
    /// First day it no longer holds; `None` while it is open.
    pub to: Option<Date>,
}

impl Duty {
    /// Adds it. A taken number is a `Duplicate`: someone added another meanwhile.
    pub fn insert(&self) -> Statement {
        let to = self.to.map(|it| it.to_string());
        let columns =
            params![self.id, self.grid.0, self.person.0, self.kind.as_str(), self.from.to_string(), to];
        Statement::new(INSERT, columns).expecting(1)
    }

    /// Does it hold on that day?
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.int("id")?,
            grid: AreaId(row.int("grid_id")? as u32),
            person: PersonId(row.uuid("person_id")?),
            kind: kind(row)?,
            from: day(&row.text("from_day")?)?,
            to: row.opt_text("to_day")?.as_deref().map(day).transpose()?,
        })
    }
}

/// Moves the end of a duty: `to` is the first day it no longer holds, `None` leaves it open.
pub fn end(id: i64, to: Option<Date>) -> Statement {
    Statement::new(END, params![id, to.map(|it| it.to_string())]).expecting(1)
}

/// Takes a duty out that should never have been there.
pub fn remove(id: i64) -> Statement {
    Statement::new(REMOVE, params![id]).expecting(1)
}

/// One duty.
pub async fn by_id(store: &Store, id: i64) -> Result<Option<Duty>, Fault> {
    store.row(BY_ID, params![id]).await?.as_ref().map(Duty::read).transpose()
}

/// Every duty that ever was, by number. For imports.
pub async fn all(store: &Store) -> Result<Vec<Duty>, Fault> {
    store.rows(ALL, params![]).await?.iter().map(Duty::read).collect()
}

/// Duties and leaves of a grid that are not over on that day, arranged ones too; oldest first.
pub async fn of_grid(store: &Store, grid: AreaId, day: Date) -> Result<Vec<Duty>, Fault> {
    store.rows(OF_GRID, params![grid.0, day.to_string()]).await?.iter().map(Duty::read).collect()
}

/// Duties and leaves of a person that are not over on that day, arranged ones too; oldest first.
pub async fn of_person(store: &Store, person: PersonId, day: Date) -> Result<Vec<Duty>, Fault> {
    store.rows(OF_PERSON, params![person.0, day.to_string()]).await?.iter().map(Duty::read).collect()
}

/// Who has duty in a grid on a day, mains before substitutes; those on leave and closed accounts left out.
pub async fn in_grid(store: &Store, grid: AreaId, day: Date) -> Result<Vec<(PersonId, DutyKind)>, Fault> {
    let rows = store.rows(IN_GRID, params![grid.0, day.to_string()]).await?;
    rows.iter().map(|row| Ok((PersonId(row.uuid("person_id")?), kind(row)?))).collect()
}

/// Grids a person has duty in on a day, by id; those they are on leave from left out.
pub async fn grids(store: &Store, person: PersonId, day: Date) -> Result<Vec<AreaId>, Fault> {
    let rows = store.rows(GRIDS, params![person.0, day.to_string()]).await?;
    rows.iter().map(|row| Ok(AreaId(row.int("grid_id")? as u32))).collect()
}

/// Grids of an area that exist on a day and have nobody, in the order of the tree.
pub async fn grids_with_nobody(store: &Store, area: &AreaPath, day: Date) -> Result<Vec<AreaId>, Fault> {
    let (from, to) = area.range();
    let rows = store.rows(NOBODY, params![from, to, day.to_string()]).await?;
    rows.iter().map(|row| Ok(AreaId(row.int("area_id")? as u32))).collect()
}

/// The highest number given so far; 0 when there is none.
pub async fn last_id(store: &Store) -> Result<i64, Fault> {
    store.row(LAST_ID, params![]).await?.map_or(Ok(0), |row| row.int("id"))
}

fn kind(row: &Row) -> Result<DutyKind, Fault> {
    let text = row.text("kind")?;
    let nonsense = || Fault::Nonsense { what: "column kind".into(), why: format!("{text:?} is no duty") };
    DutyKind::parse(&text).ok_or_else(nonsense)
}

fn day(text: &str) -> Result<Date, Fault> {
    text.parse()
        .map_err(|_| Fault::Nonsense { what: "a day of duty".into(), why: format!("{text:?} is no day") })
}
