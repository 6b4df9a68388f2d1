//! Rows that stand somewhere and have a record: the five areas, version and head as columns, and the two statements by
//! which such a row is written whole. What the row is of is said in its own table.

use domain::area::Ancestors;
use domain::audit::Hash;
use domain::geo::LngLat;
use domain::id::AreaId;
use jiff::civil::Date;

use crate::{Fault, Row, Value};

/// Names of the five areas' columns, city first.
pub(crate) const AREAS: &[&str] = &["city_id", "county_id", "township_id", "community_id", "grid_id"];

/// The text that inserts all of these columns.
pub(crate) fn insert_sql(table: &str, columns: &[&str]) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    format!("insert into {table} ({}) values ({})", columns.join(", "), places.join(", "))
}

/// The text that writes all of these columns (the first is the id) on top of a known version, the last parameter.
pub(crate) fn update_sql(table: &str, columns: &[&str]) -> String {
    let set: Vec<String> =
        columns.iter().enumerate().skip(1).map(|(at, name)| format!("{name} = ${}", at + 1)).collect();
    format!(
        "update {table} set {} where {} = $1 and version = ${}",
        set.join(", "),
        columns[0],
        columns.len() + 1
    )
}

/// The text that selects all of these columns.
pub(crate) fn select_sql(table: &str, columns: &[&str], rest: &str) -> String {
    format!("select {} from {table} {rest}", columns.join(", "))
}

/// The five areas as values.
pub(crate) fn areas(of: &Ancestors) -> [Value; 5] {
    let id = |area: Option<AreaId>| Value::from(area.map(|it| it.0));
    // A city that is not known is 0, as cases have it.
    [Value::from(of.city.map_or(0, |it| it.0)), id(of.county), id(of.township), id(of.community), id(of.grid)]
}

/// The five areas of a row.
pub(crate) fn read_areas(row: &Row) -> Result<Ancestors, Fault> {
    let area = |column: &str| Ok::<_, Fault>(row.opt_int(column)?.map(|id| AreaId(id as u32)));
    Ok(Ancestors {
        city: area("city_id")?.filter(|it| it.0 != 0),
        county: area("county_id")?,
        township: area("township_id")?,
        community: area("community_id")?,
        grid: area("grid_id")?,
    })
}

/// The hash of the newest entry.
pub(crate) fn read_head(row: &Row) -> Result<Hash, Fault> {
    let bytes = row.bytes("head")?;
    let wrong = |_| nonsense("head", "a hash has 32 bytes");
    Ok(Hash(bytes.try_into().map_err(wrong)?))
}

/// A point of two columns, both there or neither.
pub(crate) fn read_point(row: &Row, lng: &str, lat: &str) -> Result<Option<LngLat>, Fault> {
    Ok(row.opt_real(lng)?.zip(row.opt_real(lat)?).map(|(lng, lat)| LngLat { lng, lat }))
}

/// A day.
pub(crate) fn day(row: &Row, column: &'static str) -> Result<Date, Fault> {
    let text = row.text(column)?;
    text.parse().map_err(|_| nonsense(column, "it is no day"))
}

/// A day that may be absent.
pub(crate) fn opt_day(row: &Row, column: &'static str) -> Result<Option<Date>, Fault> {
    row.opt_text(column)?.map(|_| day(row, column)).transpose()
}

/// A word of a closed list.
pub(crate) fn known<T>(
    row: &Row,
    column: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Fault> {
    read(&row.text(column)?).ok_or_else(|| nonsense(column, "it is no word of its list"))
}

/// A word of a closed list that may be absent.
pub(crate) fn opt_known<T>(
    row: &Row,
    column: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    row.opt_text(column)?.map(|_| known(row, column, read)).transpose()
}

/// Sixteen bytes that may be absent.
pub(crate) fn opt_blind(row: &Row, column: &'static str) -> Result<Option<[u8; 16]>, Fault> {
    let wrong = |_| nonsense(column, "a blind index has 16 bytes");
    row.opt_bytes(column)?.map(|bytes| bytes.try_into().map_err(wrong)).transpose()
}

/// What a column should not hold. Never the value itself: it may be somebody's.
pub(crate) fn nonsense(column: &str, why: &str) -> Fault {
    Fault::Nonsense { what: format!("column {column}"), why: why.to_owned() }
}

/// Milliseconds of a moment that may be absent.
pub(crate) fn ms(at: Option<jiff::Timestamp>) -> Value {
    Value::from(at.map(jiff::Timestamp::as_millisecond))
}

/// A list of words in one column.
pub(crate) fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(",")
}

/// Placeholders `$from, …` for `n` parameters.
pub(crate) fn places(from: usize, n: usize) -> String {
    (from..from + n).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
