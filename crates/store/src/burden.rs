//! What forms cost: a row for every form filled in. Read in sums only; nothing here gives one person's minutes.

use domain::area::{Ancestors, Level};
use domain::id::{AreaId, PersonId};
use uuid::Uuid;

use crate::case::Where;
use crate::{Fault, Statement, Store, params};

const INSERT: &str =
    "insert into form_filled (id, form, form_version, owner, person_id, day, city_id, county_id,
    township_id, community_id, grid_id, seconds, measured, asks_known)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT];

/// A form that was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Of what it was filled in for: an inspection, a visit.
    pub id: Uuid,
    /// Code of the form.
    pub form: String,
    /// Its version.
    pub form_version: u32,
    /// Code of the department that asked.
    pub owner: String,
    /// Who filled it in.
    pub person: PersonId,
    /// Local day, in days since 1970.
    pub day: i32,
    /// Where.
    pub areas: Ancestors,
    /// How long it took.
    pub seconds: u32,
    /// Measured on the device; else the form's own estimate.
    pub measured: bool,
    /// Questions that asked what is known.
    pub asks_known: u32,
}

impl Filled {
    /// What saves it.
    pub fn insert(&self) -> Statement {
        let id = |area: Option<AreaId>| area.map(|it| it.0);
        let values = params![
            self.id,
            self.form.as_str(),
            self.form_version,
            self.owner.as_str(),
            self.person.0,
            self.day,
            id(self.areas.city),
            id(self.areas.county),
            id(self.areas.township),
            id(self.areas.community),
            id(self.areas.grid),
            self.seconds,
            self.measured,
            self.asks_known
        ];
        Statement::new(INSERT, values).expecting(1)
    }
}

/// What the forms of one department cost, or one form of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Code of the department; empty for all of them together.
    pub owner: String,
    /// Code of the form; empty for all of the department.
    pub form: String,
    /// Forms filled in.
    pub forms: u64,
    /// Of these with measured seconds.
    pub measured: u64,
    /// Seconds in all.
    pub seconds: u64,
    /// Different people.
    pub workers: u64,
    /// Days on which somebody filled one in, summed over people.
    pub worker_days: u64,
    /// Questions that asked what is known, summed over forms.
    pub asks_known: u64,
}

/// By what costs are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Everything together.
    All,
    /// By department.
    Owner,
    /// By department and form.
    Form,
}

/// What forms cost in an area from one day to before another.
pub async fn costs(
    store: &Store,
    (level, area): (Level, AreaId),
    (from, to): (i32, i32),
    by: By,
) -> Result<Vec<Cost>, Fault> {
    let mut conditions = Where::new();
    let place = conditions.bind(area.0);
    let column = match level {
        Level::City => "city_id",
        Level::County => "county_id",
        Level::Township => "township_id",
        Level::Community => "community_id",
        Level::Grid => "grid_id",
    };
    conditions.and(format!("f.{column} = {place}"));
    let (from, to) = (conditions.bind(from), conditions.bind(to));
    conditions.and(format!("f.day >= {from} and f.day < {to}"));
    let (owner, form) = match by {
        By::All => ("''", "''"),
        By::Owner => ("f.owner", "''"),
        By::Form => ("f.owner", "f.form"),
    };
    // Each person's day once: what is summed over people is never told of one.
    let sql = format!(
        "select d.owner, d.form, cast(sum(d.n) as bigint) as n, cast(sum(d.measured) as bigint) as measured,
        cast(sum(d.seconds) as bigint) as seconds, count(distinct d.person_id) as workers, count(*) as days,
        cast(sum(d.asks_known) as bigint) as asks_known from
        (select {owner} as owner, {form} as form, f.person_id, f.day, count(*) as n, sum(f.measured) as measured,
        sum(f.seconds) as seconds, sum(f.asks_known) as asks_known from form_filled f where {}
        group by 1, 2, f.person_id, f.day) d group by d.owner, d.form order by d.owner, d.form",
        conditions.sql()
    );
    let rows = store.rows(&sql, conditions.params).await?;
    let read = |row: &crate::Row| {
        let number = |column| Ok::<_, Fault>(row.int(column)? as u64);
        Ok(Cost {
            owner: row.text("owner")?,
            form: row.text("form")?,
            forms: number("n")?,
            measured: number("measured")?,
            seconds: number("seconds")?,
            workers: number("workers")?,
            worker_days: number("days")?,
            asks_known: number("asks_known")?,
        })
    };
    rows.iter().map(read).collect()
}
