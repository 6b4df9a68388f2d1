//! SQLite in the same process: one writer thread with group commit, a few reader threads, our own checkpoints.

mod connection;
mod place;
mod reader;
mod statement;
mod writer;

use std::{
    sync::{Arc, OnceLock},
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use self::place::Place;
use super::{
    batch::Batch,
    fault::{CommitError, Fault},
    queue::{Queue, Refused},
    value::{Row, Value},
};

/// Commits that may wait in line.
const WRITES_WAITING: usize = 1_024;
/// Reads that may wait in line.
const READS_WAITING: usize = 4_096;
/// How long a caller waits for a place in either line.
const PATIENCE: Duration = Duration::from_secs(1);

type Answer = Vec<Result<(), CommitError>>;

pub(crate) struct Write {
    batches: Vec<Batch>,
    answer: oneshot::Sender<Answer>,
}

pub(crate) struct Read {
    sql: String,
    params: Vec<Value>,
    answer: oneshot::Sender<Result<Vec<Row>, Fault>>,
}

/// A SQLite database that this process holds open.
pub(crate) struct Sqlite {
    place: Arc<Place>,
    writes: Arc<Queue<Write>>,
    reads: Arc<Queue<Read>>,
    commits: watch::Receiver<u64>,
    threads: std::sync::Mutex<Vec<JoinHandle<()>>>,
}

impl Sqlite {
    pub(crate) fn open(url: &str) -> Result<Self, Fault> {
        let place = Arc::new(Place::parse(url)?);
        let db = Self::begin(&place).inspect_err(|_| place.mark_lost())?;
        let (writes, reads) = (Arc::new(Queue::new(WRITES_WAITING)), Arc::new(Queue::new(READS_WAITING)));
        let (bell, commits) = watch::channel(0);
        let mut threads = vec![writer::start(db, Arc::clone(&place), Arc::clone(&writes), bell)?];
        for _ in 0..reader::how_many() {
            threads.push(reader::start(&place, Arc::clone(&reads))?);
        }
        Ok(Self { place, writes, reads, commits, threads: threads.into() })
    }

    /// A connection on a database that is up to date, with an empty write-ahead log. When it fails the next start
    /// trusts nothing that is not written anew.
    fn begin(place: &Place) -> Result<Connection, Fault> {
        let cannot = |source: std::io::Error| Fault::Open {
            url: format!("sqlite:{}", place.file.display()),
            source: source.into(),
        };
        place.mend().map_err(cannot)?;
        let mut db = connection::writer(place)?;
        crate::migrate::sqlite(&mut db, crate::migrate::ALL.len())?;
        connection::begin_clean(&db, place)?;
        place.unmark().map_err(cannot)?;
        Ok(db)
    }

    pub(crate) async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let (answer, got) = oneshot::channel();
        match self.reads.push(Read { sql: sql.to_owned(), params, answer }, PATIENCE).await {
            Ok(()) => got.await.unwrap_or(Err(Fault::Closed)),
            Err(Refused::Full) => Err(Fault::Busy),
            Err(Refused::Closed) => Err(Fault::Closed),
        }
    }

    pub(crate) async fn commit_many(&self, batches: Vec<Batch>) -> Answer {
        let count = batches.len();
        let all = |error: fn() -> CommitError| (0..count).map(|_| Err(error())).collect();
        let (answer, got) = oneshot::channel();
        match self.writes.push(Write { batches, answer }, PATIENCE).await {
            Ok(()) => got.await.unwrap_or_else(|_| all(|| Fault::Closed.into())),
            Err(Refused::Full) => all(|| CommitError::Busy),
            Err(Refused::Closed) => all(|| Fault::Closed.into()),
        }
    }

    /// On a connection and a thread of its own: it may take minutes, and readers have a limit.
    pub(crate) async fn quick_check(&self) -> Result<(), Fault> {
        let place = Arc::clone(&self.place);
        let read = move || -> Result<String, Fault> {
            let sql = "pragma quick_check(1)";
            let db = connection::reader(&place)?;
            db.query_row(sql, [], |row| row.get(0))
                .map_err(|source| Fault::Read { sql: sql.to_owned(), source: source.into() })
        };
        match tokio::task::spawn_blocking(read).await.map_err(|_| Fault::Closed)?? {
            said if said == "ok" => Ok(()),
            said => Err(Fault::Damaged { detail: said }),
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    /// Waits until everything in line is served, then lets go of the file.
    pub(crate) fn close(&self) {
        self.shut();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the database ended badly");
            }
        }
    }

    fn shut(&self) {
        self.writes.close();
        self.reads.close();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.shut();
    }
}

static DISK_LOST: OnceLock<fn(&Fault)> = OnceLock::new();

/// What to do when the disk could not keep what it had taken (a failed fsync). Set once, before the first store is opened.
///
/// Without it the process ends with status 70: what the page cache holds then is worth nothing, and only a
/// restart reads the truth from the disk. If the function returns, the store refuses every further commit.
pub fn when_disk_is_lost(then: fn(&Fault)) {
    let _first_wins = DISK_LOST.set(then);
}

fn disk_is_lost(fault: &Fault) {
    tracing::error!(
        error = fault as &dyn std::error::Error,
        "the disk did not keep what was written: stopping"
    );
    match DISK_LOST.get() {
        Some(then) => then(fault),
        None => std::process::exit(70),
    }
}
