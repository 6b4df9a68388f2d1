//! The writer thread: takes what waits, applies it in one transaction, one fsync for all, then answers.
//! Each batch stands alone: one that is refused leaves the others untouched. Checkpoints happen here and are looked at.
//!
//! A point to go back to before each batch costs as much as the batch itself: SQLite copies every page that is touched
//! after it. So a group is first tried without; when a batch is refused all is undone and done again with such points,
//! and so are the next groups for a while, since refusals rarely come alone.

use std::{
    ffi::c_int,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, config::DbConfig, ffi};
use tokio::sync::watch;

use super::{Answer, Write, disk_is_lost, place::Place, statement::Session};
use crate::engine::{
    batch::{Batch, Expect},
    fault::{CommitError, Fault, Source},
    queue::{Found, Queue},
};

/// Batches taken into one transaction.
const GROUP: usize = 512;
/// Groups done with a point before each batch after one that needed them.
const WARY: u32 = 32;
/// Quiet time after which the log is emptied.
const QUIET: Duration = Duration::from_secs(1);
/// Size of the log at which a reader that will not end is reported (256 MiB).
const ALARM_PAGES: i64 = 65_536;

pub(super) fn start(
    mut db: Connection,
    place: Arc<Place>,
    line: Arc<Queue<Write>>,
    bell: watch::Sender<u64>,
) -> Result<JoinHandle<()>, Fault> {
    let pages = Arc::new(AtomicI64::new(i64::MAX)); // after a start unknown: the first commit says
    let counted = Arc::clone(&pages);
    let count = move |_: &mut rusqlite::hooks::Wal, pages: c_int| {
        counted.store(pages.into(), Ordering::Relaxed);
        Ok(())
    };
    db.wal_hook(Some(count))
        .map_err(|source| Fault::Open { url: "sqlite writer".to_owned(), source: source.into() })?;
    let work = move || {
        let due_pages = place.checkpoint_pages;
        let ours = Arc::clone(&place);
        let mut writer = Writer {
            place: ours,
            due_pages,
            session: Session::new(db),
            bell,
            pages,
            lost: false,
            dirty: true,
            wary: 0,
        };
        loop {
            match line.take(GROUP, |write| write.batches.len(), QUIET) {
                Found::Some(writes) => writer.serve(writes),
                Found::Nothing => writer.rest(),
                Found::Closed => break,
            }
        }
        writer.rest();
        drop(writer);
        drop(place);
    };
    std::thread::Builder::new()
        .name("store-write".to_owned())
        .spawn(work)
        .map_err(|source| Fault::Open { url: "sqlite writer".to_owned(), source: source.into() })
}

struct Writer {
    place: Arc<Place>,
    /// Length of the log at which a checkpoint is due.
    due_pages: i64,
    session: Session,
    bell: watch::Sender<u64>,
    /// Length of the write-ahead log after the last commit.
    pages: Arc<AtomicI64>,
    /// An fsync has failed: nothing may be promised any more.
    lost: bool,
    /// Something was committed since the log was last emptied.
    dirty: bool,
    /// So many of the next groups are done with a point before each batch.
    wary: u32,
}

/// How a group is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As if every batch could be applied.
    Trusting,
    /// With a point to go back to before each batch.
    Wary,
}

/// What came of trying it.
enum Tried {
    /// Committed; an answer for each.
    Done(Vec<Answer>),
    /// A batch was refused and something before it was done already: nothing is committed.
    Spoilt,
}

impl Writer {
    fn serve(&mut self, writes: Vec<Write>) {
        let answers = if self.lost {
            writes.iter().map(|write| all(write, || Fault::Closed.into())).collect()
        } else {
            self.group(&writes)
        };
        self.bell.send_modify(|count| *count += 1);
        for (write, answer) in writes.into_iter().zip(answers) {
            let _nobody_waits = write.answer.send(answer);
        }
        if !self.lost && self.dirty && self.pages.load(Ordering::Relaxed) >= self.due_pages {
            self.checkpoint("pragma wal_checkpoint(passive)");
        }
    }

    /// One transaction. An error that is not one batch's own refuses the whole group.
    fn group(&mut self, writes: &[Write]) -> Vec<Answer> {
        let way = if self.wary > 0 { Way::Wary } else { Way::Trusting };
        self.wary = self.wary.saturating_sub(1);
        let tried = self.apply(writes, way).and_then(|tried| match tried {
            Tried::Spoilt => {
                self.wary = WARY;
                self.step("rollback").map_err(|error| ("rollback", error))?;
                self.apply(writes, Way::Wary)
            }
            done @ Tried::Done(_) => Ok(done),
        });
        match tried {
            Ok(Tried::Done(answers)) => answers,
            Ok(Tried::Spoilt) => unreachable!("a batch that has a point to go back to spoils nothing"),
            Err((doing, error)) => {
                let lost = is_lost(&error);
                if !self.session.db.is_autocommit()
                    && let Err(error) = self.session.db.execute_batch("rollback")
                {
                    tracing::error!(%error, "cannot roll back");
                }
                let error = Arc::new(error);
                if lost {
                    self.lose(doing, Arc::clone(&error).into());
                }
                writes.iter().map(|write| all(write, || whole(doing, &error))).collect()
            }
        }
    }

