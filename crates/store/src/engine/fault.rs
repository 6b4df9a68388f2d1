//! How the memory fails: [`Fault`] is the machine failing, [`CommitError`] is a commit that did not happen.
//! Which of them a person gets to see, and as what, is decided above.

use std::{borrow::Cow, error::Error, path::PathBuf};

/// The cause below a fault, of whichever engine.
pub type Source = Box<dyn Error + Send + Sync>;

/// The machine failed; says what was being attempted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The address is none we know.
    #[error("no database is at {url:?}: use sqlite:/path/file.db, sqlite::memory: or postgres://…")]
    Address {
        /// The address without a password.
        url: String,
    },
    /// The database could not be opened.
    #[error("cannot open the database at {url}")]
    Open {
        /// The address without a password.
        url: String,
        /// Why.
        source: Source,
    },
    /// The file lies where write-ahead logging is not safe.
    #[error("{} lies on {kind}: a database file must be on a local disk", path.display())]
    Place {
        /// The file.
        path: PathBuf,
        /// The file system found there.
        kind: String,
    },
    /// A read failed.
    #[error("cannot read with {sql:?}")]
    Read {
        /// The statement.
        sql: String,
        /// Why.
        source: Source,
    },
    /// A read took longer than 5 s and was ended.
    #[error("a read took too long and was ended: {sql:?}")]
    Slow {
        /// The statement.
        sql: String,
    },
    /// No connection for reading came free within 1 s.
    #[error("no connection for reading came free in time")]
    Busy,
    /// A commit failed for a reason that is not the caller's.
    #[error("cannot commit {label:?}: {doing}")]
    Commit {
        /// The batch.
        label: &'static str,
        /// The statement, or the step of the commit.
        doing: Cow<'static, str>,
        /// Why.
        source: Source,
    },
    /// A column was not what the code expects.
    #[error("column {column} should be {wanted}, found {found}")]
    Column {
        /// Name or `#position`.
        column: String,
        /// What was asked for.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A row makes no sense to the typed table that reads it.
    #[error("{what} cannot be read back: {why}")]
    Nonsense {
        /// Which thing.
        what: String,
        /// In which way.
        why: String,
    },
    /// A migration failed; the database is as it was before it.
    #[error("cannot apply migration {name}")]
    Migration {
        /// `NNNN_name`.
        name: &'static str,
        /// Why.
        source: Source,
    },
    /// A migration that was applied reads otherwise in this binary.
    #[error("migration {name} was changed after it was applied to this database")]
    Rewritten {
        /// `NNNN_name`.
        name: String,
    },
    /// A newer binary has migrated this database.
    #[error("the database is at migration {found}, this program knows {known}: use the newer program")]
    Newer {
        /// Number in the database.
        found: i64,
        /// Last number in the binary.
        known: i64,
    },
    /// The database is damaged.
    #[error("the database is damaged: {detail}")]
    Damaged {
        /// What the check said.
        detail: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The batch was not applied; nothing of it is in the database.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A statement touched another number of rows than the batch expects: someone was faster. Read again, decide again.
    #[error("{label} met a newer state: {detail}")]
    Conflict {
        /// The batch.
        label: &'static str,
        /// Which statement, how many rows were expected and found.
        detail: String,
    },
    /// A row with that key exists: very often the same request, sent twice.
    #[error("a row with this key exists: {constraint}")]
    Duplicate {
        /// `table.column, table.column`, the same on both databases; PostgreSQL may give the constraint's name instead.
        constraint: String,
    },
    /// The queue of commits stayed full for 1 s. Try again later.
    #[error("too many commits are waiting")]
    Busy,
    /// No space is left. Reads go on.
    #[error("the disk is full")]
    Full,
    /// The machine failed. With PostgreSQL the outcome may be unknown: retry with the same keys.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Leaves out user and password, which belong in no message.
pub fn without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{}", strip_query(place)),
        _ => strip_query(url).to_owned(),
    }
}

fn strip_query(place: &str) -> &str {
    place.split_once('?').map_or(place, |(before, _)| before)
}
