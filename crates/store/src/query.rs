//! What the index of the one-click query is built from and kept current by, the rows that a page of hits shows, and the
//! queries people saved.

use crate::case::{CaseRow, Where, opt_time, selected, time};
use crate::scope::ScopeSql;
use crate::{Fault, Row, Statement, Store, Value, params};
use domain::area::Ancestors;
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId, PersonId, SavedQueryId, UnitId};
use jiff::Timestamp;
use std::collections::HashMap;

const COLUMNS: &str = "c.id, c.city_id, c.county_id, c.township_id, c.community_id, c.grid_id, c.desk_id, c.step, \
     c.state, c.class_code, c.urgency, c.private, c.channel, c.reporter_id, c.outside_no, c.text, c.place, c.lng, c.lat, \
     c.lead_unit, c.reported_ms, c.due_most_ms, c.due_ms";
const UNITS: &str =
    "select case_id, unit_id from share where case_id > $1 and case_id <= $2 and state <> 'over'";
const COUNT: &str = "select count(*) as n from cases";
const SAVE: &str =
    "insert into saved_query (id, person_id, name, query, created_ms) values ($1, $2, $3, $4, $5)";
const CHANGE: &str = "update saved_query set name = $3, query = $4 where id = $1 and person_id = $2";
const DROP: &str = "delete from saved_query where id = $1 and person_id = $2";
const OF_PERSON: &str =
    "select id, person_id, name, query, created_ms from saved_query where person_id = $1 order by id";
const BY_ID: &str = "select id, person_id, name, query, created_ms from saved_query where id = $1";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[UNITS, COUNT, SAVE, CHANGE, DROP, OF_PERSON, BY_ID];

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    vec![page_sql()]
}

fn page_sql() -> String {
    format!("select {COLUMNS} from cases c where c.id > $1 order by c.id limit $2")
}

/// What the index knows of a case.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // columns explain themselves, and the schema comments them
pub struct Indexed {
    pub id: CaseId,
    pub areas: Ancestors,
    pub desk: AreaId,
    pub step: String,
    pub state: String,
    pub class: Option<String>,
    pub urgency: Option<String>,
    pub private: bool,
    pub channel: String,
    pub reporter: Option<PersonId>,
    pub outside_no: Option<String>,
    pub text: String,
    pub place: String,
    pub point: Option<LngLat>,
    pub lead: Option<UnitId>,
    /// Units with a share that is not over, by id.
    pub units: Vec<UnitId>,
    pub reported: Timestamp,
    pub most: Option<Timestamp>,
    pub due: Option<Timestamp>,
}

impl Indexed {
    fn read(row: &Row) -> Result<Indexed, Fault> {
        let area = |column| Ok::<_, Fault>(row.opt_int(column)?.map(|id| AreaId(id as u32)));
        let point = row.opt_real("lng")?.zip(row.opt_real("lat")?).map(|(lng, lat)| LngLat { lng, lat });
        Ok(Indexed {
            id: CaseId(row.uuid("id")?),
            areas: Ancestors {
                city: area("city_id")?.filter(|a| a.0 != 0),
                county: area("county_id")?,
                township: area("township_id")?,
                community: area("community_id")?,
                grid: area("grid_id")?,
            },
            desk: AreaId(row.int("desk_id")? as u32),
            step: row.text("step")?,
            state: row.text("state")?,
            class: row.opt_text("class_code")?,
            urgency: row.opt_text("urgency")?,
            private: row.yes("private")?,
            channel: row.text("channel")?,
            reporter: row.opt_uuid("reporter_id")?.map(PersonId),
            outside_no: row.opt_text("outside_no")?,
            text: row.text("text")?,
            place: row.text("place")?,
            point,
            lead: row.opt_int("lead_unit")?.map(|u| UnitId(u as u32)),
            units: Vec::new(),
            reported: time(row, "reported_ms")?,
            most: opt_time(row, "due_most_ms")?,
            due: opt_time(row, "due_ms")?,
        })
    }
}

