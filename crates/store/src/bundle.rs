//! Bundles: versioned documents that make a city what it is (classes, calendars, responsibility, its name).

use crate::{Fault, Statement, Store, params};
use jiff::Timestamp;

const PUT: &str = "insert into bundle (kind, version, from_ms, body) values ($1, $2, $3, $4)";
const NEWEST: &str =
    "select version, body from bundle where kind = $1 and from_ms <= $2 order by version desc limit 1";
const BODY: &str = "select body from bundle where kind = $1 and version = $2";
const LAST: &str = "select coalesce(max(version), 0) as version from bundle where kind = $1";
const VERSIONS: &str =
    "select kind, max(version) as version from bundle where from_ms <= $1 group by kind order by kind";
const UNDER: &str = "select b.kind, b.version, b.body from bundle b where b.kind like $1 and b.version =
    (select max(o.version) from bundle o where o.kind = b.kind and o.from_ms <= $2) order by b.kind";

/// Statements of this file.
pub const SQL: &[&str] = &[PUT, NEWEST, BODY, LAST, VERSIONS, UNDER];

/// Adds a version that holds from a moment on; a duplicate when that version exists.
pub fn insert(kind: &str, version: u32, from: Timestamp, body: &str) -> Statement {
    Statement::new(PUT, params![kind, version, from.as_millisecond(), body]).expecting(1)
}

/// Number of the last version, in force or not; 0 when there is none.
pub async fn last_version(store: &Store, kind: &str) -> Result<u32, Fault> {
    let row = store.row(LAST, params![kind]).await?;
    row.map_or(Ok(0), |row| Ok(row.int("version")? as u32))
}

/// The newest version that holds at `now`.
pub async fn newest(store: &Store, kind: &str, now: Timestamp) -> Result<Option<(u32, String)>, Fault> {
    let row = store.row(NEWEST, params![kind, now.as_millisecond()]).await?;
    row.map(|row| Ok((row.int("version")? as u32, row.text("body")?))).transpose()
}

/// What a version says.
pub async fn body(store: &Store, kind: &str, version: u32) -> Result<Option<String>, Fault> {
    let row = store.row(BODY, params![kind, version]).await?;
    row.map(|row| row.text("body")).transpose()
}

/// Newest version of every kind that holds at `now`: tells whether anything changed.
pub async fn versions(store: &Store, now: Timestamp) -> Result<Vec<(String, u32)>, Fault> {
    let rows = store.rows(VERSIONS, params![now.as_millisecond()]).await?;
    rows.iter().map(|row| Ok((row.text("kind")?, row.int("version")? as u32))).collect()
}

/// The newest version of every kind that begins so, by kind.
pub async fn newest_under(
    store: &Store,
    start: &str,
    now: Timestamp,
) -> Result<Vec<(String, u32, String)>, Fault> {
    let rows = store.rows(UNDER, params![format!("{start}%"), now.as_millisecond()]).await?;
    rows.iter().map(|row| Ok((row.text("kind")?, row.int("version")? as u32, row.text("body")?))).collect()
}
