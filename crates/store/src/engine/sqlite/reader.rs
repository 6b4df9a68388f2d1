//! Reader threads: a read-only connection each, one line for all. A read is ended after 5 s, because an open
//! read keeps the write-ahead log from starting over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rusqlite::ErrorCode;

use super::{Read, connection, place::Place, statement::Session};
use crate::engine::{
    fault::Fault,
    queue::{Found, Queue},
};

/// The longest a read may take.
const LONGEST: Duration = Duration::from_secs(5);
/// Steps of SQLite's machine between two looks at the clock; well below a millisecond.
const STEPS: std::ffi::c_int = 4_000;

/// Reads are short and mostly in memory: more threads than this only take turns.
pub(super) fn how_many() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16)
}

pub(super) fn start(place: &Arc<Place>, line: Arc<Queue<Read>>) -> Result<JoinHandle<()>, Fault> {
    let place = Arc::clone(place);
    let cannot = |source: Box<dyn std::error::Error + Send + Sync>| Fault::Open {
        url: "sqlite reader".to_owned(),
        source,
    };
    let mut db = connection::reader(&place)?;
    let (born, deadline) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
    let until = Arc::clone(&deadline);
    db.progress_handler(
        STEPS,
        Some(move || born.elapsed().as_millis() as u64 > until.load(Ordering::Relaxed)),
    )
    .map_err(|source| cannot(source.into()))?;
    let work = move || {
        let session = Session::new(db);
        loop {
            match line.take(1, |_| 1, Duration::from_hours(1)) {
                Found::Closed => break,
                Found::Nothing => {}
                Found::Some(reads) => {
                    for read in reads.into_iter().filter(|read| !read.answer.is_closed()) {
                        deadline.store((born.elapsed() + LONGEST).as_millis() as u64, Ordering::Relaxed);
                        let rows =
                            session.rows(&read.sql, &read.params).map_err(|error| fault(read.sql, error));
                        let _nobody_waits = read.answer.send(rows);
                    }
                }
            }
        }
        drop(session);
        drop(place);
    };
    std::thread::Builder::new()
        .name("store-read".to_owned())
        .spawn(work)
        .map_err(|source| cannot(source.into()))
}

fn fault(sql: String, error: rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => Fault::Slow { sql },
        _ => Fault::Read { sql, source: error.into() },
    }
}
