//! The row of a place: its columns, written from a place and read back.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::area::Ancestors;
use domain::audit::Hash;
use domain::geo::LngLat;
use domain::id::{AreaId, PlaceId, UnitId};
use domain::place::{Look, Place, Sort, State, Told, first_day};
use jiff::Timestamp;

use crate::case::{Where, time};
use crate::engine::Stack;
use crate::{Fault, Row, Statement, Store, Value, params};

/// Columns of `place` in the order in which [`values`] gives them. The first is the key.
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "version",
    "head",
    "sort",
    "kind",
    "number",
    "name",
    "name_en",
    "address",
    "lng",
    "lat",
    "off_m",
    "city_id",
    "county_id",
    "township_id",
    "community_id",
    "grid_id",
    "owner_id",
    "state",
    "facts",
    "added_day",
    "first_day",
    "look_day",
    "look_failed",
    "changed_ms",
];

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=COLUMNS.len()).map(|n| format!("${n}")).collect();
    format!("insert into place ({}) values ({})", COLUMNS.join(", "), places.join(", "))
});
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let sets: Vec<String> =
        COLUMNS.iter().enumerate().skip(1).map(|(n, column)| format!("{column} = ${}", n + 1)).collect();
    format!("update place set {} where id = $1 and version = ${}", sets.join(", "), COLUMNS.len() + 1)
});
pub(super) static SELECTED: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = COLUMNS.iter().map(|column| format!("p.{column}")).collect();
    columns.join(", ")
});
static ONE: LazyLock<String> = LazyLock::new(|| format!("select {} from place p where p.id = $1", *SELECTED));
static BY_NUMBER: LazyLock<String> =
    LazyLock::new(|| format!("select {} from place p where p.sort = $1 and p.number = $2", *SELECTED));

pub(super) fn sql() -> Vec<String> {
    vec![INSERT.clone(), UPDATE.clone(), ONE.clone(), BY_NUMBER.clone()]
}

/// A place as its row has it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceRow {
    /// The place.
    pub place: Place,
    /// Hash of its newest entry.
    pub head: Hash,
    /// When something was last done to it.
    pub changed: Timestamp,
}

impl PlaceRow {
    pub(super) fn read(row: &Row) -> Result<PlaceRow, Fault> {
        let id = PlaceId(row.uuid("id")?);
        let area = |column| Ok::<_, Fault>(row.opt_int(column)?.map(|it| AreaId(it as u32)));
        let point = row.opt_real("lng")?.zip(row.opt_real("lat")?);
        let facts = row.text("facts")?;
        let told = Told {
            sort: known(row, "sort", Sort::parse)?,
            kind: row.text("kind")?,
            number: row.opt_text("number")?.unwrap_or_default(),
            name: row.text("name")?,
            name_en: row.text("name_en")?,
            address: row.text("address")?,
            point: point.map(|(lng, lat)| LngLat { lng, lat }),
            owner: row.opt_int("owner_id")?.map(|it| UnitId(it as u32)),
            facts: serde_json::from_str(&facts)
                .map_err(|why| Fault::Nonsense { what: "column facts".into(), why: why.to_string() })?,
        };
        let look = row.opt_int("look_day")?.zip(row.opt_int("look_failed")?);
        let place = Place {
            id,
            version: row.int("version")? as u32,
            told,
            areas: Ancestors {
                city: area("city_id")?,
                county: area("county_id")?,
                township: area("township_id")?,
                community: area("community_id")?,
                grid: area("grid_id")?,
            },
            off_m: row.opt_int("off_m")?.map(|it| it as u32),
            state: known(row, "state", State::parse)?,
            added_day: row.int("added_day")? as i32,
            look: look.map(|(day, failed)| Look { day: day as i32, failed: failed as u16 }),
        };
        let head: Result<[u8; 32], _> = row.bytes("head")?.try_into();
        let head = head.map_err(|_| Fault::Nonsense { what: "column head".into(), why: "no hash".into() })?;
        Ok(PlaceRow { place, head: Hash(head), changed: time(row, "changed_ms")? })
    }
}

