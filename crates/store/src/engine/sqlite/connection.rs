//! Opening connections with the settings that durability rests on.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{super::fault::Fault, place::Place};

/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);
/// Statements kept prepared per connection.
const PREPARED: usize = 512;
/// What remains of the write-ahead log after it has started over, in bytes.
const JOURNAL_BYTES: i64 = 64 << 20;

pub(super) fn writer(place: &Place) -> Result<Connection, Fault> {
    open(place, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, |db| {
        db.pragma_update_and_check(None, "journal_mode", "wal", |row| {
            let mode: String = row.get(0)?;
            if mode == "wal" { Ok(()) } else { Err(rusqlite::Error::InvalidPath(place.file.clone())) }
        })?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "wal_autocheckpoint", 0)?; // its errors would go unseen: see `writer`
        db.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        db.pragma_update(None, "cache_size", -65_536)?; // KiB
        Ok(())
    })
}

/// Copies what an earlier process left in the write-ahead log into the database and makes it durable, before
/// anything is committed behind it.
///
/// That process may have ended because an fsync failed. Then the page cache shows frames that the disk never kept;
/// commits appended to them would be durable and yet be lost with them. Written anew they are safe.
pub(super) fn begin_clean(db: &Connection, place: &Place) -> Result<(), Fault> {
    let busy: bool =
        db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0)).map_err(|source| {
            Fault::Open { url: format!("sqlite:{}", place.file.display()), source: source.into() }
        })?;
    if busy {
        tracing::warn!(file = %place.file.display(), "another process has this database open");
    }
    Ok(())
}

pub(super) fn reader(place: &Place) -> Result<Connection, Fault> {
    open(place, OpenFlags::SQLITE_OPEN_READ_ONLY, |db| {
        db.pragma_update(None, "query_only", true)?;
        db.pragma_update(None, "cache_size", -16_384) // KiB
    })
}

fn open(
    place: &Place,
    flags: OpenFlags,
    settings: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<Connection, Fault> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = match &place.vfs {
        None => Connection::open_with_flags(&place.file, flags),
        Some(vfs) => Connection::open_with_flags_and_vfs(&place.file, flags, vfs.as_str()),
    };
    opened
        .and_then(|db| {
            db.busy_timeout(BUSY)?;
            db.set_prepared_statement_cache_capacity(PREPARED);
            db.pragma_update(None, "foreign_keys", true)?;
            db.pragma_update(None, "trusted_schema", false)?;
            db.pragma_update(None, "cell_size_check", true)?;
            db.pragma_update(None, "mmap_size", 0)?; // a failing disk would end the process by SIGBUS
            db.pragma_update(None, "temp_store", "memory")?;
            settings(&db)?;
            Ok(db)
        })
        .map_err(|source| Fault::Open {
            url: format!("sqlite:{}", place.file.display()),
            source: source.into(),
        })
}
