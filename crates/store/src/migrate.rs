//! Numbered, forward-only migrations: the same name under `migrations/sqlite/` and `migrations/postgres/`.
//! Run at every start under a lock; each is recorded with a checksum. Merged means frozen.

use std::fmt::Write;

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::engine::{Dialect, Fault};

macro_rules! migrations {
    ($($name:literal),* $(,)?) => { &[$(Migration {
        name: $name,
        sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
        postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
    }),*] };
}

/// All migrations in order. The number in the name is the place in this list, from 1.
pub const ALL: &[Migration] = migrations![
    "0001_engine",
    "0002_city",
    "0003_seal",
    "0004_deeds",
    "0005_area_change",
    "0006_settings",
    "0007_tail",
    "0008_index",
    "0009_case_months",
    "0010_streams",
    "0011_care",
    "0012_places",
    "0013_saved_query",
    "0014_duties",
    "0015_sync",
    "0016_campaigns",
    "0017_assess",
    "0018_telling"
];

/// One step of the schema, in both dialects.
#[derive(Debug)]
pub struct Migration {
    /// `NNNN_name`.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    /// The SQL for one engine.
    pub const fn sql(&self, dialect: Dialect) -> &'static str {
        dialect.pick(self.sqlite, self.postgres)
    }

    /// SHA-256 of the SQL in hexadecimal.
    pub fn checksum(&self, dialect: Dialect) -> String {
        Sha256::digest(self.sql(dialect)).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
    }
}

pub(crate) const CREATE_BOOK: &str = "create table if not exists migration (
    number bigint not null primary key, name text not null, checksum text not null, applied_ms bigint not null)";
pub(crate) const READ_BOOK: &str = "select name, checksum from migration order by number";
pub(crate) const WRITE_BOOK: &str =
    "insert into migration (number, name, checksum, applied_ms) values ($1, $2, $3, $4)";
const NEW_EPOCH: &str =
    "insert into meta (key, value) values ('feed_epoch', $1) on conflict (key) do nothing";

/// Compares the book with the binary; gives the number of those applied.
pub(crate) fn applied(book: &[(String, String)], dialect: Dialect) -> Result<usize, Fault> {
    for (migration, (name, checksum)) in ALL.iter().zip(book) {
        if migration.name != name || migration.checksum(dialect) != *checksum {
            return Err(Fault::Rewritten { name: name.clone() });
        }
    }
    if book.len() > ALL.len() {
        return Err(Fault::Newer { found: book.len() as i64, known: ALL.len() as i64 });
    }
    Ok(book.len())
}

/// Milliseconds UTC of the machine's clock: the record of a migration is the machine's own affair.
#[allow(clippy::disallowed_methods)] // see above
pub(crate) fn machine_now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Brings a SQLite database to migration `upto` (all of them: `ALL.len()`).
pub(crate) fn sqlite(db: &mut Connection, upto: usize) -> Result<(), Fault> {
    let fault =
        |name: &'static str| move |source: rusqlite::Error| Fault::Migration { name, source: source.into() };
    db.pragma_update(None, "foreign_keys", false).map_err(fault("before the first"))?;
    loop {
        // One transaction a step: whoever holds the write lock looks at the book again.
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault("lock"))?;
        step.execute_batch(CREATE_BOOK).map_err(fault("book"))?;
        let book = step
            .prepare(READ_BOOK)
            .and_then(|mut book| {
                book.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()
            })
            .map_err(fault("book"))?;
        let done = applied(&book, Dialect::Sqlite)?;
        let Some(next) = ALL[..upto].get(done) else {
            if done > 0 {
                let epoch = uuid::Uuid::now_v7().to_string();
                step.execute(&NEW_EPOCH.replace("$1", "?1"), [epoch]).map_err(fault("epoch"))?;
            }
            step.commit().map_err(fault("commit"))?;
            break;
        };
        let named = fault(next.name);
        step.execute_batch(next.sql(Dialect::Sqlite)).map_err(named)?;
        if step
            .prepare("pragma foreign_key_check")
            .and_then(|mut check| check.exists([]))
            .map_err(fault(next.name))?
        {
            return Err(Fault::Migration {
                name: next.name,
                source: "it leaves references to nothing".into(),
            });
        }
        let record = (done as i64 + 1, next.name, next.checksum(Dialect::Sqlite), machine_now_ms());
        step.execute(&WRITE_BOOK.replace('$', "?"), record).map_err(fault(next.name))?;
        step.commit().map_err(fault(next.name))?;
        tracing::info!(migration = next.name, "migrated");
    }
    db.pragma_update(None, "foreign_keys", true).map_err(fault("after the last"))
}

/// Any number that no other program on the database uses for the same.
const LOCK: i64 = 0x6772_6964_7761_7264;

/// Brings a PostgreSQL database to migration `upto` (all of them: `ALL.len()`); one transaction a step, nodes that
/// start together wait for each other.
pub(crate) async fn postgres(db: &mut tokio_postgres::Client, upto: usize) -> Result<(), Fault> {
    let fault = |name: &'static str| {
        move |source: tokio_postgres::Error| Fault::Migration { name, source: source.into() }
    };
    loop {
        let step = db.transaction().await.map_err(fault("lock"))?;
        let lock = format!(
            "set local lock_timeout = 0; set local statement_timeout = 0; select pg_advisory_xact_lock({LOCK})"
        );
        step.batch_execute(&lock).await.map_err(fault("lock"))?;
        step.batch_execute(CREATE_BOOK).await.map_err(fault("book"))?;
        let book = step.query(READ_BOOK, &[]).await.map_err(fault("book"))?;
        let book: Vec<(String, String)> = book.iter().map(|row| (row.get(0), row.get(1))).collect();
        let done = applied(&book, Dialect::Postgres)?;
        let Some(next) = ALL[..upto].get(done) else {
            if done > 0 {
                let epoch = uuid::Uuid::now_v7().to_string();
                step.execute(NEW_EPOCH, &[&epoch]).await.map_err(fault("epoch"))?;
            }
            return step.commit().await.map_err(fault("commit"));
        };
        step.batch_execute(next.sql(Dialect::Postgres)).await.map_err(fault(next.name))?;
        let (number, checksum) = (done as i64 + 1, next.checksum(Dialect::Postgres));
        step.execute(WRITE_BOOK, &[&number, &next.name, &checksum, &machine_now_ms()])
            .await
            .map_err(fault(next.name))?;
        step.commit().await.map_err(fault(next.name))?;
        tracing::info!(migration = next.name, "migrated");
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn a_migration_is_numbered_by_its_place() {
        for (at, migration) in ALL.iter().enumerate() {
            assert_eq!(migration.name.split_once('_').unwrap().0, format!("{:04}", at + 1));
        }
    }
}
