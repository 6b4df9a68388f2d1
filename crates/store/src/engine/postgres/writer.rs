//! The group writer: what waits is sent in one transaction, pipelined, and made durable by one commit.
//! When a batch is refused the group is rolled back and done again with a savepoint for each, so the others survive.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

use super::{
    Answer, Write,
    link::Address,
    session::{Session, Trouble},
};
use crate::engine::{
    batch::Batch,
    fault::{CommitError, Fault},
    value::Value,
};

/// Calls taken into one transaction.
const GROUP: usize = 256;
/// How often a group is begun again after its connection broke, and the pause before each.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(150);

pub(super) async fn run(
    address: Address,
    session: Session,
    mut line: mpsc::Receiver<Write>,
    done: watch::Sender<u64>,
) {
    let mut writer = Writer { address, session: Some(session) };
    let mut writes = Vec::new();
    while line.recv_many(&mut writes, GROUP).await > 0 {
        // Everybody locks in one order: two nodes cannot wait for each other over the rows their batches guard.
        writes.sort_by_cached_key(|write| write.batches.first().map(place_in_order));
        let batches: Vec<&Batch> = writes.iter().flat_map(|write| &write.batches).collect();
        let mut answers = writer.group(&batches).await.into_iter();
        done.send_modify(|count| *count += 1);
        for write in writes.drain(..) {
            let answer = answers.by_ref().take(write.batches.len()).collect();
            let _nobody_waits = write.answer.send(answer);
        }
    }
}

/// By the first id that the first statement names: the row it guards. Any order does, if it is the same on all nodes.
fn place_in_order(batch: &Batch) -> u128 {
    let Some(first) = batch.statements.first() else { return 0 };
    let id = first.params.iter().find_map(|param| match param {
        Value::Uuid(it) => Some(it.as_u128()),
        _ => None,
    });
    id.unwrap_or_else(|| {
        let mut hash = DefaultHasher::new();
        first.sql.hash(&mut hash);
        format!("{:?}", first.params).hash(&mut hash);
        hash.finish().into()
    })
}

struct Writer {
    address: Address,
    session: Option<Session>,
}

impl Writer {
    async fn group(&mut self, batches: &[&Batch]) -> Answer {
        let mut last = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(PAUSE * attempt).await;
            }
            let session = match self.session().await {
                Ok(session) => session,
                Err(fault) => {
                    last = Some(fault);
                    continue;
                }
            };
            match session.group(batches).await {
                Ok(answer) => return answer,
                Err(Trouble::Whole(error)) => {
                    return batches.iter().map(|batch| Err(error.for_batch(batch))).collect();
                }
                // Nothing was asked to be kept: begin again on a new connection.
                Err(Trouble::Broken(fault)) => {
                    tracing::warn!(
                        error = &fault as &dyn std::error::Error,
                        "a group of commits is begun again"
                    );
                    self.session = None;
                    last = Some(fault);
                }
                Err(Trouble::Doubtful(fault)) => return all_failed(batches, fault),
                Err(Trouble::Unknown(open)) => {
                    self.session = None;
                    match self.fate(&open.xid, &open.timeline).await {
                        Fate::Committed => return open.answer,
                        Fate::Aborted => last = Some(open.fault),
                        Fate::Unknown => {
                            tracing::error!(
                                error = &open.fault as &dyn std::error::Error,
                                "the outcome of a commit is unknown"
                            );
                            return all_failed(batches, open.fault);
                        }
                    }
                }
            }
        }
        all_failed(batches, last.unwrap_or(Fault::Closed))
    }

    async fn session(&mut self) -> Result<&mut Session, Fault> {
        let open = match self.session.take() {
            Some(session) if !session.is_closed() => session,
            _ => Session::open(self.address.connect().await?)
                .await
                .map_err(|error| self.address.fault(error))?,
        };
        Ok(self.session.insert(open))
    }

    /// Asks the server what became of a transaction whose commit was not answered. Only the same history can tell:
    /// after a failover the number may be another transaction's.
    async fn fate(&mut self, xid: &str, timeline: &str) -> Fate {
        for attempt in 1..=TRIES {
            sleep(PAUSE * attempt).await;
            let Ok(session) = self.session().await else { continue };
            if session.timeline() != timeline {
                return Fate::Unknown;
            }
            let Ok(status) = session.status(xid).await else { continue };
            match status.as_deref() {
                Some("committed") => return Fate::Committed,
                Some("aborted") => return Fate::Aborted,
                Some("in progress") => {}
                _ => return Fate::Unknown,
            }
        }
        Fate::Unknown
    }
}

enum Fate {
    Committed,
    Aborted,
    Unknown,
}

fn all_failed(batches: &[&Batch], fault: Fault) -> Answer {
    let source: Arc<Fault> = Arc::new(fault);
    let error = |batch: &&Batch| {
        let source = Arc::clone(&source).into();
        Err(CommitError::Fault(Fault::Commit { label: batch.label, doing: "group".into(), source }))
    };
    batches.iter().map(error).collect()
}

/// Marks the doubt as seen.
pub(super) fn take_doubt(doubt: &std::sync::atomic::AtomicBool) -> bool {
    doubt.swap(false, Ordering::SeqCst)
}
