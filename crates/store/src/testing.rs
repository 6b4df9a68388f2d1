//! Fresh databases for tests, here and above. Behind the feature `testing`; never in a binary.

use std::{future::Future, path::PathBuf};

use uuid::Uuid;

use crate::{Dialect, Store};

/// Names a PostgreSQL server on which tests may create what they like: `scripts/pg.sh with cargo nextest run`.
pub const SERVER: &str = "GRIDWARD_TEST_PG";

/// An empty database that can be opened several times, as by several nodes; gone afterwards.
#[derive(Debug)]
pub struct Fresh {
    /// To be given to [`Store::open`].
    pub url: String,
    /// Its kind.
    pub dialect: Dialect,
    folder: Option<PathBuf>,
}

impl Fresh {
    /// A SQLite file in a temporary folder.
    pub fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("gridward-test-{}", Uuid::now_v7().simple()));
        let url = format!("sqlite:{}", folder.join("store.db").display());
        Self { url, dialect: Dialect::Sqlite, folder: Some(folder) }
    }

    /// A schema of its own on the test server; `None`, with one printed line, when no server is named.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(SERVER) else {
            println!("PostgreSQL part skipped: {SERVER} is not set");
            return None;
        };
        let schema = format!("test_{}", Uuid::now_v7().simple());
        let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls)
            .await
            .expect("the server named for tests answers");
        let driven = tokio::spawn(connection);
        client
            .batch_execute(&format!("create schema {schema}"))
            .await
            .expect("tests may create schemas there");
        drop(client);
        drop(driven.await);
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{mark}options=-c%20search_path%3D{schema}");
        Some(Self { url, dialect: Dialect::Postgres, folder: None })
    }

    /// Both, as far as they are there.
    pub async fn both() -> Vec<Self> {
        let mut all = vec![Self::sqlite()];
        all.extend(Self::postgres().await);
        all
    }

    /// Opens it as one node would.
    pub async fn open(&self) -> Store {
        Store::open(&self.url).await.expect("a fresh database opens")
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _never_opened = std::fs::remove_dir_all(folder);
        }
    }
}

/// Runs the same test on a fresh database of each kind, one after the other.
pub async fn on_both<F: Future<Output = ()>>(body: impl Fn(Store) -> F) {
    for fresh in Fresh::both().await {
        println!("on {:?}", fresh.dialect);
        let store = fresh.open().await;
        body(store.clone()).await;
        store.close().await;
    }
}

/// Brings a fresh database to the migration with this number and no further, as an older program left it.
pub async fn migrate_to(fresh: &Fresh, number: usize) {
    match fresh.dialect {
        Dialect::Sqlite => {
            let file = PathBuf::from(fresh.url.trim_start_matches("sqlite:"));
            std::fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("a temporary folder");
            let mut db = rusqlite::Connection::open(file).expect("a fresh database opens");
            crate::migrate::sqlite(&mut db, number).expect("it migrates");
        }
        Dialect::Postgres => {
            let (mut client, connection) =
                tokio_postgres::connect(&fresh.url, tokio_postgres::NoTls).await.expect("the server answers");
            let driven = tokio::spawn(connection);
            crate::migrate::postgres(&mut client, number).await.expect("it migrates");
            drop(client);
            drop(driven.await);
        }
    }
}
