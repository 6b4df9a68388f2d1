//! Seals over the record: the table, and the entries of the log in the order they lie under seals.
//!
//! The order is the feed's (see `feed`): on PostgreSQL an entry is ready to be sealed once no transaction older than its
//! own runs any more.

use crate::{Dialect, Fault, Row, Statement, Store, Value, params};
use domain::audit::Hash;
use jiff::Timestamp;

const NEWEST: &str =
    "select number, xid, seq, n_entries, n_deeds, hash, at_ms from seal order by number desc limit 1";
const PAGE: &str = "select number, xid, seq, n_entries, n_deeds, hash, at_ms from seal where number > $1 order by number limit $2";
const INSERT: &str = "insert into seal (number, xid, seq, n_entries, n_deeds, hash, at_ms) values ($1, $2, $3, $4, $5, $6, $7)";
const READY: [&str; 2] = [
    "select 0 as xid, seq, hash from entry where seq > $1 order by seq limit $2",
    "select xid, seq, hash from entry where (xid, seq) > ($3::text::xid8, $1::bigint)
        and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid, seq limit $2",
];
const UNDER: [&str; 2] = [
    "select 0 as xid, seq, hash from entry where seq > $1 and seq <= $3 order by seq limit $2",
    "select xid, seq, hash from entry where (xid, seq) > ($4::text::xid8, $1::bigint)
        and (xid, seq) <= ($5::text::xid8, $3::bigint) order by xid, seq limit $2",
];

/// Statements of this file that are the same on both databases.
pub const SQL: &[&str] = &[NEWEST, PAGE, INSERT];

/// Statements of this file for one database.
pub fn sql_of(dialect: Dialect) -> [&'static str; 2] {
    [READY[dialect as usize], UNDER[dialect as usize]]
}

/// A place in the order of commits; the default is before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the transaction; 0 on SQLite.
    pub xid: i64,
    /// Number of the entry.
    pub seq: i64,
}

/// A seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// From 1.
    pub number: i64,
    /// Where the last entry under it lies.
    pub last: Place,
    /// Entries under this and all seals before.
    pub n_entries: i64,
    /// Deeds under this and all seals before.
    pub n_deeds: u64,
    /// See `domain::audit::Sealing`.
    pub hash: Hash,
    /// When it was set.
    pub at: Timestamp,
}

impl Seal {
    /// What sets it: one number is set once.
    pub fn insert(&self) -> Statement {
        let at_ms = self.at.as_millisecond();
        Statement::new(
            INSERT,
            params![
                self.number,
                self.last.xid,
                self.last.seq,
                self.n_entries,
                self.n_deeds as i64,
                self.hash.0.to_vec(),
                at_ms
            ],
        )
    }
}

/// The newest seal.
pub async fn newest(store: &Store) -> Result<Option<Seal>, Fault> {
    store.row(NEWEST, params![]).await?.as_ref().map(read).transpose()
}

/// Seals after a number, at most `limit`.
pub async fn page(store: &Store, after: i64, limit: u32) -> Result<Vec<Seal>, Fault> {
    store.rows(PAGE, params![after, limit]).await?.iter().map(read).collect()
}

/// Hashes of the entries after a place that can be sealed now, each with its own place.
pub async fn ready(store: &Store, after: Place, limit: u32) -> Result<Vec<(Place, Hash)>, Fault> {
    let mut params = vec![Value::Int(after.seq), Value::from(limit)];
    if store.dialect() == Dialect::Postgres {
        params.push(Value::Text(after.xid.to_string()));
    }
    entries(&store.rows(READY[store.dialect() as usize], params).await?)
}

/// The same of the entries up to and with a place.
pub async fn under(
    store: &Store,
    after: Place,
    until: Place,
    limit: u32,
) -> Result<Vec<(Place, Hash)>, Fault> {
    let mut params = vec![Value::Int(after.seq), Value::from(limit), Value::Int(until.seq)];
    if store.dialect() == Dialect::Postgres {
        params.extend([after, until].map(|place| Value::Text(place.xid.to_string())));
    }
    entries(&store.rows(UNDER[store.dialect() as usize], params).await?)
}

fn entries(rows: &[Row]) -> Result<Vec<(Place, Hash)>, Fault> {
    rows.iter().map(|row| Ok((place(row)?, hash(row)?))).collect()
}

fn read(row: &Row) -> Result<Seal, Fault> {
    let at = Timestamp::from_millisecond(row.int("at_ms")?);
    let nonsense = |e: jiff::Error| Fault::Nonsense { what: "a seal's time".to_owned(), why: e.to_string() };
    Ok(Seal {
        number: row.int("number")?,
        last: place(row)?,
        n_entries: row.int("n_entries")?,
        n_deeds: row.int("n_deeds")? as u64,
        hash: hash(row)?,
        at: at.map_err(nonsense)?,
    })
}

fn place(row: &Row) -> Result<Place, Fault> {
    Ok(Place { xid: row.int("xid")?, seq: row.int("seq")? })
}

fn hash(row: &Row) -> Result<Hash, Fault> {
    let bytes = row.bytes("hash")?;
    let wrong = |_| Fault::Nonsense { what: "a hash".to_owned(), why: "it is not 32 bytes".to_owned() };
    Ok(Hash(bytes.try_into().map_err(wrong)?))
}
