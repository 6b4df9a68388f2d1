//! [`Store`]: the one door to the database, whichever it is.

use std::sync::Arc;

use tokio::sync::watch;
use tracing::Instrument;

use super::{
    batch::Batch,
    dialect::Dialect,
    fault::{CommitError, Fault, without_secrets},
    postgres::Postgres,
    sqlite::Sqlite,
    value::{Row, Value},
};

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens, creates when absent, and migrates.
    ///
    /// `sqlite:/path/file.db` (with `?vfs=NAME` for another file layer), `sqlite::memory:` (a private temporary
    /// file, gone with the last clone), or `postgres://user@host/database`.
    pub async fn open(url: &str) -> Result<Self, Fault> {
        let engine = if url.starts_with("sqlite:") {
            let owned = url.to_owned();
            let opened = tokio::task::spawn_blocking(move || Sqlite::open(&owned)).await;
            Engine::Sqlite(
                opened
                    .map_err(|source| Fault::Open { url: without_secrets(url), source: source.into() })??,
            )
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(Postgres::open(url).await?)
        } else {
            return Err(Fault::Address { url: without_secrets(url) });
        };
        Ok(Self { engine: Arc::new(engine) })
    }

    /// Reads; sees every commit this node has acknowledged. Ended after 5 s.
    pub async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let span = tracing::debug_span!("read", otel.kind = "client", db.query.text = sql);
        match &*self.engine {
            Engine::Sqlite(engine) => engine.rows(sql, params).instrument(span).await,
            Engine::Postgres(engine) => engine.rows(sql, params).instrument(span).await,
        }
    }

    /// The first row, if there is one.
    pub async fn row(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Applies a batch, whole or not at all; comes back when it is durable.
    pub async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        self.commit_many(vec![batch]).await.pop().unwrap_or(Err(CommitError::Fault(Fault::Closed)))
    }

    /// Applies many batches with one fsync, each whole or not at all by itself; one answer each, in order.
    pub async fn commit_many(&self, batches: Vec<Batch>) -> Vec<Result<(), CommitError>> {
        let label = batches.first().map(|batch| batch.label);
        let span = tracing::debug_span!(
            "commit",
            otel.kind = "client",
            db.operation.name = label,
            n = batches.len()
        );
        match &*self.engine {
            Engine::Sqlite(engine) => engine.commit_many(batches).instrument(span).await,
            Engine::Postgres(engine) => engine.commit_many(batches).instrument(span).await,
        }
    }

    /// Which engine this is.
    pub fn dialect(&self) -> Dialect {
        match &*self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Rings after commits of this node and, on PostgreSQL, of others. A hint: it may ring for nothing.
    pub fn watch(&self) -> watch::Receiver<u64> {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.watch(),
            Engine::Postgres(engine) => engine.watch(),
        }
    }

    /// Looks for damage; on SQLite some 4 s of CPU per GB.
    pub async fn quick_check(&self) -> Result<(), Fault> {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.quick_check().await,
            Engine::Postgres(engine) => engine.quick_check().await,
        }
    }

    /// Serves what waits, then lets go of the database; other clones find it closed.
    pub async fn close(self) {
        match &*self.engine {
            Engine::Postgres(engine) => engine.close().await,
            Engine::Sqlite(_) => {
                let ended = tokio::task::spawn_blocking(move || {
                    if let Engine::Sqlite(engine) = &*self.engine {
                        engine.close();
                    }
                });
                if let Err(error) = ended.await {
                    tracing::error!(%error, "the store did not close cleanly");
                }
            }
        }
    }
}
