//! The ground that people and units stand on: an area with its path on one day. Areas themselves, their names,
//! shapes and changes are the business of the table of areas.

use domain::{
    area::{Ancestors, AreaPath, Level},
    id::AreaId,
};
use jiff::civil::Date;

use crate::{Fault, Row, Store, params, unit::level};

const OF: &str = "select a.id, coalesce(v.code, a.code) as code, a.level, v.path from area a join area_version v on v.area_id = a.id
    where a.id = $1 and v.valid_from <= $2 and (v.valid_to is null or v.valid_to > $2)";
const ALL: &str = "select a.id, coalesce(v.code, a.code) as code, a.level, v.path from area a join area_version v on v.area_id = a.id
    where v.valid_from <= $1 and (v.valid_to is null or v.valid_to > $1) order by v.path";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[OF, ALL];

/// An area as it stands on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The area.
    pub area: AreaId,
    /// Its code.
    pub code: String,
    /// Its level.
    pub level: Level,
    /// Where it hangs in the tree on that day.
    pub path: AreaPath,
}

impl Ground {
    /// The area with everything above it.
    pub fn areas(&self) -> Ancestors {
        Ancestors::of(&self.path)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let nonsense = |it: domain::area::BrokenPath| Fault::Nonsense {
            what: "column path".into(),
            why: it.to_string(),
        };
        Ok(Self {
            area: AreaId(row.int("id")? as u32),
            code: row.text("code")?,
            level: level(row, "level")?,
            path: row.text("path")?.parse().map_err(nonsense)?,
        })
    }
}

/// An area as it stands on a day; `None` when there is none with this id on that day.
pub async fn of(store: &Store, area: AreaId, day: Date) -> Result<Option<Ground>, Fault> {
    store.row(OF, params![area.0, day.to_string()]).await?.as_ref().map(Ground::read).transpose()
}

/// Every area of a day, parents first; the city is the first. Some 11,000 in a large city: for imports.
pub async fn all(store: &Store, day: Date) -> Result<Vec<Ground>, Fault> {
    store.rows(ALL, params![day.to_string()]).await?.iter().map(Ground::read).collect()
}
