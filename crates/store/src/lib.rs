//! All SQL of Gridward, for SQLite and PostgreSQL, and the migrations. Knows no rules: what may change, and when,
//! is decided in `domain` and `app`. Below the typed tables lies the [`engine`].

pub mod engine;
pub mod lease;
pub mod migrate;

pub use engine::{Batch, Column, CommitError, Dialect, Expect, Fault, Row, Statement, Store, Value};
