//! Reads on PostgreSQL: a pool of connections that cannot write.

use std::sync::Arc;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use tokio_postgres::error::SqlState;

use super::{PATIENCE, link::Address, wire};
use crate::engine::{
    fault::Fault,
    value::{Row, Value},
};

pub(super) struct Readers {
    pool: Pool,
}

impl Readers {
    pub(super) fn new(address: &Address) -> Result<Self, Fault> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(address.reading(), address.tls(), recycling);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let pool = Pool::builder(manager)
            .max_size((2 * cores).max(4))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| address.fault(error))?;
        Ok(Self { pool })
    }

    /// A connection that broke while it lay in the pool is noticed only in use; after a restart of the server all have
    /// broken. A read is tried again until a connection is met that lives.
    pub(super) async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let mut tries = self.pool.status().max_size;
        loop {
            return match self.try_rows(sql, &params).await {
                Ok(rows) => Ok(rows),
                Err(Trouble::Broken(_)) if tries > 0 => {
                    tries -= 1;
                    continue;
                }
                Err(Trouble::Broken(error) | Trouble::Refused(error)) => Err(fault(sql, error)),
                Err(Trouble::NoConnection(fault)) => Err(fault),
            };
        }
    }

    async fn try_rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Trouble> {
        let client = self.client(sql).await.map_err(Trouble::NoConnection)?;
        let read = async {
            let statement = client.prepare_cached(sql).await?;
            let params: Vec<_> = params.iter().map(wire::param).collect();
            let found = client.query(&statement, &params).await?;
            let names: Arc<[String]> =
                statement.columns().iter().map(|column| column.name().to_owned()).collect();
            found.iter().map(|row| wire::row(row, &names)).collect::<Result<_, _>>()
        };
        match read.await {
            Ok(rows) => Ok(rows),
            Err(error) if is_broken(&client, &error) => {
                drop(Object::take(client)); // not back into the pool
                Err(Trouble::Broken(error))
            }
            Err(error) => Err(Trouble::Refused(error)),
        }
    }

    pub(super) async fn check(&self) -> Result<(), Fault> {
        let sql = "select format('select count(*) from %I.%I', schemaname, tablename) from pg_tables
            where schemaname = any(current_schemas(false))";
        for row in self.rows(sql, vec![]).await? {
            let count = row.text(0)?;
            // Page checksums are verified by reading; a whole table may take longer than a read may otherwise.
            let mut client = self.client(&count).await?;
            let read = async {
                let reading = client.transaction().await?;
                reading.batch_execute("set local statement_timeout = 0").await?;
                reading.query_one(&count, &[]).await?;
                reading.commit().await
            };
            read.await.map_err(|error| match error.code() {
                Some(code) if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED => {
                    Fault::Damaged { detail: error.to_string() }
                }
                _ => fault(&count, error),
            })?;
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    async fn client(&self, sql: &str) -> Result<Object, Fault> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Fault::Busy,
            PoolError::Closed => Fault::Closed,
            error => Fault::Read { sql: sql.to_owned(), source: error.into() },
        })
    }
}

enum Trouble {
    Broken(tokio_postgres::Error),
    Refused(tokio_postgres::Error),
    NoConnection(Fault),
}

fn is_broken(client: &Object, error: &tokio_postgres::Error) -> bool {
    let ending = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    client.is_closed() || error.is_closed() || error.code().is_some_and(|code| ending.contains(code))
}

fn fault(sql: &str, error: tokio_postgres::Error) -> Fault {
    match error.code() {
        Some(code) if *code == SqlState::QUERY_CANCELED => Fault::Slow { sql: sql.to_owned() },
        _ => Fault::Read { sql: sql.to_owned(), source: error.into() },
    }
}
