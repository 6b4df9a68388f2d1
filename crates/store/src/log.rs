//! The log: entries of cases, appended with their case and never changed.

use crate::case::time;
use crate::engine::Stack;
use crate::{Fault, Row, Statement, Store, params};
use domain::audit::{Entry, Hash};
use domain::id::{ActId, CaseId};
use std::sync::LazyLock;

const INSERT: &str = "insert into entry (case_id, version, act_id, key_sha, at_ms, by_whom, act, hash)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const OF_CASE: &str = "select case_id, version, act_id, at_ms, by_whom, act, hash from entry
    where case_id = $1 order by version";
const BY_ACT: &str = "select case_id, version, key_sha from entry where act_id = $1";
const PAGE: &str = "select e.case_id, e.version, e.act_id, e.at_ms, e.by_whom, e.act, e.hash from entry e
    where e.case_id > $1 and e.case_id <= $2 order by e.case_id, e.version";
const HEADS: &str = "select id, version, head from cases where id > $1 order by id limit $2";
const HEAD: &str = "select id, version, head from cases where id = $1";
const ORPHANS: &str = "select e.case_id, e.version from entry e
    left join cases c on c.id = e.case_id where c.id is null limit 1";

/// Statements of this file.
pub const SQL: &[&str] = &[INSERT, OF_CASE, BY_ACT, PAGE, HEADS, HEAD, ORPHANS];

/// Entries appended by one statement at most: a whole ordinary loop.
const AT_ONCE: usize = 16;

/// Texts for two, three … entries at once; a server takes nine rows much faster together than one by one.
static INSERT_MANY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let head = INSERT.split_once(" values").expect("an insert has values").0;
    let row = |first: usize| {
        let places: Vec<String> = (first..first + 8).map(|n| format!("${n}")).collect();
        format!("({})", places.join(", "))
    };
    let rows = |n: usize| (0..n).map(|at| row(8 * at + 1)).collect::<Vec<_>>().join(", ");
    (2..=AT_ONCE).map(|n| format!("{head} values {}", rows(n))).collect()
});

/// Statements of this file that are built: appending several entries.
pub fn built_sql() -> Vec<String> {
    INSERT_MANY.clone()
}

/// Appends an entry; `key` is the SHA-256 of the canonical request, for retries.
pub fn insert(entry: &Entry, key: Hash) -> Statement {
    Statement::new(INSERT, columns(entry, key)).stacked(Stack::Last)
}

/// Appends entries in their order, each with the SHA-256 of its canonical request.
pub fn insert_all(entries: &[(Entry, Hash)]) -> impl Iterator<Item = Statement> {
    entries.chunks(AT_ONCE).map(|some| match some {
        [(entry, key)] => insert(entry, *key),
        some => {
            let values = some.iter().flat_map(|(entry, key)| columns(entry, *key)).collect();
            Statement::new(INSERT_MANY[some.len() - 2].as_str(), values)
        }
    })
}

fn columns(entry: &Entry, key: Hash) -> Vec<crate::Value> {
    params![
        entry.case.0,
        entry.version,
        entry.act_id.0,
        key.0,
        entry.at.as_millisecond(),
        entry.by.as_str(),
        entry.act.as_str(),
        entry.hash.0
    ]
}

/// A case's log, oldest first; empty when there is no such case.
pub async fn of_case(store: &Store, case: CaseId) -> Result<Vec<Entry>, Fault> {
    store.rows(OF_CASE, params![case.0]).await?.iter().map(entry).collect()
}

/// What an act's key was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The case.
    pub case: CaseId,
    /// The version that the act made.
    pub version: u32,
    /// SHA-256 of the request.
    pub key: Hash,
}

/// Looks an act's key up; `None` when it was never used.
pub async fn used(store: &Store, act: ActId) -> Result<Option<Used>, Fault> {
    let Some(row) = store.row(BY_ACT, params![act.0]).await? else { return Ok(None) };
    Ok(Some(Used {
        case: CaseId(row.uuid("case_id")?),
        version: row.int("version")? as u32,
        key: hash(&row, "key_sha")?,
    }))
}

/// The stored head of a case, as its row has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The case.
    pub case: CaseId,
    /// Its version.
    pub version: u32,
    /// Hash of its newest entry.
    pub head: Hash,
}

/// Heads of the next `limit` cases after one, by id: a walk over all cases in pages.
pub async fn heads(store: &Store, after: CaseId, limit: u32) -> Result<Vec<Head>, Fault> {
    let rows = store.rows(HEADS, params![after.0, limit]).await?;
    rows.iter().map(read_head).collect()
}

/// The stored head of one case.
pub async fn head(store: &Store, case: CaseId) -> Result<Option<Head>, Fault> {
    store.row(HEAD, params![case.0]).await?.as_ref().map(read_head).transpose()
}

fn read_head(row: &Row) -> Result<Head, Fault> {
    let (case, version) = (CaseId(row.uuid("id")?), row.int("version")? as u32);
    Ok(Head { case, version, head: hash(row, "head")? })
}

/// All entries of the cases with `after < id <= until`, by case and version.
pub async fn between(store: &Store, after: CaseId, until: CaseId) -> Result<Vec<Entry>, Fault> {
    store.rows(PAGE, params![after.0, until.0]).await?.iter().map(entry).collect()
}

/// An entry whose case has no row, if there is one.
pub async fn orphan(store: &Store) -> Result<Option<(CaseId, u32)>, Fault> {
    let row = store.row(ORPHANS, params![]).await?;
    row.map(|row| Ok((CaseId(row.uuid("case_id")?), row.int("version")? as u32))).transpose()
}

fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        case: CaseId(row.uuid("case_id")?),
        version: row.int("version")? as u32,
        act_id: ActId(row.uuid("act_id")?),
        at: time(row, "at_ms")?,
        by: row.text("by_whom")?,
        act: row.text("act")?,
        hash: hash(row, "hash")?,
    })
}

fn hash(row: &Row, column: &'static str) -> Result<Hash, Fault> {
    let bytes = row.bytes(column)?;
    let why = || format!("a hash has 32 bytes, not {}", bytes.len());
    Ok(Hash(
        bytes
            .as_slice()
            .try_into()
            .map_err(|_| Fault::Nonsense { what: format!("column {column}"), why: why() })?,
    ))
}