    fn apply(&mut self, writes: &[Write], way: Way) -> Result<Tried, (&'static str, rusqlite::Error)> {
        self.step("begin immediate").map_err(|error| ("begin", error))?;
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let mut answer = Vec::with_capacity(write.batches.len());
            for batch in &write.batches {
                match self.batch(batch, way)? {
                    Some(outcome) => answer.push(outcome),
                    None => return Ok(Tried::Spoilt),
                }
            }
            answers.push(answer);
        }
        self.step("commit").map_err(|error| ("commit", error))?;
        self.dirty = true;
        Ok(Tried::Done(answers))
    }

    /// Applies one batch; the outer error is one that ends the whole group. `None` when it was refused after some of it
    /// was done, and there was no point to go back to.
    fn batch(
        &self,
        batch: &Batch,
        way: Way,
    ) -> Result<Option<Result<(), CommitError>>, (&'static str, rusqlite::Error)> {
        // A lone statement is undone by SQLite itself when it fails, and one that touched too few rows did nothing;
        // only more than one, or one that may touch too many, needs a point to go back to.
        let point = batch.statements.len() > 1 || batch.statements.iter().any(|it| it.expect != Expect::Any);
        if point && way == Way::Wary {
            self.step("savepoint batch").map_err(|error| (batch.label, error))?;
        }
        let outcome = self.statements(batch)?;
        if point && way == Way::Trusting && outcome.is_err() {
            return Ok(None);
        }
        if point && way == Way::Wary {
            if outcome.is_err() {
                self.step("rollback to batch").map_err(|error| (batch.label, error))?;
            }
            self.step("release batch").map_err(|error| (batch.label, error))?;
        }
        Ok(Some(outcome))
    }

    fn statements(&self, batch: &Batch) -> Result<Result<(), CommitError>, (&'static str, rusqlite::Error)> {
        for (at, statement) in batch.statements.iter().enumerate() {
            match self.session.run(&statement.sql, &statement.params) {
                Ok(rows) => match statement.expect {
                    Expect::Rows(wanted) if wanted != rows => {
                        let detail = format!("statement {} touched {rows} rows, not {wanted}", at + 1);
                        return Ok(Err(CommitError::Conflict { label: batch.label, detail }));
                    }
                    _ => {}
                },
                Err(error) if ends_group(&error) || self.session.db.is_autocommit() => {
                    return Err((batch.label, error));
                }
                Err(error) => return Ok(Err(refusal(batch.label, statement.sql.clone(), error))),
            }
        }
        Ok(Ok(()))
    }

    /// Nothing may be promised any more, and closing must not touch the files either.
    fn lose(&mut self, doing: &'static str, source: Source) {
        self.lost = true;
        self.place.mark_lost();
        if let Err(error) = self.session.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::error!(%error, "cannot keep the last checkpoint from happening");
        }
        disk_is_lost(&Fault::Commit { label: "group", doing: doing.into(), source });
    }

    fn step(&self, sql: &str) -> rusqlite::Result<()> {
        self.session.db.prepare_cached(sql)?.raw_execute().map(|_| ())
    }

    fn rest(&mut self) {
        if self.dirty && !self.lost {
            self.checkpoint("pragma wal_checkpoint(truncate)");
        }
    }

    /// Copies the write-ahead log into the database.
    fn checkpoint(&mut self, sql: &'static str) {
        let looked = self.session.db.query_row(sql, [], |row| row.try_into());
        match looked {
            Ok((busy, pages, copied)) => {
                let (busy, pages, copied): (i64, i64, i64) = (busy, pages, copied);
                self.dirty = busy != 0 || copied < pages;
                if pages > ALARM_PAGES && copied < pages {
                    tracing::warn!(pages, copied, "a long read keeps the write-ahead log from starting over");
                }
            }
            Err(error) if is_lost(&error) => {
                self.lose(sql, error.into());
            }
            Err(error) => tracing::error!(%error, "a checkpoint failed and will be tried again"),
        }
    }
}

fn all(write: &Write, error: impl Fn() -> CommitError) -> Answer {
    write.batches.iter().map(|_| Err(error())).collect()
}

fn whole(doing: &'static str, error: &Arc<rusqlite::Error>) -> CommitError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => CommitError::Full,
        _ => Fault::Commit { label: "group", doing: doing.into(), source: Arc::clone(error).into() }.into(),
    }
}

fn refusal(label: &'static str, sql: std::borrow::Cow<'static, str>, error: rusqlite::Error) -> CommitError {
    if let rusqlite::Error::SqliteFailure(code, Some(message)) = &error
        && matches!(
            code.extended_code,
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
        )
    {
        let constraint = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(message).to_owned();
        return CommitError::Duplicate { constraint };
    }
    Fault::Commit { label, doing: sql, source: error.into() }.into()
}

/// Errors after which the transaction as a whole is not worth going on with.
fn ends_group(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseBusy
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
        )
    )
}

/// A failed fsync: the page cache and the disk may differ for ever.
fn is_lost(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}