fn known<T>(row: &Row, column: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text = row.text(column)?;
    read(&text).ok_or_else(|| Fault::Nonsense { what: format!("column {column}"), why: text })
}

fn values(row: &PlaceRow) -> Vec<Value> {
    let PlaceRow { place, head, changed } = row;
    let (told, areas) = (&place.told, &place.areas);
    let id = |area: Option<AreaId>| area.map(|it| it.0);
    params![
        place.id.0,
        place.version,
        head.0,
        told.sort.as_str(),
        told.kind.as_str(),
        (!told.number.is_empty()).then_some(told.number.as_str()),
        told.name.as_str(),
        told.name_en.as_str(),
        told.address.as_str(),
        told.point.map(|it| it.lng),
        told.point.map(|it| it.lat),
        place.off_m,
        id(areas.city),
        id(areas.county),
        id(areas.township),
        id(areas.community),
        id(areas.grid),
        told.owner.map(|it| it.0),
        place.state.as_str(),
        serde_json::to_string(&told.facts).expect("facts are plain data"),
        place.added_day,
        first_day(place.id, place.added_day),
        place.look.map(|it| it.day),
        place.look.map(|it| it.failed),
        changed.as_millisecond(),
    ]
}

/// What adds it. A duplicate when its id or its number is taken.
pub fn insert(row: &PlaceRow) -> Statement {
    Statement::new(INSERT.as_str(), values(row)).expecting(1).stacked(Stack::First)
}

/// What changes it. A conflict when its version is not `before`, a duplicate when its number is taken.
pub fn update(row: &PlaceRow, before: u32) -> Statement {
    let mut values = values(row);
    values.push(before.into());
    Statement::new(UPDATE.as_str(), values).expecting(1)
}

/// One place.
pub async fn one(store: &Store, id: PlaceId) -> Result<Option<PlaceRow>, Fault> {
    store.row(&ONE, params![id.0]).await?.as_ref().map(PlaceRow::read).transpose()
}

/// The place or thing that has this number.
pub async fn by_number(store: &Store, sort: Sort, number: &str) -> Result<Option<PlaceRow>, Fault> {
    store.row(&BY_NUMBER, params![sort.as_str(), number]).await?.as_ref().map(PlaceRow::read).transpose()
}

/// Those of these numbers that are there, by number; for imports.
pub async fn numbers(
    store: &Store,
    sort: Sort,
    numbers: &[String],
) -> Result<HashMap<String, PlaceRow>, Fault> {
    let mut found = HashMap::new();
    for some in numbers.chunks(400) {
        let mut conditions = Where::new();
        let place = conditions.bind(sort.as_str());
        conditions.and(format!("p.sort = {place}"));
        conditions.any_of("p.number", some.iter().map(String::as_str));
        let sql = format!("select {} from place p where {}", *SELECTED, conditions.sql());
        for row in store.rows(&sql, conditions.params).await? {
            let row = PlaceRow::read(&row)?;
            found.insert(row.place.told.number.clone(), row);
        }
    }
    Ok(found)
}

/// The next places that lie in one of these areas of any level, by id.
pub async fn page_in(
    store: &Store,
    areas: &[AreaId],
    after: Option<PlaceId>,
    limit: u32,
) -> Result<Vec<PlaceRow>, Fault> {
    if areas.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = Where::new();
    let places: Vec<String> = areas.iter().map(|it| conditions.bind(it.0)).collect();
    let columns = ["grid_id", "community_id", "township_id", "county_id", "city_id"];
    let any = columns.map(|column| format!("p.{column} in ({})", places.join(", ")));
    conditions.and(format!("({})", any.join(" or ")));
    if let Some(after) = after {
        let place = conditions.bind(after.0);
        conditions.and(format!("p.id > {place}"));
    }
    let limit = conditions.bind(limit);
    let sql =
        format!("select {} from place p where {} order by p.id limit {limit}", *SELECTED, conditions.sql());
    store.rows(&sql, conditions.params).await?.iter().map(PlaceRow::read).collect()
}
