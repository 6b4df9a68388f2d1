//! Purposes: who may read entries of which categories in which area, why, and until when.

use std::sync::LazyLock;

use domain::care::Category;
use domain::id::{AreaId, PersonId, PurposeId};
use jiff::Timestamp;

use super::bad;
use crate::case::{opt_time, time};
use crate::standing::{insert_sql, joined, ms, select_sql};
use crate::{Fault, Row, Statement, Store, params};

const COLUMNS: &[&str] =
    &["id", "person_id", "area_id", "categories", "reason", "given_by", "given_ms", "until_ms", "ended_ms"];

static INSERT: LazyLock<String> = LazyLock::new(|| insert_sql("care_purpose", COLUMNS));
static ONE: LazyLock<String> = LazyLock::new(|| select_sql("care_purpose", COLUMNS, "where id = $1"));
static OF: LazyLock<String> = LazyLock::new(|| {
    select_sql(
        "care_purpose",
        COLUMNS,
        "where person_id = $1 and until_ms > $2 and ended_ms is null order by given_ms, id",
    )
});
static IN_AREA: LazyLock<String> = LazyLock::new(|| {
    select_sql(
        "care_purpose",
        COLUMNS,
        "where area_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2) order by given_ms desc, id limit 500",
    )
});
const END: &str = "update care_purpose set ended_ms = $2 where id = $1 and ended_ms is null";

pub(super) fn sql() -> Vec<String> {
    let all = [&INSERT, &ONE, &OF, &IN_AREA];
    all.into_iter().map(|sql| (**sql).clone()).chain([END.to_owned()]).collect()
}

/// A purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Its id.
    pub id: PurposeId,
    /// Who may read.
    pub person: PersonId,
    /// In this area.
    pub area: AreaId,
    /// Entries of these categories.
    pub categories: Vec<Category>,
    /// Why.
    pub reason: String,
    /// Who granted it; `None` is whoever runs the machine.
    pub given_by: Option<PersonId>,
    /// When.
    pub given: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
    /// When it was taken back.
    pub ended: Option<Timestamp>,
}

impl Purpose {
    /// Adds it; a duplicate when its id is taken.
    pub fn insert(&self) -> Statement {
        let categories = joined(self.categories.iter().map(|it| it.as_str()));
        let mut values = params![self.id.0, self.person.0, self.area.0, categories, &self.reason];
        values.extend(params![self.given_by.map(|it| it.0), self.given.as_millisecond()]);
        values.extend(params![self.until.as_millisecond(), ms(self.ended)]);
        Statement::new(INSERT.as_str(), values).expecting(1)
    }

    /// Takes it back; a conflict when it was.
    pub fn end(&self, now: Timestamp) -> Statement {
        Statement::new(END, params![self.id.0, now.as_millisecond()]).expecting(1)
    }

    /// Whether it holds at a moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.ended.is_none() && self.given <= now && now < self.until
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let categories = row.text("categories")?;
        let categories = categories.split(',').map(Category::parse).collect::<Option<Vec<_>>>();
        Ok(Self {
            id: PurposeId(row.uuid("id")?),
            person: PersonId(row.uuid("person_id")?),
            area: AreaId(row.int("area_id")? as u32),
            categories: categories.ok_or_else(|| bad("categories"))?,
            reason: row.text("reason")?,
            given_by: row.opt_uuid("given_by")?.map(PersonId),
            given: time(row, "given_ms")?,
            until: time(row, "until_ms")?,
            ended: opt_time(row, "ended_ms")?,
        })
    }
}

/// One purpose, whether it holds or not.
pub async fn purpose(store: &Store, id: PurposeId) -> Result<Option<Purpose>, Fault> {
    store.row(&ONE, params![id.0]).await?.as_ref().map(Purpose::read).transpose()
}

/// Purposes of a person that hold at a moment.
pub async fn purposes_of(store: &Store, person: PersonId, now: Timestamp) -> Result<Vec<Purpose>, Fault> {
    store.rows(&OF, params![person.0, now.as_millisecond()]).await?.iter().map(Purpose::read).collect()
}

/// Purposes in an area and everything under it, the newest first, those that are over too; at most 500.
pub async fn purposes_in(store: &Store, area: &domain::area::AreaPath) -> Result<Vec<Purpose>, Fault> {
    let (from, to) = area.range();
    store.rows(&IN_AREA, params![from, to]).await?.iter().map(Purpose::read).collect()
}
