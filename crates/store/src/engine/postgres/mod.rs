//! PostgreSQL 15 or newer: a pool for reads, one connection that commits what waits as a group, one that listens.
//! Several nodes share one database; none of them holds a session lock, so a connection pooler may stand between.

mod bell;
mod link;
mod reader;
mod session;
mod stack;
mod tls;
mod wire;
mod writer;

use std::sync::Mutex;

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::{Duration, timeout},
};

use self::{reader::Readers, session::Session};
use super::{
    batch::Batch,
    fault::{CommitError, Fault},
    value::{Row, Value},
};

/// Commits that may wait in line.
const WRITES_WAITING: usize = 1_024;
/// How long a caller waits for a place in line, or for a connection.
const PATIENCE: Duration = Duration::from_secs(1);

type Answer = Vec<Result<(), CommitError>>;

pub(crate) struct Write {
    batches: Vec<Batch>,
    answer: oneshot::Sender<Answer>,
}

/// A database on a PostgreSQL server.
pub(crate) struct Postgres {
    readers: Readers,
    writes: Mutex<Option<mpsc::Sender<Write>>>,
    commits: watch::Receiver<u64>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Self, Fault> {
        let address = link::Address::parse(url)?;
        let mut link = address.connect().await?;
        link::look_at_settings(&link.client).await;
        crate::migrate::postgres(&mut link.client, crate::migrate::ALL.len()).await?;
        let session = Session::open(link).await.map_err(|error| address.fault(error))?;
        let readers = Readers::new(&address)?;
        let (line, waiting) = mpsc::channel(WRITES_WAITING);
        let (ring, commits) = watch::channel(0);
        let (done, doing) = watch::channel(0);
        let tasks = vec![
            tokio::spawn(writer::run(address.clone(), session, waiting, done)),
            tokio::spawn(bell::run(address, doing, ring)),
        ];
        Ok(Self { readers, writes: Some(line).into(), commits, tasks: tasks.into() })
    }

    pub(crate) async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.readers.rows(sql, params).await
    }

    pub(crate) async fn commit_many(&self, batches: Vec<Batch>) -> Answer {
        let count = batches.len();
        let all = |error: fn() -> CommitError| (0..count).map(|_| Err(error())).collect();
        let line = self.writes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let Some(line) = line else { return all(|| Fault::Closed.into()) };
        let (answer, got) = oneshot::channel();
        match timeout(PATIENCE, line.send(Write { batches, answer })).await {
            Ok(Ok(())) => got.await.unwrap_or_else(|_| all(|| Fault::Closed.into())),
            Ok(Err(_closed)) => all(|| Fault::Closed.into()),
            Err(_late) => all(|| CommitError::Busy),
        }
    }

    /// Every index compared with its table when `amcheck` is installed; otherwise every row is read.
    pub(crate) async fn quick_check(&self) -> Result<(), Fault> {
        self.readers.check().await
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    pub(crate) async fn close(&self) {
        drop(self.writes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        let tasks =
            std::mem::take(&mut *self.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the database ended badly");
            }
        }
        self.readers.close();
    }
}
