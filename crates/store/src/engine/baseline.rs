//! What the engine alone can do, measured: durable commits of one small row, nothing above it. A figure of the whole
//! system means something only beside this one, from the same machine in the same minute.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Batch, CommitError, Fault, Store};
use crate::params;

/// Size of the row's body: about that of an entry of the log.
const BYTES: usize = 300;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Durable commits.
    pub commits: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Half of the commits were answered within this time.
    pub p50: Duration,
    /// 99 of 100 were.
    pub p99: Duration,
}

impl Figures {
    /// Durable commits in a second.
    pub fn per_second(&self) -> f64 {
        self.commits as f64 / self.elapsed.as_secs_f64()
    }
}

/// Commits rows one by one from so many submitters at once, for so long; the table is dropped afterwards.
pub async fn baseline(store: &Store, submitters: usize, length: Duration) -> Result<Figures, CommitError> {
    let (bytes, id) = store.dialect().pick(("blob", "blob"), ("bytea", "uuid"));
    let drop_table = || Batch::new("baseline").run("drop table if exists baseline", vec![]);
    let create = format!("create table baseline (id {id} not null primary key, body {bytes} not null)");
    store.commit(drop_table().run(create, vec![])).await?;
    let begun = Instant::now();
    let tasks: Vec<_> =
        (0..submitters).map(|_| tokio::spawn(submit(store.clone(), begun + length))).collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.map_err(|_| Fault::Closed)??);
    }
    let elapsed = begun.elapsed();
    store.commit(drop_table()).await?;
    latencies.sort_unstable();
    let at = |part: usize| latencies.get(latencies.len() * part / 100).copied().unwrap_or_default();
    Ok(Figures { commits: latencies.len() as u64, elapsed, p50: at(50), p99: at(99) })
}

async fn submit(store: Store, until: Instant) -> Result<Vec<Duration>, CommitError> {
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let body = vec![7_u8; BYTES];
        let batch = Batch::new("baseline")
            .run("insert into baseline (id, body) values ($1, $2)", params![Uuid::now_v7(), body]);
        let asked = Instant::now();
        store.commit(batch).await?;
        latencies.push(asked.elapsed());
    }
    Ok(latencies)
}
