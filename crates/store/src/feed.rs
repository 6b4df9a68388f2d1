//! The log as one stream: every entry once, none left out, from a cursor on. What an entry means is the log's affair
//! (`log`); this file only knows that table `entry` has `seq` and, on PostgreSQL, `xid`.
//!
//! SQLite: `seq integer primary key`, given by the one writer in the order of commits.
//! PostgreSQL: `seq bigserial`, `xid xid8 not null default pg_current_xact_id()`, an index on `(xid, seq)`. A sequence
//! number is taken before the commit, so a reader of `seq > last` would leave out what commits late; instead an entry
//! is shown once no transaction older than its own runs any more. The entries of one case keep their order when the
//! first statement of each batch locks the case's row.

use std::fmt;

use crate::{Dialect, Fault, Row, Store, Value};

/// A place in the stream; opaque outside, safe to hand to clients and to store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// Takes back what [`Cursor::as_str`] gave, however old; whether it still holds is seen in use.
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// To be stored or sent; only ASCII letters, digits, `-` and `.`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the stream could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The cursor belongs to another history (a restored backup, a failover) or is none: begin anew.
    #[error("the place in the feed is not of this history: fetch everything again")]
    OtherHistory,
    /// The machine failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Entries of the log after `cursor`; see [`Feed::after`].
pub async fn after(
    store: &Store,
    cursor: Option<&Cursor>,
    columns: &[&str],
    limit: u32,
) -> Result<(Vec<Row>, Cursor), FeedError> {
    LOG.after(store, cursor, columns, limit).await
}

/// The place behind everything the log shows now; see [`Feed::end`].
pub async fn end(store: &Store) -> Result<Cursor, FeedError> {
    LOG.end(store).await
}

/// The place behind one of the rows that [`after`] gave.
pub fn cursor_of(row: &Row) -> Result<Cursor, Fault> {
    let (xid, seq) = (row.int("feed_xid")?, row.int("seq")?);
    Ok(Place { epoch: row.text("feed_epoch")?, xid, seq }.cursor())
}

/// The stream of the log.
pub const LOG: Feed = Feed::of("entry");

/// A table read as a stream.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    table: &'static str,
}

/// A history is the database's own mark; on PostgreSQL also its timeline, which a failover or a restore changes.
const EPOCH: [&str; 2] = [
    "(select value from meta where key = 'feed_epoch')",
    "(select value || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) from meta where key = 'feed_epoch')",
];

impl Feed {
    /// The stream of another table with the columns named above.
    pub const fn of(table: &'static str) -> Self {
        Self { table }
    }

    /// Entries after `cursor` (from the first when `None`), at most `limit`, with `seq` and the asked `columns`.
    ///
    /// The cursor returned stands behind the last of them; with none it is where the caller already was.
    pub async fn after(
        self,
        store: &Store,
        cursor: Option<&Cursor>,
        columns: &[&str],
        limit: u32,
    ) -> Result<(Vec<Row>, Cursor), FeedError> {
        let from = cursor.map(Place::parse).transpose()?;
        let (xid, seq) = from.as_ref().map_or((0, 0), |place| (place.xid, place.seq));
        let params = match store.dialect() {
            Dialect::Sqlite => vec![Value::Int(seq), Value::from(limit)],
            Dialect::Postgres => vec![Value::Int(seq), Value::from(limit), Value::Text(xid.to_string())],
        };
        // The first row says whose history this is, even when no entry follows.
        let mut rows = store.rows(&self.statement(store.dialect(), columns), params).await?;
        let epoch = rows.first().map_or(Ok(String::new()), |row| row.text("feed_epoch"))?;
        if from.is_some_and(|place| place.epoch != epoch) {
            return Err(FeedError::OtherHistory);
        }
        rows.retain(|row| matches!(row.value("seq"), Ok(Value::Int(_))));
        let (xid, seq) = match rows.last() {
            Some(row) => (row.int("feed_xid")?, row.int("seq")?),
            None => (xid, seq),
        };
        Ok((rows, Place { epoch, xid, seq }.cursor()))
    }

    /// The place behind everything that is shown now, for those who care only about what comes.
    pub async fn end(self, store: &Store) -> Result<Cursor, FeedError> {
        let epoch = EPOCH[store.dialect() as usize];
        let last = match store.dialect() {
            Dialect::Sqlite => format!("0 as xid, coalesce((select max(seq) from {}), 0) as seq", self.table),
            Dialect::Postgres => {
                "pg_snapshot_xmin(pg_current_snapshot()) as xid, 0::bigint as seq".to_owned()
            }
        };
        let sql = format!("select {epoch} as feed_epoch, {last}");
        let row = store.row(&sql, vec![]).await?.ok_or(FeedError::OtherHistory)?;
        Ok(Place { epoch: row.text("feed_epoch")?, xid: row.int("xid")?, seq: row.int("seq")? }.cursor())
    }

    /// The statement behind [`Feed::after`], also for the test that prepares all statements.
    pub fn statement(self, dialect: Dialect, columns: &[&str]) -> String {
        let asked: String = columns.iter().filter(|it| **it != "seq").flat_map(|it| [", ", it]).collect();
        let (epoch, table) = (EPOCH[dialect as usize], self.table);
        match dialect {
            Dialect::Sqlite => format!(
                "select {epoch} as feed_epoch, f.* from (select 1) left join (
                    select 0 as feed_xid, seq{asked} from {table} where seq > $1 order by seq limit $2
                ) f on true order by f.seq"
            ),
            Dialect::Postgres => format!(
                "select {epoch} as feed_epoch, f.* from (select 1) one left join (
                    select xid as feed_xid, seq{asked} from {table}
                    where (xid, seq) > ($3::text::xid8, $1::bigint)
                        and xid < pg_snapshot_xmin(pg_current_snapshot())
                    order by xid, seq limit $2
                ) f on true order by f.feed_xid, f.seq"
            ),
        }
    }
}

struct Place {
    epoch: String,
    xid: i64,
    seq: i64,
}

impl Place {
    fn parse(cursor: &Cursor) -> Result<Self, FeedError> {
        let mut parts = cursor.0.split('.');
        let number = |part: Option<&str>| part.and_then(|it| it.parse().ok()).ok_or(FeedError::OtherHistory);
        let place = Self {
            epoch: parts.next().unwrap_or_default().to_owned(),
            xid: number(parts.next())?,
            seq: number(parts.next())?,
        };
        if parts.next().is_some() { Err(FeedError::OtherHistory) } else { Ok(place) }
    }

    fn cursor(&self) -> Cursor {
        Cursor(format!("{}.{}.{}", self.epoch, self.xid, self.seq))
    }
}
