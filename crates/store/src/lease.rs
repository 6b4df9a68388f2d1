//! Leases: a piece of background work has one owner at a time, and a paused owner cannot write after its successor.
//! The fencing epoch grows with each new holder; every commit made under a lease carries [`Held::guard`].

use crate::{Batch, CommitError, Fault, Statement, Store, params};

const READ: &str = "select holder, until_ms, epoch from lease where name = $1";
const FIRST: &str = "insert into lease (name, holder, until_ms, epoch) values ($1, $2, $3, 1)";
const TAKE: &str = "update lease set holder = $2, until_ms = $3, epoch = epoch + 1
    where name = $1 and epoch = $4 and (holder = '' or until_ms <= $5)";
const RENEW: &str = "update lease set until_ms = $4 where name = $1 and holder = $2 and epoch = $3";
const RELEASE: &str = "update lease set holder = '' where name = $1 and holder = $2 and epoch = $3";
// Touches the row without changing it: locks it on PostgreSQL, counts one row on both.
const GUARD: &str = "update lease set epoch = epoch where name = $1 and holder = $2 and epoch = $3";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[READ, FIRST, TAKE, RENEW, RELEASE, GUARD];

/// A lease this node believes it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which work.
    pub name: String,
    /// Which node.
    pub holder: String,
    /// Fencing epoch, from 1.
    pub epoch: i64,
    /// Expiry, milliseconds UTC. Past it the lease may be another's; the guard tells.
    pub until_ms: i64,
}

impl Held {
    /// Belongs at the front of every batch made under this lease: the batch is a conflict once the lease has moved on.
    pub fn guard(&self) -> Statement {
        Statement::new(GUARD, params![&self.name, &self.holder, self.epoch]).expecting(1)
    }
}

/// Takes the lease when it is free, released or expired at `now_ms`; `None` while another holds it.
///
/// Asking again under the same holder's name takes it anew only after expiry: two tasks of one node are two holders.
pub async fn acquire(
    store: &Store,
    name: &str,
    holder: &str,
    now_ms: i64,
    length_ms: i64,
) -> Result<Option<Held>, CommitError> {
    let until_ms = now_ms.saturating_add(length_ms);
    let held = |epoch| Held { name: name.to_owned(), holder: holder.to_owned(), epoch, until_ms };
    let batch = Batch::new("lease");
    let (batch, epoch) = match store.row(READ, params![name]).await? {
        None => (batch.guard(FIRST, params![name, holder, until_ms]), 1),
        Some(row) if row.text("holder")?.is_empty() || row.int("until_ms")? <= now_ms => {
            let epoch = row.int("epoch")?;
            (batch.guard(TAKE, params![name, holder, until_ms, epoch, now_ms]), epoch + 1)
        }
        Some(_) => return Ok(None),
    };
    match store.commit(batch).await {
        Ok(()) => Ok(Some(held(epoch))),
        Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => Ok(None), // another was faster
        Err(error) => Err(error),
    }
}

/// Holds on to the lease for `length_ms` from `now_ms`; `None` when it has moved on.
pub async fn renew(
    store: &Store,
    held: &Held,
    now_ms: i64,
    length_ms: i64,
) -> Result<Option<Held>, CommitError> {
    let until_ms = now_ms.saturating_add(length_ms);
    let batch = Batch::new("lease").guard(RENEW, params![&held.name, &held.holder, held.epoch, until_ms]);
    match store.commit(batch).await {
        Ok(()) => Ok(Some(Held { until_ms, ..held.clone() })),
        Err(CommitError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lets the lease go; one that has moved on is left alone.
pub async fn release(store: &Store, held: &Held) -> Result<(), CommitError> {
    store.commit(Batch::new("lease").run(RELEASE, params![&held.name, &held.holder, held.epoch])).await
}

/// Who holds the lease, as far as the table says; for pages that show the health of the system.
pub async fn holder(store: &Store, name: &str) -> Result<Option<Held>, Fault> {
    let Some(row) = store.row(READ, params![name]).await? else { return Ok(None) };
    let holder = row.text("holder")?;
    if holder.is_empty() {
        return Ok(None);
    }
    Ok(Some(Held { name: name.to_owned(), holder, epoch: row.int("epoch")?, until_ms: row.int("until_ms")? }))
}