/// The next cases behind an id, in the order of ids.
pub async fn page(store: &Store, after: CaseId, limit: u32) -> Result<Vec<Indexed>, Fault> {
    let rows = store.rows(&page_sql(), params![after.0, limit]).await?;
    let cases = rows.iter().map(Indexed::read).collect::<Result<Vec<_>, _>>()?;
    let Some(last) = cases.last() else { return Ok(cases) };
    let shares = store.rows(UNITS, params![after.0, last.id.0]).await?;
    with_units(cases, &shares)
}

/// Some cases, in any order; unknown ones are left out.
pub async fn some(store: &Store, ids: &[CaseId]) -> Result<Vec<Indexed>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut those = Where::new();
    those.any_of("c.id", ids.iter().map(|id| id.0));
    let sql = format!("select {COLUMNS} from cases c where {}", those.sql());
    let rows = store.rows(&sql, those.params).await?;
    let mut shared = Where::new();
    shared.any_of("case_id", ids.iter().map(|id| id.0));
    let sql = format!("select case_id, unit_id from share where {} and state <> 'over'", shared.sql());
    let shares = store.rows(&sql, shared.params).await?;
    with_units(rows.iter().map(Indexed::read).collect::<Result<_, _>>()?, &shares)
}

fn with_units(mut cases: Vec<Indexed>, shares: &[Row]) -> Result<Vec<Indexed>, Fault> {
    let mut of: HashMap<CaseId, Vec<UnitId>> = HashMap::new();
    for row in shares {
        of.entry(CaseId(row.uuid("case_id")?)).or_default().push(UnitId(row.int("unit_id")? as u32));
    }
    for case in &mut cases {
        case.units = of.remove(&case.id).unwrap_or_default();
        case.units.sort_unstable();
    }
    Ok(cases)
}

/// Rows of these cases as far as the person may see them now, in any order.
pub async fn rows(store: &Store, ids: &[CaseId], scope: &ScopeSql) -> Result<Vec<CaseRow>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut those = Where::new();
    those.any_of("c.id", ids.iter().map(|id| id.0));
    scope.conditions(&mut those);
    let sql = format!("select {} from cases c where {}", selected(), those.sql());
    store.rows(&sql, those.params).await?.iter().map(CaseRow::read).collect()
}

/// How many cases there are.
pub async fn count(store: &Store) -> Result<u64, Fault> {
    Ok(store.row(COUNT, params![]).await?.map_or(Ok(0), |row| row.int("n"))? as u64)
}

/// A query that someone saved for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    /// Made by the client.
    pub id: SavedQueryId,
    /// Whose.
    pub person: PersonId,
    /// What they call it.
    pub name: String,
    /// The text of the box.
    pub query: String,
    /// When it was saved first.
    pub created: Timestamp,
}

impl SavedQuery {
    /// Adds it. A taken id is a `Duplicate`.
    pub fn insert(&self) -> Statement {
        let created = self.created.as_millisecond();
        Statement::new(SAVE, params![self.id.0, self.person.0, &self.name, &self.query, created]).expecting(1)
    }

    /// Changes name and text; a conflict when it is gone.
    pub fn update(&self) -> Statement {
        Statement::new(CHANGE, params![self.id.0, self.person.0, &self.name, &self.query]).expecting(1)
    }

    fn read(row: &Row) -> Result<SavedQuery, Fault> {
        Ok(SavedQuery {
            id: SavedQueryId(row.uuid("id")?),
            person: PersonId(row.uuid("person_id")?),
            name: row.text("name")?,
            query: row.text("query")?,
            created: time(row, "created_ms")?,
        })
    }
}

/// Takes one of someone's saved queries away; a conflict when it is not theirs or gone.
pub fn forget(id: SavedQueryId, person: PersonId) -> Statement {
    Statement::new(DROP, params![id.0, person.0]).expecting(1)
}

/// Someone's saved queries, oldest first.
pub async fn saved(store: &Store, person: PersonId) -> Result<Vec<SavedQuery>, Fault> {
    store.rows(OF_PERSON, params![person.0]).await?.iter().map(SavedQuery::read).collect()
}

/// One saved query, whoever's.
pub async fn saved_one(store: &Store, id: SavedQueryId) -> Result<Option<SavedQuery>, Fault> {
    store.row(BY_ID, vec![Value::Uuid(id.0)]).await?.as_ref().map(SavedQuery::read).transpose()
}
