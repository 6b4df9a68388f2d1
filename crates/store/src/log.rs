//! The log: entries of cases and of all other streams, appended with what they tell of and never changed.

use crate::case::time;
use crate::engine::Stack;
use crate::{Fault, Row, Statement, Store, params};
use domain::audit::{Entry, Hash};
use domain::id::ActId;
use domain::stream::{Stream, StreamId};
use std::sync::LazyLock;
use uuid::Uuid;

const INSERT: &str = "insert into entry (case_id, version, act_id, key_sha, at_ms, by_whom, act, hash, kind)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const OF: &str = "select case_id, kind, version, act_id, at_ms, by_whom, act, hash from entry
    where case_id = $1 and kind = $2 order by version";
const BY_ACT: &str = "select case_id, kind, version, key_sha from entry where act_id = $1";
const PAGE: &str =
    "select e.case_id, e.kind, e.version, e.act_id, e.at_ms, e.by_whom, e.act, e.hash from entry e
    where e.case_id > $1 and e.case_id <= $2 and e.kind = $3 order by e.case_id, e.version";
const ORPHANS: &str = "select e.case_id, e.kind, e.version from entry e
    left join cases c on c.id = e.case_id where c.id is null and e.kind = 'case' limit 1";

/// Statements of this file.
pub const SQL: &[&str] = &[INSERT, OF, BY_ACT, PAGE, ORPHANS];

/// Entries appended by one statement at most: a whole ordinary loop.
const AT_ONCE: usize = 16;
const COLUMNS: usize = 9;

/// Texts for two, three … entries at once; a server takes nine rows much faster together than one by one.
static INSERT_MANY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let head = INSERT.split_once(" values").expect("an insert has values").0;
    let row = |first: usize| {
        let places: Vec<String> = (first..first + COLUMNS).map(|n| format!("${n}")).collect();
        format!("({})", places.join(", "))
    };
    let rows = |n: usize| (0..n).map(|at| row(COLUMNS * at + 1)).collect::<Vec<_>>().join(", ");
    (2..=AT_ONCE).map(|n| format!("{head} values {}", rows(n))).collect()
});

/// The row table of each kind of stream: it has `id`, `version` and `head`, and a row is never taken out, since verification
/// compares it with the log. What is erased keeps these three and loses everything else.
pub const ROWS: &[(Stream, &str)] = &[
    (Stream::Case, "cases"),
    (Stream::Care, "care_entry"),
    (Stream::Visit, "visit"),
    (Stream::Referral, "referral"),
    (Stream::Safety, "safety_timer"),
    (Stream::Place, "place"),
    (Stream::Leave, "leave_request"),
    (Stream::HandOver, "hand_over"),
    (Stream::Vacancy, "vacancy"),
    (Stream::Campaign, "campaign"),
    (Stream::Errand, "errand"),
    (Stream::Dispute, "dispute"),
    (Stream::Appeal, "assess_appeal"),
];

fn table(kind: Stream) -> &'static str {
    ROWS.iter().find(|(of, _)| *of == kind).map_or("cases", |(_, table)| *table)
}

/// Statements of this file that are built: appending several entries, and walks over the rows of each kind.
pub fn built_sql() -> Vec<String> {
    let walks = ROWS.iter().flat_map(|(kind, _)| [heads_sql(*kind), head_sql(*kind)]);
    INSERT_MANY.iter().cloned().chain(walks).collect()
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
        entry.stream.id,
        entry.version,
        entry.act_id.0,
        key.0,
        entry.at.as_millisecond(),
        entry.by.as_str(),
        entry.act.as_str(),
        entry.hash.0,
        entry.stream.stream.as_str()
    ]
}

/// A log, oldest first; empty when there is no such case or other thing.
pub async fn of(store: &Store, of: impl Into<StreamId>) -> Result<Vec<Entry>, Fault> {
    let StreamId { stream, id } = of.into();
    store.rows(OF, params![id, stream.as_str()]).await?.iter().map(entry).collect()
}

/// What an act's key was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// On what.
    pub stream: StreamId,
    /// The version that the act made.
    pub version: u32,
    /// SHA-256 of the request.
    pub key: Hash,
}

/// Looks an act's key up; `None` when it was never used.
pub async fn used(store: &Store, act: ActId) -> Result<Option<Used>, Fault> {
    let Some(row) = store.row(BY_ACT, params![act.0]).await? else { return Ok(None) };
    Ok(Some(Used { stream: stream(&row)?, version: row.int("version")? as u32, key: hash(&row, "key_sha")? }))
}

/// The stored head of a stream, as the row of what it tells of has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose.
    pub stream: StreamId,
    /// Its version.
    pub version: u32,
    /// Hash of its newest entry.
    pub head: Hash,
}

/// Heads of the next `limit` streams of a kind after one, by id: a walk over all of them in pages.
pub async fn heads(store: &Store, kind: Stream, after: Uuid, limit: u32) -> Result<Vec<Head>, Fault> {
    let rows = store.rows(&heads_sql(kind), params![after, limit]).await?;
    rows.iter().map(|row| read_head(kind, row)).collect()
}

/// The stored head of one stream.
pub async fn head(store: &Store, of: StreamId) -> Result<Option<Head>, Fault> {
    let row = store.row(&head_sql(of.stream), params![of.id]).await?;
    row.as_ref().map(|row| read_head(of.stream, row)).transpose()
}

fn heads_sql(kind: Stream) -> String {
    format!("select id, version, head from {} where id > $1 order by id limit $2", table(kind))
}

fn head_sql(kind: Stream) -> String {
    format!("select id, version, head from {} where id = $1", table(kind))
}

fn read_head(kind: Stream, row: &Row) -> Result<Head, Fault> {
    let (id, version) = (row.uuid("id")?, row.int("version")? as u32);
    Ok(Head { stream: StreamId::new(kind, id), version, head: hash(row, "head")? })
}

/// All entries of the streams of a kind with `after < id <= until`, by id and version.
pub async fn between(store: &Store, kind: Stream, after: Uuid, until: Uuid) -> Result<Vec<Entry>, Fault> {
    store.rows(PAGE, params![after, until, kind.as_str()]).await?.iter().map(entry).collect()
}

/// An entry whose case has no row, if there is one.
pub async fn orphan(store: &Store) -> Result<Option<(StreamId, u32)>, Fault> {
    let row = store.row(ORPHANS, params![]).await?;
    row.map(|row| Ok((stream(&row)?, row.int("version")? as u32))).transpose()
}

fn stream(row: &Row) -> Result<StreamId, Fault> {
    let kind = row.text("kind")?;
    let known = Stream::parse(&kind);
    let known = known.ok_or_else(|| Fault::Nonsense { what: "column kind".to_owned(), why: kind })?;
    Ok(StreamId::new(known, row.uuid("case_id")?))
}

fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        stream: stream(row)?,
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
