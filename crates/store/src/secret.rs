//! Keys of what is personal, one for each record, wrapped by a master key that is not here.

use std::collections::HashMap;

use crate::{Fault, Row, Statement, Store, Value, params};
use jiff::Timestamp;
use uuid::Uuid;

const INSERT: &str = "insert into secret_key (id, master, wrapped, made_ms) values ($1, $2, $3, $4)";
const ERASE: &str = "delete from secret_key where id = $1";
const ONE: &str = "select id, master, wrapped from secret_key where id = $1";
const MASTERS: &str = "select master, count(*) as n from secret_key group by master order by master";
const OF_OTHERS: &str = "select id, master, wrapped from secret_key where master <> $1 order by id limit $2";
const WRAP: &str = "update secret_key set master = $2, wrapped = $3 where id = $1 and master = $4";

/// Keys read at once.
const AT_ONCE: usize = 64;

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, ERASE, ONE, MASTERS, OF_OTHERS, WRAP];

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    vec![some(AT_ONCE)]
}

fn some(n: usize) -> String {
    let places: Vec<String> = (1..=n).map(|n| format!("${n}")).collect();
    format!("select id, master, wrapped from secret_key where id in ({})", places.join(", "))
}

/// A wrapped key.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Of which record.
    pub id: Uuid,
    /// Which master key wraps it.
    pub master: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Wrapped {
    /// What keeps it.
    pub fn insert(&self, now: Timestamp) -> Statement {
        let values = params![self.id, &self.master, self.bytes.as_slice(), now.as_millisecond()];
        Statement::new(INSERT, values).expecting(1)
    }

    /// What puts it in the place of one that `before` wrapped.
    pub fn replace(&self, before: &str) -> Statement {
        Statement::new(WRAP, params![self.id, &self.master, self.bytes.as_slice(), before])
    }
}

/// Takes a key out: what it sealed can be read by nobody any more.
pub fn erase(id: Uuid) -> Statement {
    Statement::new(ERASE, params![id])
}

/// The key of a record; `None` when it never had one, or was erased.
pub async fn one(store: &Store, id: Uuid) -> Result<Option<Wrapped>, Fault> {
    store.row(ONE, params![id]).await?.as_ref().map(read).transpose()
}

/// The keys of many records; those without one are left out.
pub async fn many(store: &Store, ids: &[Uuid]) -> Result<HashMap<Uuid, Wrapped>, Fault> {
    let mut found = HashMap::with_capacity(ids.len());
    for some_ids in ids.chunks(AT_ONCE) {
        // One text for all: the last id fills up what is left.
        let last = some_ids.last().copied().unwrap_or_default();
        let filled = some_ids.iter().copied().chain(std::iter::repeat(last)).take(AT_ONCE);
        let values: Vec<Value> = filled.map(Value::from).collect();
        for row in store.rows(&some(AT_ONCE), values).await? {
            let key = read(&row)?;
            found.insert(key.id, key);
        }
    }
    Ok(found)
}

/// How many keys each master key wraps.
pub async fn masters(store: &Store) -> Result<Vec<(String, u64)>, Fault> {
    let rows = store.rows(MASTERS, params![]).await?;
    rows.iter().map(|row| Ok((row.text("master")?, row.int("n")? as u64))).collect()
}

/// Some keys that another master key than this wraps.
pub async fn of_others(store: &Store, master: &str, limit: u32) -> Result<Vec<Wrapped>, Fault> {
    store.rows(OF_OTHERS, params![master, limit]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Wrapped, Fault> {
    Ok(Wrapped { id: row.uuid("id")?, master: row.text("master")?, bytes: row.bytes("wrapped")? })
}
