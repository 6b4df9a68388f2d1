//! The engine below the typed tables: one [`Store`] over SQLite or PostgreSQL, values, rows, batches, group commit.
//! Knows no table but its own (`meta`, `migration`); typed tables live beside this folder, rules far above it.

mod baseline;
pub mod batch;
pub mod dialect;
pub mod fault;
mod postgres;
pub(crate) mod queue;
pub mod sqlite;
mod store;
pub mod value;

pub use self::{
    baseline::{Figures, baseline},
    batch::{Batch, Expect, Stack, Statement},
    dialect::Dialect,
    fault::{CommitError, Fault},
    store::Store,
    value::{Column, Row, Value},
};
